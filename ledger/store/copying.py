"""Whole databases copied while others write: one moment of a ledger in one SQLite file, and back.

The copy of a ledger on PostgreSQL is a SQLite file too: it can be looked into, checked and restored anywhere.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, func, insert, inspect, select
from sqlalchemy.exc import DatabaseError

from ledger.errors import LedgerUnsafe
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.note import parse_note
from ledger.store.checkpoints import CheckpointStore, StoredCheckpoint
from ledger.store.compare import table_named
from ledger.store.database import Database
from ledger.store.migrate import migrate
from ledger.store.tables import HeadRow

__all__ = [
    "compacted",
    "copy_database",
    "copy_second_store",
    "fill_database",
    "flush",
    "is_empty",
    "overwrite_deleted",
    "raise_second_store",
]

_BLOCK = 500


def copy_database(url: str, target: Path) -> int:
    """Copy the ledger of a database, as it stands at one moment, into a new SQLite file; how many entries its log has.

    Everything that was committed when this is called is in the copy. Others may go on writing.

    Raises:
        LedgerUnsafe: the database cannot be read, or holds no ledger.
    """
    source = Database(url)
    try:
        if source.sqlite:
            _vacuum(source, target)
        else:
            _copy_tables(source, target)
    except (DatabaseError, sqlite3.Error) as error:
        raise LedgerUnsafe(f"The database cannot be copied: {error}") from error
    finally:
        source.close()
    flush(target)
    with closing(sqlite3.connect(target)) as copied:
        row = copied.execute("SELECT size FROM log_head").fetchone()
    if row is None:
        raise LedgerUnsafe("This database holds no ledger.")
    return int(row[0])


def copy_second_store(source: Path, target: Path) -> None:
    """Copy the second checkpoint store, also while a service writes to it."""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copied:
        live.backup(copied)
        copied.execute("PRAGMA journal_mode=DELETE")


def raise_second_store(second: Path, copied: Path, origin: str) -> None:
    """Let the copy of the second store know the newest checkpoint that stands in the copy of the database."""
    with closing(sqlite3.connect(copied)) as connection:
        row = connection.execute("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    store = CheckpointStore(second)
    before = store.latest(origin)
    if row is not None and (before is None or before.size < row[0]):
        root = parse_checkpoint(parse_note(row[1]).text).root
        store.swap(origin, before.size if before else 0, StoredCheckpoint(row[0], root, row[1]))
    store.close()
    with closing(sqlite3.connect(second)) as finished:
        finished.execute("PRAGMA journal_mode=DELETE")


def fill_database(source: Path, target: Database) -> None:
    """Fill an empty database of this version from a copy of the same version, all of it or nothing."""
    copied = Database(f"sqlite:///{source}")
    try:
        with copied.reading() as connection, target.writing(locked=False) as into:
            _copy_rows(connection, into)
    finally:
        copied.close()


def is_empty(database: Database) -> bool:
    """Whether a database has no ledger in it, nor anything of one."""
    with database.reading() as connection:
        present = set(inspect(connection).get_table_names())
        ours = [name for name in HeadRow.metadata.tables if name in present]
        return not any(
            connection.execute(select(func.count()).select_from(table_named(name))).scalar_one() for name in ours
        )


def compacted(source: Database, target: Path) -> None:
    """Copy a SQLite database without anything that was deleted in it, durable on return."""
    _vacuum(source, target)
    flush(target)


def overwrite_deleted(database: Database) -> None:
    """Let go of the bytes of what was deleted: the whole database is written anew.

    Not reached: copies, replicas, the write-ahead archive of a server, and what a disk keeps of files it let go.
    """
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not database.sqlite:
            connection.exec_driver_sql("VACUUM FULL")
            return
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("VACUUM")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def flush(path: Path) -> None:
    """Write a file, or the names in a folder, through to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _vacuum(source: Database, target: Path) -> None:
    path = source.engine.url.database
    assert path is not None
    target.touch(mode=0o600, exist_ok=False)
    with closing(sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=rw", uri=True, timeout=30)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def _copy_tables(source: Database, target: Path) -> None:
    copied = Database(f"sqlite:///{target}")
    try:
        migrate(copied)
        with source.reading() as connection, copied.writing(locked=False) as into:
            _copy_rows(connection, into)
    finally:
        copied.close()
    with closing(sqlite3.connect(target)) as finished:
        finished.execute("PRAGMA journal_mode=DELETE")


def _copy_rows(source: Connection, into: Connection) -> None:
    for table in HeadRow.metadata.sorted_tables:
        found = source.execute(select(table), execution_options={"yield_per": _BLOCK})
        for block in found.mappings().partitions(_BLOCK):
            into.execute(insert(table), [dict(row) for row in block])
