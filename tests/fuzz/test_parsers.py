"""No reader of foreign bytes raises anything but its own refusal; each crash that was ever found stays found."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS, attempt

CORPUS = Path(__file__).with_name("corpus")
SLOW = {"report", "bundle", "paper", "log-export", "proof-verified", "note-opened", "cosignatures", "key-file"}


@pytest.mark.parametrize("name", TARGETS)
def test_good_input_is_read(name: str) -> None:
    """Else nothing but the first lines of a reader would be tried."""
    assert "read" in [attempt(TARGETS[name], seed) for seed in TARGETS[name].seeds()]


@pytest.mark.parametrize("name", TARGETS)
def test_changed_input_is_read_or_refused(name: str) -> None:
    target = TARGETS[name]
    seeds = list(target.seeds())

    @settings(
        max_examples=25 if name in SLOW else 120,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(seeds), st.integers(0, 2**32))
    def change(seed: bytes, number: int) -> None:
        attempt(target, mutated(seed, seeds, Random(number)))

    change()


def _kept() -> list[Path]:
    return sorted(path for path in CORPUS.rglob("*") if path.is_file() and path.suffix != ".md")


@pytest.mark.parametrize("path", _kept(), ids=lambda path: str(path.relative_to(CORPUS)))
def test_what_once_broke_a_reader_is_refused(path: Path) -> None:
    assert attempt(TARGETS[path.parent.name], path.read_bytes()) == "refused"
