"""What a reader may see; every question that a reader asks goes through here.

An organization sees its own records, the batches that it holds, held or is offered, and upstream of them what a buyer
sees; and what it was granted. The operator sees everything.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, true, tuple_

from ledger.store.gather import record_name
from ledger.store.grants import RECORD, granted, newest_granted
from ledger.store.lineage import Key, chunks
from ledger.store.records import StoredRecord, record_by_id
from ledger.store.tables import (
    BatchRow,
    ChainRow,
    CiteRow,
    HeldRow,
    OrganizationRow,
    RecordRow,
    RemarkRow,
    TransferRow,
    UseRow,
)
from ledger.store.trace import levels_down
from ledger.values.encoding import b64u, digest_bytes, unb64u

__all__ = [
    "BatchPage",
    "ChainPosition",
    "Viewer",
    "batch_page",
    "chain_of",
    "chain_position",
    "citing",
    "had_of",
    "key_of",
    "latin_name",
    "names_of",
    "organization_names",
    "remarks_of",
    "seen_of",
    "sees_batch",
    "sees_passing",
    "sees_record_whole",
    "sees_upstream",
]

_batch = BatchRow.__table__  # type: ignore[attr-defined]
_chain = ChainRow.__table__  # type: ignore[attr-defined]
_cites = CiteRow.__table__  # type: ignore[attr-defined]
_held = HeldRow.__table__  # type: ignore[attr-defined]
_organization = OrganizationRow.__table__  # type: ignore[attr-defined]
_record = RecordRow.__table__  # type: ignore[attr-defined]
_remark = RemarkRow.__table__  # type: ignore[attr-defined]
_transfer = TransferRow.__table__  # type: ignore[attr-defined]
_uses = UseRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who reads: an organization by the log index of its first record; None for the operator, who sees everything.

    `at` is when: grants that have ended by then count no more. Left out, only those without an end count.
    """

    number: int | None
    at: str = "9999"

    def owns(self, organization: int) -> bool:
        """Whether what belongs to an organization is this reader's own."""
        return self.number is None or self.number == organization


@dataclass(frozen=True, slots=True)
class ChainPosition:
    """Where a chain stands."""

    id: str
    seq: int
    head: str
    head_at: str
    organization: int
    use: str
    standing: str
    retired: bool


@dataclass(frozen=True, slots=True)
class BatchPage:
    """Batches in the order of the log, and the last of them where there are more."""

    keys: tuple[Key, ...]
    after: Key | None


def chain_position(connection: Connection, chain: str) -> ChainPosition | None:
    """Where a chain stands, by its id. Not checked: whether the reader may know; see `chain_of`."""
    row: Any = connection.execute(select(_chain).where(_chain.c.id == unb64u(chain))).one_or_none()
    return None if row is None else _position(row)


def chain_of(connection: Connection, organization: int) -> ChainPosition | None:
    """The newest chain that an organization may write to."""
    mine = and_(_chain.c.organization == organization, _chain.c.use == "records", _chain.c.standing == "admitted")
    wanted = select(_chain).where(mine, _chain.c.retired.is_(False)).order_by(_chain.c.no.desc()).limit(1)
    row: Any = connection.execute(wanted).one_or_none()
    return None if row is None else _position(row)


def sees_record_whole(connection: Connection, record: StoredRecord, viewer: Viewer) -> bool:
    """Whether a record is the reader's own, or a transfer or admission that is addressed to him."""
    if viewer.owns(record.organization):
        return True
    if record.type != "transfer":
        return False
    wanted = select(_transfer.c.recipient).where(_transfer.c.idx == record.index)
    return connection.execute(wanted).scalar_one_or_none() == viewer.number


def sees_batch(connection: Connection, key: Key, viewer: Viewer) -> bool:
    """Whether the reader holds or held a batch, is offered it now, or was granted all of it."""
    wanted = select(_batch.c.idx).where(_batch.c.idx == key[0], _batch.c.place == key[1], _visible(viewer))
    return connection.execute(wanted).first() is not None


def seen_of(connection: Connection, keys: Iterable[Key], viewer: Viewer) -> set[Key]:
    """Those of these batches that the reader sees wholly: holds or held, is offered now, or was granted all of.

    Not checked for the operator: that there are such batches.
    """
    exact = set(keys)
    if viewer.number is None:
        return exact
    wanted = select(_batch.c.idx, _batch.c.place).where(_visible(viewer))
    found: set[Key] = set()
    for part in chunks(sorted({index for index, _ in exact})):
        found |= {(row.idx, row.place) for row in connection.execute(wanted.where(_batch.c.idx.in_(part)))}
    return found & exact


def had_of(connection: Connection, keys: Collection[Key], viewer: Viewer) -> set[Key]:
    """Those of these batches that the reader holds or held, or is offered now: without any grant."""
    wanted = select(_batch.c.idx, _batch.c.place).where(_had(viewer))
    found: set[Key] = set()
    for part in chunks(sorted({index for index, _ in keys})):
        found |= {(row.idx, row.place) for row in connection.execute(wanted.where(_batch.c.idx.in_(part)))}
    return found.intersection(keys)


def sees_upstream(connection: Connection, made: Collection[Key], viewer: Viewer) -> set[int]:
    """The places of a record's outputs out of which something that the reader sees was made; empty: he sees nothing.

    Each output is walked down by itself, so that nothing is shown of one that went elsewhere.
    """
    newest = _newest_seen(connection, viewer)
    return {key[1] for key in made if _leads_to(connection, key, viewer, newest)}


def sees_passing(connection: Connection, record: int, viewer: Viewer) -> set[int]:
    """The places in a transfer's or receipt's list whose batches came, after it, to the reader or into what he sees.

    Where a batch went that he had before is not told to him.
    """
    newest = _newest_seen(connection, viewer)
    listed = select(_uses.c.at, _uses.c.batch, _uses.c.place)
    moved = listed.where(_uses.c.record == record, _uses.c.role.in_(("offer", "accept")))
    return {
        row.at
        for row in connection.execute(moved).all()
        if _leads_on(connection, (row.batch, row.place), record, viewer, newest)
    }


def key_of(connection: Connection, batch: tuple[str, int]) -> Key | None:
    """The key of a batch by its record id and place, or None where there is no such batch."""
    record = record_by_id(connection, batch[0])
    if record is None:
        return None
    wanted = select(_batch.c.idx).where(_batch.c.idx == record.index, _batch.c.place == batch[1])
    return (record.index, batch[1]) if connection.execute(wanted).first() else None


def batch_page(
    connection: Connection,
    viewer: Viewer,
    *,
    lot: str | None = None,
    material: str | None = None,
    holder: int | None = None,
    after: Key | None = None,
    limit: int = 50,
) -> BatchPage:
    """Batches that the reader holds, held or is offered, or was granted, in the order of the log.

    By `holder` an organization finds only what it holds itself: where a batch went is not for everybody who had it.
    """
    wanted = select(_batch.c.idx, _batch.c.place).where(_visible(viewer))
    if lot is not None:
        wanted = wanted.where(_batch.c.lot == lot)
    if material is not None:
        wanted = wanted.where(_batch.c.material == material)
    if holder is not None:
        wanted = wanted.where(_batch.c.holder == (holder if viewer.owns(holder) else -1))
    if after is not None:
        wanted = wanted.where(tuple_(_batch.c.idx, _batch.c.place) > after)
    rows = connection.execute(wanted.order_by(_batch.c.idx, _batch.c.place).limit(limit + 1)).all()
    keys = tuple((row.idx, row.place) for row in rows[:limit])
    return BatchPage(keys, keys[-1] if len(rows) > limit else None)


def citing(connection: Connection, digest: str, viewer: Viewer, after: int, limit: int) -> list[int]:
    """The log indexes of records that cite a document by its digest, among what the reader sees wholly."""
    wanted = (
        select(_cites.c.record)
        .join(_record, _record.c.idx == _cites.c.record)
        .outerjoin(_transfer, _transfer.c.idx == _cites.c.record)
        .where(_cites.c.digest == digest_bytes(digest), _cites.c.record > after)
    )
    if viewer.number is not None:
        opened = granted(_record.c.idx, RECORD, viewer.number, viewer.at)
        mine = _record.c.organization == viewer.number
        wanted = wanted.where(or_(mine, _transfer.c.recipient == viewer.number, opened))
    return list(connection.execute(wanted.order_by(_cites.c.record).limit(limit)).scalars())


def names_of(connection: Connection, indexes: Iterable[int]) -> dict[int, tuple[str, str, int]]:
    """Id, type and organization of the records at these log indexes."""
    found = {}
    for part in chunks(sorted(set(indexes))):
        columns = select(_record.c.idx, _record.c.id, _record.c.type, _record.c.organization)
        for row in connection.execute(columns.where(_record.c.idx.in_(part))):
            found[row.idx] = (record_name(row.id), row.type, row.organization)
    return found


def organization_names(connection: Connection, number: int) -> tuple[str, str, str] | None:
    """Id, name and country of an organization by its number."""
    wanted = select(_record.c.id, _organization.c.name, _organization.c.country)
    joined = wanted.join(_organization, _organization.c.no == _record.c.idx).where(_record.c.idx == number)
    row = connection.execute(joined).one_or_none()
    return (record_name(row.id), row.name, row.country) if row else None


def latin_name(connection: Connection, number: int) -> str | None:
    """The name of an organization in Latin letters, where it has said one."""
    wanted = select(_organization.c.name_latin).where(_organization.c.no == number)
    found: str | None = connection.execute(wanted).scalar_one_or_none()
    return found


def remarks_of(connection: Connection, index: int) -> bytes:
    """What was unusual about a record when it was accepted, as JSON."""
    wanted = select(_remark.c.remarks).where(_remark.c.record == index)
    found = connection.execute(wanted).scalar_one_or_none()
    return b"[]" if found is None else bytes(found)


def _visible(viewer: Viewer) -> ColumnElement[bool]:
    had = _had(viewer)
    if viewer.number is None:
        return had
    return or_(had, granted(_batch.c.idx, _batch.c.place, viewer.number, viewer.at))


def _had(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.number is None:
        return true()
    held = and_(_held.c.batch == _batch.c.idx, _held.c.place == _batch.c.place, _held.c.organization == viewer.number)
    offered = and_(_transfer.c.idx == _batch.c.transit, _transfer.c.recipient == viewer.number)
    return or_(exists().where(held), exists().where(offered))


def _newest_seen(connection: Connection, viewer: Viewer) -> int:
    """A log index behind which the reader sees no batch, so that no walk goes further for him than his own things.

    Else whoever has a token could let the service walk over all descendants of an early batch, and learn from the time
    how many there are.
    """
    if viewer.number is None:
        return 0
    held = select(func.max(_held.c.batch)).where(_held.c.organization == viewer.number)
    offered = select(func.max(_transfer.c.idx)).where(
        _transfer.c.recipient == viewer.number, _transfer.c.standing == "open"
    )
    found = [connection.execute(each).scalar_one_or_none() for each in (held, offered)]
    return max(newest_granted(connection, viewer.number, viewer.at), *(-1 if each is None else each for each in found))


def _leads_to(connection: Connection, start: Key, viewer: Viewer, newest: int) -> bool:
    if sees_batch(connection, start, viewer):
        return True
    levels: Iterator[list[Any]] = levels_down(connection, [start], newest=newest)
    for level in levels:
        made = sorted({step.made for step in level})
        for part in chunks(made):
            wanted = select(_batch.c.idx, _batch.c.place).where(
                _batch.c.idx.in_(sorted({index for index, _ in part})), _visible(viewer)
            )
            if set(part) & {(row.idx, row.place) for row in connection.execute(wanted)}:
                return True
    return False


def _leads_on(connection: Connection, key: Key, index: int, viewer: Viewer, newest: int) -> bool:
    """Whether what was done with a batch after an index brought it, or something made of it, to the reader."""
    later = (
        select(_uses.c.record, _uses.c.at, _uses.c.role, _record.c.organization)
        .join(_record, _record.c.idx == _uses.c.record)
        .where(_uses.c.batch == key[0], _uses.c.place == key[1], _uses.c.record > index)
        .order_by(_uses.c.record)
    )
    for use in connection.execute(later).all():
        if use.role == "accept" and use.organization == viewer.number:
            return True
        if use.role == "input":
            outputs = connection.execute(select(_batch.c.place).where(_batch.c.idx == use.record)).scalars().all()
            if any(_leads_to(connection, (use.record, place), viewer, newest) for place in outputs):
                return True
        if use.role == "part" and _leads_to(connection, (use.record, use.at), viewer, newest):
            return True
    return False


def _position(row: Any) -> ChainPosition:
    return ChainPosition(
        b64u(bytes(row.id)),
        row.head_seq,
        record_name(row.head_id),
        row.head_at,
        row.organization,
        row.use,
        row.standing,
        bool(row.retired),
    )
