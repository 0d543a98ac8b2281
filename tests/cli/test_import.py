"""A producer's spreadsheet becomes records in the ledger; or every mistake in it is shown at its cell."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ledger.sheets.kinds import STAGES
from tests.cli.commands import Person
from tests.unit.sheets.workbooks import FACILITY, PROCESS, SOURCE, book, changed


@pytest.mark.parametrize(("stage", "language"), [(stage, ("en", "zh")[n % 2]) for n, stage in enumerate(STAGES)])
def test_every_template_filled_with_its_examples_is_accepted_by_the_ledger(
    producer: Person, stage: str, language: str
) -> None:
    producer.given_token()
    book = producer.home / "book.xlsx"
    assert producer.quickly("import", "--template", stage, "--lang", language, "--filled", "-o", book).code == 0
    done = producer.quickly("import", book, "-o", producer.home / "drafts.ndjson", "--json")
    assert done.code == 0, done.text
    assert done.json["remarks"] == []
    assert done.json["balance"] or stage == "assembler"
    sent = producer.quickly("submit", producer.home / "drafts.ndjson", "--json")
    assert (sent.code, sent.json["accepted"], sent.json["refused"]) == (0, done.json["records"], 0)
    again = producer.quickly("import", book, "--dry-run", "--json")
    assert (again.code, again.json["records"]) == (0, done.json["records"])


def written(path: Path, sheets: dict[str, Any]) -> Path:
    path.write_bytes(book(sheets))
    return path


def test_three_mistakes_are_shown_at_their_cells_mended_and_imported(producer: Person) -> None:
    producer.given_token()
    wrong = {
        "Facilities": changed(FACILITY, 2, 3, "Atlantis"),
        "Sources": changed(SOURCE, 2, 7, -100),
        "Processes": changed(PROCESS, 2, 4, "conjure"),
    }
    drafts, remarks = producer.home / "drafts.ndjson", producer.home / "remarks.xlsx"
    done = producer.run("import", written(producer.home / "b.xlsx", wrong), "-o", drafts, "--remarks", remarks)
    assert done.code == 1
    for cell in ("Facilities!C2", "Sources!G2", "Processes!D2"):
        assert cell in done.out
    assert "Nothing is imported: 3 mistakes" in done.err
    assert not drafts.exists()
    mended = load_workbook(remarks)
    mended["Facilities"]["C2"], mended["Sources"]["G2"], mended["Processes"]["D2"] = "AU", 100, "beneficiate"
    mended.save(remarks)
    done = producer.run("import", remarks, "-o", drafts, "--json")
    assert (done.code, done.json["records"]) == (0, 3)
    assert (
        done.json["balance"]["Nd"]["loss_mg"]
        == done.json["balance"]["Nd"]["in_mg"] - done.json["balance"]["Nd"]["out_mg"]
    )
    assert producer.run("submit", drafts).code == 0


def test_mistakes_are_shown_to_whoever_has_no_keys_yet(person: Person) -> None:
    wrong = written(person.home / "b.xlsx", {"Facilities": changed(FACILITY, 2, 3, "Atlantis")})
    done = person.run("import", wrong, "--remarks", person.home / "remarks.xlsx", "--profile", "none-yet")
    assert (done.code, "Facilities!C2" in done.out) == (1, True)
    assert (person.home / "remarks.xlsx").exists()
    right = person.run("import", written(person.home / "c.xlsx", {"Facilities": FACILITY}), "--profile", "none-yet")
    assert (right.code, "lodestone key new" in right.err) == (1, True)


def test_what_the_ledger_refuses_is_shown_at_its_cell_before_anything_is_signed(producer: Person) -> None:
    producer.given_token()
    sheets = {"Facilities": FACILITY, "Sources": SOURCE, "Processes": changed(PROCESS, 2, 8, 190)}
    done = producer.quickly("import", written(producer.home / "b.xlsx", sheets), "--lang", "zh", "--json")
    assert done.code == 1
    told = {remark["at"]: remark for remark in done.json["remarks"]}
    assert told["Processes!H2"]["code"] == "mass-exceeded"
    assert told["Processes!H2"]["sentence"].startswith("使用量超过剩余量。")
    assert producer.state["seq"] == 0


def test_a_dry_run_shows_the_balance_and_writes_nothing(producer: Person) -> None:
    producer.given_token()
    path = written(producer.home / "b.xlsx", {"Facilities": FACILITY, "Sources": SOURCE, "Processes": PROCESS})
    drafts = producer.home / "drafts.ndjson"
    done = producer.quickly("import", path, "--dry-run", "-o", drafts)
    assert (done.code, drafts.exists()) == (0, False)
    assert "Balance of all processes" in done.out
    assert "Nd" in done.out


def test_lots_are_found_among_what_one_holds_and_several_of_one_name_are_listed(producer: Person) -> None:
    producer.given_token()
    first = written(producer.home / "a.xlsx", {"Facilities": FACILITY, "Sources": SOURCE})
    drafts = producer.home / "drafts.ndjson"
    assert producer.quickly("import", first, "-o", drafts).code == 0
    assert producer.quickly("submit", drafts).code == 0
    second = written(producer.home / "b.xlsx", {"Processes": PROCESS})
    done = producer.quickly("import", second, "-o", drafts, "--json")
    assert done.code == 0, done.text
    assert producer.quickly("submit", drafts).code == 0
    more = written(producer.home / "c.xlsx", {"Sources": changed(changed(SOURCE, 2, 1, "M-2"), 2, 2, "2026-02-25")})
    assert producer.quickly("import", more, "-o", drafts).code == 0
    assert producer.quickly("submit", drafts).code == 0
    third = written(producer.home / "d.xlsx", {"Processes": changed(changed(PROCESS, 2, 1, "P-2"), 2, 2, "2026-02-26")})
    done = producer.quickly("import", third, "--json")
    assert done.code == 1
    assert "several batches" in done.json["remarks"][0]["sentence"]
    assert done.json["remarks"][0]["at"] == "Processes!F2"


def test_csv_files_that_belong_together_are_imported_together(producer: Person) -> None:
    producer.given_token()
    paths = []
    for name, rows in (("facilities", FACILITY), ("sources", SOURCE), ("processes", PROCESS)):
        path = producer.home / f"{name}.csv"
        path.write_text("\n".join(";".join("" if cell is None else str(cell) for cell in row) for row in rows))
        paths.append(path)
    done = producer.quickly("import", *paths)
    assert done.code == 0, done.text
    assert [json.loads(line)["type"] for line in done.out.splitlines()] == ["facility", "source", "process"]


def test_without_a_ledger_to_ask_it_is_said_what_was_not_checked(person: Person) -> None:
    person.key()
    sheets = {"Facilities": FACILITY, "Sources": SOURCE, "Processes": PROCESS}
    done = person.quickly("import", written(person.home / "b.xlsx", sheets), "--dry-run")
    assert done.code == 0
    assert "No ledger has checked them" in done.err


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00\x01", b"{}"])
def test_what_is_no_spreadsheet_is_refused_in_a_sentence(person: Person, content: bytes) -> None:
    person.key()
    path = person.home / "x.xlsx"
    path.write_bytes(content)
    done = person.quickly("import", path)
    assert done.code == 1
    assert "Nothing is imported" in done.err


def test_an_unknown_stage_is_wrong_usage(person: Person) -> None:
    done = person.quickly("import", "--template", "smelter")
    assert (done.code, "magnet-maker" in done.err) == (2, True)


def test_what_was_offered_is_received_and_used_by_its_lot(people: Callable[[str], Person]) -> None:
    sender, receiver = people("sender"), people("receiver")
    for person in (sender, receiver):
        person.known(person.home.name)
        person.given_token()
    assert sender.quickly("org", "name", "acme", receiver.organization).code == 0
    transfers = [["date", "to", "terms", "lot", "mass", "unit"], ["2026-02-10", "acme", "toll", "ORE-1", 95, "t"]]
    sent = written(sender.home / "b.xlsx", {"Facilities": FACILITY, "Sources": SOURCE, "Transfers": transfers})
    assert sender.quickly("import", sent, "-o", sender.home / "d.ndjson").code == 0
    assert sender.quickly("submit", sender.home / "d.ndjson").code == 0

    used = written(receiver.home / "a.xlsx", {"Facilities": FACILITY, "Processes": PROCESS})
    done = receiver.quickly("import", used, "--json")
    assert (done.code, "not yet received" in done.json["remarks"][0]["sentence"]) == (1, True)
    receipts = [["date", "lot", "mass", "unit"], ["2026-02-12", "ORE-1", 94.9, "t"]]
    took = {"Facilities": FACILITY, "Receipts": receipts, "Processes": PROCESS}
    done = receiver.quickly(
        "import", written(receiver.home / "b.xlsx", took), "-o", receiver.home / "d.ndjson", "--json"
    )
    assert done.code == 0, done.text
    assert [draft["type"] for draft in done.json["drafts"]] == ["facility", "receive", "process"]
    assert receiver.quickly("submit", receiver.home / "d.ndjson").code == 0
