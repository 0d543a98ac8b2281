"""Tables as files: CSV, XLSX and Parquet, written row by row, so that memory does not grow with them.

The same rows give the same bytes: no format keeps a time of its own.
"""

import csv
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, BinaryIO, Protocol

from ledger.documents.tables.cells import Row, defused
from ledger.documents.tables.columns import TABLES, Table
from ledger.documents.tables.workbook import Workbook
from ledger.words.catalogue import words

if TYPE_CHECKING:
    import pyarrow.parquet

__all__ = ["FORMATS", "Opener", "TableFiles"]

Opener = Callable[[str], BinaryIO]
"""Opens a file to write, by its name; whoever gives it closes what it opened."""

FORMATS = ("csv", "xlsx", "parquet")
_ROWS = 10_000
"""Rows of Parquet that are kept until they are written together."""
_BOM = b"\xef\xbb\xbf"


class _Format(Protocol):
    def add(self, table: str, row: Row) -> None: ...

    def close(self) -> None: ...

    def drop(self) -> None: ...


class TableFiles:
    """Where the rows of an audit go: files of these formats, opened by name (`ledger.documents.tables.rows.Sink`).

    After `close` every file is whole, the dictionary among them.
    """

    def __init__(self, open_file: Opener, formats: Sequence[str] = FORMATS) -> None:
        makers: dict[str, Callable[[Opener], _Format]] = {"csv": _Csv, "xlsx": Workbook, "parquet": _Parquet}
        self._formats = [makers[name](open_file) for name in formats]

    def add(self, table: str, row: Row) -> None:
        """Write a row of a table.

        Raises:
            ValueError: it has not a cell for each column. That would be a fault of ours.
        """
        if len(row) != len(TABLES[table].columns):
            raise ValueError(f"{table}: expected {len(TABLES[table].columns)} cells, found {len(row)}")
        for each in self._formats:
            each.add(table, row)

    def close(self) -> None:
        """Write the dictionary, and whatever is still to be written."""
        for row in _dictionary():
            self.add("dictionary", row)
        for each in self._formats:
            each.close()

    def drop(self) -> None:
        """Let go of everything. Without `close` before, what the files hold is of no use."""
        for each in self._formats:
            each.drop()


def _dictionary() -> list[Row]:
    rows: list[Row] = []
    chinese = words("zh").gettext
    for table in TABLES.values():
        rows.append((table.name, None, None, None, table.meaning, chinese(table.meaning), None, None))
        rows += [
            (
                table.name,
                column.name,
                column.kind,
                column.unit or None,
                column.meaning,
                chinese(column.meaning),
                column.source,
                chinese(column.source),
            )
            for column in table.columns
        ]
    return rows


class _Csv:
    """One file for each table: UTF-8 with its mark, so that spreadsheets read every script; RFC 4180."""

    def __init__(self, open_file: Opener) -> None:
        self._writers = {}
        self._texts = []
        for table in TABLES.values():
            file = open_file(f"{table.name}.csv")
            file.write(_BOM)
            text = io.TextIOWrapper(file, "utf-8", newline="", write_through=False)
            writer = csv.writer(text)
            writer.writerow([column.name for column in table.columns])
            self._writers[table.name] = writer
            self._texts.append(text)

    def add(self, table: str, row: Row) -> None:
        self._writers[table].writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])

    def close(self) -> None:
        for text in self._texts:
            text.flush()

    def drop(self) -> None:
        for text in self._texts:
            text.detach()


class _Parquet:
    """One file for each table; what a column means and its unit stand in the schema."""

    def __init__(self, open_file: Opener) -> None:
        self._open = {table.name: _ParquetTable(table, open_file(f"{table.name}.parquet")) for table in TABLES.values()}

    def add(self, table: str, row: Row) -> None:
        self._open[table].add(row)

    def close(self) -> None:
        for table in self._open.values():
            table.close()

    def drop(self) -> None:
        for table in self._open.values():
            table.drop()


class _ParquetTable:
    def __init__(self, table: Table, file: BinaryIO) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {"integer": pa.int64(), "text": pa.string()}
        fields = [
            pa.field(column.name, kinds[column.kind], metadata={"meaning": column.meaning, "unit": column.unit})
            for column in table.columns
        ]
        self._schema = pa.schema(fields, metadata={"meaning": table.meaning})
        self._writer: pyarrow.parquet.ParquetWriter = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= _ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        columns = list(zip(*self._rows, strict=True)) or [()] * len(self._schema)
        arrays = [pa.array(cells, field.type) for cells, field in zip(columns, self._schema, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._rows = []

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()

    def drop(self) -> None:
        self._writer.close()
