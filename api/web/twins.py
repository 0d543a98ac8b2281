"""Twins: what a page shows as rows is answered by the same address with `.json` and `.csv` too.

JSON is exact: the rows as the workflow gave them, whole numbers as whole numbers. CSV is for spreadsheets: UTF-8 with
a byte order mark, RFC 4180, the members' own names on top, masses in mg and shares in ppm, and no cell that a
spreadsheet would take for a formula.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api.cells import csv_text
from api.problems import Rejected
from api.web.headers import PAGE_HEADERS
from api.web.pages import page
from api.web.words import N_

__all__ = ["Column", "Table", "answer", "twinned"]

Row = Mapping[str, Any]
_SUFFIXES = (".json", ".csv")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in the rows, its words (English, marked by `N_`), and how the page writes its values.

    Kinds are those of the macro `cell` in `templates/ui.html`. `link` gives the address that a value leads to.
    `said` has a sentence for each value, marked by `N_`. A value of None, or none at all, is written as unknown; ""
    where there is nothing to say.
    """

    key: str
    words: str
    kind: str = "text"
    link: Callable[[Row], str | None] | None = None
    said: Mapping[Any, str] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a caption. `after` is the cursor of the next page, `empty` what is said where there are no rows."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    after: str | None = None
    empty: str = N_("There is nothing here yet.")


def twinned(router: APIRouter, path: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Let a function answer a page and its twins. The function ends with `answer`, which tells them apart."""

    def added(function: Callable[..., Response]) -> Callable[..., Response]:
        for suffix in (*_SUFFIXES, ""):  # the twins first: a part of the path might else swallow the suffix
            router.add_api_route(path + suffix, function, methods=["GET"], include_in_schema=False)
        return function

    return added


def answer(
    request: Request, template: str, *tables: Table, data: Mapping[str, Any] | None = None, **context: Any
) -> Response:
    """The page, or its twin. JSON has `data` and the rows of every table by its name; CSV the first, or `?table=`.

    The template finds its tables in `tables` by name, and the first one as `table`.
    """
    path = request.url.path
    if path.endswith(".json"):
        rows = {table.name: table.rows for table in tables}
        cursors = {"after": tables[0].after} if tables and tables[0].after else {}
        body = orjson.dumps({**(data or {}), **rows, **cursors})
        return Response(body, headers=PAGE_HEADERS, media_type="application/json")
    if path.endswith(".csv"):
        return _csv(_chosen(tables, request.query_params.get("table")))
    named = {table.name: table for table in tables}
    return page(request, template, tables=named, table=tables[0] if tables else None, data=data, **context)


def _chosen(tables: Sequence[Table], name: str | None) -> Table:
    for table in tables:
        if name is None or table.name == name:
            return table
    raise Rejected("not-found", "This page has no such table.")


def _csv(table: Table) -> Response:
    text = csv_text([column.key for column in table.columns], table.rows)
    headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{table.name}.csv"'}
    return Response(text, headers=headers, media_type="text/csv; charset=utf-8")
