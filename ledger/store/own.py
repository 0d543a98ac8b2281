"""What is an organization's own, page by page: chains, records, transfers, reports, tokens."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, and_, or_, select, tuple_

from ledger.store.gather import record_name
from ledger.store.lineage import Key
from ledger.store.tables import (
    BatchRow,
    ChainRow,
    FacilityRow,
    HeldRow,
    OrganizationRow,
    RecordRow,
    ReportRow,
    TransferRow,
)
from ledger.values.encoding import b64u

__all__ = [
    "OwnChain",
    "OwnRecord",
    "OwnReport",
    "OwnTransfer",
    "facilities_of",
    "made_newest",
    "names_like",
    "open_transfers",
    "own_chains",
    "records_of_chain",
    "reports_made",
    "times_of",
]

_batch = BatchRow.__table__  # type: ignore[attr-defined]
_chain = ChainRow.__table__  # type: ignore[attr-defined]
_facility = FacilityRow.__table__  # type: ignore[attr-defined]
_held = HeldRow.__table__  # type: ignore[attr-defined]
_organization = OrganizationRow.__table__  # type: ignore[attr-defined]
_record = RecordRow.__table__  # type: ignore[attr-defined]
_report = ReportRow.__table__  # type: ignore[attr-defined]
_transfer = TransferRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class OwnChain:
    """A chain with its key sets as stored: `{"index", "kids", "jwks"}`, in the order in which they came into force."""

    number: int
    id: str
    use: str
    seq: int
    head: str
    head_at: str
    standing: str
    sets: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A record as a chain lists it."""

    index: int
    id: str
    type: str
    seq: int
    at: str


@dataclass(frozen=True, slots=True)
class OwnTransfer:
    """A transfer that waits for an answer, with the keys of its batches by their places."""

    index: int
    id: str
    sender: int
    recipient: int | None
    terms: str
    at: str
    batches: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A report as its list shows it."""

    id: str
    batch: Key
    audience: str
    as_of: int
    made_at: str
    revoked_at: str | None


def facilities_of(connection: Connection, organization: int | None) -> dict[str, int]:
    """The facilities of an organization by the ids of their records; those of everybody for None."""
    wanted = select(_facility.c.idx, _record.c.id).join(_record, _record.c.idx == _facility.c.idx)
    if organization is not None:
        wanted = wanted.where(_facility.c.organization == organization)
    return {record_name(row.id): row.idx for row in connection.execute(wanted.order_by(_facility.c.idx))}


def names_like(connection: Connection, text: str, limit: int = 20) -> list[int]:
    """The organizations in whose name, in its own script or in Latin letters, a text occurs; for the operator only."""
    within = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    found = or_(_organization.c.name.ilike(within, escape="\\"), _organization.c.name_latin.ilike(within, escape="\\"))
    wanted = select(_organization.c.no).where(found).order_by(_organization.c.no).limit(limit)
    return list(connection.execute(wanted).scalars())


def own_chains(connection: Connection, organization: int) -> list[OwnChain]:
    """All chains of an organization, oldest first."""
    rows = connection.execute(select(_chain).where(_chain.c.organization == organization).order_by(_chain.c.no))
    return [
        OwnChain(
            row.no,
            b64u(bytes(row.id)),
            row.use,
            row.head_seq,
            record_name(row.head_id),
            row.head_at,
            "retired" if row.retired else row.standing,
            tuple(orjson.loads(row.sets)),
        )
        for row in rows
    ]


def times_of(connection: Connection, indexes: list[int]) -> dict[int, tuple[str, str]]:
    """The id and the time of the records at these log indexes: of few."""
    wanted = select(_record.c.idx, _record.c.id, _record.c.at).where(_record.c.idx.in_(indexes))
    return {row.idx: (record_name(row.id), row.at) for row in connection.execute(wanted)}


def records_of_chain(connection: Connection, chain: int, before: int | None, limit: int) -> list[OwnRecord]:
    """The records of a chain, newest first, below a number in the chain."""
    wanted = select(_record.c.idx, _record.c.id, _record.c.type, _record.c.seq, _record.c.at)
    wanted = wanted.where(_record.c.chain == chain)
    if before is not None:
        wanted = wanted.where(_record.c.seq < before)
    rows = connection.execute(wanted.order_by(_record.c.seq.desc()).limit(limit))
    return [OwnRecord(row.idx, record_name(row.id), row.type, row.seq, row.at) for row in rows]


def open_transfers(
    connection: Connection, organization: int | None, *, sent: bool, after: int | None, limit: int
) -> list[OwnTransfer]:
    """Transfers that wait for an answer, newest first: offered to an organization or `sent` by it; all for None."""
    wanted = select(_transfer, _record.c.id).join(_record, _record.c.idx == _transfer.c.idx)
    wanted = wanted.where(_transfer.c.standing == "open")
    if organization is not None:
        wanted = wanted.where((_transfer.c.sender if sent else _transfer.c.recipient) == organization)
    if after is not None:
        wanted = wanted.where(_transfer.c.idx < after)
    return [
        OwnTransfer(
            row.idx,
            record_name(row.id),
            row.sender,
            row.recipient,
            row.terms,
            row.at,
            tuple((index, place) for index, place in orjson.loads(row.batches)),
        )
        for row in connection.execute(wanted.order_by(_transfer.c.idx.desc()).limit(limit))
    ]


def reports_made(
    connection: Connection, organization: int, after: tuple[str, str] | None, limit: int
) -> list[OwnReport]:
    """The reports that an organization asked for, newest first; `after` is the time and the id of the last one seen."""
    columns = ("id", "batch", "place", "audience", "as_of", "made_at", "revoked_at")
    wanted = select(*(_report.c[name] for name in columns)).where(_report.c.organization == organization)
    if after is not None:
        wanted = wanted.where(tuple_(_report.c.made_at, _report.c.id) < after)
    rows = connection.execute(wanted.order_by(_report.c.made_at.desc(), _report.c.id.desc()).limit(limit))
    return [
        OwnReport(row.id, (row.batch, row.place), row.audience, row.as_of, row.made_at, row.revoked_at) for row in rows
    ]


def made_newest(
    connection: Connection, organization: int | None, materials: tuple[str, ...], after: Key | None, window: int
) -> tuple[list[Key], Key | None]:
    """The newest batches of some materials that an organization made itself, out of a window of those that it had.

    Parts of a transfer are left out: their wholes are there. None is everybody. Beside them goes where the window
    ends, if it was full.
    """
    columns = (_batch.c.idx, _batch.c.place, _batch.c.material, _batch.c.maker, _batch.c.whole, _batch.c.whole_place)
    if organization is None:
        wanted, key = select(*columns), (_batch.c.idx, _batch.c.place)
    else:
        joined = _held.join(_batch, and_(_batch.c.idx == _held.c.batch, _batch.c.place == _held.c.place))
        wanted = select(*columns).select_from(joined).where(_held.c.organization == organization)
        key = (_held.c.batch, _held.c.place)
    if after is not None:
        wanted = wanted.where(tuple_(*key) < after)
    rows = connection.execute(wanted.order_by(key[0].desc(), key[1].desc()).limit(window)).all()
    found = [
        (row.idx, row.place)
        for row in rows
        if row.material in materials
        and organization in (None, row.maker)
        and (row.whole, row.whole_place) == (row.idx, row.place)
    ]
    return found, (rows[-1].idx, rows[-1].place) if len(rows) == window else None
