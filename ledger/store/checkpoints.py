"""The second store: the last signed checkpoint, kept apart so that no restored backup can fork the log.

`swap` is the point of no return of publishing: it is durable and atomic, and fails if somebody else was there before.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import LedgerUnsafe
from ledger.store.private import make_private

__all__ = ["CheckpointStore", "StoredCheckpoint"]


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """The newest checkpoint that was ever signed for an origin."""

    size: int
    root: bytes
    note: str


class CheckpointStore:
    """A SQLite file of its own; may live on another disk than the ledger."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        make_private(path)
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        with self._connect() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS latest (origin TEXT PRIMARY KEY, size INTEGER, root BLOB, note TEXT)"
            )

    def latest(self, origin: str) -> StoredCheckpoint | None:
        """The newest checkpoint of an origin, or None before the first."""
        with self._connect() as connection:
            row = connection.execute("SELECT size, root, note FROM latest WHERE origin = ?", (origin,)).fetchone()
        return StoredCheckpoint(row[0], bytes(row[1]), row[2]) if row else None

    def swap(self, origin: str, before: int, new: StoredCheckpoint) -> None:
        """Replace the checkpoint of size `before` (0: none yet) by a larger one. Durable on return.

        Raises:
            LedgerUnsafe: another size is stored, so somebody else has signed since.
        """
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute("SELECT size FROM latest WHERE origin = ?", (origin,)).fetchone()
            if (row[0] if row else 0) != before or new.size <= before:
                connection.execute("ROLLBACK")
                raise LedgerUnsafe("Another checkpoint was signed in the meantime: start again from the stores.")
            connection.execute(
                "INSERT INTO latest VALUES (?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE "
                "SET size = excluded.size, root = excluded.root, note = excluded.note",
                (origin, new.size, new.root, new.note),
            )
            connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file; whoever asks again opens it again."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        """The one connection, in turn: every group asks twice, and opening costs more than asking."""
        with self._turn:
            if self._connection is None:
                self._connection = sqlite3.connect(
                    self._path, timeout=30, isolation_level=None, check_same_thread=False
                )
                self._connection.execute("PRAGMA journal_mode=WAL")
                self._connection.execute("PRAGMA synchronous=FULL")
            try:
                yield self._connection
            except BaseException:
                self._connection.close()  # with whatever it had begun
                self._connection = None
                raise
