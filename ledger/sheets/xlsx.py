"""Reading .xlsx: cells as people see them, nothing evaluated.

A reader of our own, on defusedxml's SAX: it sees the text of every number before it is rounded, formulas, merged cells
and hidden sheets in one pass, in memory that the limits bound. Tests compare it with openpyxl, which writes ours.
"""

import re
from typing import Any

from ledger.sheets.limits import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, MOST_SHEETS, MOST_STRINGS, MOST_TEXT
from ledger.sheets.numbers import exact_number, excel_date, is_date_format, unit_in_format
from ledger.sheets.package import Package, Parts, opened, unreadable
from ledger.sheets.says import Where, _, remark
from ledger.sheets.table import Cell, CellKind, Row, Table

__all__ = ["read_xlsx"]

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_BUILT_IN = {9: "0%", 10: "0.00%"}


def read_xlsx(data: bytes) -> list[Table]:
    """The sheets of a workbook, hidden ones too. Formulas come as formulas, whatever value was kept beside them.

    Raises:
        Unreadable: no workbook, damaged, beyond a limit, or with macros, links to other files or a password.
    """
    with opened(data) as package:
        book = _Book()
        package.read("xl/workbook.xml", book)
        targets = _Relations()
        package.read("xl/_rels/workbook.xml.rels", targets)
        if len(book.sheets) > MOST_SHEETS:
            raise unreadable(_("This workbook has more than {most} sheets."), most=MOST_SHEETS)
        strings, styles = _Strings(), _Styles()
        if package.has("xl/sharedStrings.xml"):
            package.read("xl/sharedStrings.xml", strings)
        if package.has("xl/styles.xml"):
            package.read("xl/styles.xml", styles)
        counted = _Counted()
        return [
            _sheet(package, Table(title, hidden=hidden), targets.part(relation), book, strings, styles, counted)
            for title, relation, hidden in book.sheets
            if targets.part(relation)
        ]


def _sheet(
    package: Package,
    table: Table,
    part: str,
    book: "_Book",
    strings: "_Strings",
    styles: "_Styles",
    counted: "_Counted",
) -> Table:
    package.read(part, _Sheet(table, book, strings.texts, styles, counted))
    return table


class _Book(Parts):
    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str, bool]] = []
        self.from_1904 = False

    def begin(self, name: str, attributes: Any) -> None:
        if name == "sheet":
            relation = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id" and ":" in k), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", "")[:100], relation, hidden))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0") in ("1", "true")


class _Relations(Parts):
    def __init__(self) -> None:
        super().__init__()
        self._parts: dict[str, str] = {}

    def begin(self, name: str, attributes: Any) -> None:
        inside = attributes.get("TargetMode", "Internal") != "External" if name == "Relationship" else False
        if inside and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "")
            self._parts[attributes.get("Id", "")] = target[1:] if target.startswith("/") else f"xl/{target}"

    def part(self, relation: str) -> str:
        """The part that a relation leads to; empty where that is no sheet of cells."""
        return self._parts.get(relation, "")


class _Text:
    """Collects a text that may come in pieces, and no more of it than a limit."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.size = 0

    def add(self, piece: str) -> None:
        if self.size <= MOST_TEXT:
            self.pieces.append(piece[: MOST_TEXT + 1])
            self.size += len(piece)

    def taken(self) -> str:
        """The text so far; the next one begins."""
        text = "".join(self.pieces)
        self.pieces, self.size = [], 0
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


class _Strings(Parts):
    """The texts that cells share. Their reading aid for Japanese and Chinese (`rPh`) is no part of them."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._text = _Text()
        self._inside = self._aside = False

    def begin(self, name: str, _attributes: Any) -> None:
        if name == "t":
            self._inside = True
        elif name == "rPh":
            self._aside = True

    def characters(self, content: str) -> None:
        if self._inside and not self._aside:
            self._text.add(content)

    def end(self, name: str) -> None:
        if name == "t":
            self._inside = False
        elif name == "rPh":
            self._aside = False
        elif name == "si":
            if len(self.texts) >= MOST_STRINGS:
                raise unreadable(_("This workbook has more than {most} texts."), most=MOST_STRINGS)
            self.texts.append(self._text.taken())


class _Styles(Parts):
    """Which cell formats show dates, percentages and units."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[str, str] = {}
        self.formats: list[tuple[bool, bool, str]] = []
        self._cells = False

    def begin(self, name: str, attributes: Any) -> None:
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:200]
        elif name == "cellXfs":
            self._cells = True
        elif name == "xf" and self._cells and len(self.formats) < 65_536:
            said = attributes.get("numFmtId", "0")
            number = int(said) if said.isdecimal() and len(said) < 6 else 0
            code = self._codes.get(said, _BUILT_IN.get(number, ""))
            self.formats.append((is_date_format(number, code), "%" in code, unit_in_format(code)))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._cells = False

    def of(self, style: str) -> tuple[bool, bool, str]:
        """Whether a cell of this style shows a date, a percentage, and the unit that it shows."""
        place = int(style) if style.isdecimal() and len(style) < 6 else 0
        return self.formats[place] if place < len(self.formats) else (False, False, "")


class _Counted:
    """What all sheets together may have."""

    def __init__(self) -> None:
        self.rows = self.cells = 0


class _Sheet(Parts):
    def __init__(
        self,
        table: Table,
        book: _Book,
        strings: list[str],
        styles: _Styles,
        counted: _Counted,
    ) -> None:
        super().__init__()
        self._table, self._from_1904, self._strings, self._styles = table, book.from_1904, strings, styles
        self._counted = counted
        self._row, self._column = 0, 0
        self._cells: dict[int, Cell] = {}
        self._attributes: dict[str, str] = {}
        self._text = _Text()
        self._collects = self._formula = self._aside = False

    def begin(self, name: str, attributes: Any) -> None:
        if name == "row":
            self._begin_row(attributes.get("r", ""))
        elif name == "c":
            self._begin_cell(attributes)
        elif name in ("v", "t"):
            self._collects = True
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._aside = True
        elif name == "mergeCell":
            self._merged(attributes.get("ref", ""))

    def characters(self, content: str) -> None:
        if self._collects and not self._aside:
            self._text.add(content)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._collects = False
        elif name == "rPh":
            self._aside = False
        elif name == "c":
            self._end_cell()
        elif name == "row" and self._cells:
            self._counted.rows += 1
            if self._counted.rows > MOST_ROWS:
                raise unreadable(_("This file has more than {most} rows: split it."), most=MOST_ROWS)
            self._table.rows.append(Row(self._row, self._cells))
            self._cells = {}

    def _begin_row(self, said: str) -> None:
        row = int(said) if said.isdecimal() and len(said) < 8 else self._row + 1
        if row <= self._row:
            raise self._disordered()
        self._row, self._column = row, 0

    def _begin_cell(self, attributes: Any) -> None:
        self._counted.cells += 1
        if self._counted.cells > MOST_CELLS:
            raise unreadable(_("This file has more than {most} cells: split it."), most=MOST_CELLS)
        column = self._column + 1
        found = _REFERENCE.fullmatch(attributes.get("r", ""))
        if found:
            column = _number_of(found[1])
            if int(found[2]) != self._row or column <= self._column:
                raise self._disordered()
        self._column = column
        self._attributes = {"t": attributes.get("t", "n"), "s": attributes.get("s", "0")}
        self._formula = False
        self._text.taken()

    def _end_cell(self) -> None:
        cell = self._cell(Where(self._table.title, self._row, self._column), self._text.taken())
        if cell is None:
            return
        if self._column > MOST_COLUMNS:
            where = Where(self._table.title, self._row, self._column)
            raise unreadable(_("This sheet has more than {most} columns."), where, most=MOST_COLUMNS)
        self._cells[self._column] = cell

    def _cell(self, where: Where, raw: str) -> Cell | None:
        kind, style = self._attributes["t"], self._attributes["s"]
        if self._formula:
            return Cell(where, raw, "formula")
        if kind == "s":
            place = int(raw) if raw.isdecimal() and len(raw) < 8 else len(self._strings)
            text = self._strings[place] if place < len(self._strings) else ""
            return Cell(where, text) if text.strip() else None
        if not raw.strip():
            return None
        if kind == "n":
            return self._number(where, raw.strip(), style)
        if kind == "d":
            return Cell(where, raw.strip().removesuffix("T00:00:00"), "date")
        words: dict[str, tuple[str, CellKind]] = {
            "b": ("yes" if raw.strip() in ("1", "true") else "no", "bool"),
            "e": (raw, "error"),
        }
        return Cell(where, *words.get(kind, (raw, "text")))

    def _number(self, where: Where, raw: str, style: str) -> Cell:
        is_date, percent, unit = self._styles.of(style)
        if is_date:
            day = excel_date(raw, from_1904=self._from_1904)
            return Cell(where, raw[:40], "error") if day is None else Cell(where, day, "date")
        number = exact_number(raw)
        return Cell(where, raw[:40], "error") if number is None else Cell(where, number, "number", percent, unit)

    def _merged(self, reference: str) -> None:
        found = _REFERENCE.match(reference)
        if found and len(self._table.remarks) < MOST_COLUMNS:
            where = Where(self._table.title, int(found[2]), _number_of(found[1]))
            sentence = _(
                "These cells are merged ({cells}): a value must stand in each row that it is for. Unmerge them."
            )
            self._table.remarks.append(remark(where, sentence, cells=reference[:30]))

    def _disordered(self) -> Exception:
        sentence = _("This sheet has rows or cells twice, or out of order: no spreadsheet program writes that.")
        return unreadable(sentence, Where(self._table.title, self._row))


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number
