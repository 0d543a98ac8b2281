"""The rule set: tolerances as dated data, known by the digest of its file's bytes.

The genesis entry names the first; a `rules` record each later one. A record is judged under the one in force at its
index.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ledger.values.encoding import digest

__all__ = ["RuleSet", "current_rule_set", "known_rule_sets"]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The tolerances of the facts tier. Masses in mg, shares in ppm."""

    id: str
    digest: str
    rounding_mg: int
    assay_tolerance_ppm: int
    trace_ppm: int
    yields: Mapping[str, tuple[int, int]]
    composition: Mapping[str, tuple[int, int]]


def _read(data: bytes) -> RuleSet:
    text = tomllib.loads(data.decode())
    balance = text["balance"]
    return RuleSet(
        id=text["id"],
        digest=digest(data),
        rounding_mg=balance["rounding_mg"],
        assay_tolerance_ppm=balance["assay_tolerance_ppm"],
        trace_ppm=balance["trace_ppm"],
        yields={step: (low, high) for step, (low, high) in text["yields"].items()},
        composition={kind: (low, high) for kind, (low, high) in text["composition"].items()},
    )


@cache
def known_rule_sets() -> Mapping[str, RuleSet]:
    """Every rule set that this version carries, by digest."""
    folder = files("ledger.rules") / "packs"
    sets = [_read(entry.read_bytes()) for entry in folder.iterdir() if entry.name.startswith("rules-")]
    return {rules.digest: rules for rules in sets}


def current_rule_set() -> RuleSet:
    """The newest rule set, with which a new ledger begins."""
    return max(known_rule_sets().values(), key=lambda rules: rules.id)
