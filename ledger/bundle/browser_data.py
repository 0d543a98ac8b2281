"""What the verifier in the browser knows besides its code, as one JavaScript file: vocabularies, rule packs, rule sets.

It is written by `make verifier` and held current by a test, so that nothing is ever copied by hand.
"""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import orjson

from ledger.report.packs import Pack, load_packs
from ledger.report.statement import TITLE
from ledger.rules.ruleset import known_rule_sets
from ledger.values import vocabulary
from ledger.values.chemistry import ELEMENTS, RARE_EARTHS

__all__ = ["browser_data", "write_browser_data"]

_HEAD = b"""/**
 * Vocabularies, rule packs and rule sets, written by `make verifier` from the Python code and its TOML files.
 * Do not edit: a test compares.
 */

"""


def browser_data() -> bytes:
    """The whole file, the same for the same code."""
    words = {name.lower(): _listed(getattr(vocabulary, name)) for name in sorted(vocabulary.__all__)}
    sets = sorted(known_rule_sets().values(), key=lambda rules: rules.id)
    data = {
        "packs": [_pack(pack) for pack in load_packs()],
        "rule_sets": [asdict(rules) for rules in sets],
        "title": TITLE,
        "vocabulary": {**words, "elements": sorted(ELEMENTS), "rare_earths": list(RARE_EARTHS)},
    }
    return _HEAD + b"export const DATA = " + _lines(data) + b";\n"


def write_browser_data(path: Path) -> bool:
    """Write the file; whether it changed."""
    data = browser_data()
    if path.exists() and path.read_bytes() == data:
        return False
    path.write_bytes(data)
    return True


def _lines(value: Mapping[str, object] | list[object]) -> bytes:
    """JSON with a line for each member of the outer objects and lists: short, and a change of it can be read."""
    if isinstance(value, Mapping):
        members = [orjson.dumps(name) + b": " + _line(each) for name, each in sorted(value.items())]
        return b"{\n" + b",\n".join(members) + b"\n}"
    return b"[\n" + b",\n".join(map(_line, value)) + b"\n]"


def _line(value: object) -> bytes:
    if isinstance(value, Mapping) or (isinstance(value, list) and value and isinstance(value[0], Mapping)):
        return _lines(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _pack(pack: Pack) -> dict[str, object]:
    shown = {name: _listed(value) if isinstance(value, frozenset) else value for name, value in asdict(pack).items()}
    return {name: value for name, value in shown.items() if value is not None}


def _listed(words: object) -> list[object]:
    """The words of a vocabulary: in their order where it has one, else sorted."""
    if isinstance(words, frozenset):
        return sorted(words)
    assert isinstance(words, tuple)
    return list(words)


if __name__ == "__main__":
    if write_browser_data(Path(sys.argv[1])):
        sys.stdout.write(f"written: {sys.argv[1]}\n")
