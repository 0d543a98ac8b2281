"""Two databases of one ledger side by side: the one that serves, and one that was grown anew from its records.

Columns are found by reflection, so a new one is compared without anybody remembering it. Values are read raw: whatever
stands in a damaged database is shown, not interpreted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Table, column, func, inspect, select
from sqlalchemy import table as plain_table

from ledger.store.tables import HeadRow

__all__ = [
    "GIVEN",
    "OWN",
    "RECOMPUTED",
    "RowDifference",
    "Side",
    "count",
    "row_differences",
    "rows",
    "schema_differences",
    "table_named",
]

RECOMPUTED = (
    "log_head",
    "record",
    "chain",
    "organization",
    "admission",
    "standing",
    "facility",
    "transfer",
    "route",
    "batch",
    "uses",
    "held",
    "cites",
    "certificate",
    "remark",
)
"""Tables that follow from the records."""

GIVEN = ("checkpoint", "erasure", "grant_subject", "grants", "notice", "report", "status_list", "token")
"""Tables of what was signed or given out: no record says it, so it is checked and never made anew."""

_BY: Mapping[str, tuple[str, ...]] = {"route": ("key",)}
"""What names a row where it is not its primary key: numbers of routes are the database's own."""
OWN: Mapping[str, str] = {"log_head": "edition"}
"""Columns that say something of the database itself, and follow from no record."""
_JSON = frozenset({"sets", "untrusted", "batches", "said", "carried", "remarks", "routes", "contents"})
_BLOCK = 500
_METADATA = HeadRow.metadata


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that is missing (`kind`), a stray one, or a column of one that differs."""

    table: str
    key: tuple[Any, ...]
    kind: str
    column: str = ""
    expected: Any = None
    found: Any = None

    @property
    def where(self) -> str:
        """The table, the row, and the column."""
        key = ", ".join(value.hex()[:16] if isinstance(value, bytes) else str(value)[:60] for value in self.key)
        return f"{self.table}[{key}]" + (f".{self.column}" if self.column else "")


@dataclass(slots=True)
class Side:
    """One of the two databases, and its routes by number."""

    connection: Connection
    routes: dict[int, Any] = field(default_factory=dict)

    def learn_routes(self) -> None:
        """Read every route: batches name them by numbers that differ between the two."""
        self.routes = {row[0]: row[1] for row in rows(self.connection, table_named("route"), ("no",))}


def table_named(name: str) -> Table:
    """A table of this version."""
    return _METADATA.tables[name]


def rows(connection: Connection, table: Table, order: tuple[str, ...]) -> Iterator[Any]:
    """Every row as the driver gives it, a few hundred at a time in memory."""
    raw = plain_table(table.name, *[column(each.name) for each in table.columns])
    wanted = select(raw).order_by(*[column(name) for name in order])
    yield from connection.execute(wanted, execution_options={"yield_per": _BLOCK})


def count(connection: Connection, table: str) -> int:
    """How many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(plain_table(table))).scalar_one())


def row_differences(name: str, live: Side, anew: Side) -> Iterator[RowDifference]:
    """Every difference between what a table holds and what it should hold, in the order of its rows."""
    table = table_named(name)
    by = _BY.get(name) or tuple(key.name for key in table.primary_key)
    columns = [each.name for each in table.columns]
    places = [columns.index(key) for key in by]
    compared = [p for p, c in enumerate(columns) if c != OWN.get(name) and (name not in _BY or p in places)]
    ours, theirs = rows(live.connection, table, by), rows(anew.connection, table, by)
    found, expected = next(ours, None), next(theirs, None)
    while found is not None or expected is not None:
        have, want = _key(found, places), _key(expected, places)
        if expected is None or (found is not None and _order(have) < _order(want)):
            yield RowDifference(name, have, "stray")
            found = next(ours, None)
        elif found is None or _order(want) < _order(have):
            yield RowDifference(name, want, "missing")
            expected = next(theirs, None)
        else:
            for place in compared:
                if not _same(columns[place], found[place], expected[place], live, anew):
                    yield RowDifference(name, want, "differs", columns[place], expected[place], found[place])
            found, expected = next(ours, None), next(theirs, None)


def schema_differences(connection: Connection) -> Iterator[tuple[str, str]]:
    """Tables, columns and indexes of this version that the database does not have: where, and in which words."""
    seen = inspect(connection)
    present = set(seen.get_table_names())
    for table in _METADATA.sorted_tables:
        if table.name not in present:
            yield table.name, "the table is missing"
            continue
        have = {each["name"] for each in seen.get_columns(table.name)}
        yield from ((f"{table.name}.{c.name}", "the column is missing") for c in table.columns if c.name not in have)
        indexes = {each["name"] for each in seen.get_indexes(table.name)}
        yield from ((str(i.name), "the index is missing") for i in table.indexes if i.name not in indexes)


def _key(row: Any, places: list[int]) -> tuple[Any, ...]:
    return () if row is None else tuple(row[place] for place in places)


def _order(key: tuple[Any, ...]) -> tuple[tuple[int, Any], ...]:
    """An order over values of any kind, which is SQLite's own."""
    return tuple(
        (0, 0)
        if value is None
        else (1, value)
        if isinstance(value, int | float)
        else (2, value)
        if isinstance(value, str)
        else (3, bytes(value))
        for value in key
    )


def _same(name: str, found: Any, expected: Any, live: Side, anew: Side) -> bool:
    if type(found) is not type(expected) and bool not in (type(found), type(expected)):
        return False
    if name in ("routes", "contents"):
        return bool(_with_routes(found, live.routes) == _with_routes(expected, anew.routes))
    return bool(found == expected) or (name in _JSON and _json(found) is not None and _json(found) == _json(expected))


def _json(value: Any) -> Any:
    try:
        return orjson.loads(value)
    except (ValueError, TypeError):
        return None


def _with_routes(value: Any, routes: Mapping[int, Any]) -> Any:
    """A table of routes, or the contents of an assembly, with routes instead of their numbers."""
    said = _json(value)
    try:
        if isinstance(said, list):
            return [{**part, "routes": _table(part["routes"], routes)} for part in said]
        return _table(said, routes) if isinstance(said, dict) else value
    except (KeyError, TypeError, ValueError):
        return value


def _table(said: Mapping[str, Any], routes: Mapping[int, Any]) -> dict[str, Any]:
    return {element: sorted((routes[number], mass) for number, mass in masses) for element, masses in said.items()}
