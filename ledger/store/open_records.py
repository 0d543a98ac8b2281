"""The records that a reader sees wholly, in the order of the log, a page at a time."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from ledger.store.grants import granted_records
from ledger.store.lineage import chunks
from ledger.store.queries import Viewer
from ledger.store.tables import ChainRow, RecordRow, TransferRow

__all__ = ["open_of", "open_records"]

_chain = ChainRow.__table__  # type: ignore[attr-defined]
_record = RecordRow.__table__  # type: ignore[attr-defined]
_transfer = TransferRow.__table__  # type: ignore[attr-defined]


def open_records(connection: Connection, viewer: Viewer, after: int, limit: int, kind: str | None = None) -> list[int]:
    """The log indexes, behind one, of records that are the reader's own, were sent to him, or granted to him whole.

    Of one type only, if given. Each of the three is looked up by an index of its own.
    """
    later = _record.c.idx > after
    if kind is not None:
        later = and_(later, _record.c.type == kind)
    ways: list[Select[Any]] = [select(_record.c.idx).where(later)]
    if viewer.number is not None:
        own = select(_chain.c.no).where(_chain.c.organization == viewer.number)
        sent = select(_transfer.c.idx).where(_transfer.c.recipient == viewer.number, _transfer.c.idx > after)
        conditions = (
            _record.c.chain.in_(own),
            _record.c.idx.in_(sent),
            _record.c.idx.in_(granted_records(viewer.number, viewer.at)),
        )
        ways = [select(_record.c.idx).where(later, condition) for condition in conditions]
    found: set[int] = set()
    for way in ways:
        found |= set(connection.execute(way.order_by(_record.c.idx).limit(limit)).scalars())
    return sorted(found)[:limit]


def open_of(connection: Connection, viewer: Viewer, records: set[int]) -> set[int]:
    """Those of these records that are the reader's own or granted to him whole."""
    if viewer.number is None:
        return set(records)
    mine: ColumnElement[bool] = or_(
        _record.c.organization == viewer.number, _record.c.idx.in_(granted_records(viewer.number, viewer.at))
    )
    found: set[int] = set()
    for part in chunks(sorted(records)):
        found |= set(connection.execute(select(_record.c.idx).where(_record.c.idx.in_(part), mine)).scalars())
    return found
