"""An element's balance, record by record, as recorded: for auditors who add it up themselves.

Only processes that the reader sees wholly, together with all that they took from: else the loss would tell what a batch
of somebody else is made of. Such a record is listed, and its masses are unknown to him.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from ledger.material.batch import element_masses
from ledger.material.routes import BODY
from ledger.material.table import RouteTable
from ledger.pictures.flows import ORIGINS, origin_of, stage_of
from ledger.records import Process
from ledger.rules.balance import origin_route
from ledger.store.evidence import stored_records
from ledger.store.lineage import Key
from ledger.store.open_records import open_records
from ledger.store.queries import Viewer, seen_of
from ledger.store.records import StoredRecord
from ledger.store.walk import Met, met, outputs_of, routes_of, taken_by
from ledger.values.chemistry import RARE_EARTHS
from ledger.values.quantity import apportion, to_ppm
from ledger.workflows.known import stated
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import Shown

__all__ = ["read_balances", "read_open_records"]


def read_open_records(ledger: Ledger, viewer: Viewer, after: int, limit: int) -> tuple[list[Shown], int | None]:
    """A page of the records that the viewer sees wholly, in the order of the log, and where the next page begins."""
    with ledger.database.reading() as connection:
        found = open_records(connection, viewer, after, limit + 1)
        rows = [
            {"index": record.index, "record": record.id, "type": record.type, "at": record.at or None}
            for record in stored_records(connection, found[:limit])
        ]
    return rows, found[limit - 1] if len(found) > limit else None


def read_balances(
    ledger: Ledger, viewer: Viewer, element: str, after: int, limit: int
) -> tuple[list[Shown], int | None]:
    """A page of the processes that the viewer sees wholly, each with its balance of an element in mg.

    `in_mg` is drawn from batches, `added_mg` came without a batch, `gained_mg` is what more came out than went in,
    `lost_mg` what came out less: in + added + gained = out + lost. The shares are of what went in. None is unknown:
    where a composition was not stated, what was in there is neither nothing nor lost.
    """
    with ledger.database.reading() as connection:
        found = open_records(connection, viewer, after, limit + 1, "process")
        records = list(stored_records(connection, found[:limit]))
        page = _Page(connection, viewer, ledger, [record.index for record in records])
        rows = [row for record in records if (row := _row(record, page, element)) is not None]
    return rows, found[limit - 1] if len(found) > limit else None


class _Page:
    """The batches around some records: what they took from, as far as the viewer sees it, and what they made."""

    def __init__(self, connection: Connection, viewer: Viewer, ledger: Ledger, indexes: list[int]) -> None:
        self.inputs: dict[int, list[Key]] = {index: [] for index in indexes}
        for use in taken_by(connection, indexes):
            self.inputs[use.record].append(use.batch)
        taken = {key for keys in self.inputs.values() for key in keys}
        self.seen = seen_of(connection, taken, viewer)
        made = outputs_of(connection, indexes)
        self.outputs: dict[int, list[Key]] = {index: [key for key in made if key[0] == index] for index in indexes}
        self.batches: Mapping[Key, Met] = met(connection, {*self.seen, *made})
        self.tables: Mapping[Key, RouteTable] = routes_of(connection, self.batches.values(), ledger.book)


def _row(record: StoredRecord, page: _Page, element: str) -> Shown | None:
    """The balance of one record; None where the element has no part in it."""
    row: dict[str, Any] = {"index": record.index, "record": record.id, "at": record.at or None}
    said = None if record.erased else stated(record)
    if not isinstance(said, Process):
        return row
    row |= {"stage": stage_of(said.steps), "country": said.country}
    keys = page.inputs[record.index]
    if not page.seen.issuperset(keys):
        return row
    taken, made = [page.tables[key] for key in keys], [page.tables[key] for key in page.outputs[record.index]]
    origins = dict.fromkeys(ORIGINS, 0)
    drawn = added = 0
    for entry, key, table in zip(said.inputs, keys, taken, strict=True):
        masses = table.get(element, {})
        part = sum(masses.values()) * entry.mass_mg // page.batches[key].mass_mg
        drawn += part
        for route, mass in zip(masses, apportion(part, list(masses.values())), strict=True):
            origins[origin_of(route)] += mass
    for addition in said.additions or ():
        mass = element_masses(addition.mass_mg, addition.composition).get(element, 0)
        added += mass
        origins[origin_of(origin_route(addition.origin, element))] += mass
    out = sum(table.totals.get(element, 0) for table in made)
    masses_known = _Known(_all_stated(taken), _additions_stated(said, element), _all_stated(made))
    if all(masses_known) and not drawn + added and not out:
        return None
    return row | _shown(drawn, added, out, masses_known) | _shares(origins, masses_known)


class _Known(NamedTuple):
    """Which masses of an element the records tell: of a batch whose making record states no composition, none."""

    drawn: bool
    added: bool
    out: bool


def _all_stated(tables: Sequence[RouteTable]) -> bool:
    return all(table.totals.keys() - {BODY} for table in tables)


def _additions_stated(said: Process, element: str) -> bool:
    """Rare earths come only as batches: no addition holds any, whatever is not said of it."""
    return element in RARE_EARTHS or all(addition.composition for addition in said.additions or ())


def _shown(drawn: int, added: int, out: int, known: _Known) -> Shown:
    """The masses that are known; a difference is known where all of its sides are."""
    put_in, closes = drawn + added, all(known)
    return {
        "in_mg": drawn if known.drawn else None,
        "added_mg": added if known.added else None,
        "gained_mg": max(0, out - put_in) if closes else None,
        "out_mg": out if known.out else None,
        "lost_mg": max(0, put_in - out) if closes else None,
    }


def _shares(origins: Mapping[str, int], known: _Known) -> Shown:
    """The shares of what went in; of what is unknown, or nothing, there is no share."""
    if not (known.drawn and known.added and any(origins.values())):
        return {"recycled_ppm": None, "unknown_ppm": None}
    shares = dict(zip(ORIGINS, to_ppm(list(origins.values())), strict=True))
    recycled = shares["post-consumer"] + shares["pre-consumer"]
    return {"recycled_ppm": recycled, "unknown_ppm": shares["unknown"]}
