"""Rows and values: batches, chains and routes between the tables and the rules.

Routes are interned: a batch names them by number, and each is kept once. Numbers are given under the lock of the log's
head, so all processes agree on them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, select

from ledger.material.batch import Batch, Carried, Content
from ledger.material.routes import Route, route_from_json
from ledger.material.table import RouteTable, as_table
from ledger.store.tables import RouteRow

__all__ = [
    "RouteBook",
    "carried_bytes",
    "carried_from",
    "contents_bytes",
    "contents_from",
    "route_numbers",
    "routes_of",
    "table_bytes",
    "table_from",
]

_route = RouteRow.__table__  # type: ignore[attr-defined]


class RouteBook:
    """The interned routes that this process has met. What a transaction adds counts only once it has committed."""

    def __init__(self) -> None:
        self._by_number: dict[int, Route] = {}
        self._numbers: dict[Route, int] = {}

    def learn(self, connection: Connection, numbers: Iterable[int]) -> None:
        """Read the routes of these numbers, where they are not known yet."""
        missing = sorted({number for number in numbers if number not in self._by_number})
        for start in range(0, len(missing), 500):
            wanted = select(_route.c.no, _route.c.key).where(_route.c.no.in_(missing[start : start + 500]))
            for number, key in connection.execute(wanted):
                self.adopt({route_from_json(orjson.loads(key)): number})

    def route(self, number: int) -> Route:
        """The route of a number that was learned."""
        return self._by_number[number]

    def intern(self, connection: Connection, routes: Iterable[Route]) -> dict[Route, int]:
        """Numbers for routes that have none yet, written in the caller's transaction, which holds the head's lock."""
        missing = {route.key: route for route in routes if route not in self._numbers}
        found: dict[Route, int] = {}
        keys = list(missing)
        for start in range(0, len(keys), 500):
            wanted = select(_route.c.no, _route.c.key).where(_route.c.key.in_(keys[start : start + 500]))
            for number, key in connection.execute(wanted):
                found[missing.pop(bytes(key))] = number
        if missing:
            last = connection.execute(select(func.max(_route.c.no))).scalar() or 0
            added = {route: last + 1 + place for place, route in enumerate(missing.values())}
            connection.execute(insert(_route), [{"no": number, "key": route.key} for route, number in added.items()])
            found.update(added)
        return found

    def adopt(self, numbers: Mapping[Route, int]) -> None:
        """Remember numbers that are durable."""
        for route, number in numbers.items():
            self._numbers[route] = number
            self._by_number[number] = route

    def numbers(self, added: Mapping[Route, int]) -> Mapping[Route, int]:
        """All numbers known, with those of a transaction that is still open."""
        return {**self._numbers, **added} if added else self._numbers


def table_bytes(table: RouteTable, numbers: Mapping[Route, int]) -> bytes:
    """A route table as stored: `{element: [[number, mass], ...]}`."""
    routes, columns = table.worked_out()
    named = [numbers[route] for route in routes]
    return orjson.dumps(
        {element: [pair for pair in zip(named, columns[element], strict=True) if pair[1]] for element in table}
    )


def table_from(stored: Mapping[str, Sequence[Sequence[int]]], book: RouteBook) -> RouteTable:
    """A stored route table; its routes were learned before."""
    return as_table({e: {book.route(number): mass for number, mass in masses} for e, masses in stored.items()})


def route_numbers(stored: Mapping[str, Sequence[Sequence[int]]]) -> set[int]:
    """The numbers that a stored route table names."""
    return {number for masses in stored.values() for number, _ in masses}


def contents_bytes(contents: Sequence[Content], numbers: Mapping[Route, int]) -> bytes | None:
    """The parts of an assembly as stored."""
    if not contents:
        return None
    return orjson.dumps(
        [
            {
                "batch": part.batch,
                "material": part.material,
                "mass_mg": part.mass_mg,
                "composition": part.composition,
                "said": dict(part.description),
                "routes": orjson.loads(table_bytes(part.routes, numbers)),
            }
            for part in contents
        ]
    )


def contents_from(stored: list[dict[str, Any]], book: RouteBook) -> tuple[Content, ...]:
    """Stored parts of an assembly; their routes were learned before."""
    return tuple(
        Content(p["batch"], p["material"], p["mass_mg"], p["composition"], p["said"], table_from(p["routes"], book))
        for p in stored
    )


def carried_bytes(carried: Carried) -> bytes:
    """What is carried along, as stored."""
    return orjson.dumps(
        {
            "custody": sorted(carried.custody),
            "owners": {stage: sorted(countries) for stage, countries in carried.owners.items()},
            "inquiries": sorted(carried.inquiries),
        }
    )


def carried_from(stored: bytes) -> Carried:
    """What is carried along, read back."""
    said = orjson.loads(stored)
    return Carried(
        frozenset(said["custody"]),
        {stage: frozenset(countries) for stage, countries in said["owners"].items()},
        frozenset(said["inquiries"]),
    )


def routes_of(batch: Batch) -> set[Route]:
    """Every route that a batch or a part of it names."""
    tables: list[RouteTable] = [batch.made, *(part.routes for part in batch.contents)]
    return {route for table in tables for route in table.worked_out()[0]}
