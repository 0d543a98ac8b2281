"""Saving what is streamed: under another name until it is whole, so that half a file never looks like one."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from ledger.cli.client import Service
from ledger.errors import LodestoneError

__all__ = ["copied_from", "save"]


def save(path: Path | None, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a file; it appears whole or not at all. Without a path it goes to stdout.

    Raises:
        LodestoneError: it cannot be written.
    """
    if path is None:
        write(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _removed_on_failure(beside), beside.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise LodestoneError(f"{path} cannot be written: {error.strerror}") from error


def copied_from(service: Service, path: str, **query: object) -> Callable[[BinaryIO], None]:
    """What fills a file with a service's answer."""

    def write(out: BinaryIO) -> None:
        with service.open("GET", path, query=query) as answer:
            announced = answer.headers.get("Content-Length") if hasattr(answer, "headers") else None
            counted = _Counted(answer)
            shutil.copyfileobj(counted, out)
            if announced is not None and int(announced) != counted.size:
                raise LodestoneError("the service stopped before the file was whole")

    return write


class _Counted:
    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.size = source, 0

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.size += len(data)
        return data


@contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
