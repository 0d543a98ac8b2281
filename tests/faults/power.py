"""Power cuts: of what a process wrote only what it flushed is certain to be on the disk."""

import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.api.people import config_of
from tests.faults.disk import KEEPING, Event, Kind, read_record
from tests.faults.family import Family, Trial
from tests.faults.seen import Checked, check
from tests.faults.shim import build, seen_by_clients, work

__all__ = ["FAMILIES", "cut_at", "recorded"]

_ROUNDS = 12
_TORN = 0.4
"""How often writes that were not flushed may be there by halves."""


@contextmanager
def _power(place: Path) -> Iterator[Trial]:
    events, root = recorded(place)

    def trial(seed: int) -> Checked:
        chance = random.Random(seed)
        return cut_at(_moment(events, chance), events, root, place / "after", chance)

    yield trial


def recorded(place: Path, rounds: int = _ROUNDS) -> tuple[Sequence[Event], Path]:
    """What a process did to its files from the founding of a ledger to its end in order."""
    root = place / "disk"
    root.mkdir()
    assert work(build(place), root, place / "record", rounds=rounds) == 0, "the process did not come to its end"
    return read_record(place / "record"), root


def _moment(events: Sequence[Event], chance: random.Random) -> int:
    """How many events happened before the power went: often it goes just before or after something was flushed."""
    if chance.random() < 0.3:
        return chance.randrange(len(events) + 1)
    flushes = [place for place, event in enumerate(events) if event.kind in (Kind.SYNC, Kind.RENAME, Kind.LINK)]
    return chance.choice(flushes) + chance.randint(0, 1)


def cut_at(
    moment: int, events: Sequence[Event], root: Path, target: Path, chance: random.Random, keeping: str = ""
) -> Checked:
    """The power goes; what is on the disk then is started again and held against all that was seen before.

    `keeping` says what of the rest is there (see `KEEPING`); else chance decides.
    """
    seen, disk = seen_by_clients(events[:moment], root)
    kept = KEEPING[keeping or chance.choice(list(KEEPING))]
    disk.after_power_cut(target, kept, chance, torn=not keeping and chance.random() < _TORN)
    try:
        return check(config_of(target / "ledger"), seen, founded=bool(seen.policy))
    finally:
        shutil.rmtree(target)


FAMILIES = [Family("power", "a power cut: what was not flushed is lost, partly kept, or torn", 300, _power)]
