"""Workbooks out: sheets with headers, drop-downs and remarks.

Whatever a user wrote stands in them as text, never as a formula.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from ledger.sheets.hints import hint_of
from ledger.sheets.kinds import REMARKS, Column, header_of
from ledger.sheets.limits import MOST_TEXT
from ledger.sheets.rows import LISTS
from ledger.sheets.says import _, column_letters
from ledger.sheets.table import FORMULA_SIGNS, Cell
from ledger.sheets.vocabularies import choices, suggestions
from ledger.words.catalogue import words
from ledger.words.language import Language

__all__ = ["Book", "Page", "set_text"]

_DROP_DOWN_ROWS = 2_000
_HEADER = PatternFill("solid", fgColor="E3EAF2")
_WRONG = PatternFill("solid", fgColor="F8C9C4")
_TEXTS = frozenset(
    {
        "text",
        "name",
        "lot",
        "code",
        "country",
        "suggested",
        "steps",
        "unit",
        "digest",
        "hs",
        "flag",
        "line",
        "date",
        "declared",
    }
)
_WIDEST = 42


@dataclass(slots=True)
class Page:
    """A sheet to write: `rows` are cells by column number; `notes` are remarks by row and column."""

    kind: str
    """The name of its kind; empty where it is of none."""
    title: str
    columns: Mapping[int, Column | str]
    rows: Sequence[Mapping[int, Cell]] = ()
    numbers: Sequence[int] = ()
    """The number of each row in the sheet, where rows are not simply below each other."""
    header: int = 1
    notes: Mapping[tuple[int, int], str] = field(default_factory=dict)
    remarks: Mapping[int, str] = field(default_factory=dict)
    """What stands in the column of remarks, by row; its column is the one behind all others."""
    example: bool = False


class Book:
    """A workbook in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._book = Workbook()
        self._book.remove(self._book.active)
        self._lists: dict[tuple[str, bool], str] = {}

    def text_page(self, title: str, lines: Sequence[Sequence[str]]) -> None:
        """A sheet of words: each line is one row of texts."""
        sheet = self._book.create_sheet(title)
        for number, line in enumerate(lines, 1):
            for place, text in enumerate(line, 1):
                set_text(sheet.cell(number, place), text)
                sheet.cell(number, place).alignment = Alignment(wrap_text=True, vertical="top")
            if len(line) == 1:
                sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=3)
                sheet.row_dimensions[number].height = 16 * (1 + len(line[0]) // (110 if line[0].isascii() else 60))
            sheet.cell(number, 1).font = Font(bold=number == 1, size=14 if number == 1 else 11)
        for column, width in (("A", 26), ("B", 34), ("C", 80)):
            sheet.column_dimensions[column].width = width

    def page(self, page: Page) -> None:
        """A sheet of rows, with what may stand in each column."""
        sheet = self._book.create_sheet(page.title)
        sheet.freeze_panes = sheet.cell(page.header + 1, 2)
        for number, column in page.columns.items():
            self._head(sheet, page, number, column)
        for place, row in enumerate(page.rows):
            at = page.numbers[place] if page.numbers else page.header + 1 + place
            for number, cell in row.items():
                _write(sheet.cell(at, number), cell)
                if page.example:
                    sheet.cell(at, number).font = Font(italic=True, color="666666")
        for (row_number, number), note in page.notes.items():
            cell = sheet.cell(row_number, number)
            cell.fill = _WRONG
            cell.comment = Comment(note, "Lodestone", width=320, height=140)
        behind = max(page.columns, default=0) + 1
        if page.remarks:
            set_text(sheet.cell(page.header, behind), header_of(REMARKS, self._language))
            sheet.column_dimensions[get_column_letter(behind)].width = 60
            for row_number, said in page.remarks.items():
                cell = sheet.cell(row_number, behind)
                set_text(cell, said)
                cell.fill = _WRONG
                cell.alignment = Alignment(wrap_text=True, vertical="top")

    def saved(self) -> bytes:
        """The file."""
        self._write_lists()
        out = BytesIO()
        self._book.save(out)
        return out.getvalue()

    def _head(self, sheet: Any, page: Page, number: int, column: Column | str) -> None:
        cell = sheet.cell(page.header, number)
        header = column if isinstance(column, str) else header_of(column, self._language)
        set_text(cell, header)
        cell.font, cell.fill = Font(bold=True), _HEADER
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = min(
            _WIDEST, max(15, 2 * len(header) if not header.isascii() else len(header) + 4)
        )
        if isinstance(column, str):
            return
        hint = hint_of(page.kind, column.name)
        if hint:
            cell.comment = Comment(words(self._language).gettext(hint), "Lodestone", width=320, height=120)
        if column.reads in _TEXTS:  # so that no program makes a number or a date of what is typed here
            sheet.column_dimensions[letter].number_format = "@"
        self._drop_down(sheet, page, column, letter)

    def _drop_down(self, sheet: Any, page: Page, column: Column, letter: str) -> None:
        kind = column.vocabulary or {"country": "country", "unit": "unit"}.get(column.reads, "")
        free = column.reads in ("suggested", "declared") or (kind == "material" and page.kind == "Processes")
        if not kind or (column.reads == "steps" and not column.step):
            return
        listed = self._list(kind, suggested=column.reads == "suggested")
        rule = DataValidation(type="list", formula1=listed, allow_blank=True, showErrorMessage=not free)
        rule.errorTitle, rule.error = "Lodestone", words(self._language).gettext(_("Choose one of the list."))
        rule.add(f"{letter}{page.header + 1}:{letter}{page.header + _DROP_DOWN_ROWS}")
        sheet.add_data_validation(rule)

    def _list(self, kind: str, *, suggested: bool) -> str:
        """Where the values of a drop-down stand: a column of the sheet of lists."""
        key = (kind, suggested)
        if key not in self._lists:
            letter = column_letters(len(self._lists) + 1)
            count = len(suggestions(kind, self._language) if suggested else choices(kind, self._language))
            self._lists[key] = f"'{self._lists_title}'!${letter}$2:${letter}${count + 1}"
        return self._lists[key]

    @property
    def _lists_title(self) -> str:
        return LISTS.said(self._language)

    def _write_lists(self) -> None:
        if not self._lists:
            return
        sheet = self._book.create_sheet(self._lists_title)
        sheet.sheet_state = "hidden"
        for number, (kind, suggested) in enumerate(self._lists, 1):
            offered = suggestions(kind, self._language) if suggested else choices(kind, self._language)
            for at, text in enumerate([kind, *offered], 1):
                set_text(sheet.cell(at, number), text)


def set_text(cell: Any, text: str) -> None:
    """Put a text into a cell as text: a leading `=` or `+` is a character, in this program and in the next."""
    cell.value = "".join(c for c in text[: 2 * MOST_TEXT] if c in "\n\t" or c >= " ")
    cell.data_type = "s"
    if text.startswith(FORMULA_SIGNS):
        cell.quotePrefix = True


def _write(cell: Any, said: Cell) -> None:
    """A cell as it was read: numbers as numbers, everything else as text."""
    if said.kind != "number":
        set_text(cell, f"={said.text}" if said.kind == "formula" and not said.text.startswith("=") else said.text)
        return
    cell.value = float(plain_number) if "." in (plain_number := said.text) else int(plain_number)
    if said.percent:
        cell.number_format = "0.00######%"
    elif said.unit:
        cell.number_format = f'0.######" {said.unit}"'.replace('""', '"')
