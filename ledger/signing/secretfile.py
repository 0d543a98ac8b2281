"""Files that only their owner may read: private keys and seeds, in the clear or locked with a passphrase.

A locked file is an age file (age-encryption.org/v1, C2SP/age) with a scrypt recipient: the `age` tool opens it too. No
error says anything about the content, nor about the passphrase.
"""

import os
from collections.abc import Callable
from pathlib import Path

from pyrage import DecryptError, passphrase

from ledger.errors import ConfigError, UsageError
from ledger.signing.newfile import flush_folder, write_new_file

__all__ = ["Unlock", "is_locked", "read_secret", "replace_secret", "write_secret"]

Unlock = Callable[[Path], str]
"""Gives the passphrase of a locked file."""

_AGE = b"age-encryption.org/v1\n"
_MOST_BYTES = 1_000_000


def write_secret(path: Path, data: bytes, phrase: str = "") -> None:
    """Writes a new file with mode 0600, locked if there is a passphrase; durable on return. Never replaces a file.

    Raises:
        UsageError: there is a file already, or it cannot be written.
    """
    try:
        write_new_file(path, passphrase.encrypt(data, phrase) if phrase else data)
    except FileExistsError:
        raise UsageError(f"there is a key file at {path} already; it is not replaced") from None
    except OSError as error:
        raise UsageError(f"the key file {path} cannot be written: {error.strerror}") from None


def replace_secret(path: Path, data: bytes, phrase: str = "") -> None:
    """Writes a secret file anew, with or without a passphrase. After a crash the old or the new one is there.

    Raises:
        UsageError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    write_secret(beside, data, phrase)
    beside.replace(path)
    flush_folder(path.parent)


def read_secret(path: Path, unlock: Unlock | None = None) -> bytes:
    """What a secret file holds; `unlock` is asked for the passphrase of a locked one.

    Raises:
        ConfigError: no such file, readable by others than its owner, locked and no passphrase given, or a wrong one.
    """
    data = _read(path)
    if not data.startswith(_AGE):
        return data
    if unlock is None:
        raise ConfigError(f"the key file {path} is locked with a passphrase, and none was given")
    phrase = unlock(path)
    try:
        return bytes(passphrase.decrypt(data, phrase))
    except DecryptError:
        raise ConfigError(f"this is not the passphrase of the key file {path}, or the file is damaged") from None


def is_locked(path: Path) -> bool:
    """Whether a secret file needs a passphrase.

    Raises:
        ConfigError: no such file, or readable by others than its owner.
    """
    return _read(path).startswith(_AGE)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_MOST_BYTES)
    except OSError as error:
        raise ConfigError(f"the key file {path} cannot be read: {error.strerror}") from None
    if os.name == "posix" and mode & 0o077:
        raise ConfigError(f"the key file {path} can be read by others than its owner; run: chmod 600 {path}")
    return data
