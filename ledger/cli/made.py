"""The records that a chain has made, one a line, kept by its owner: so he knows which leaf is a stranger's.

    {"record": id, "seq": number, "tags": [...]}        the tags that changes of the record's standing would carry

A line may stand there twice after a crash; the list is not secret to its owner's auditors, and 0600 all the same, since
whoever holds it recognises the chain in the public log.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from ledger.errors import ConfigError, LodestoneError

__all__ = ["Made", "append_made", "read_made"]


@dataclass(frozen=True, slots=True)
class Made:
    """One record: its number in the chain, its id, and the tags of the first changes of its standing."""

    seq: int
    record: str
    tags: tuple[str, ...]


def append_made(path: Path, records: Iterable[Made]) -> None:
    """Add records to the list, durable on return.

    Raises:
        LodestoneError: it cannot be written.
    """
    lines = b"".join(orjson.dumps({"record": m.record, "seq": m.seq, "tags": m.tags}) + b"\n" for m in records)
    if not lines:
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise LodestoneError(f"{path} cannot be written: {error.strerror}") from error


def read_made(path: Path) -> dict[int, Made]:
    """The records of a list by number; empty where there is no list. The last line of a crash is passed over.

    Raises:
        ConfigError: it cannot be read, or is damaged.
    """
    if not path.exists():
        return {}
    try:
        *lines, _ = path.read_bytes().split(b"\n")
        said = [orjson.loads(line) for line in lines if line]
        return {s["seq"]: Made(int(s["seq"]), str(s["record"]), tuple(map(str, s["tags"]))) for s in said}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"the list of made records {path} cannot be read") from error
