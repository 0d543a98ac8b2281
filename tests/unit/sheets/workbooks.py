"""Workbooks as people's programs write them, and as no program would."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook

__all__ = ["FACILITY", "PROCESS", "SHEET", "SOURCE", "book", "changed", "packed", "part", "with_part"]

Rows = Sequence[Sequence[object]]

SHEET = "xl/worksheets/sheet1.xml"
FACILITY: Rows = [["name", "date", "country"], ["Pit", "2026-01-05", "AU"]]
SOURCE: Rows = [
    ["record", "date", "facility", "origin", "lot", "material", "mass", "unit", "Nd2O3 (%)"],
    ["M-1", "2026-02-01", "Pit", "mined", "ORE-1", "ore", 100, "t", 1.2],
]
PROCESS: Rows = [
    ["record", "date", "facility", "step 1", "line", "lot", "material", "mass", "unit", "Nd2O3 (%)"],
    ["P-1", "2026-02-20", "Pit", "beneficiate", "input", "ORE-1", None, 90, "t", None],
    [None, None, None, None, "output", "CON-1", "concentrate", 5, "t", 18],
]


def book(sheets: Mapping[str, Rows], change: Callable[[Workbook], object] | None = None) -> bytes:
    """A workbook by openpyxl."""
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    if change is not None:
        change(made)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def packed(parts: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these parts."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def part(data: bytes, name: str) -> bytes:
    """One part of a workbook."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return archive.read(name)


def with_part(data: bytes, name: str, content: bytes | str) -> bytes:
    """The workbook with one part replaced or added."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts: dict[str, bytes | str] = {info.filename: archive.read(info) for info in archive.infolist()}
    return packed(parts | {name: content})


def changed(rows: Rows, row: int, column: int, value: Any) -> list[list[object]]:
    """The rows with one cell changed; both count from 1."""
    copied = [list(each) for each in rows]
    copied[row - 1][column - 1] = value
    return copied
