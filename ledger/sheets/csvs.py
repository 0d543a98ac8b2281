"""Reading .csv: one kind of sheet a file, in UTF-8 or GB18030, with commas, semicolons or tabs."""

import csv
import re
from io import StringIO

from ledger.sheets.limits import MOST_BYTES, MOST_CELLS, MOST_COLUMNS, MOST_ROWS
from ledger.sheets.package import unreadable
from ledger.sheets.says import Where, _
from ledger.sheets.table import FORMULA_SIGNS, Cell, Row, Table

__all__ = ["read_csv"]

_DELIMITERS = ",;\t"
_MARK = "\ufeff"
_HINT = re.compile(r"\Asep=[,;\t]\r?\n")


def read_csv(data: bytes, title: str = "") -> Table:
    """The rows of a CSV file. What kind of sheet it is, its columns say.

    Raises:
        Unreadable: neither UTF-8 nor GB18030, beyond a limit, or quotes that never end.
    """
    if len(data) > MOST_BYTES:
        raise unreadable(_("This file is too large: expected at most {most} bytes."), most=MOST_BYTES)
    text = _without_hint(_decoded(data))
    table = Table(title, one_kind=True)
    cells = 0
    try:
        for number, texts in enumerate(
            csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True), 1
        ):
            cells += len(texts)
            if number > MOST_ROWS or cells > MOST_CELLS:
                raise unreadable(_("This file has more than {most} rows: split it."), most=MOST_ROWS)
            found = {
                column: _cell(Where(title, number, column), said)
                for column, said in enumerate(texts, 1)
                if said.strip()
            }
            if max(found, default=0) > MOST_COLUMNS:
                raise unreadable(_("This sheet has more than {most} columns."), most=MOST_COLUMNS)
            if found:
                table.rows.append(Row(number, found))
    except csv.Error:
        raise unreadable(_("This is no CSV file: a quote does not end, or a field is too long.")) from None
    return table


def _cell(where: Where, said: str) -> Cell:
    if said.startswith("="):
        return Cell(where, said, "formula")
    marked = said.startswith("'") and said[1:].startswith(FORMULA_SIGNS)
    return Cell(where, said[1:] if marked else said)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding).removeprefix(_MARK)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise unreadable(_("This is neither an .xlsx workbook nor a .csv file in UTF-8 or GB18030."))


def _delimiter(text: str) -> str:
    """The one that stands most often in the first line, outside quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_DELIMITERS, key=bare.count)


def _without_hint(text: str) -> str:
    """Without a first line `sep=;`, which is a word to spreadsheet programs that they do not show."""
    return _HINT.sub("", text, count=1)
