"""The rows of a sheet: cells by column, gathered into records; what a record says once is taken from its first row."""

from dataclasses import dataclass, field

from ledger.sheets.cells import Cells
from ledger.sheets.kinds import KINDS, Column, Kind, columns_of, kind_titled, title_of
from ledger.sheets.says import Pair, Remark, Verbatim, Where, _, remark
from ledger.sheets.table import Cell, Row, Table
from ledger.words.language import LANGUAGES

__all__ = ["EXAMPLE", "IGNORED", "INSTRUCTIONS", "LISTS", "Group", "Line", "Sheet", "groups", "sheet_of"]

INSTRUCTIONS = Pair("Instructions", "说明")
LISTS = Pair("Lists", "选项")
IGNORED = (INSTRUCTIONS, LISTS)
"""Sheets of a template that hold no records."""
EXAMPLE = Pair("Example", "示例")
"""A sheet whose title begins so holds examples only."""


@dataclass(slots=True)
class Sheet:
    """A table whose kind is known, with its columns."""

    kind: Kind
    table: Table
    columns: dict[int, Column]
    header: int

    def place(self, row: int, name: str) -> Where:
        """Where a column's cell of a row is, also of an empty one."""
        number = next((n for n, column in self.columns.items() if column.name == name and not column.element), 0)
        return Where(self.table.title, row, number)


@dataclass(slots=True)
class Line:
    """One row: the cells that may be read, by the name of their column, and those of columns that repeat."""

    where: Where
    cells: dict[str, tuple[Cell, Column]] = field(default_factory=dict)
    composition: list[tuple[Cell, Column]] = field(default_factory=list)
    declared: list[tuple[Cell, Column]] = field(default_factory=list)
    steps: list[tuple[Cell, Column]] = field(default_factory=list)
    spoilt: set[str] = field(default_factory=set)
    """Columns whose cell of this row is wrong already."""


@dataclass(slots=True)
class Group:
    """The rows of one record."""

    sheet: Sheet
    name: str
    lines: list[Line]

    @property
    def where(self) -> Where:
        """Its first row."""
        return self.lines[0].where


def sheet_of(table: Table, remarks: list[Remark]) -> Sheet | None:
    """A table as a sheet of a kind; None where it holds no records. What is wrong with it is added to the remarks."""
    if not table.rows or (not table.one_kind and _holds_no_records(table.title)):
        return None
    header, *_rest = table.rows
    cells = [header.cells[number] for number in sorted(header.cells)]
    named = kind_titled(table.title) if not table.one_kind else None
    kind = named or _kind_by(cells, certain=not table.one_kind)
    if kind is None:
        titles = ", ".join(dict.fromkeys(title_of(each, language) for each in KINDS for language in LANGUAGES))
        sentence = _("There is no kind of sheet of this name: expected {titles}. Other sheets must be removed.")
        remarks.append(remark(Where(table.title), sentence, titles=Verbatim(titles)))
        return None
    if table.hidden:
        remarks.append(remark(Where(table.title), _("This sheet is hidden: show it, or remove it.")))
    columns, wrong = columns_of(kind, cells)
    remarks += [*wrong, *table.remarks]
    return Sheet(kind, table, columns, header.number)


def groups(sheet: Sheet, cells: Cells) -> list[Group]:
    """The records of a sheet, each with its rows."""
    found: list[Group] = []
    named: dict[str, Group] = {}
    for row in sheet.table.rows[1:]:
        line = _line(sheet, row, cells)
        if not (line.cells or line.composition or line.declared or line.steps or line.spoilt):
            continue
        name = _name(line, cells)
        if sheet.kind.record not in ("facility", "adjust"):
            before = named.get(name) if name else found[-1] if found and "date" not in line.cells else None
            if before is not None:
                before.lines.append(line)
                continue
        group = Group(sheet, name, [line])
        found.append(group)
        if name:
            named.setdefault(name, group)
    return found


def _name(line: Line, cells: Cells) -> str:
    said = line.cells.get("record")
    return (cells.text(said[0]) or "") if said else ""


def _line(sheet: Sheet, row: Row, cells: Cells) -> Line:
    line = Line(Where(sheet.table.title, row.number))
    for number in sorted(row.cells):
        cell, column = row.cells[number], sheet.columns.get(number)
        if column is None:
            if number not in {c.where.column for c in sheet.table.rows[0].cells.values()}:
                cells.wrong(cell, _("Something stands here, and its column has no header."))
        elif column.reads == "remarks":
            continue
        elif not cells.sound(cell):
            line.spoilt.add(column.name)
        elif column.reads == "composition":
            line.composition.append((cell, column))
        elif column.reads == "declared":
            line.declared.append((cell, column))
        elif column.reads == "steps":
            line.steps.append((cell, column))
        else:
            line.cells[column.name] = (cell, column)
    line.steps.sort(key=lambda each: each[1].step)
    return line


def _holds_no_records(title: str) -> bool:
    plain = title.strip().casefold()
    for language in LANGUAGES:
        if plain in (each.said(language).casefold() for each in IGNORED) or plain.startswith(
            EXAMPLE.said(language).casefold()
        ):
            return True
    return False


def _kind_by(headers: list[Cell], *, certain: bool) -> Kind | None:
    """The kind that fits these headers best; where its title does not say so, only one that fits wholly."""

    def unfit(kind: Kind) -> int:
        return len(columns_of(kind, headers)[1])

    best = min(KINDS, key=unfit)
    return None if unfit(best) >= len(headers) or (certain and unfit(best)) else best
