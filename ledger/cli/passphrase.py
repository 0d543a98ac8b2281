"""Passphrases of locked key files: from the file that LODESTONE_PASSPHRASE_FILE names, or typed; never an argument."""

import os
import sys
from functools import lru_cache
from getpass import getpass
from pathlib import Path

from ledger.errors import ConfigError, UsageError
from ledger.signing.secretfile import Unlock, is_locked, read_secret, replace_secret
from ledger.workflows.keys import passphrase_from

__all__ = ["lock_again", "new_passphrase", "passphrase_of", "somebody", "unlock"]

_SHORTEST = 12


def unlock() -> Unlock:
    """What gives the passphrase of a locked key file to a command."""
    return passphrase_from(os.environ.get("LODESTONE_PASSPHRASE_FILE", ""), somebody())


def somebody() -> Unlock | None:
    """What asks the user for a passphrase, once for each file; None where nobody is there to type it."""
    return _asked if sys.stdin.isatty() else None


def _asked(locked: Path) -> str:
    return _typed(f"Passphrase or PIN for {locked}: ")


def passphrase_of(path: Path) -> str:
    """The passphrase of a key file; empty where it is not locked."""
    return unlock()(path) if is_locked(path) else ""


def new_passphrase(file: Path | None) -> str:
    """A passphrase for locking: what stands in a file that is its owner's alone, or what somebody types twice.

    Raises:
        ConfigError: the file cannot be read, or nobody is there to type it.
        UsageError: it is too short, or was not typed alike.
    """
    if file is not None:
        phrase = read_secret(file).decode("utf-8", "replace").rstrip("\r\n")
    elif not sys.stdin.isatty():
        raise ConfigError("which passphrase? Name a file with it: --to FILE")
    else:
        phrase = getpass("New passphrase: ")
        if getpass("Once more: ") != phrase:
            raise UsageError("the two are not alike")
    if len(phrase) < _SHORTEST:
        raise UsageError(f"expected a passphrase of at least {_SHORTEST} characters")
    return phrase


def lock_again(paths: list[Path], phrase: str) -> None:
    """Write secret files anew under another passphrase, or none; all are read before the first is written.

    Raises:
        ConfigError: one cannot be read or unlocked; then none is written.
    """
    secrets = [(path, read_secret(path, unlock())) for path in paths]
    for path, data in secrets:
        replace_secret(path, data, phrase)


@lru_cache(maxsize=64)
def _typed(prompt: str) -> str:
    return getpass(prompt)
