"""The few statements of the commit road, written out once for each kind of database and run on the driver's own cursor.

SQLAlchemy says what a statement is, and its driver connection runs it: building and looking up the same expressions for
every group would cost more than the database does. The transaction is SQLAlchemy's all the same.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.base import Executable

__all__ = ["Lookup", "Prepared"]

_DIALECTS: dict[str, Any] = {
    "sqlite": SQLiteDialect_pysqlite(paramstyle="qmark"),
    "postgresql": PGDialect_psycopg(paramstyle="format"),  # type: ignore[no-untyped-call]
}
_AT_ONCE = 400


class Prepared:
    """A statement with named parameters, run once for each of many rows."""

    def __init__(self, statement: Callable[[str], Executable]) -> None:
        self._statement = statement
        self._texts: dict[str, tuple[str, Callable[[Any], Any]]] = {}

    def run(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Run it for each row, inside the transaction of this connection."""
        if not rows:
            return
        name = connection.dialect.name
        if name not in self._texts:
            compiled: Any = self._statement(name).compile(dialect=_DIALECTS[name])  # type: ignore[attr-defined]
            names = compiled.positiontup
            values = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
            self._texts[name] = str(compiled), values
        text, values = self._texts[name]
        _cursor(connection).executemany(text, [values(row) for row in rows])


class Lookup:
    """Rows of some columns, joined where need be, by any of the values of one column."""

    def __init__(self, *columns: Column[Any], by: Column[Any] | None = None, joined: Any = None) -> None:
        wanted = select(*columns) if joined is None else select(*columns).select_from(joined)
        self._text = str(wanted.compile(dialect=_DIALECTS["sqlite"]))
        self._by = f"{by.table.name}.{by.name}" if by is not None else ""
        named: Any = namedtuple  # noqa: PYI024 - of whatever columns are asked for
        self._row = named("_Row", [column.name for column in columns], rename=True)._make

    def all(self, connection: Connection) -> list[Any]:
        """Every row there is."""
        return [self._row(row) for row in _cursor(connection).execute(self._text).fetchall()]

    def rows(self, connection: Connection, values: Iterable[Any]) -> list[Any]:
        """The rows whose column has one of these values, in no order."""
        wanted, cursor = list(values), None
        found: list[Any] = []
        for start in range(0, len(wanted), _AT_ONCE):
            cursor = cursor or _cursor(connection)
            part = wanted[start : start + _AT_ONCE]
            if connection.dialect.name == "sqlite":
                cursor.execute(f"{self._text} WHERE {self._by} IN ({','.join('?' * len(part))})", part)
            else:
                cursor.execute(f"{self._text} WHERE {self._by} = ANY(%s)", [part])
            found += map(self._row, cursor.fetchall())
        return found

    def between(self, connection: Connection, start: int, end: int) -> list[Any]:
        """The rows whose column is at least `start` and less than `end`, ascending."""
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        where = f" WHERE {self._by} >= {mark} AND {self._by} < {mark} ORDER BY {self._by}"
        return [self._row(row) for row in _cursor(connection).execute(self._text + where, (start, end)).fetchall()]


def _cursor(connection: Connection) -> Any:
    return connection.connection.cursor()
