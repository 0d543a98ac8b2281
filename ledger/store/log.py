"""The log's side of the database: the head, stored leaves, published checkpoints, and the turn to publish."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from ledger.errors import LedgerUnsafe
from ledger.log.leaf import leaf_from_parts
from ledger.log.merkle import leaf_hash
from ledger.log.tree import Frontier
from ledger.store.database import Database
from ledger.store.prepared import Lookup, Prepared
from ledger.store.tables import CheckpointRow, HeadRow, RecordRow
from ledger.values.encoding import b64u, digest, unb64u

__all__ = [
    "Head",
    "StoredLeaf",
    "begin_log",
    "checkpoint_at",
    "checkpoints_before",
    "founding",
    "keep_checkpoint",
    "log_size",
    "publishing",
    "read_head",
    "read_leaves",
    "rewritten",
]

_head = HeadRow.__table__  # type: ignore[attr-defined]
_record = RecordRow.__table__  # type: ignore[attr-defined]
_checkpoint = CheckpointRow.__table__  # type: ignore[attr-defined]

_HEAD = Lookup(*_head.columns)
_LEAVES = Lookup(*(_record.c[name] for name in ("idx", "id", "tags", "signatures", "envelope")), by=_record.c.idx)

_KEEP = Prepared(
    lambda database: (sqlite_insert if database == "sqlite" else postgresql_insert)(
        _checkpoint
    ).on_conflict_do_nothing()
)

_PUBLISHING = 0x6C6F6465  # arbitrary numbers that all processes of a ledger agree on
_FOUNDING = 0x6C6F6466


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log stands in the database."""

    ledger: str
    origin: str
    operator: str
    size: int
    frontier: bytes
    rules: str
    genesis: bytes


@dataclass(frozen=True, slots=True)
class StoredLeaf:
    """A leaf as it follows from what is stored, with the envelope that it commits to (None for the genesis entry)."""

    index: int
    leaf: bytes
    record: str
    signatures: str
    envelope: bytes | None

    def must_be_whole(self) -> None:
        """Read the stored envelope anew and compare it with its leaf, before anything is signed over it.

        Raises:
            LedgerUnsafe: the bytes that are stored are not those that were accepted.
        """
        if self.envelope is None:
            return
        try:
            outer = orjson.loads(self.envelope)
            seen = orjson.dumps([[s["protected"], s["signature"]] for s in outer["signatures"]])
            whole = (digest(unb64u(outer["payload"])), digest(seen)) == (self.record, self.signatures)
        except (ValueError, TypeError, KeyError):
            whole = False
        if not whole:
            raise LedgerUnsafe(f"The stored record at index {self.index} is not the one that was accepted.")


def log_size(connection: Connection) -> int:
    """How many entries the log has; 0 where there is no ledger yet."""
    return connection.execute(select(_head.c.size)).scalar_one_or_none() or 0


def begin_log(connection: Connection, *, ledger: str, origin: str, operator: str, rules: str, genesis: bytes) -> None:
    """Write the head of a new log whose entry 0 is this genesis leaf. One that never came further is replaced.

    Raises:
        LedgerUnsafe: the log has records already.
    """
    if log_size(connection) > 1:
        raise LedgerUnsafe("This database holds a ledger already.")
    connection.execute(delete(_head))
    frontier = Frontier()
    frontier.append(leaf_hash(genesis))
    row = {
        "id": 1,
        "ledger": ledger,
        "origin": origin,
        "size": 1,
        "frontier": frontier.to_bytes(),
        "rules": rules,
        "operator": operator,
        "genesis": genesis,
    }
    connection.execute(insert(_head), [row])


def read_head(connection: Connection) -> Head:
    """Where the log stands.

    Raises:
        LedgerUnsafe: there is no ledger in this database.
    """
    rows = _HEAD.all(connection)
    if not rows:
        raise LedgerUnsafe("This database holds no ledger.")
    row = rows[0]
    return Head(row.ledger, row.origin, row.operator, row.size, bytes(row.frontier), row.rules, bytes(row.genesis))


def read_leaves(connection: Connection, start: int, end: int) -> list[StoredLeaf]:
    """The leaves from index `start` up to, not including, `end`, in order.

    Raises:
        LedgerUnsafe: one of them is missing.
    """
    found = []
    if start == 0 < end:
        found.append(StoredLeaf(0, read_head(connection).genesis, "", "", None))
    for index, name, tags, seen, envelope in _LEAVES.between(connection, start, end):
        leaf = leaf_from_parts(name, seen, tags)
        found.append(StoredLeaf(index, leaf, f"sha-256:{b64u(name)}", f"sha-256:{b64u(seen)}", envelope))
    if [leaf.index for leaf in found] != list(range(start, end)):
        raise LedgerUnsafe(f"The database does not hold every record from index {start} to {end - 1}.")
    return found


def rewritten(connection: Connection) -> None:
    """Say that rows which rules read are changed without a record: a repair, or an erasure.

    What processes keep of the state in memory is worth nothing once the caller's transaction, which holds the head's
    lock, has committed.
    """
    connection.execute(update(_head).values(edition=_head.c.edition + 1))


def keep_checkpoint(connection: Connection, size: int, note: str) -> None:
    """Remember a published checkpoint; the first one of a size stays."""
    _KEEP.run(connection, [{"size": size, "note": note}])


def checkpoint_at(connection: Connection, size: int) -> str | None:
    """The published checkpoint of a size, if there was one."""
    return connection.execute(select(_checkpoint.c.note).where(_checkpoint.c.size == size)).scalar_one_or_none()


def checkpoints_before(connection: Connection, size: int | None, limit: int) -> list[str]:
    """Published checkpoints of fewer than so many entries (None is all), the largest first."""
    wanted = select(_checkpoint.c.note).order_by(_checkpoint.c.size.desc()).limit(limit)
    if size is not None:
        wanted = wanted.where(_checkpoint.c.size < size)
    return list(connection.execute(wanted).scalars())


def publishing(database: Database) -> AbstractContextManager[None]:
    """The turn to publish, held by one process at a time. A SQLite ledger belongs to one process anyway."""
    return _turn(database, _PUBLISHING)


def founding(database: Database) -> AbstractContextManager[None]:
    """The turn to make tables and found a ledger: the processes of a service are often started together."""
    return _turn(database, _FOUNDING)


@contextmanager
def _turn(database: Database, key: int) -> Iterator[None]:
    if database.sqlite:
        yield
        return
    with database.engine.connect() as connection:
        _run_in_session(connection, "SELECT pg_advisory_lock(:key)", key)
        try:
            yield
        finally:
            _run_in_session(connection, "SELECT pg_advisory_unlock(:key)", key)


def _run_in_session(connection: Connection, statement: str, key: int) -> None:
    try:
        connection.execute(text(statement), {"key": key})
        connection.commit()
    except BaseException:
        connection.invalidate()  # the session may hold the lock: it ends, so that nobody waits for it for ever
        raise
