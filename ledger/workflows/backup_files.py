"""A backup as files: a folder, or the same folder in one tar file, with a list of what is in it.

backup.json       what is in it: the log, its size, and each file with its length and SHA-256
ledger.db         the database at one moment, as a SQLite file
checkpoints.db    the second checkpoint store, not newer than that
config.toml       the names of the ledger
tiles/            what was published
erased/           what followed from records before disclosures were erased, if any were
keys/             only where it was asked for
"""

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from ledger.errors import LodestoneError, UsageError
from ledger.store.copying import flush

__all__ = ["LIST", "Listed", "copy_tree", "opened_backup", "pack", "read_list", "write_list"]

LIST = "backup.json"
_VERSION = "lodestone-backup/1"
_MEMBERS = {"v", "origin", "entries", "made_at", "keys", "files"}
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """What a backup says of itself."""

    origin: str
    entries: int
    made_at: str
    keys: bool


def write_list(folder: Path, listed: Listed) -> None:
    """Write down what is in a backup, and flush everything to the disk."""
    files = {path.relative_to(folder).as_posix(): _said_of(path) for path in _files(folder)}
    said = {
        "v": _VERSION,
        "origin": listed.origin,
        "entries": listed.entries,
        "made_at": listed.made_at,
        "keys": listed.keys,
        "files": files,
    }
    path = folder / LIST
    path.touch(mode=0o600)
    path.write_bytes(orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n")
    for each in (*folder.rglob("*"), folder):
        each.chmod(0o700 if each.is_dir() else 0o600)
        flush(each)


def read_list(folder: Path) -> Listed:
    """What a backup says of itself, when every file in it is the one that was written.

    Raises:
        LodestoneError: it is no backup, or a file is missing, changed or was not there.
    """
    try:
        said = orjson.loads((folder / LIST).read_bytes())
        if said["v"] != _VERSION or set(said) != _MEMBERS:
            raise LodestoneError(f"The backup is of another version than {_VERSION}.")
        files: dict[str, object] = dict(said["files"])
        listed = Listed(str(said["origin"]), int(said["entries"]), str(said["made_at"]), bool(said["keys"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LodestoneError(f"There is no backup in {folder.name}: its {LIST} cannot be read.") from error
    present = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    present.pop(LIST, None)
    for name in sorted(files.keys() | present.keys()):
        if name not in present:
            raise LodestoneError(f"The backup is damaged: {name} is missing.")
        if name not in files:
            raise LodestoneError(f"The backup holds a file that was not written with it: {name}.")
        if _said_of(present[name]) != files[name]:
            raise LodestoneError(f"The backup is damaged: {name} is not what was written.")
    return listed


def copy_tree(source: Path, target: Path, *, mode: int = 0o600) -> None:
    """Copy a folder of files that are made or replaced whole; what is still being written is left out."""
    for path in sorted(source.rglob("*")):
        if path.name.startswith(".") or not path.is_file():
            continue
        into = target / path.relative_to(source)
        into.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # a partial tile whose full one has come
            shutil.copyfile(path, into)
            into.chmod(mode)


def pack(folder: Path, target: Path) -> None:
    """Put a backup into one tar file."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(folder, arcname=".")
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def opened_backup(path: Path) -> Iterator[Path]:
    """The folder of a backup; a tar file is unpacked into a temporary one.

    Raises:
        UsageError: there is nothing of this name.
        LodestoneError: it is neither a folder nor a tar file.
    """
    if path.is_dir():
        yield path
        return
    if not path.is_file():
        raise UsageError(f"There is no backup {path}.")
    with TemporaryDirectory(prefix="lodestone-restore-", dir=path.parent) as folder:
        try:
            with tarfile.open(path, mode="r:") as archive:
                archive.extractall(folder, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise LodestoneError(f"The backup {path.name} cannot be unpacked: {error}.") from error
        yield Path(folder)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def _said_of(path: Path) -> dict[str, object]:
    if path.is_symlink():
        return {}
    hashed, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hashed.update(chunk)
            size += len(chunk)
    return {"bytes": size, "sha-256": hashed.hexdigest()}
