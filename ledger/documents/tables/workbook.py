"""The tables as one workbook (XLSX): a sheet for each, written row by row, with nothing in it that could run."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook as Written
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import WorkbookAlreadySaved
from openpyxl.writer.excel import ExcelWriter

from ledger.documents.tables.cells import Row, starts_formula
from ledger.documents.tables.columns import TABLES, Table

__all__ = ["NAME", "Workbook", "plain_zip"]

NAME = "tables.xlsx"
_ROWS = 1_048_575
"""Rows of a sheet beneath its heads: the format has no more, and a further sheet goes on."""
_LONGEST = 32_000
"""The format has 32,767 characters for a cell."""
_CUT = " [cut: the whole text is in the CSV and Parquet files]"
_THEN = datetime(1980, 1, 1)  # noqa: DTZ001 - the format's times have no zone, and this one says nothing


class Workbook:
    """A sheet for each table; the same rows give the same bytes."""

    def __init__(self, open_file: Callable[[str], BinaryIO]) -> None:
        self._file = open_file(NAME)
        self._book = Written(write_only=True)
        self._sheets = {table.name: _Sheet(self._book, table) for table in TABLES.values()}

    def add(self, table: str, row: Row) -> None:
        """Write a row of a table."""
        self._sheets[table].add(row)

    def close(self) -> None:
        """Write the workbook."""
        properties = self._book.properties
        properties.creator, properties.created, properties.modified = "Lodestone", _THEN, _THEN
        with plain_zip(self._file) as archive:
            ExcelWriter(self._book, archive).write_data()

    def drop(self) -> None:
        """Let go of what was written so far, the temporary files of the sheets among it."""
        for sheet in self._book.worksheets:
            try:
                sheet.close()
                sheet._writer.cleanup()  # noqa: SLF001 - openpyxl removes them only when the process ends
            except (WorkbookAlreadySaved, OSError, ValueError):
                continue


class _Sheet:
    def __init__(self, book: Any, table: Table) -> None:
        self._book, self._table = book, table
        self._number, self._rows = 1, 0
        self._begin()

    def _begin(self) -> None:
        name = self._table.name if self._number == 1 else f"{self._table.name} ({self._number})"
        self._sheet = self._book.create_sheet(name)
        self._sheet.freeze_panes = "A2"
        heads = []
        for column in self._table.columns:
            head = WriteOnlyCell(self._sheet, column.name)
            head.font = Font(bold=True)
            heads.append(head)
        self._sheet.append(heads)

    def add(self, row: Row) -> None:
        if self._rows == _ROWS:
            self._number, self._rows = self._number + 1, 0
            self._begin()
        self._rows += 1
        self._sheet.append([self._cell(value) if isinstance(value, str) else value for value in row])

    def _cell(self, value: str) -> object:
        """A text, and marked as one wherever a spreadsheet could take it for something else."""
        if len(value) > _LONGEST:
            value = value[:_LONGEST] + _CUT
        if not (starts_formula(value) or value.startswith(("'", "#"))):
            return value
        cell = WriteOnlyCell(self._sheet, value)
        cell.data_type = "s"
        cell.quotePrefix = True
        return cell


class plain_zip(ZipFile):  # noqa: N801 - used as a function is
    """A zip file to write whose entries have no time of their own: the same files give the same bytes."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, "w", ZIP_DEFLATED)

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Write an entry from memory."""
        entry = ZipInfo(str(zinfo_or_arcname))
        entry.compress_type = ZIP_DEFLATED
        super().writestr(entry, data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Write an entry from a file, a piece at a time."""
        entry = ZipInfo(str(arcname or filename))
        entry.compress_type = ZIP_DEFLATED
        with Path(filename).open("rb") as source, self.open(entry, "w", force_zip64=True) as target:
            while piece := source.read(1 << 20):
                target.write(piece)
