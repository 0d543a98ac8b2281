"""Private keys as seeds: 32 random bytes in hexadecimal, in a file that only its owner may read."""

import os
from pathlib import Path

from ledger.errors import ConfigError

__all__ = ["make_seed", "read_seed"]


def make_seed(path: Path) -> bool:
    """Make a new seed with mode 0600, durable on return; one that exists is never replaced. Whether it was made.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise ConfigError(f"the key file {path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(32).hex().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def read_seed(path: Path) -> bytes:
    """The 32 bytes of a seed.

    Raises:
        ConfigError: the file is missing, damaged, or can be read by others than its owner.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"the key file {path} can be read by others than its owner; run: chmod 600 {path}")
        seed = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise ConfigError(f"the key file {path} is missing or damaged") from error
    if len(seed) != 32:
        raise ConfigError(f"the key file {path} is damaged: expected 32 bytes in hexadecimal")
    return seed
