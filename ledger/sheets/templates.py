"""Template workbooks: for each stage its sheets with drop-downs, instructions, and examples beside them."""

from collections.abc import Iterator, Mapping

from ledger.sheets.hints import hint_of
from ledger.sheets.kinds import KINDS, STAGES, Column, Kind, column_named, header_of, title_of
from ledger.sheets.layouts import WORDS, Layout, layout_of
from ledger.sheets.rows import EXAMPLE, INSTRUCTIONS
from ledger.sheets.says import Where, _
from ledger.sheets.table import Cell
from ledger.sheets.vocabularies import read_code, word
from ledger.sheets.writing import Book, Page
from ledger.words.catalogue import words
from ledger.words.language import Language

__all__ = ["template"]

_HOW = (
    _(
        "Fill in the sheets that you need, one row a line, and leave the others empty. "
        "The sheets of examples are not read."
    ),
    _(
        "Hold the pointer over a header to see what belongs below it. Columns may stand in any order, "
        "and be left out where they are not needed."
    ),
    _(
        "Write masses with their unit, and shares with % or ppm. Columns such as Nd2O3 (%) take an assay "
        "of that oxide: it is converted, and its formula kept."
    ),
    _("Write values, not formulas. Dates are 2026-01-31; times are UTC unless you say otherwise."),
    _(
        "Then: lodestone import FILE.xlsx, or the page Import of your ledger. Every mistake is shown at its cell, "
        "and nothing is signed or sent before all of them are mended."
    ),
)


def template(stage: str, language: Language, *, filled: bool = False) -> bytes:
    """The workbook for a stage. `filled`: its examples stand as rows in the sheets themselves, to try it out.

    Raises:
        KeyError: there is no such stage.
    """
    name = STAGES[stage]
    layout = layout_of(stage)
    say = words(language).gettext
    book = Book(language)
    kinds = [kind for kind in KINDS if kind.name in layout.columns]
    book.text_page(
        INSTRUCTIONS.said(language),
        [(name.said(language),), *((say(line),) for line in _HOW), *_columns(kinds, layout, language)],
    )
    for kind in kinds:
        columns = {number: _column(kind, name) for number, name in enumerate(layout.columns[kind.name], 1)}
        rows = [_row(columns, row, language) for row in layout.rows[kind.name]]
        book.page(Page(kind.name, title_of(kind, language), columns, rows if filled else ()))
        if rows and not filled:
            book.page(
                Page(kind.name, f"{EXAMPLE.said(language)} {title_of(kind, language)}", columns, rows, example=True)
            )
    return book.saved()


def _columns(kinds: list[Kind], layout: Layout, language: Language) -> Iterator[tuple[str, ...]]:
    say = words(language).gettext
    for kind in kinds:
        for name in layout.columns[kind.name]:
            column = _column(kind, name)
            hint = hint_of(kind.name, column.name)
            if hint:
                yield title_of(kind, language), header_of(column, language), say(hint)


def _column(kind: Kind, header: str) -> Column:
    column = column_named(kind, header)
    assert column is not None, header
    return column


def _row(columns: Mapping[int, Column], said: Mapping[str, str], language: Language) -> dict[int, Cell]:
    row: dict[int, Cell] = {}
    for number, column in columns.items():
        value = said.get(header_of(column, "en"))
        if value is not None:
            numeric = column.reads in ("mass", "share", "composition")
            row[number] = Cell(
                Where(), value if numeric else _in_words(column, value, language), "number" if numeric else "text"
            )
    return row


def _in_words(column: Column, value: str, language: Language) -> str:
    kind = column.vocabulary if column.reads != "suggested" else ""
    code = read_code(kind or column.reads, value) if kind or column.reads == "country" else None
    if code is not None:
        return word(kind or column.reads, code, language)
    return WORDS.get(value, value) if language == "zh" else value
