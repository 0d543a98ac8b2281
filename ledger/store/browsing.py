"""Browsing batches newest first, however many there are: each page looks at no more than a window of them.

The window is a run of the reader's own batches by an index; whatever else is asked for is looked for within it. So a
page that finds little costs as much as one that finds everything, and says where to go on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Select, and_, func, select, tuple_

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

_LOOKED_AT = (
    _batch.c.idx,
    _batch.c.place,
    _batch.c.material,
    _batch.c.lot,
    _batch.c.holder,
    _batch.c.transit,
    _record.c.facility,
)
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
    more = [_batch.c.said] if asked.element is not None else []
    keys: list[Key] = []
    last: Key | None = None
    looked_at = 0
    for row in _candidates(connection, viewer, asked.scope, more, after, window):
        if len(keys) == limit:
            return Found(tuple(keys), last)
        looked_at += 1
        last = (row.idx, row.place)
        if _stands(row, viewer, asked.scope) and _fits(row, asked):
            keys.append(last)
    return Found(tuple(keys), last if looked_at >= window else None)


def facets(connection: Connection, viewer: Viewer, scope: str, window: int = WINDOW) -> Facets:
    """How many batches of each material and facility there are among the newest that are looked at for a scope."""
    materials: dict[str, int] = {}
    facilities: dict[int, int] = {}
    looked_at = 0
    for row, count in _counted(connection, viewer, scope, window):
        looked_at += count
        if _stands(row, viewer, scope):
            materials[row.material] = materials.get(row.material, 0) + count
            if row.facility is not None:
                facilities[row.facility] = facilities.get(row.facility, 0) + count
    return Facets(dict(sorted(materials.items())), dict(sorted(facilities.items())), looked_at, looked_at < window)


def facility_names(connection: Connection, indexes: Sequence[int]) -> dict[int, str]:
    """The names of facilities by the log indexes of their records."""
    found: dict[int, str] = {}
    for part in chunks(sorted(set(indexes))):
        wanted = select(_facility.c.idx, _facility.c.name).where(_facility.c.idx.in_(part))
        found.update({row.idx: row.name for row in connection.execute(wanted)})
    return found


def _stands(row: Any, viewer: Viewer, scope: str) -> bool:
    """Whether the reader stands to a batch as the scope says; to the operator everybody's count."""
    held = row.holder is not None if viewer.number is None else row.holder == viewer.number
    if scope == "held":
        return held and row.transit is None
    if scope == "sent":
        return row.transit is not None
    return not held if scope == "past" else True


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


def _counted(connection: Connection, viewer: Viewer, scope: str, window: int) -> Iterator[tuple[Any, int]]:
    """The candidates of a scope, each sort once, and how many there are of it; the database counts long lists."""
    wanted = _newest(viewer, scope, list(_LOOKED_AT), None)
    if wanted is None:
        yield from ((row, 1) for row in _candidates(connection, viewer, scope, [], None, window))
        return
    newest = wanted.limit(window).subquery().c
    sorts = (newest.material, newest.facility, newest.holder, newest.transit.is_(None))
    for row in connection.execute(select(*sorts[:3], sorts[3].label("free"), func.count()).group_by(*sorts)):
        yield _Sort(row.material, row.facility, row.holder, None if row.free else -1), row[4]


class _Sort(NamedTuple):
    material: str
    facility: int | None
    holder: int | None
    transit: int | None


def _candidates(
    connection: Connection, viewer: Viewer, scope: str, more: list[Any], after: Key | None, window: int
) -> Iterator[Any]:
    """The newest batches along the index of a scope, behind a cursor, whether they stand so or not: a window of them.

    Nothing but the index and the cursor decides which: a condition could make the database look at all there are.
    """
    columns = [*_LOOKED_AT, *more]
    wanted = _newest(viewer, scope, columns, after)
    if wanted is not None:
        with connection.execute(wanted.limit(window)) as rows:
            yield from rows
    elif viewer.number is not None:  # to the operator nothing is offered or granted
        yield from _few(connection, viewer, scope, columns, after)


def _newest(viewer: Viewer, scope: str, columns: list[Any], after: Key | None) -> Select[Any] | None:
    """The batches along an index, newest first; None for a scope that has few, which are found otherwise."""
    key = (_batch.c.idx, _batch.c.place)
    wanted = select(*columns).outerjoin_from(_batch, _record, _record.c.idx == _batch.c.idx)
    if scope in ("offered", "granted") or (scope == "sent" and viewer.number is not None):
        return None
    if viewer.number is not None and scope == "held":
        wanted = wanted.where(_batch.c.holder == viewer.number)
    elif viewer.number is not None:
        key = (_held.c.batch, _held.c.place)
        joined = _held.join(_batch, and_(_batch.c.idx == _held.c.batch, _batch.c.place == _held.c.place))
        wanted = select(*columns).select_from(joined).outerjoin(_record, _record.c.idx == _batch.c.idx)
        wanted = wanted.where(_held.c.organization == viewer.number)
    if after is not None:
        wanted = wanted.where(tuple_(*key) < after)
    return wanted.order_by(key[0].desc(), key[1].desc())


def _few(connection: Connection, viewer: Viewer, scope: str, columns: list[Any], after: Key | None) -> Iterator[Any]:
    """Batches that the reader offers, or is offered, or was granted."""
    assert viewer.number is not None
    keys = _granted(connection, viewer) if scope == "granted" else _offered(connection, viewer.number, scope)
    if after is not None:
        keys = {key for key in keys if key < after}
    wanted = select(*columns).outerjoin_from(_batch, _record, _record.c.idx == _batch.c.idx)
    rows = {}
    for part in chunks(sorted({index for index, _ in keys})):
        rows.update({(row.idx, row.place): row for row in connection.execute(wanted.where(_batch.c.idx.in_(part)))})
    for key in sorted(keys & rows.keys(), reverse=True):
        yield rows[key]


def _offered(connection: Connection, organization: int, scope: str) -> set[Key]:
    whose = _transfer.c.sender if scope == "sent" else _transfer.c.recipient
    waiting = select(_transfer.c.batches).where(whose == organization, _transfer.c.standing == "open")
    return {(index, place) for listed in connection.execute(waiting).scalars() for index, place in orjson.loads(listed)}


def _granted(connection: Connection, viewer: Viewer) -> set[Key]:
    assert viewer.number is not None
    found = openings(connection, viewer.number, viewer.at)
    return {
        (index, each.place)
        for index, opened in found.items()
        for each in opened
        if each.place >= 0 and not each.members
    }
