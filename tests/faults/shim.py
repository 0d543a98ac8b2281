"""The shim: built here, put before a process, and its record read as what clients saw and what a disk was told."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson

from tests.faults.disk import Disk, Event, Kind
from tests.faults.family import LeftOut
from tests.faults.seen import Seen

__all__ = ["build", "seen_by_clients", "work"]

_SOURCE = Path(__file__).with_name("shim.c")
_PATIENCE = 120


def build(place: Path) -> Path:
    """The shim, compiled into a folder.

    Raises:
        LeftOut: there is no compiler, or this is not Linux.
    """
    if not sys.platform.startswith("linux"):
        raise LeftOut("the shim is written for Linux")
    compiler = shutil.which("gcc")
    if compiler is None:
        raise LeftOut("gcc is not installed")
    built = place / "shim.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", str(built), str(_SOURCE)]
    done = subprocess.run([*command, "-ldl", "-lpthread"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LeftOut(f"gcc could not build the shim: {done.stderr[-300:]}")
    return built


def work(shim: Path, root: Path, record: Path, *, rounds: int, settings: Mapping[str, object] | None = None) -> int:
    """Let a process submit to a ledger in `root/ledger`, its files recorded; its exit code, negative if it was killed.

    `settings` are those of the shim, such as `FAIL_AT`.
    """
    shims = {f"SHIM_{name}": str(value) for name, value in (settings or {}).items()}
    shims |= {"LD_PRELOAD": str(shim), "SHIM_ROOT": str(root), "SHIM_RECORD": str(record)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LODESTONE_")}
    command = [sys.executable, "-m", "tests.faults.workload", str(root / "ledger"), str(rounds)]
    log = record.with_suffix(".log")
    with log.open("ab") as out:
        code = subprocess.run(
            command, env={**kept, **shims}, stdout=out, stderr=out, check=False, timeout=_PATIENCE
        ).returncode
    if code not in (0, 3) and code >= 0:
        raise RuntimeError(f"the process that submits failed: {log.read_text(errors='replace')[-500:]}")
    return code


def seen_by_clients(events: Iterable[Event], root: Path) -> tuple[Seen, Disk]:
    """What clients and readers of the published files saw up to the last of these events, and the disk then."""
    seen, disk = Seen(""), Disk(root)
    checkpoint = str(root / "ledger" / "tiles" / "checkpoint")
    for event in events:
        disk.happened(event)
        if event.kind is Kind.RENAME and event.data.decode() == checkpoint:
            seen.published(disk.content(checkpoint).decode())  # readers see the name before it is flushed
        if event.kind is Kind.MARK:
            _tell(seen, orjson.loads(event.data))
    return seen, disk


def _tell(seen: Seen, said: Mapping[str, object]) -> None:
    if "policy" in said:
        seen.policy = str(said["policy"])
    elif "sent" in said:
        seen.sending(str(said["sent"]), str(said["data"]).encode())
    elif isinstance(given := said.get("receipt"), dict):
        seen.given(given)
