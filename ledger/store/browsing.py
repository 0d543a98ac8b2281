"""Browsing batches newest first, however many there are: each page looks at no more than a window of them.

The window is a run of the reader's own batches by an index; whatever else is asked for is looked for within it. So a
page that finds little costs as much as one that finds everything, and says where to go on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, true, tuple_

from ledger.store.grants import openings
from ledger.store.lineage import Key, chunks
from ledger.store.queries import Viewer
from ledger.store.tables import BatchRow, FacilityRow, HeldRow, RecordRow, TransferRow

__all__ = ["SCOPES", "WINDOW", "Asked", "Facets", "Found", "facets", "facility_names", "find"]

_batch = BatchRow.__table__  # type: ignore[attr-defined]
_facility = FacilityRow.__table__  # type: ignore[attr-defined]
_held = HeldRow.__table__  # type: ignore[attr-defined]
_record = RecordRow.__table__  # type: ignore[attr-defined]
_transfer = TransferRow.__table__  # type: ignore[attr-defined]

SCOPES = ("held", "sent", "offered", "past", "granted", "all")
"""How a reader stands to a batch: holds it; offers it; is offered it; held it once; was granted it; had it at all."""
WINDOW = 10_000
"""How many batches a page looks at."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which batches: by how the reader stands to them, and what they are. `lot` is a part of the label."""

    scope: str = "held"
    material: str | None = None
    facility: int | None = None
    lot: str | None = None
    element: str | None = None
    holder: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Batches, and from where to go on: the last one that was looked at, where there may be more."""

    keys: tuple[Key, ...]
    after: Key | None


@dataclass(frozen=True, slots=True)
class Facets:
    """How many there are of each, within the newest batches of a scope. `whole`: these are all that there are."""

    materials: dict[str, int]
    facilities: dict[int, int]
    looked_at: int
    whole: bool


def find(
    connection: Connection, viewer: Viewer, asked: Asked, after: Key | None, limit: int, window: int = WINDOW
) -> Found:
    """A page of batches, newest first, out of at most a window of them."""
    columns = [_batch.c.idx, _batch.c.place, _batch.c.material, _batch.c.lot, _record.c.facility]
    if asked.element is not None:
        columns.append(_batch.c.said)
    if asked.holder is not None:
        columns.append(_batch.c.holder)
    keys: list[Key] = []
    last: Key | None = None
    looked_at = 0
    for row in _candidates(connection, viewer, asked, columns, after, window):
        if len(keys) == limit:
            return Found(tuple(keys), last)
        looked_at += 1
        last = (row.idx, row.place)
        if _fits(row, asked):
            keys.append(last)
    return Found(tuple(keys), last if looked_at >= window else None)


def facets(connection: Connection, viewer: Viewer, scope: str, window: int = WINDOW) -> Facets:
    """How many batches of each material and facility there are among the newest of a scope."""
    columns = [_batch.c.idx, _batch.c.place, _batch.c.material, _record.c.facility]
    materials: dict[str, int] = {}
    facilities: dict[int, int] = {}
    looked_at = 0
    wanted = _listed(viewer, Asked(scope), columns)
    if wanted is None:
        rows: Sequence[Any] | Iterator[Any] = list(_candidates(connection, viewer, Asked(scope), columns, None, window))
        counted = [(row.material, row.facility, 1) for row in rows]
    else:
        newest = wanted.order_by(*_newest_first(viewer, scope)).limit(window).subquery()
        grouped = select(newest.c.material, newest.c.facility, func.count()).group_by(
            newest.c.material, newest.c.facility
        )
        counted = [tuple(row) for row in connection.execute(grouped)]
    for material, facility, count in counted:
        looked_at += count
        materials[material] = materials.get(material, 0) + count
        if facility is not None:
            facilities[facility] = facilities.get(facility, 0) + count
    return Facets(dict(sorted(materials.items())), dict(sorted(facilities.items())), looked_at, looked_at < window)


def facility_names(connection: Connection, indexes: Sequence[int]) -> dict[int, str]:
    """The names of facilities by the log indexes of their records."""
    found: dict[int, str] = {}
    for part in chunks(sorted(set(indexes))):
        wanted = select(_facility.c.idx, _facility.c.name).where(_facility.c.idx.in_(part))
        found.update({row.idx: row.name for row in connection.execute(wanted)})
    return found


def _fits(row: Any, asked: Asked) -> bool:
    if asked.material is not None and row.material != asked.material:
        return False
    if asked.facility is not None and row.facility != asked.facility:
        return False
    if asked.holder is not None and row.holder != asked.holder:
        return False
    if asked.lot is not None and asked.lot.casefold() not in row.lot.casefold():
        return False
    return asked.element is None or bool((orjson.loads(row.said)["composition"] or {}).get(asked.element))


def _candidates(
    connection: Connection, viewer: Viewer, asked: Asked, columns: list[Any], after: Key | None, window: int
) -> Iterator[Any]:
    """The newest batches of a scope behind a cursor; a lot that somebody has just so is found by its index."""
    wanted = _listed(viewer, asked, columns)
    if wanted is None:
        yield from _few(connection, viewer, asked.scope, columns, after)
        return
    if after is not None:
        wanted = wanted.where(tuple_(*_key(viewer, asked.scope)) < after)
    wanted = wanted.order_by(*_newest_first(viewer, asked.scope)).limit(window)
    with connection.execute(wanted) as rows:
        yield from rows


def _listed(viewer: Viewer, asked: Asked, columns: list[Any]) -> Select[Any] | None:
    """The batches of a scope that has an index of its own; None where they are few and found otherwise."""
    wanted = select(*columns).outerjoin_from(_batch, _record, _record.c.idx == _batch.c.idx)
    if asked.scope in ("offered", "granted"):
        return None
    if viewer.number is None:
        return wanted.where(_standing(asked.scope))
    if asked.scope in ("held", "sent"):
        return wanted.where(_batch.c.holder == viewer.number, _standing(asked.scope))
    joined = _held.join(_batch, and_(_batch.c.idx == _held.c.batch, _batch.c.place == _held.c.place))
    own = select(*columns).select_from(joined).outerjoin(_record, _record.c.idx == _batch.c.idx)
    own = own.where(_held.c.organization == viewer.number)
    if asked.scope == "past":
        own = own.where(or_(_batch.c.holder.is_(None), _batch.c.holder != viewer.number))
    return own


def _standing(scope: str) -> ColumnElement[bool]:
    """To the holder, or to the operator, for whom everybody's count."""
    holder, transit = _batch.c.holder, _batch.c.transit
    standing: dict[str, ColumnElement[bool]] = {
        "held": and_(transit.is_(None), holder.is_not(None)),
        "sent": transit.is_not(None),
        "past": holder.is_(None),
    }
    return standing.get(scope, true())


def _key(viewer: Viewer, scope: str) -> tuple[Any, Any]:
    by_held = viewer.number is not None and scope in ("past", "all")
    return (_held.c.batch, _held.c.place) if by_held else (_batch.c.idx, _batch.c.place)


def _newest_first(viewer: Viewer, scope: str) -> tuple[Any, Any]:
    index, place = _key(viewer, scope)
    return index.desc(), place.desc()


def _few(connection: Connection, viewer: Viewer, scope: str, columns: list[Any], after: Key | None) -> Iterator[Any]:
    """Batches that are offered or granted to the reader: to the operator nothing is."""
    if viewer.number is None:
        return
    keys = _offered(connection, viewer.number) if scope == "offered" else _granted(connection, viewer)
    if after is not None:
        keys = {key for key in keys if key < after}
    wanted = select(*columns).outerjoin_from(_batch, _record, _record.c.idx == _batch.c.idx)
    rows = {}
    for part in chunks(sorted({index for index, _ in keys})):
        rows.update({(row.idx, row.place): row for row in connection.execute(wanted.where(_batch.c.idx.in_(part)))})
    for key in sorted(keys & rows.keys(), reverse=True):
        yield rows[key]


def _offered(connection: Connection, organization: int) -> set[Key]:
    open_ones = select(_transfer.c.batches).where(_transfer.c.recipient == organization, _transfer.c.standing == "open")
    return {
        (index, place) for listed in connection.execute(open_ones).scalars() for index, place in orjson.loads(listed)
    }


def _granted(connection: Connection, viewer: Viewer) -> set[Key]:
    assert viewer.number is not None
    found = openings(connection, viewer.number, viewer.at)
    return {
        (index, each.place)
        for index, opened in found.items()
        for each in opened
        if each.place >= 0 and not each.members
    }
