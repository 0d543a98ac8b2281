"""Files into drafts: every mistake that can be seen without asking a ledger, at its cell, all at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.sheets.cells import Cells
from ledger.sheets.csvs import read_csv
from ledger.sheets.drafts import Draft
from ledger.sheets.limits import MOST_RECORDS
from ledger.sheets.members import draft_of
from ledger.sheets.rows import groups, sheet_of
from ledger.sheets.says import Remark, Where, _, remark
from ledger.sheets.table import Table
from ledger.sheets.xlsx import read_xlsx

__all__ = ["Parsed", "parse", "read"]


@dataclass(slots=True)
class Parsed:
    """What a file says: drafts in the order of its rows, and what is wrong with it."""

    tables: list[Table]
    drafts: list[Draft] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


def read(data: bytes, title: str = "") -> list[Table]:
    """The sheets of a workbook or CSV file, which it is by its content; `title` names the sheet of a CSV file.

    Raises:
        Unreadable: it is neither, or beyond a limit.
    """
    zipped = data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0"))
    return read_xlsx(data) if zipped else [read_csv(data, title)]


def parse(tables: Sequence[Table]) -> Parsed:
    """Drafts of the records in these sheets, names in them still to be settled."""
    parsed = Parsed(list(tables))
    cells = Cells()
    for table in tables:
        sheet = sheet_of(table, parsed.remarks)
        if sheet is not None:
            parsed.drafts += [draft_of(group, cells) for group in groups(sheet, cells)]
    parsed.remarks += cells.remarks
    if not parsed.drafts and not parsed.remarks:
        parsed.remarks.append(remark(Where(), _("There is no record in this file: its sheets have no rows.")))
    if len(parsed.drafts) > MOST_RECORDS:
        where = parsed.drafts[MOST_RECORDS].where
        parsed.remarks.append(remark(where, _("This file has more than {most} records: split it."), most=MOST_RECORDS))
        del parsed.drafts[MOST_RECORDS:]
    return parsed
