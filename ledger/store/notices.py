"""What concerns an organization: read off the log's own rows, and of what happens beside the log, kept in order."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select

from ledger.store.gather import record_name
from ledger.store.lineage import upstream_of_held
from ledger.store.records import StoredRecord, stored
from ledger.store.tables import ChainRow, NoticeRow, RecordRow, StandingRow, TransferRow
from ledger.values.encoding import digest_bytes

__all__ = [
    "BESIDE",
    "ChangedChain",
    "StoredNotice",
    "add_notice",
    "answers_between",
    "changed_chains",
    "notices_beside",
    "offers_between",
    "rests_on_chain",
    "rests_on_organization",
    "transfer_of",
]

BESIDE = frozenset({"grant-given", "grant-withdrawn", "report-revoked", "disclosures-erased"})
"""The kinds of what happens beside the log."""

_notice = NoticeRow.__table__  # type: ignore[attr-defined]
_record = RecordRow.__table__  # type: ignore[attr-defined]
_chain = ChainRow.__table__  # type: ignore[attr-defined]
_standing = StandingRow.__table__  # type: ignore[attr-defined]
_transfer = TransferRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """Something that happened beside the log; `organization` is None where it concerns all who have what follows."""

    number: int
    organization: int | None
    kind: str
    about: str
    at: str


@dataclass(frozen=True, slots=True)
class ChangedChain:
    """A record that bears on a chain: the chain by number, whose it is, and the id of the record that opened it."""

    record: StoredRecord
    chain: int
    organization: int
    opener: bytes


def add_notice(connection: Connection, organization: int | None, kind: str, about: str, at: str) -> None:
    """Keep that something happened; the caller holds the head's lock, so that numbers grow as they commit."""
    number: int = connection.execute(select(func.coalesce(func.max(_notice.c.number), 0) + 1)).scalar_one()
    row = {"number": number, "organization": organization, "kind": kind, "about": about, "at": at}
    connection.execute(insert(_notice), [row])


def notices_beside(connection: Connection, organization: int, after: int, limit: int) -> list[StoredNotice]:
    """What happened beside the log after a number, to this organization or to all who have what follows, in order."""
    mine = or_(_notice.c.organization == organization, _notice.c.organization.is_(None))
    wanted = select(_notice).where(_notice.c.number > after, mine).order_by(_notice.c.number).limit(limit)
    return [StoredNotice(*row) for row in connection.execute(wanted)]


def offers_between(connection: Connection, organization: int, begin: int, end: int) -> list[tuple[int, str]]:
    """Log index and id of the transfers to an organization with indexes from `begin` to before `end`."""
    wanted = select(_record.c.idx, _record.c.id).join(_transfer, _transfer.c.idx == _record.c.idx)
    mine = wanted.where(_transfer.c.recipient == organization, _record.c.idx >= begin, _record.c.idx < end)
    return [(row.idx, record_name(row.id)) for row in connection.execute(mine.order_by(_record.c.idx))]


def answers_between(connection: Connection, organization: int, begin: int, end: int) -> list[StoredRecord]:
    """The `receive` records in a stretch of the log by whoever was ever on the other side of a transfer with somebody.

    Which transfer each of them answers stands in the record.
    """
    to = select(_transfer.c.recipient).where(_transfer.c.sender == organization)
    by = select(_transfer.c.sender).where(_transfer.c.recipient == organization)
    other = or_(_record.c.organization.in_(to), _record.c.organization.in_(by))
    inside = select(_record).where(_record.c.idx >= begin, _record.c.idx < end, _record.c.type == "receive", other)
    return [stored(row) for row in connection.execute(inside.order_by(_record.c.idx))]


def transfer_of(connection: Connection, transfer: str) -> Any:
    """The row of a transfer by its record's id."""
    joined = select(_transfer).join(_record, _record.c.idx == _transfer.c.idx)
    return connection.execute(joined.where(_record.c.id == digest_bytes(transfer))).one()


def changed_chains(connection: Connection, begin: int, end: int) -> list[ChangedChain]:
    """The records in a stretch of the log that bear on a chain that was open before: of keys, and the operator's."""
    opener = _record.alias("opener")
    wanted = (
        select(_record, _chain.c.no, _chain.c.organization.label("owner"), _standing.c.opener)
        .join(_standing, _standing.c.record == _record.c.idx)
        .join(opener, opener.c.id == _standing.c.opener)
        .join(_chain, _chain.c.no == opener.c.idx)
        .where(_record.c.idx >= begin, _record.c.idx < end, _record.c.type.in_(("key", "admission")))
        .order_by(_record.c.idx)
    )
    return [ChangedChain(stored(row), row.no, row.owner, bytes(row.opener)) for row in connection.execute(wanted)]


def rests_on_chain(connection: Connection, organization: int, chain: int, after: int) -> bool:
    """Whether anything that somebody holds or held was made by, or of something by, a chain after a log index."""
    return _rests(connection, organization, (_record.c.chain == chain, _record.c.idx > after))


def rests_on_organization(connection: Connection, organization: int, maker: int) -> bool:
    """Whether anything that somebody holds or held was made by, or of something by, another organization."""
    return _rests(connection, organization, (_record.c.organization == maker,))


def _rests(connection: Connection, organization: int, made: Collection[Any]) -> bool:
    way = upstream_of_held(organization)
    found = select(way.c.idx).join(_record, _record.c.idx == way.c.idx).where(*made).limit(1)
    return connection.execute(found).first() is not None
