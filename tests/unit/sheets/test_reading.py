"""Files are read as people see them, and files that nobody's program wrote are refused before anything grows."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from ledger.sheets.kinds import STAGES
from ledger.sheets.limits import MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from ledger.sheets.parse import read
from ledger.sheets.says import Unreadable
from ledger.sheets.table import Table
from ledger.sheets.templates import template
from tests.unit.sheets.workbooks import FACILITY, SHEET, book, packed, part, with_part

HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = "</sheetData></worksheet>"


def cells(tables: list[Table]) -> dict[str, tuple[str, str]]:
    return {str(cell.where): (cell.kind, cell.text) for t in tables for row in t.rows for cell in row.cells.values()}


def sheet_of(content: str) -> bytes:
    return with_part(book({"Facilities": FACILITY}), SHEET, HEAD + content + TAIL)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("stage", STAGES)
def test_what_is_read_is_what_openpyxl_reads(stage: str, language: Any) -> None:
    data = template(stage, language, filled=True)
    expected = {
        f"{sheet.title}!{cell.coordinate}": str(cell.value)
        for sheet in load_workbook(BytesIO(data))
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert {where: text for where, (_kind, text) in cells(read(data)).items()} == expected


def test_numbers_are_what_people_typed_without_the_noise_of_binary_fractions() -> None:
    numbers = ["0.28999999999999998", "0.30000000000000004", "1E+3", "1e-3", "12.5", "-0", "123456789012345678"]
    row = "".join(f'<c r="{chr(65 + n)}1"><v>{number}</v></c>' for n, number in enumerate(numbers))
    read_back = [text for _kind, text in cells(read(sheet_of(f'<row r="1">{row}</row>'))).values()]
    assert read_back == ["0.29", "0.3", "1000", "0.001", "12.5", "0", "123456789012346000"]


@pytest.mark.parametrize("number", ["1e400", "-1e400", "nan", "inf", "1e", "0x10", "1_000", "٣"])
def test_a_number_that_is_none_is_an_error_at_its_cell(number: str) -> None:
    found = cells(read(sheet_of(f'<row r="1"><c r="A1"><v>{number}</v></c></row>')))
    assert found["Facilities!A1"][0] == "error"


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_dates_of_both_calendars_are_the_days_that_people_see(epoch_1904: bool) -> None:
    def dated(made: Workbook) -> None:
        if epoch_1904:
            made.epoch = CALENDAR_MAC_1904
        made["Facilities"]["B2"] = datetime(2026, 1, 31)  # noqa: DTZ001 - spreadsheets know no zones
        made["Facilities"]["B3"] = datetime(2026, 1, 31, 14, 30)  # noqa: DTZ001
        made["Facilities"]["B2"].number_format = made["Facilities"]["B3"].number_format = "yyyy-mm-dd hh:mm"

    found = cells(read(book({"Facilities": FACILITY}, dated)))
    assert found["Facilities!B2"] == ("date", "2026-01-31")
    assert found["Facilities!B3"] == ("date", "2026-01-31T14:30:00Z")


@pytest.mark.parametrize("days", ["60", "0", "-1", "2958466", "1e300", "1e-400000000"])
def test_a_day_that_never_was_is_an_error_at_its_cell(days: str) -> None:
    def dated(made: Workbook) -> None:
        made["Facilities"]["B2"] = 1
        made["Facilities"]["B2"].number_format = "yyyy-mm-dd"

    data = book({"Facilities": FACILITY}, dated)
    sheet = part(data, SHEET).replace(b"<v>1</v>", f"<v>{days}</v>".encode())
    assert cells(read(with_part(data, SHEET, sheet)))["Facilities!B2"][0] == "error"


def test_a_percentage_and_a_unit_in_the_format_are_kept_beside_the_number() -> None:
    def formatted(made: Workbook) -> None:
        sheet = made["Facilities"]
        sheet["A3"], sheet["A3"].number_format = 0.295, "0.0%"
        sheet["A4"], sheet["A4"].number_format = 12.5, '0.0" kg"'

    rows = {row.number: row.cells[1] for row in read(book({"Facilities": FACILITY}, formatted))[0].rows}
    assert (rows[3].text, rows[3].percent) == ("0.295", True)
    assert (rows[4].text, rows[4].unit, rows[4].percent) == ("12.5", "kg", False)


def test_formulas_come_as_formulas_whatever_value_was_kept_beside_them() -> None:
    content = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f t="shared" si="0"/><v>x</v></c></row>'
    assert {kind for kind, _text in cells(read(sheet_of(content))).values()} == {"formula"}


def test_rich_text_inline_text_and_escapes_are_read_and_reading_aids_left_out() -> None:
    content = (
        '<row><c t="inlineStr"><is><r><t>Wat</t></r><r><t>tle</t></r><rPh sb="0" eb="1"><t>aid</t></rPh></is></c>'
        '<c t="inlineStr"><is><t>a_x000A_b</t></is></c><c t="b"><v>1</v></c><c t="e"><v>#REF!</v></c></row>'
    )
    assert list(cells(read(sheet_of(content))).values()) == [
        ("text", "Wattle"),
        ("text", "a\nb"),
        ("bool", "yes"),
        ("error", "#REF!"),
    ]


def test_hidden_sheets_and_merged_cells_are_told() -> None:
    def hidden(made: Workbook) -> None:
        made["Facilities"].sheet_state = "veryHidden"
        made["Facilities"].merge_cells("A2:B3")

    table = read(book({"Facilities": FACILITY, "Sources": FACILITY}, hidden))[0]
    assert table.hidden
    assert [str(remark.where) for remark in table.remarks] == ["Facilities!A2"]


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "an entity bomb": (lambda: with_part(book({"a": FACILITY}), SHEET, ENTITIES + HEAD + TAIL), "declares entities"),
    "an outside entity": (lambda: with_part(book({"a": FACILITY}), SHEET, OUTSIDE + HEAD + TAIL), "declares entities"),
    "a zip bomb": (lambda: packed({"xl/workbook.xml": b"<a>" + b" " * 20_000_000 + b"</a>"}), "becomes too large"),
    "a swollen sheet": (lambda: with_part(book({"a": FACILITY}), SHEET, HEAD + " " * 9_000_000 + TAIL), "too large"),
    "many files": (lambda: packed({f"{n}.xml": "" for n in range(301)}), "files inside"),
    "macros": (lambda: with_part(book({"a": FACILITY}), "xl/vbaProject.bin", b"x"), "macros"),
    "links": (lambda: with_part(book({"a": FACILITY}), "xl/externalLinks/externalLink1.xml", "<a/>"), "links to other"),
    "an old file": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old .xls"),
    "no workbook": (lambda: packed({"hello.txt": "hello"}), "is missing"),
    "no zip": (lambda: b"PK\x03\x04 and then nothing", "neither"),
    "broken XML": (lambda: with_part(book({"a": FACILITY}), SHEET, HEAD), "damaged"),
    "too large": (lambda: b"PK\x03\x04" + b"\0" * MOST_BYTES, "too large"),
    "a row twice": (lambda: sheet_of('<row r="2"/><row r="2"/>'), "twice"),
    "a cell twice": (lambda: sheet_of('<row r="1"><c r="A1"/><c r="A1"/></row>'), "twice"),
    "a cell elsewhere": (lambda: sheet_of('<row r="1"><c r="A9"/></row>'), "twice"),
    "many rows": (lambda: sheet_of("<row><c><v>1</v></c></row>" * (MOST_ROWS + 1)), "rows"),
    "many columns": (lambda: sheet_of(f"<row>{'<c><v>1</v></c>' * (MOST_COLUMNS + 1)}</row>"), "columns"),
    "many sheets": (lambda: book({f"s{n}": [] for n in range(41)}), "sheets"),
    "control characters": (lambda: b"a,b\0,c", "neither"),
    "an endless quote": (lambda: b'name,date\n"Pit,2026', "quote"),
    "another encoding": (lambda: b"\xff\xff\x80name", "neither"),
}


@pytest.mark.parametrize("attack", REFUSED)
def test_what_no_program_writes_is_refused_whole_in_one_sentence(attack: str) -> None:
    make, expected = REFUSED[attack]
    with pytest.raises(Unreadable) as refused:
        read(make())
    assert expected in str(refused.value)
    assert all(remark.says.said("zh") != remark.says.said("en") for remark in refused.value.remarks)


def test_cut_off_anywhere_it_is_read_or_refused_and_nothing_else_happens() -> None:
    data = book({"Facilities": FACILITY})
    for size in range(0, len(data), 97):
        try:
            read(data[:size])
        except Unreadable:
            continue


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_file_is_read_in_each_encoding_and_with_each_delimiter(encoding: str, delimiter: str) -> None:
    lines = [["名称", "日期", "国家"], ["北矿坑", "2026-01-05", "AU"], ['a "b"', "", f"x{delimiter}y"]]
    quoted = "\r\n".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    table = read(quoted.encode(encoding))[0]
    assert [[row.cells[n].text if n in row.cells else "" for n in (1, 2, 3)] for row in table.rows] == lines


def test_the_word_of_a_csv_file_to_spreadsheet_programs_is_no_row() -> None:
    assert cells(read(b"sep=;\r\nname;date\r\nPit;x\r\n"))["A1"] == ("text", "name")


def test_a_formula_in_a_csv_file_is_one_and_a_marked_text_is_a_text() -> None:
    found = cells(read(b"name,date\n=1+1,'=1+1\n'-x,don't\n"))
    assert found["A2"] == ("formula", "=1+1")
    assert found["B2"] == ("text", "=1+1")
    assert (found["A3"][1], found["B3"][1]) == ("-x", "don't")
