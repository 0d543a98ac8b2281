"""CSV for spreadsheets: UTF-8 with a byte order mark, RFC 4180, and no cell that a spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

__all__ = ["cell_text", "csv_text"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a CSV file, the names of their columns above them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell_text(row.get(column)) for column in columns] for row in rows)
    return "\ufeff" + out.getvalue()


def cell_text(value: object) -> str:
    """A value as a cell of a CSV file, which no spreadsheet takes for a formula."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{text}" if text.startswith(_FORMULA) else text
