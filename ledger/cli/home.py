"""The operator's side: the ledger in a folder of this machine.

A ledger on SQLite belongs to one process at a time; a lock file in its folder sees to that. What does not touch the log
(tokens, reading where a chain stands) may go on beside a running service.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.cli.passphrase import somebody
from ledger.errors import ConfigError
from ledger.values.instant import system_clock
from ledger.workflows.config import Config, read_config

if TYPE_CHECKING:
    from ledger.workflows.ledger import Ledger

__all__ = ["config_of", "ledger_beside", "ledger_here"]


def config_of(home: Path | None) -> Config:
    """The settings of the ledger in a folder, or of the environment.

    Raises:
        ConfigError: they cannot be read.
    """
    return read_config(home=home, ask=somebody())


@contextmanager
def ledger_here(home: Path | None, *, found: bool = False) -> Iterator["Ledger"]:
    """The ledger of a folder, opened for everything; it is this process's alone where it stands on SQLite.

    Raises:
        ConfigError: there is no ledger and `found` is false.
        LodestoneError: another process has it.
        LedgerUnsafe: its stores disagree.
    """
    from ledger.workflows.alone import only_process
    from ledger.workflows.open import open_ledger

    config = config_of(home)
    if not found:
        _must_be_there(config)
    with only_process(config):
        ledger = open_ledger(config, found=found)
        try:
            yield ledger
        finally:
            ledger.close()


@contextmanager
def ledger_beside(home: Path | None) -> Iterator["Ledger"]:
    """The ledger of a folder for what does not touch the log; a service may be running on it. Nothing is published.

    Raises:
        ConfigError: there is no ledger, or its keys are missing.
    """
    from ledger.store.checkpoints import CheckpointStore
    from ledger.store.database import Database
    from ledger.store.published import PublishedDirectory
    from ledger.workflows.keys import read_service_keys
    from ledger.workflows.ledger import Ledger
    from ledger.workflows.witnesses import read_witnesses

    config = config_of(home)
    _must_be_there(config)
    keys = read_service_keys(config.keys, config.origin, config.unlock)
    ledger = Ledger(
        config=config,
        clock=system_clock,
        database=Database(config.database),
        second=CheckpointStore(config.second_store),
        published=PublishedDirectory(config.tiles),
        signer=keys.log,
        operator=keys.operator,
        reporter=keys.reporter,
        witnesses=read_witnesses(config),
    )
    try:
        yield ledger
    finally:
        ledger.close()


def _must_be_there(config: Config) -> None:
    if not config.database_url and not (config.home / "ledger.db").exists():
        raise ConfigError(f"there is no ledger in {config.home} yet: lodestone serve founds one")
