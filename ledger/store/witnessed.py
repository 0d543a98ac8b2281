"""What a witness has cosigned: for each log the last checkpoint, in a SQLite file of its own.

Whoever asks holds a turn: what is known cannot change between reading it and keeping its successor, across threads and
processes. What was kept is durable when the turn ends; only then may a cosignature be given away.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import LodestoneError
from ledger.log.checkpoint import Checkpoint
from ledger.log.witness import origin_hash
from ledger.store.private import make_private

__all__ = ["Turn", "WitnessStore"]


@dataclass(slots=True)
class Turn:
    """One log's turn: what was cosigned last, and the place for what is cosigned now."""

    known: Checkpoint | None
    kept: tuple[Checkpoint, str] | None = None

    def keep(self, checkpoint: Checkpoint, note: str) -> None:
        """Let this checkpoint be the last that was cosigned, as this note says it."""
        self.kept = (checkpoint, note)


class WitnessStore:
    """The state of one witness."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            make_private(path)
            with self._connect() as connection:
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS cosigned "
                    "(name TEXT PRIMARY KEY, origin TEXT, size INTEGER, root BLOB, note TEXT) STRICT"
                )
        except (OSError, sqlite3.Error) as error:
            raise LodestoneError(f"the state of the witness in {path} cannot be used: {error}") from error

    @contextmanager
    def turn(self, origin: str) -> Iterator[Turn]:
        """Hold a log's turn. What was kept is durable on leaving; if the block raises, nothing is kept."""
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(
                "SELECT size, root FROM cosigned WHERE name = ?", (origin_hash(origin),)
            ).fetchone()
            turn = Turn(Checkpoint(origin, row[0], row[1]) if row else None)
            yield turn
            if turn.kept is not None:
                checkpoint, note = turn.kept
                connection.execute(
                    "INSERT INTO cosigned VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE "
                    "SET size = excluded.size, root = excluded.root, note = excluded.note",
                    (origin_hash(origin), origin, checkpoint.size, checkpoint.root, note),
                )
            connection.execute("COMMIT")

    def note(self, name: str) -> str | None:
        """The last cosigned checkpoint of the log whose origin has this hash (`origin_hash`), as a note."""
        with self._connect() as connection:
            row = connection.execute("SELECT note FROM cosigned WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            yield connection
