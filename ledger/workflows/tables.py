"""An audit that leaves tables behind: of what it has proven, and only if nothing failed."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from ledger.bundle.proven import Follower
from ledger.bundle.result import Verification
from ledger.documents.tables.files import FORMATS, TableFiles
from ledger.documents.tables.rows import Rows
from ledger.errors import LodestoneError, UsageError
from ledger.signing.newfile import flush_folder

__all__ = ["FORMATS", "Audit", "audit_into"]

Audit = Callable[[Follower], Verification]
"""An audit that tells this follower of all that it proves."""


def audit_into(folder: Path, formats: Sequence[str], audit: Audit) -> Verification:
    """Audit, and write the tables of what was proven into a new folder, durable on return.

    The folder appears whole, or not at all: after a failed check there is none.

    Raises:
        UsageError: the folder is there already and not empty.
        LodestoneError: it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already: give a new or empty folder for the tables.")
    try:
        with _new_folder(folder) as beside:
            answer = _written(beside, formats, audit)
            if answer.passed:
                for path in beside.iterdir():
                    _flush(path)
                flush_folder(beside)
                if folder.exists():
                    folder.rmdir()
                beside.replace(folder)
            return answer
    except OSError as error:
        raise LodestoneError(f"The tables cannot be written to {folder}: {error.strerror or error}") from error


def _written(folder: Path, formats: Sequence[str], audit: Audit) -> Verification:
    with ExitStack() as stack:

        def opened(name: str) -> BinaryIO:
            return stack.enter_context((folder / name).open("wb"))

        files = TableFiles(opened, formats)
        try:
            answer = audit(Rows(files))
            if answer.passed:
                files.close()
        finally:
            files.drop()
        return answer


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside the one that is wanted; removed, unless it took its place."""
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    beside.mkdir()
    try:
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
