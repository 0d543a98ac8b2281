"""Restoring a backup into an empty folder. Nothing counts as restored before a check of the whole ledger has passed.

1 the backup's own list   2 an empty place   3 files and database   4 the check, also against what others have seen

A second store that is there already is never replaced: it knows what was signed since the backup was made.
"""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import LodestoneError, UsageError
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.note import parse_note
from ledger.log.tiles import entry_bundles, hash_tiles
from ledger.log.tree import Tree
from ledger.store.copying import fill_database, is_empty
from ledger.store.database import Database
from ledger.store.log import read_leaves
from ledger.store.migrate import migrate
from ledger.store.published import PublishedDirectory
from ledger.store.reports import newest_checkpoint
from ledger.workflows.alone import only_process
from ledger.workflows.backup_files import Listed, copy_tree, opened_backup, read_list
from ledger.workflows.config import Config, read_config
from ledger.workflows.findings import Progress
from ledger.workflows.fsck import Fsck, fsck

__all__ = ["Restored", "restore"]

_BLOCK = 500
_OURS = ("ledger.db", "checkpoints.db", "config.toml", "tiles", "keys", "erased")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, whether the second store is the backup's own, and what the check of the ledger says."""

    config: Config
    listed: Listed
    own_second_store: bool
    fsck: Fsck


def restore(backup: Path, home: Path, *, seen: str = "", progress: Progress | None = None) -> Restored:
    """Restore a backup into an empty folder, or with a PostgreSQL address in the settings into an empty database.

    `seen` is the newest checkpoint that anybody outside has: a backup that does not reach it is too old. The ledger is
    good to serve only where `fsck` of the answer is clean.

    Raises:
        UsageError: the folder or the database is not empty, or there is no backup.
        LodestoneError: the backup is damaged, of another ledger than the settings name, or a service runs there.
    """
    with opened_backup(backup) as folder:
        listed = read_list(folder)  # 1
        _must_be_empty(home)  # 2
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            config, own = _copy(folder, home, listed)  # 3
        except BaseException:
            _remove(home)
            raise
    with suppress(LodestoneError):  # what is in its way, the check names
        _publish_rest(config)
    return Restored(config, listed, own, fsck(config, progress=progress, seen=seen))  # 4


def _must_be_empty(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise UsageError(f"{home} is not empty: a backup is restored into an empty folder only.")


def _copy(folder: Path, home: Path, listed: Listed) -> tuple[Config, bool]:
    shutil.copyfile(folder / "config.toml", home / "config.toml")
    config = read_config(home=home)
    if config.origin != listed.origin:
        raise UsageError(f"The backup is of the log {listed.origin}, but the settings name {config.origin}.")
    with only_process(config):
        if config.database_url:
            _into_database(folder, home, config)
        else:
            shutil.copyfile(folder / "ledger.db", home / "ledger.db")
            (home / "ledger.db").chmod(0o600)
            database = Database(config.database)
            migrate(database)
            database.close()
        copy_tree(folder / "tiles", home / "tiles", mode=0o644)  # published files are for everyone
        if (folder / "erased").is_dir():
            (home / "erased").mkdir(mode=0o700)
            copy_tree(folder / "erased", home / "erased")
        if listed.keys:
            (home / "keys").mkdir(mode=0o700)
            copy_tree(folder / "keys", home / "keys")
        own = not config.second_store.exists() and (folder / "checkpoints.db").is_file()
        if own:
            config.second_store.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "checkpoints.db", config.second_store)
            config.second_store.chmod(0o600)
    return config, own


def _into_database(folder: Path, home: Path, config: Config) -> None:
    """The rows of the backup into an empty database; the copy is brought to this version first."""
    copied = home / "restoring.db"
    target = Database(config.database)
    try:
        if not is_empty(target):
            raise UsageError("The database holds a ledger already: a backup is restored into an empty one only.")
        shutil.copyfile(folder / "ledger.db", copied)
        old = Database(f"sqlite:///{copied}")
        migrate(old)
        old.close()
        migrate(target)
        fill_database(copied, target)
    finally:
        target.close()
        for each in home.glob("restoring.db*"):
            each.unlink()


def _publish_rest(config: Config) -> None:
    """Publish what the database holds as signed and the copied files do not have yet. Nothing is signed."""
    database, published = Database(config.database), PublishedDirectory(config.tiles)
    try:
        with database.reading() as connection:
            size, note = newest_checkpoint(connection)
            seen = published.checkpoint()
            old = parse_checkpoint(parse_note(seen).text).size if seen else 0
            if old >= size:
                return
            tree = Tree()
            for start in range(0, size, _BLOCK):
                tree.extend(leaf_hash(each.leaf) for each in read_leaves(connection, start, min(size, start + _BLOCK)))
            entries = entry_bundles(
                lambda start, number: [each.leaf for each in read_leaves(connection, start, start + number)], old, size
            )
            published.write_objects([*hash_tiles(tree, old, size), *entries])
            published.publish_checkpoint(note)
    finally:
        database.close()


def _remove(home: Path) -> None:
    for name in (*_OURS, "restoring.db", ".lock"):
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
