"""A file comes back with its remarks in place, to be mended there and imported again; nothing in it is a formula."""

import csv
import zipfile
from io import BytesIO, StringIO
from typing import Any

from openpyxl import load_workbook

from ledger.sheets.parse import parse, read
from ledger.sheets.remarked import remarked_csv, remarked_xlsx
from tests.unit.sheets.workbooks import FACILITY, PROCESS, SOURCE, book, changed

HOSTILE = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\tx", "<script>alert(1)</script>"]


def remarked(sheets: dict[str, Any], language: Any = "en") -> bytes:
    tables = read(book(sheets))
    return remarked_xlsx(tables, parse(tables).remarks, language)


def test_the_workbook_comes_back_with_comment_colour_and_a_column_of_remarks() -> None:
    data = remarked({"Facilities": changed(FACILITY, 2, 3, "Atlantis"), "Sources": SOURCE})
    sheet = load_workbook(BytesIO(data))["Facilities"]
    cell = sheet["C2"]
    assert cell.value == "Atlantis"
    assert "Atlantis is not among" in cell.comment.text
    assert cell.fill.fgColor.rgb.endswith("F8C9C4")
    assert sheet["D1"].value == "remarks"
    assert sheet["D2"].value.startswith("C2: Atlantis is not among")


def test_mended_in_place_it_is_imported_and_the_remarks_are_not_read() -> None:
    data = remarked({"Facilities": changed(FACILITY, 2, 3, "Atlantis"), "Sources": SOURCE, "Processes": PROCESS}, "zh")
    mended = load_workbook(BytesIO(data))
    mended["Facilities"]["C2"] = "澳大利亚"
    out = BytesIO()
    mended.save(out)
    again = parse(read(out.getvalue()))
    assert again.remarks == []
    assert [draft.kind for draft in again.drafts] == ["facility", "source", "process"]
    assert again.drafts[0].entry["country"] == "AU"


def test_remarks_of_an_earlier_time_are_written_anew_and_not_beside() -> None:
    first = remarked({"Facilities": changed(FACILITY, 2, 3, "Atlantis")})
    tables = read(first)
    second = load_workbook(BytesIO(remarked_xlsx(tables, parse(tables).remarks, "en")))["Facilities"]
    assert [cell.value for cell in second[1]] == ["name", "date", "country", "remarks"]


def test_a_mistake_of_a_whole_file_stands_on_a_sheet_of_its_own() -> None:
    data = remarked({"Facilities": FACILITY, "Notes": [["a"], ["b"]]})
    assert "There is no kind of sheet" in load_workbook(BytesIO(data))["Instructions"]["B1"].value


def test_hostile_texts_come_back_as_text_in_a_workbook() -> None:
    rows = [["name", "date", "country"], *([text, "soon", "AU"] for text in HOSTILE)]
    tables = read(book({"Facilities": []}))
    said = StringIO()
    csv.writer(said).writerows(rows)
    tables[0].rows = read(said.getvalue().encode())[0].rows
    data = remarked_xlsx(tables, parse(tables).remarks, "en")
    with zipfile.ZipFile(BytesIO(data)) as archive:
        sheets = b"".join(archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name)
    assert b"<f>" not in sheets
    assert b"<script>" not in sheets


def test_hostile_texts_come_back_marked_in_a_csv_file_and_are_read_as_they_were() -> None:
    rows = [["name", "date", "country"], ["-1+1", "=A1", "@x"], ["+x", "2026-01-05", "AU"]]
    out = StringIO()
    csv.writer(out).writerows(rows)
    table = read(out.getvalue().encode())[0]
    back = remarked_csv(table, parse([table]).remarks, "en")
    found = list(csv.reader(StringIO(back.decode("utf-8-sig"))))
    assert [cell[:1] for cell in found[1][:3]] == ["'", "'", "'"]
    assert found[0] == ["name", "date", "country", "remarks"]
    assert "formula" in found[1][3]
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in found for cell in row)
    again = read(back)[0]
    assert [again.rows[2].cells[n].text for n in (1, 2, 3)] == ["+x", "2026-01-05", "AU"]
