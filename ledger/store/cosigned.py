"""Collected cosignatures: a SQLite file of its own, so that collecting never waits for a commit, nor a commit for it.

If the file is lost, nothing is: the next cosigned checkpoint covers every entry before it.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger.log.note import SignatureLine, parse_signature_lines
from ledger.store.private import make_private

__all__ = ["CosignedStore"]


class CosignedStore:
    """Signature lines by the size of the checkpoint that they are on, and which of these met the quorum."""

    def __init__(self, path: Path) -> None:
        self._path = path
        make_private(path)
        with self._connect() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS line "
                "(size INTEGER, key TEXT, text TEXT, PRIMARY KEY (size, key)) STRICT, WITHOUT ROWID"
            )
            connection.execute("CREATE TABLE IF NOT EXISTS met (size INTEGER PRIMARY KEY) STRICT")

    def add(self, size: int, lines: Iterable[SignatureLine]) -> None:
        """Keep lines on the checkpoint of a size, durably; a newer one by the same key replaces the older one.

        Not checked: that they verify. Whoever adds them has verified them.
        """
        rows = [(size, f"{line.name}+{line.key_id.hex()}", str(line)) for line in lines]
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR REPLACE INTO line VALUES (?, ?, ?)", rows)
            connection.execute("COMMIT")

    def lines(self, size: int) -> tuple[SignatureLine, ...]:
        """The lines on the checkpoint of a size, by the names of their keys."""
        with self._connect() as connection:
            rows = connection.execute("SELECT text FROM line WHERE size = ? ORDER BY key", (size,)).fetchall()
        return parse_signature_lines("".join(row[0] for row in rows)) if rows else ()

    def mark_met(self, size: int) -> None:
        """The checkpoint of this size has met the quorum."""
        with self._connect() as connection:
            connection.execute("INSERT OR IGNORE INTO met VALUES (?)", (size,))

    def newest_met(self) -> int | None:
        """The largest size whose checkpoint has met the quorum."""
        return self._one("SELECT max(size) FROM met")

    def first_met_over(self, index: int) -> int | None:
        """The least size over an index whose checkpoint has met the quorum."""
        return self._one("SELECT min(size) FROM met WHERE size > ?", index)

    def newest_by_key(self) -> dict[str, int]:
        """For each key that has cosigned, `<name>+<key id>`, the largest size that it has."""
        with self._connect() as connection:
            return dict(connection.execute("SELECT key, max(size) FROM line GROUP BY key").fetchall())

    def _one(self, query: str, *values: int) -> int | None:
        with self._connect() as connection:
            found: int | None = connection.execute(query, values).fetchone()[0]
        return found

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            yield connection
