"""Random worlds are played through the whole road and compared with an independent calculation in exact fractions.

`LODESTONE_ORACLE_EXAMPLES` (default 12) is the number of worlds, `LODESTONE_ORACLE_SEED` (default 0) the first of them,
`LODESTONE_ORACLE_SHORTEN=1` prints the shortest scenario that still shows a difference.
"""

import json
import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ledger.workflows.play import play
from tests.oracle.compare import differences
from tests.oracle.generate import generate, scenarios
from tests.oracle.model import answer
from tests.oracle.shorten import shorten

EXAMPLES = int(os.environ.get("LODESTONE_ORACLE_EXAMPLES", "12"))
FIRST = int(os.environ.get("LODESTONE_ORACLE_SEED", "0"))
SIZES = (20, 40, 60, 90, 140, 400)

CODES = frozenset(
    "unknown-batch unknown-facility unknown-organization unknown-transfer country-mismatch not-recipient"
    " already-received in-transit mass-exceeded element-exceeded output-exceeds-input composition-exceeded"
    " shares-mismatch custody-mismatch step-mismatch time-order book-and-claim malformed unsupported-type".split()
)
"""What a scenario can be refused with; the other codes need other signatures, keys or chains than `play` makes."""


def _size(seed: int) -> int:
    return SIZES[-1] if seed % 12 == 11 else SIZES[seed % 5]


def _played(scenario: dict[str, Any]) -> list[str]:
    with TemporaryDirectory() as directory:
        result = play(scenario, Path(directory) / "played")
    return differences(answer(scenario), result.outcomes, result.reports)


def _said(scenario: dict[str, Any], found: list[str]) -> str:
    words = "\n".join(found[:20])
    if os.environ.get("LODESTONE_ORACLE_SHORTEN") and found:
        words += "\n" + json.dumps(
            shorten(scenario, lambda shorter: bool(_played(shorter))), indent=1, ensure_ascii=False
        )
    return words


@pytest.mark.parametrize("seed", range(FIRST, FIRST + EXAMPLES))
def test_a_random_world_is_judged_and_reported_as_exact_fractions_say(seed: int) -> None:
    scenario = generate(seed, _size(seed))
    found = _played(scenario)
    assert not found, _said(scenario, found)


@settings(max_examples=max(1, EXAMPLES // 6), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(scenarios(20, 40))
def test_any_small_world_is_judged_and_reported_as_exact_fractions_say(scenario: dict[str, Any]) -> None:
    found = _played(scenario)
    assert not found, _said(scenario, found)


def test_the_random_worlds_hold_every_mistake_and_every_verdict() -> None:
    codes: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    for seed in range(40):
        given = answer(generate(seed, 90))
        codes.update(code for outcome in given.outcomes for code in outcome.codes)
        verdicts.update(
            verdict.ground if verdict.verdict == "PASS" else verdict.verdict
            for r in given.reports.values()
            for verdict in r.verdicts
        )
    assert codes.keys() == CODES
    assert {
        "chain",
        "recycled",
        "cots",
        "electronic-device",
        "clause-not-applicable",
        "FAIL",
        "UNKNOWN",
    } <= verdicts.keys()
