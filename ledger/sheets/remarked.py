"""The file back to whom it is from: as it was, with a remark at every cell that is wrong, to be mended there."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

from ledger.sheets.kinds import REMARKS, Column, header_of
from ledger.sheets.rows import INSTRUCTIONS, sheet_of
from ledger.sheets.says import Pair, Remark, Where
from ledger.sheets.table import FORMULA_SIGNS, Cell, Table
from ledger.sheets.writing import Book, Page
from ledger.words.language import LANGUAGES, Language

__all__ = ["remarked_csv", "remarked_xlsx"]

_MARK = "\ufeff"
_SHEET = Pair("Sheet", "工作表")


def remarked_xlsx(tables: Sequence[Table], remarks: Sequence[Remark], language: Language) -> bytes:
    """A workbook with the same rows: comments and colour at the cells, and a column of remarks behind the others.

    Formulas come back as text. What is wrong with the whole file stands on a sheet of its own.
    """
    book = Book(language)
    general = [remark for remark in remarks if not remark.where.row]
    if general:
        lines = [(remark.where.sheet, remark.says.said(language)) for remark in general]
        book.text_page(INSTRUCTIONS.said(language), lines)
    for table in tables:
        title = table.title or _SHEET.said(language)
        if not table.rows:
            continue
        here = [remark for remark in remarks if remark.where.row and remark.where.sheet == table.title]
        book.page(_page(table, title, here, language))
    return book.saved()


def _page(table: Table, title: str, remarks: Sequence[Remark], language: Language) -> Page:
    header, *rows = table.rows
    sheet = sheet_of(table, [])
    columns: dict[int, Column | str] = {}
    old = _old_remarks(table)
    for number, cell in header.cells.items():
        if number not in old:
            columns[number] = cell.text if sheet is None else sheet.columns.get(number, cell.text)
    notes: dict[tuple[int, int], str] = {}
    for remark in remarks:
        if remark.where.column:
            place = (remark.where.row, remark.where.column)
            said = remark.says.said(language)
            notes[place] = f"{notes[place]}\n{said}" if place in notes else said
    shown = [{n: cell for n, cell in row.cells.items() if n not in old} for row in rows]
    return Page(
        sheet.kind.name if sheet is not None else "",
        title,
        _as_written(columns, header.cells),
        shown,
        [row.number for row in rows],
        header.number,
        notes,
        _by_row(remarks, language),
    )


def _as_written(columns: Mapping[int, Column | str], cells: Mapping[int, Cell]) -> dict[int, Column | str]:
    return {number: column if not isinstance(column, str) else cells[number].text for number, column in columns.items()}


def remarked_csv(table: Table, remarks: Sequence[Remark], language: Language) -> bytes:
    """The same rows with a column of remarks; texts that a spreadsheet would take for formulas are marked as text."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    header = table.rows[0].number if table.rows else 1
    old = _old_remarks(table)
    width = max((number for row in table.rows for number in row.cells if number not in old), default=0)
    said = _by_row(remarks, language)
    for row in table.rows:
        cells = [_defused(row.cells[n].text) if n in row.cells and n not in old else "" for n in range(1, width + 1)]
        writer.writerow(
            [*cells, header_of(REMARKS, language) if row.number == header else _defused(said.get(row.number, ""))]
        )
    general = [remark.says.said(language) for remark in remarks if not remark.where.row]
    for sentence in general:
        writer.writerow([""] * width + [_defused(sentence)])
    return (_MARK + out.getvalue()).encode()


def _by_row(remarks: Sequence[Remark], language: Language) -> dict[int, str]:
    said: dict[int, list[str]] = {}
    for remark in remarks:
        cell = Where("", remark.where.row, remark.where.column).cell
        sentence = remark.says.said(language)
        said.setdefault(remark.where.row, []).append(f"{cell}: {sentence}" if cell else sentence)
    return {row: "\n".join(sentences) for row, sentences in said.items() if row}


def _old_remarks(table: Table) -> set[int]:
    """The columns of remarks of an earlier time, which are written anew."""
    if not table.rows:
        return set()
    known = {header_of(REMARKS, language) for language in LANGUAGES}
    return {number for number, cell in table.rows[0].cells.items() if cell.text.strip() in known}


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
