"""Private keys as seeds: 32 random bytes in hexadecimal, in a file that only its owner may read, locked or not."""

import os
from pathlib import Path

from ledger.errors import ConfigError, UsageError
from ledger.signing.secretfile import Unlock, read_secret, write_secret

__all__ = ["make_seed", "read_seed"]


def make_seed(path: Path) -> bool:
    """Make a new seed with mode 0600, durable on return; one that exists is never replaced. Whether it was made.

    Raises:
        ConfigError: it cannot be written.
    """
    if path.exists():
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_secret(path, os.urandom(32).hex().encode() + b"\n")
    except (OSError, UsageError) as error:
        raise ConfigError(f"the key file {path} cannot be written: {error}") from error
    return True


def read_seed(path: Path, unlock: Unlock | None = None) -> bytes:
    """The 32 bytes of a seed; `unlock` is asked for the passphrase of a locked one.

    Raises:
        ConfigError: the file is missing, damaged, locked, or can be read by others than its owner.
    """
    try:
        seed = bytes.fromhex(read_secret(path, unlock).decode("ascii").strip())
    except ValueError as error:
        raise ConfigError(f"the key file {path} is damaged: expected 32 bytes in hexadecimal") from error
    if len(seed) != 32:
        raise ConfigError(f"the key file {path} is damaged: expected 32 bytes in hexadecimal")
    return seed
