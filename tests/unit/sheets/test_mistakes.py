"""Every mistake is shown at its cell, with what was expected, all at once; a file without any becomes drafts."""

import json
from typing import Any

import pytest
from openpyxl import Workbook

from ledger.sheets.kinds import STAGES
from ledger.sheets.layouts import WORDS
from ledger.sheets.parse import Parsed, parse, read
from ledger.sheets.settle import Candidate, Known, settle
from ledger.sheets.templates import template
from ledger.values.vocabulary import MATERIALS
from ledger.words.language import LANGUAGES
from tests.unit.sheets.workbooks import FACILITY, PROCESS, SOURCE, book, changed

BATCH = "sha-256:" + "A" * 43 + "#0"
OTHER = "sha-256:" + "A" * 43 + "#1"
TRANSFER = "sha-256:" + "A" * 43
GOOD = {"Facilities": FACILITY, "Sources": SOURCE, "Processes": PROCESS}


def parsed(sheets: dict[str, Any], change: Any = None) -> Parsed:
    return parse(read(book(sheets, change)))


def mistakes(sheets: dict[str, Any], known: Known | None = None) -> dict[str, str]:
    found = settle(parsed(sheets), known or Known(lots={})).remarks
    assert all(remark.says.said("zh") for remark in found)
    return {str(remark.where): remark.says.said("en") for remark in found}


def drafts(sheets: dict[str, Any], known: Known | None = None) -> list[dict[str, Any]]:
    settled = settle(parsed(sheets), known or Known(lots={}))
    assert settled.remarks == []
    return [draft.entry for draft in settled.drafts]


def test_a_workbook_without_mistakes_becomes_drafts_in_peoples_units() -> None:
    assert drafts(GOOD) == [
        {"type": "facility", "at": "2026-01-05T00:00:00Z", "name": "Pit", "as": "Pit", "country": "AU"},
        {
            "type": "source",
            "as": "M-1",
            "at": "2026-02-01T00:00:00Z",
            "facility": "Pit",
            "origin": {"kind": "mined"},
            "outputs": [{"lot": "ORE-1", "material": "ore", "mass": "100 t", "composition": {"Nd2O3": "1.2 %"}}],
        },
        {
            "type": "process",
            "as": "P-1",
            "at": "2026-02-20T00:00:00Z",
            "facility": "Pit",
            "steps": ["beneficiate"],
            "inputs": [{"batch": "M-1#0", "mass": "90 t"}],
            "outputs": [{"lot": "CON-1", "material": "concentrate", "mass": "5 t", "composition": {"Nd2O3": "18 %"}}],
        },
    ]


def test_three_mistakes_are_shown_at_their_cells_at_once() -> None:
    wrong = {
        "Facilities": changed(FACILITY, 2, 3, "Atlantis"),
        "Sources": changed(SOURCE, 2, 7, -100),
        "Processes": changed(PROCESS, 2, 6, "ORE-7"),
    }
    found = mistakes(wrong)
    assert list(found) == ["Facilities!C2", "Sources!G2", "Processes!F2"]
    assert found["Facilities!C2"].startswith(
        "Atlantis is not among what can stand here: a country such as AU Australia"
    )
    assert found["Sources!G2"] == "Expected a mass above zero, not -100."
    assert "ORE-7" in found["Processes!F2"]


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("12,5", "t", "without commas"),
        ("1,234.5", "t", "without commas"),
        (0, "t", "above zero"),
        (0.5, "mg", "whole number of milligrams"),
        (1e9, "t", "at most 1,000,000 t"),
        (100, "lb", "with its unit"),
        (100, None, "with its unit"),
        ("100 kg", "t", "Two units"),
        ("much", "t", "Expected a number"),
        (True, "t", "Expected a number"),
        ("=1+1", "t", "formula"),
        ("9" * 40, "t", "Expected a number"),
    ],
)
def test_a_mass_that_is_none_says_what_was_expected(value: object, unit: object, expected: str) -> None:
    rows = changed(changed(SOURCE, 2, 7, value), 2, 8, unit)
    assert expected in mistakes({"Facilities": FACILITY, "Sources": rows})["Sources!G2"]


@pytest.mark.parametrize(
    ("header", "value", "unit", "written"),
    [
        ("mass", 100, "公斤", "100 kg"),
        ("mass", "12.5 t", None, "12.5 t"),
        ("mass (kg)", 0.30000000000000004, None, "0.3 kg"),
        ("质量（吨）", "７", None, "7 t"),
    ],
)
def test_a_mass_may_carry_its_unit_in_any_place(header: str, value: object, unit: object, written: str) -> None:
    rows = changed(changed(changed(SOURCE, 1, 7, header), 2, 7, value), 2, 8, unit)
    assert drafts({"Facilities": FACILITY, "Sources": rows})[1]["outputs"][0]["mass"] == written


@pytest.mark.parametrize(
    ("header", "value", "expected"),
    [
        ("Nd", 1.2, "with its unit"),
        ("Nd (%)", 101, "0 to 100 %"),
        ("Nd (%)", -1, "0 to 100 %"),
        ("Nd (%)", "1.00001", "whole number of ppm"),
        ("Nd (ppm)", "1.2 %", "Two units"),
    ],
)
def test_a_share_that_is_none_says_what_was_expected(header: str, value: object, expected: str) -> None:
    rows = changed(changed(SOURCE, 1, 9, header), 2, 9, value)
    assert expected in mistakes({"Facilities": FACILITY, "Sources": rows})["Sources!I2"]


def test_a_cell_formatted_as_percentage_counts_as_it_is_shown() -> None:
    def formatted(made: Workbook) -> None:
        made["Sources"]["I2"], made["Sources"]["I2"].number_format = 0.012, "0.0%"

    entry = parsed({"Facilities": FACILITY, "Sources": SOURCE}, formatted).drafts[1].entry
    assert entry["outputs"][0]["composition"] == {"Nd2O3": "1.2 %"}


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026/1/31 8:05", "2026-01-31T08:05:00Z"),
        ("2026年1月31日", "2026-01-31T00:00:00Z"),
        ("2026-01-31 22:30 +08:00", "2026-01-31T14:30:00Z"),
        ("2026-01-31T22:30:05Z", "2026-01-31T22:30:05Z"),
    ],
)
def test_dates_are_read_as_they_are_written_in_many_places(said: str, at: str) -> None:
    assert drafts({"Facilities": changed(FACILITY, 2, 2, said)})[0]["at"] == at


@pytest.mark.parametrize("said", ["31.01.2026", "01/02/2026", "2026-02-30", 45000, "2026-01-31 25:00", "soon"])
def test_a_date_that_can_be_misread_is_a_mistake(said: object) -> None:
    assert "Expected a date" in mistakes({"Facilities": changed(FACILITY, 2, 2, said)})["Facilities!B2"]


def test_headers_are_read_in_both_languages_in_any_order() -> None:
    rows = [["country", "日期", "名称"], ["中国", "2026-01-05", "北矿"]]
    assert drafts({"设施": rows})[0] == {
        "type": "facility", "at": "2026-01-05T00:00:00Z", "name": "北矿", "as": "北矿", "country": "CN",
    }  # fmt: skip


def test_unknown_double_missing_and_headless_columns_are_mistakes() -> None:
    rows = [["name", "Name", "colour", "date"], ["Pit", None, "red", "2026-01-05", "x"]]
    assert mistakes({"Facilities": rows}) == {
        "Facilities!B1": "This column stands twice: Name.",
        "Facilities!C1": "There is no column colour in a sheet of this kind.",
        "Facilities!1:1": "A column is missing: country.",
        "Facilities!E2": "Something stands here, and its column has no header.",
        "Facilities!2:2": "A value is missing: country.",
    }


def test_unknown_and_hidden_sheets_and_merged_cells_are_mistakes() -> None:
    def spoilt(made: Workbook) -> None:
        made["Facilities"].sheet_state = "hidden"
        made["Facilities"].merge_cells("A2:A3")

    found = parsed({"Facilities": FACILITY, "Notes": [["a"], ["b"]]}, spoilt).remarks
    assert [str(remark.where) for remark in found] == ["Facilities", "Facilities!A2", "Notes"]


def test_a_lot_that_the_program_made_a_date_or_rounded_is_a_mistake() -> None:
    from datetime import date

    found = mistakes({"Facilities": FACILITY, "Sources": changed(SOURCE, 2, 5, date(2026, 1, 2))})
    assert "format the column as text" in found["Sources!E2"]
    for lot in (1234567890123456, 12.5, True):
        found = mistakes({"Facilities": FACILITY, "Sources": changed(SOURCE, 2, 5, lot)})
        assert "format the column as text" in found["Sources!E2"]
    assert drafts({"Facilities": FACILITY, "Sources": changed(SOURCE, 2, 5, 4711)})[1]["outputs"][0]["lot"] == "4711"


@pytest.mark.parametrize("name", ["a\u202eb", "a\nb", "a\u0007b"])
def test_texts_that_nobody_can_read_are_mistakes(name: str) -> None:
    data = book({"Facilities": changed(FACILITY, 2, 1, "x")})
    cell = read(data)[0].rows[1].cells[1]
    table = read(data)
    table[0].rows[1].cells[1] = type(cell)(cell.where, name)
    assert "nobody sees" in parse(table).remarks[0].says.said("en")


def test_a_hostile_name_never_acts_as_a_format() -> None:
    rows = changed(FACILITY, 2, 3, "{found.__class__} {0} %s")
    assert "{found.__class__} {0} %s" in mistakes({"Facilities": rows})["Facilities!C2"]


def test_rows_of_one_record_that_contradict_each_other_are_mistakes() -> None:
    rows = changed(PROCESS, 3, 2, "2026-02-21")
    rows[2][0] = "P-1"
    assert "something else" in mistakes({**GOOD, "Processes": rows})["Processes!B3"]


def test_what_does_not_apply_to_a_line_is_said_and_not_dropped() -> None:
    assert "leave the cell empty" in mistakes({**GOOD, "Processes": changed(PROCESS, 2, 10, 5)})["Processes!J2"]


def test_a_record_comes_after_those_that_it_builds_on() -> None:
    same_day = changed(PROCESS, 2, 2, "2026-02-01")
    ordered = drafts({"Processes": same_day, "Sources": SOURCE, "Facilities": FACILITY})
    assert [entry["type"] for entry in ordered] == ["facility", "source", "process"]
    found = mistakes({**GOOD, "Processes": changed(PROCESS, 2, 2, "2026-01-31")})
    assert "happens only later" in found["Processes!B2"]


def test_a_lot_is_looked_up_and_an_ambiguous_one_lists_the_candidates() -> None:
    without = {"Facilities": FACILITY, "Processes": PROCESS}
    assert "no ledger was asked" in mistakes(without, Known())["Processes!F2"]
    one = Known(lots={"ORE-1": [Candidate(BATCH)]})
    assert drafts(without, one)[1]["inputs"][0]["batch"] == BATCH
    two = Known(lots={"ORE-1": [Candidate(BATCH), Candidate(OTHER)]})
    said = mistakes(without, two)["Processes!F2"]
    assert BATCH in said
    assert OTHER in said
    offered = Known(lots={"ORE-1": [Candidate(BATCH, transfer=TRANSFER)]})
    assert "not yet received" in mistakes(without, offered)["Processes!F2"]


def test_a_receipt_finds_its_transfer_by_the_lot_and_may_be_used_in_the_same_file() -> None:
    receipts = [["date", "lot", "mass", "unit"], ["2026-02-10", "ORE-1", 99.5, "t"]]
    known = Known(lots={"ORE-1": [Candidate(BATCH, transfer=TRANSFER)]})
    found = drafts({"Facilities": FACILITY, "Receipts": receipts, "Processes": PROCESS}, known)
    assert found[1] == {
        "type": "receive", "at": "2026-02-10T00:00:00Z", "transfer": TRANSFER,
        "accepted": [{"batch": BATCH, "mass": "99.5 t"}],
    }  # fmt: skip
    assert found[2]["inputs"][0]["batch"] == BATCH


@pytest.mark.parametrize("stage", STAGES)
def test_the_examples_of_a_template_say_the_same_in_both_languages(stage: str) -> None:
    english, chinese = (parse(read(template(stage, language, filled=True))) for language in LANGUAGES)
    assert english.remarks == chinese.remarks == []
    assert [in_chinese(draft.entry) for draft in english.drafts] == [draft.entry for draft in chinese.drafts]


def in_chinese(said: Any) -> Any:
    """What an example says, with its words as the Chinese template has them; codes and numbers are the same."""
    if isinstance(said, dict):
        return {
            name: value if name in CODES or value in MATERIALS else in_chinese(value) for name, value in said.items()
        }
    return [in_chinese(each) for each in said] if isinstance(said, list) else WORDS.get(said, said)


CODES = ("steps", "custody", "basis", "terms")


def test_csv_files_are_known_by_their_columns() -> None:
    rows = "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in SOURCE)
    made = parse(read(rows.encode()))
    assert made.remarks == []
    assert made.drafts[0].entry["outputs"][0]["lot"] == "ORE-1"
    assert json.dumps(made.drafts[0].entry)


def test_records_of_one_time_that_build_on_each_other_are_a_mistake() -> None:
    head = [*PROCESS[0]]
    rows = [
        head,
        ["A", "2026-02-20", "Pit", "split", "input", "LOT-B", None, 1, "t", None],
        [None, None, None, None, "output", "LOT-A", "ore", 1, "t", None],
        ["B", "2026-02-20", "Pit", "split", "input", "LOT-A", None, 1, "t", None],
        [None, None, None, None, "output", "LOT-B", "ore", 1, "t", None],
    ]
    found = mistakes({"Facilities": FACILITY, "Processes": rows})
    assert list(found.values()) == ["Records of one time build on each other: say by their times which came first."]


def test_what_is_received_by_its_id_comes_before_its_use_of_the_same_day() -> None:
    receipts = [["date", "transfer", "lot"], ["2026-02-20", TRANSFER, BATCH]]
    used = changed(PROCESS, 2, 6, BATCH)
    found = drafts({"Processes": used, "Facilities": FACILITY, "Receipts": receipts})
    assert [entry["type"] for entry in found] == ["facility", "receive", "process"]


def test_a_file_of_more_records_than_the_ledger_checks_at_once_is_refused() -> None:
    rows = [FACILITY[0], *([f"Pit {n}", "2026-01-05", "AU"] for n in range(1_500))]
    assert list(mistakes({"Facilities": rows}).values()) == ["This file has more than 1,000 records: split it."]
