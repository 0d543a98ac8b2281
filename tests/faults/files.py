"""Errors of the disk: in every file operation of publishing, in any file operation at all, and a disk that is full."""

import errno
import fcntl
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from ledger.store.published import PublishedDirectory
from ledger.workflows.open import open_ledger
from tests.api.people import config_of
from tests.faults.disk import read_record
from tests.faults.family import Family, Trial
from tests.faults.road import Road
from tests.faults.seen import Checked, check, noon
from tests.faults.shim import build, seen_by_clients, work
from tests.faults.steps import Prepared, prepared, walk

__all__ = ["FAMILIES", "FileFault", "file_faults", "one_error"]

_ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES)
_CALLS: list[tuple[str, Any, str]] = [
    ("open", os, "open"),
    ("open the lock", Path, "open"),
    ("lock", fcntl, "flock"),
    ("make a folder", os, "mkdir"),
    ("change the mode", os, "fchmod"),
    ("flush", os, "fsync"),
    ("link", os, "link"),
    ("rename", os, "replace"),
    ("remove", os, "unlink"),
]


@dataclass(frozen=True, slots=True)
class FileFault:
    """The number of a file operation of publishing, the error that it ends with, and whether it took effect."""

    number: int
    error: int
    persisted: bool

    def road(self) -> Road:
        return Road(self.number, persisted=self.persisted, how=lambda where: OSError(self.error, where))


def file_faults(made: Prepared) -> list[FileFault]:
    """Every file operation that publishing a group needs, with every error, in both forms."""
    road = Road()
    with made.copied() as (config, clients), closing(open_ledger(config, noon)) as ledger, _counting_files(road):
        walk(ledger, clients, road, goes_on=True)
    numbers = range(1, len(road.walked) + 1)
    return [FileFault(n, error, persisted) for persisted in (False, True) for error in _ERRORS for n in numbers]


def one_error(made: Prepared) -> Trial:
    """One error for each trial; consecutive seeds go through all of them."""
    every = file_faults(made)

    def trial(seed: int) -> Checked:
        road = every[seed % len(every)].road()
        with made.copied() as (config, clients):
            with closing(open_ledger(config, noon)) as ledger, _counting_files(road):
                walk(ledger, clients, road, goes_on=True)
            assert road.stopped
            return check(config, clients[0].seen)

    return trial


@contextmanager
def _counting_files(road: Road) -> Iterator[None]:
    """Let the file operations inside publishing be counted by this road, and no others."""
    inside = False

    def entering(real: Callable[..., Any]) -> Callable[..., Any]:
        def entered(*arguments: Any, **named: Any) -> Any:
            nonlocal inside
            inside = True
            try:
                return real(*arguments, **named)
            finally:
                inside = False

        return entered

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        step = road.step(name, real)

        def either(*arguments: Any, **named: Any) -> Any:
            return (step if inside else real)(*arguments, **named)

        return either

    def writing(real: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments, **named: _Writing(real(*arguments, **named), counted)

    with pytest.MonkeyPatch.context() as patch:
        for method in ("write_objects", "publish_checkpoint"):
            patch.setattr(PublishedDirectory, method, entering(getattr(PublishedDirectory, method)))
        for name, owner, attribute in _CALLS:
            patch.setattr(owner, attribute, counted(name, getattr(owner, attribute)))
        patch.setattr(os, "fdopen", writing(os.fdopen))
        yield


class _Writing:
    """A file whose writing is counted too."""

    def __init__(self, file: Any, counted: Callable[[str, Callable[..., Any]], Callable[..., Any]]) -> None:
        self._file = file
        self.write = counted("write", file.write)
        self.flush = counted("write out", file.flush)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def _publishing(place: Path) -> Iterator[Trial]:
    with prepared(place) as made:
        yield one_error(made)


@contextmanager
def _anywhere(place: Path) -> Iterator[Trial]:
    """Any file operation of a process fails, those of SQLite too; or the process is killed at it."""
    shim = build(place)
    most = _operations(shim, place)

    def trial(seed: int) -> Checked:
        chance = random.Random(seed)
        settings = {"FAIL_AT": chance.randint(1, most), "FAIL_AFTER": chance.randint(0, 1)}
        return _worked(shim, place / "trial", {**settings, "FAIL_ERRNO": chance.choice([0, *_ERRORS])})

    yield trial


_ROUNDS, _MANY_ROUNDS = 3, 300


def _operations(shim: Path, place: Path) -> int:
    """How many file operations can fail: that many a process without a fault has."""
    low, root = 0, place / "disk"
    root.mkdir()
    work(shim, root, place / "record", rounds=_ROUNDS)
    for event in read_record(place / "record"):
        low += event.kind.name not in ("CLOSE", "MARK") and not (event.kind.name == "OPEN" and not event.second)
    return low


def _worked(shim: Path, place: Path, settings: dict[str, object]) -> Checked:
    """A process submits while its files fail; then what it left is started again and checked."""
    root, record = place / "disk", place / "record"
    root.mkdir(parents=True)
    try:
        code = work(shim, root, record, rounds=_MANY_ROUNDS if "ROOM" in settings else _ROUNDS, settings=settings)
        assert code or "ROOM" not in settings, "the disk did not become full"
        seen, _ = seen_by_clients(read_record(record), root)
        return check(config_of(root / "ledger"), seen, founded=bool(seen.policy))
    finally:
        shutil.rmtree(place)


@contextmanager
def _full(place: Path) -> Iterator[Trial]:
    """A disk that is full: a small one of its own if we may make one, else as the shim counts."""
    shim = build(place)
    mounted = place / "small"
    mounted.mkdir()
    real = _mount(mounted, "size=4m")
    if real:
        subprocess.run(["umount", mounted], check=True)

    def trial(seed: int) -> Checked:
        low, high = (300, 1_000) if seed % 4 == 3 else (1_500, 3_500)  # while it is founded, or later
        room = random.Random(seed).randint(low, high) * 1_000
        return _filled(shim, mounted, room) if real else _worked(shim, place / "trial", {"ROOM": room})

    yield trial


def _filled(shim: Path, mounted: Path, room: int) -> Checked:
    assert _mount(mounted, f"size={room}")
    record = mounted.with_name("record")
    try:
        assert work(shim, mounted, record, rounds=_MANY_ROUNDS) != 0, "the disk did not become full"
        seen, _ = seen_by_clients(read_record(record), mounted)
        _mount(mounted, "remount,size=64m")  # somebody made room
        return check(config_of(mounted / "ledger"), seen, founded=bool(seen.policy))
    finally:
        subprocess.run(["umount", mounted], check=True)
        record.unlink()


def _mount(where: Path, options: str) -> bool:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", where], capture_output=True, check=False)
    return done.returncode == 0


FAMILIES = [
    Family(
        "publishing", "EIO, ENOSPC, EACCES in each file operation of publishing, failed or persisted", 210, _publishing
    ),
    Family("files", "any file operation fails, SQLite's too, or the process is killed at it", 40, _anywhere),
    Family("full", "the disk is full; then somebody makes room", 12, _full),
]
