"""Stored records: envelopes by id or index, receipts' parts, and the heads of chains."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from ledger.store.gather import record_name
from ledger.store.tables import ChainRow, RecordRow
from ledger.values.encoding import b64u, digest_bytes, unb64u

__all__ = [
    "StoredRecord",
    "chain_head",
    "chain_sets",
    "has_reporter",
    "payload_of",
    "record_at",
    "record_by_id",
    "stored",
]

_record = RecordRow.__table__  # type: ignore[attr-defined]
_chain = ChainRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it was received, with its place."""

    index: int
    id: str
    type: str
    chain: int
    seq: int
    organization: int
    at: str
    tags: bytes
    signatures: bytes
    envelope: bytes

    @property
    def erased(self) -> bool:
        """Whether its disclosures were erased: then it has no time any more, and its envelope has holes."""
        return not self.at


def payload_of(envelope: bytes) -> bytes:
    """The payload bytes of a stored envelope. Not checked: anything; what is stored was parsed when it came."""
    return unb64u(orjson.loads(envelope)["payload"])


def record_by_id(connection: Connection, record_id: str) -> StoredRecord | None:
    """The record of this id."""
    return _one(connection, _record.c.id == digest_bytes(record_id))


def record_at(connection: Connection, index: int) -> StoredRecord | None:
    """The record at a log index."""
    return _one(connection, _record.c.idx == index)


def _one(connection: Connection, condition: Any) -> StoredRecord | None:
    row: Any = connection.execute(select(_record).where(condition)).one_or_none()
    return None if row is None else stored(row)


def stored(row: Any) -> StoredRecord:
    """A row of the table of records as a value."""
    return StoredRecord(
        row.idx,
        record_name(row.id),
        row.type,
        row.chain,
        row.seq,
        row.organization,
        row.at,
        bytes(row.tags),
        bytes(row.signatures),
        bytes(row.envelope),
    )


def chain_head(connection: Connection, number: int) -> tuple[str, int, str]:
    """The id of a chain (by the log index that opened it), the number of its last record, and that record's id."""
    row = connection.execute(
        select(_chain.c.id, _chain.c.head_seq, _chain.c.head_id).where(_chain.c.no == number)
    ).one()
    return b64u(bytes(row.id)), row.head_seq, record_name(row.head_id)


def has_reporter(connection: Connection) -> bool:
    """Whether the operator's chain that signs reports has been opened."""
    return connection.execute(select(_chain.c.no).where(_chain.c.use == "report").limit(1)).first() is not None


def chain_sets(connection: Connection, chain: str) -> list[dict[str, Any]] | None:
    """The key sets of a chain as stored, oldest first, or None where there is no such chain."""
    stored = connection.execute(select(_chain.c.sets).where(_chain.c.id == unb64u(chain))).scalar_one_or_none()
    return None if stored is None else list(orjson.loads(stored))
