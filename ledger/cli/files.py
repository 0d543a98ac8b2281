"""Reading what the user names, and writing so that a crash leaves the old file or the new one."""

import os
from collections.abc import Iterator
from pathlib import Path

import orjson

from ledger.errors import LodestoneError, UsageError
from ledger.signing.newfile import flush_folder

__all__ = ["read_bytes", "read_json", "read_records", "write_whole"]

_MOST = 256_000_000


def read_bytes(path: Path) -> bytes:
    """The content of a file that the user named; `-` is standard input.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with Path("/dev/stdin").open("rb") if str(path) == "-" else path.open("rb") as file:
            data = file.read(_MOST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{path} cannot be read: {reason}") from error
    if len(data) > _MOST:
        raise UsageError(f"{path} is larger than {_MOST:,} bytes")
    return data


def read_json(path: Path) -> object:
    """The JSON document in a file.

    Raises:
        UsageError: it cannot be read, or is no JSON.
    """
    try:
        document: object = orjson.loads(read_bytes(path))
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{path} is not JSON: {error}") from error
    return document


def read_records(path: Path) -> Iterator[tuple[int, object]]:
    """The records in a file with their line numbers: one JSON object, a list of them, or one on each line (NDJSON).

    A line that is no JSON comes as bytes: whoever submits it is told so in its place.

    Raises:
        UsageError: the file cannot be read.
    """
    data = read_bytes(path)
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        for number, line in enumerate(data.split(b"\n"), 1):
            if line.strip():
                yield number, _line(line)
        return
    if isinstance(document, dict) and isinstance(document.get("records"), list):
        document = document["records"]
    yield from enumerate(document if isinstance(document, list) else [document], 1)


def _line(line: bytes) -> object:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return line


def write_whole(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file so that after any crash the old one or the new one is there, whole.

    Raises:
        LodestoneError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise LodestoneError(f"{path} cannot be written: {error.strerror}") from error
