"""What was read of a file: sheets of cells, each with what people see in it."""

from dataclasses import dataclass, field
from typing import Literal

from ledger.sheets.says import Remark, Where

__all__ = ["FORMULA_SIGNS", "Cell", "CellKind", "Row", "Table"]

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
"""What a text begins with that some spreadsheet takes for a formula."""

CellKind = Literal["text", "number", "date", "bool", "formula", "error"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. A number is written as exact decimal, a date as ISO, in the form that people see.

    `percent`: the number is shown times 100, with a sign; `unit`: a unit that the cell's format shows behind it.
    """

    where: Where
    text: str
    kind: CellKind = "text"
    percent: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row that have something in them, by column; the first column is 1."""

    number: int
    cells: dict[int, Cell]


@dataclass(slots=True)
class Table:
    """One sheet. `hidden`: its reader would not see it; `remarks`: what is wrong with it as a sheet (merged cells)."""

    title: str
    rows: list[Row] = field(default_factory=list)
    hidden: bool = False
    remarks: list[Remark] = field(default_factory=list)
    one_kind: bool = False
    """A CSV file: which kind of sheet it is, its columns say."""
