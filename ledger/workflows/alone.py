"""One process for each ledger on SQLite: the folder's lock, taken before anything of it is opened."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ledger.errors import ConfigError, LodestoneError
from ledger.workflows.config import Config

__all__ = ["only_process"]


@contextmanager
def only_process(config: Config) -> Iterator[None]:
    """Hold the ledger's folder, where its database is SQLite's; PostgreSQL lets processes take turns itself.

    Raises:
        LodestoneError: another process holds it.
    """
    if not config.database.startswith("sqlite:"):
        yield
        return
    try:
        config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(config.home / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"the folder {config.home} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise LodestoneError(
            f"another process has the ledger in {config.home} open, and one on SQLite belongs to one process: "
            "talk to the service with --url, or stop it first"
        ) from error
    try:
        yield
    finally:
        os.close(descriptor)
