"""Browsing batches newest first, with facets and search, whose cost does not grow with how many there are."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from ledger.errors import NotFound
from ledger.store.batches import batches_seen, places_made
from ledger.store.browsing import SCOPES, WINDOW, Asked, facets, facility_names, find
from ledger.store.lineage import Key
from ledger.store.own import facilities_of, names_like
from ledger.store.queries import Viewer, batch_page, had_of, key_of, sees_batch
from ledger.store.records import record_by_id
from ledger.store.tokens import organization_number
from ledger.values.encoding import is_batch_id, is_digest, split_batch_id
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import Shown, shown_batch

__all__ = ["SCOPES", "BatchList", "BatchQuery", "list_batches"]


@dataclass(frozen=True, slots=True)
class BatchQuery:
    """Which batches: how the reader stands to them, and what they are.

    `text` is a batch's name, the id of a record, or a lot or part of one. `facility` is the id of its record. `holder`
    is an organization's id, or part of its name in either script; it means something to the operator alone.
    """

    scope: str = "held"
    material: str | None = None
    facility: str | None = None
    element: str | None = None
    text: str | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class BatchList:
    """A page of batches. Facets count within the newest `looked_at` batches of the scope; `whole`: these are all."""

    batches: list[Shown]
    after: Key | None
    materials: Mapping[str, int]
    facilities: list[Shown]
    looked_at: int
    whole: bool


def list_batches(
    ledger: Ledger, viewer: Viewer, query: BatchQuery, after: Key | None = None, limit: int = 50, window: int = WINDOW
) -> BatchList:
    """A page of batches as the viewer may see them, newest first, and what to narrow it by.

    A page may hold fewer than its limit and have one after it: it looks at no more than a window of batches.

    Raises:
        NotFound: there is no such facility or holder.
    """
    with ledger.database.reading() as connection:
        counted = facets(connection, viewer, query.scope, window)
        own = facilities_of(connection, viewer.number)
        keys, more = _found(connection, viewer, query, own, after, limit, window)
        shown = _shown(connection, viewer, keys)
        named = facility_names(connection, list(counted.facilities))
    ids = {index: name for name, index in own.items()}
    places = [
        {"facility": ids[index], "name": named.get(index), "count": count}
        for index, count in counted.facilities.items()
        if index in ids
    ]
    return BatchList(shown, more, counted.materials, places, counted.looked_at, counted.whole)


def _found(
    connection: Connection,
    viewer: Viewer,
    query: BatchQuery,
    facilities: Mapping[str, int],
    after: Key | None,
    limit: int,
    window: int,
) -> tuple[tuple[Key, ...], Key | None]:
    text = (query.text or "").strip()
    if is_batch_id(text) or is_digest(text):
        return _named(connection, viewer, text), None
    if text and after is None:  # who has just this label finds it at once, wherever the batch is
        exact = batch_page(connection, viewer, lot=text, limit=limit).keys
        if exact:
            return exact, None
    if query.facility and query.facility not in facilities:
        raise NotFound("You have no facility of this id.")
    asked = Asked(
        query.scope if query.scope in SCOPES else "held",
        query.material or None,
        facilities[query.facility] if query.facility else None,
        text or None,
        query.element or None,
        _holder(connection, viewer, query.holder) if query.holder else None,
    )
    found = find(connection, viewer, asked, after, limit, window)
    return found.keys, found.after


def _named(connection: Connection, viewer: Viewer, text: str) -> tuple[Key, ...]:
    """A batch by its name, or all that a record made; those of them that the viewer sees wholly."""
    if is_batch_id(text):
        key = key_of(connection, split_batch_id(text))
        keys = [key] if key is not None else []
    else:
        record = record_by_id(connection, text)
        keys = places_made(connection, record.index) if record is not None else []
    return tuple(key for key in keys if sees_batch(connection, key, viewer))


def _holder(connection: Connection, viewer: Viewer, holder: str) -> int:
    number = organization_number(connection, holder) if is_digest(holder) else None
    if number is None and viewer.number is None and not is_digest(holder):
        number = next(iter(names_like(connection, holder)), None)
    if number is None:
        raise NotFound("There is no organization of this id or name.")
    return number if viewer.owns(number) else -1


def _shown(connection: Connection, viewer: Viewer, keys: tuple[Key, ...]) -> list[Shown]:
    had = had_of(connection, keys, viewer)
    found = []
    for key, seen in zip(keys, batches_seen(connection, keys), strict=True):
        batch = shown_batch(seen, viewer)
        if key not in had:
            batch["seen_as"] = "granted"
        found.append(batch)
    return found
