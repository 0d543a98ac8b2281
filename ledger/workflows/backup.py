"""Backing a ledger up while it serves.

1 what was published   2 the second store   3 the database at one moment   4 names, keys where asked for   5 the list

In this order nothing in a backup is ahead of its database, as in a ledger itself. The copy of the second store is then
told of the newest checkpoint in the copy of the database, so that it is not behind either.
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from ledger.errors import ConfigError, LodestoneError, UsageError
from ledger.store.copying import copy_database, copy_second_store, raise_second_store
from ledger.values.instant import Clock, system_clock
from ledger.workflows.backup_files import Listed, copy_tree, pack, write_list
from ledger.workflows.config import Config, write_config

__all__ = ["MadeBackup", "back_up"]

_PACKED = ".tar"


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """Where a backup is, and what is in it."""

    path: Path
    listed: Listed


def back_up(config: Config, target: Path, *, keys: bool = False, clock: Clock = system_clock) -> MadeBackup:
    """Make a backup of the ledger of these settings, as a folder, or as one file where the name ends in `.tar`.

    Promised: every record with a receipt that was given before this is called is in it; it appears whole or not at all;
    only its owner can read it. A service may go on meanwhile. Not checked: that the ledger is whole (`restore` does).

    Raises:
        ConfigError: there is no ledger.
        UsageError: there is something of the target's name already.
        LodestoneError: it cannot be written, or the database cannot be read.
    """
    if not config.database_url and not (config.home / "ledger.db").exists():
        raise ConfigError(f"There is no ledger in {config.home}.")
    if target.exists():
        raise UsageError(f"There is something at {target} already: a backup replaces nothing.")
    beside = target.with_name(f".{target.name}.new")
    folder = beside.with_name(beside.name + ".d") if target.suffix == _PACKED else beside
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        listed = _fill(config, folder, keys=keys, at=clock())
        if folder is not beside:
            beside.unlink(missing_ok=True)
            pack(folder, beside)
        beside.rename(target)
    except OSError as error:
        raise LodestoneError(f"The backup {target} cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if beside.is_file():
            beside.unlink()
    return MadeBackup(target, listed)


def _fill(config: Config, folder: Path, *, keys: bool, at: str) -> Listed:
    tiles = folder / "tiles"
    tiles.mkdir(mode=0o700)
    if (config.tiles / "checkpoint").is_file():
        shutil.copyfile(config.tiles / "checkpoint", tiles / "checkpoint")  # 1
        copy_tree(config.tiles / "tile", tiles / "tile")
    if config.second_store.is_file():
        copy_second_store(config.second_store, folder / "checkpoints.db")  # 2
    entries = copy_database(config.database, folder / "ledger.db")  # 3
    raise_second_store(folder / "checkpoints.db", folder / "ledger.db", config.origin)
    write_config(replace(config, home=folder))  # 4
    if (config.home / "erased").is_dir():
        copy_tree(config.home / "erased", folder / "erased")
    if keys:
        copy_tree(config.keys, folder / "keys")
    listed = Listed(config.origin, entries, at, keys)
    write_list(folder, listed)  # 5
    return listed
