"""The folder of published objects: tiles that never change, and the checkpoint that is written last.

Readers (a web server, a CDN, an auditor's copy) may look at any moment and after any crash. What they find is whole
files only, and a checkpoint only after every tile that it needs.
"""

import fcntl
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ledger.errors import LedgerUnsafe, VerificationError
from ledger.log.checkpoint import checkpoint_of
from ledger.log.note import parse_note
from ledger.signing.newfile import flush_folder

__all__ = ["PublishedDirectory"]

_CHECKPOINT = "checkpoint"
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")
_TEMPORARY = ".writing-"


class PublishedDirectory:
    """Objects by path below one folder, for one log.

    On return of `write_objects` and `publish_checkpoint` what they wrote survives a crash of the process and of the
    machine: the bytes are flushed to the disk, then the name is made, then the name is flushed. Each object appears
    whole or not at all. Several objects of one call may appear in any order, so a checkpoint is never among them.
    Several processes may write at once; they take turns. Not promised: that a reader's cache has the newest checkpoint.
    """

    def __init__(self, path: Path) -> None:
        self._home = path
        self._settled: set[Path] = set()  # folders that this process has flushed the way to
        path.mkdir(parents=True, exist_ok=True)
        flush_folder(path.parent)

    def write_object(self, path: str, data: bytes, *, immutable: bool = True) -> None:
        """Write one object; see `write_objects`. One that is not immutable replaces what was there at one stroke."""
        if immutable:
            self.write_objects([(path, data)])
        else:
            with self._lock():
                self._replace(self._target(path), data)

    def write_objects(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Write immutable objects, durable on return. The same bytes again are welcome: recovery writes what may exist.

        Raises:
            LedgerUnsafe: an object exists with other bytes. Nothing of it is changed.
            ValueError: a path leads outside of the folder or is spelled unusually; then nothing is written.
        """
        targets = [(self._target(path), data) for path, data in objects]
        with self._lock():
            for target, data in targets:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._create(target, data)
            self._settle({target.parent for target, _ in targets})

    def read_object(self, path: str) -> bytes | None:
        """The bytes of an object, or None where there is none."""
        try:
            return self._target(path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def drop_partials(self, full_path: str) -> None:
        """Remove the partial tiles of a tile that exists in full; readers of old checkpoints take the full one.

        Raises:
            ValueError: the full tile does not exist.
        """
        target = self._target(full_path)
        if not target.is_file():
            raise ValueError(f"{full_path} does not exist, so its partial tiles are still needed")
        folder = target.with_name(target.name + ".p")
        with self._lock(), suppress(FileNotFoundError):
            for partial in list(folder.iterdir()):
                partial.unlink()
            folder.rmdir()
            self._settled.discard(folder)

    def checkpoint(self) -> str | None:
        """The published checkpoint note, or None before the first.

        Raises:
            LedgerUnsafe: there is one, and it cannot be read.
        """
        data = self.read_object(_CHECKPOINT)
        return None if data is None else _readable(data)

    def publish_checkpoint(self, note: str) -> bool:
        """Publish a signed checkpoint, durable on return; the caller has written every tile that it needs before.

        A process that comes late does not take the log back: where a larger checkpoint is published already, it stays,
        and the answer is False. The same size again adds to the note: signatures by other keys stay.

        Raises:
            LedgerUnsafe: the published checkpoint is of another log, or of the same size with another root.
            VerificationError: the text is not a checkpoint note. Its signatures are not verified here.
        """
        new = checkpoint_of(note)
        with self._lock():
            data = self.read_object(_CHECKPOINT)
            if data is not None:
                before = _readable(data)
                published = checkpoint_of(before)
                if published.origin != new.origin:
                    raise LedgerUnsafe(f"the folder holds the log {published.origin}, not {new.origin}")
                if published.size == new.size and published.root != new.root:
                    raise LedgerUnsafe(f"another checkpoint of size {new.size} is published already")
                if published.size > new.size:
                    return False
                if published.size == new.size:
                    note = str(parse_note(before).renewed(parse_note(note).signatures))
            self._replace(self._target(_CHECKPOINT), note.encode())
        return True

    def _target(self, path: str) -> Path:
        segments = path.split("/")
        if not all(_SEGMENT.fullmatch(segment) for segment in segments):
            raise ValueError(f"expected the plain relative path of an object, not {path[:80]!r}")
        return self._home.joinpath(*segments)

    def _create(self, target: Path, data: bytes) -> None:
        if not target.exists():
            temporary = _write_temporary(target.parent, data)
            try:
                os.link(temporary, target)  # unlike a rename it never replaces what another process wrote
            except FileExistsError:
                pass
            else:
                return
            finally:
                temporary.unlink()
        if target.read_bytes() != data:
            raise LedgerUnsafe(f"the published object {target.relative_to(self._home)} would change")

    def _replace(self, target: Path, data: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _write_temporary(target.parent, data)
        try:
            temporary.replace(target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        self._settle({target.parent})

    def _settle(self, folders: set[Path]) -> None:
        """Flush the names in folders, and once for each folder the way to it: a crash may have come before us."""
        ways = {way for folder in folders - self._settled for way in folder.parents if way.is_relative_to(self._home)}
        for folder in sorted(folders | ways, reverse=True):
            flush_folder(folder)
        self._settled |= folders

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self._home / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _readable(data: bytes) -> str:
    """The note of the published checkpoint."""
    try:
        note = data.decode()
        checkpoint_of(note)
    except (VerificationError, UnicodeDecodeError) as error:
        raise LedgerUnsafe("the published checkpoint cannot be read") from error
    return note


def _write_temporary(folder: Path, data: bytes) -> Path:
    """Write and flush a file whose name no reader asks for; a crash may leave it behind, and it does no harm."""
    descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=folder)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o644)  # published files are for everyone
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
