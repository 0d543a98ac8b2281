"""Importing and preparing as forms: whatever is sent is answered in words, and nothing of it is stored."""

import re
from base64 import b64encode
from typing import Any

import httpx
import orjson
import pytest

from ledger.sheets.limits import MOST_BYTES
from tests.unit.sheets.workbooks import FACILITY, PROCESS, SOURCE, book, changed
from tests.web.served import Demo

AT = "2026-11-02T00:00:00Z"


class Desk:
    """Somebody of the demo's mine who has signed in, and sends forms without a browser."""

    def __init__(self, demo: Demo, organization: str | None = "mine") -> None:
        self.http = demo.http
        self.headers = {**demo.cookie(organization), "origin": demo.url, "accept": "text/html"}
        shown = self.http.get("/sign-in", headers=self.headers).text
        found = re.search(r'name="csrf" value="([^"]+)"', shown)
        assert found is not None
        self.csrf = found[1]

    def post(self, path: str, files: Any = None, **fields: str) -> httpx.Response:
        return self.http.post(path, headers=self.headers, data={"csrf": self.csrf, **fields}, files=files)

    def upload(self, data: bytes, name: str = "a.xlsx", want: str = "check") -> httpx.Response:
        return self.post("/o/import", {"file": (name, data)}, want=want)

    def prepare(self, *entries: object) -> Any:
        records = b"\n".join(orjson.dumps(entry) for entry in entries).decode()
        return self.post("/o/sign/prepare", records=records).json()


@pytest.fixture
def desk(demo: Demo) -> Desk:
    return Desk(demo)


def workbook() -> bytes:
    return book({"Facilities": FACILITY, "Sources": SOURCE, "Processes": PROCESS})


def test_the_file_that_the_page_holds_is_asked_for_again_without_choosing_it(desk: Desk) -> None:
    rows = changed(FACILITY, 2, 3, "Atlantis")
    shown = desk.upload(book({"Facilities": rows})).text
    held = re.search(r'name="held" value="([^"]+)"', shown)
    assert held is not None
    answer = desk.post("/o/import", held=held[1], want="remarks")
    assert answer.headers["content-disposition"] == 'attachment; filename="remarks.xlsx"'
    assert answer.content.startswith(b"PK")


def test_unsigned_records_are_given_as_a_file_for_another_machine(desk: Desk, demo: Demo) -> None:
    before = demo.ledger.tree.size
    late = [["name", "date", "country"], ["Echo pit", AT, "AU"]]
    answer = desk.upload(book({"Facilities": late}), want="records")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert orjson.loads(answer.content)["name"] == "Echo pit"
    assert demo.ledger.tree.size == before


def test_what_was_made_before_is_pointed_out(desk: Desk) -> None:
    rows = [["name", "date", "country"], ["Wattle pit", AT, "AU"]]
    assert "You have described a facility Wattle pit before." in desk.upload(book({"Facilities": rows})).text


def test_several_csv_files_belong_together(desk: Desk) -> None:
    lines = {name: "\n".join(",".join("" if c is None else str(c) for c in row) for row in rows).encode()
             for name, rows in (("facilities.csv", FACILITY), ("sources.csv", changed(SOURCE, 2, 7, "x")))}  # fmt: skip
    shown = desk.post("/o/import", [("file", each) for each in lines.items()], want="check").text
    assert "sources!G2" in shown


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x00", b"<script>alert(1)</script>", b"a" * 1_000])
def test_what_is_no_spreadsheet_is_said_to_be_none(desk: Desk, data: bytes) -> None:
    answer = desk.upload(data)
    assert answer.status_code == 200
    assert 'id="outcome"' in answer.text
    assert "<script>alert" not in answer.text


def test_a_file_that_is_too_large_is_refused_in_words(desk: Desk) -> None:
    assert "too large" in desk.upload(b"PK\x03\x04" + bytes(MOST_BYTES)).text


@pytest.mark.parametrize(
    "held",
    [
        "x",
        "e30=",
        b64encode(b"[[1]]").decode(),
        b64encode(b'[["a", "!"]]').decode(),
        b64encode(b"\xff").decode(),
        b64encode(b'[["a", ""]' + b',["a", ""]' * 8 + b"]").decode(),  # more than a form takes
    ],
)
def test_what_the_page_did_not_hold_is_refused(desk: Desk, held: str) -> None:
    assert desk.post("/o/import", held=held).status_code == 422


def test_without_a_file_the_page_asks_for_one(desk: Desk) -> None:
    assert "Choose a file first." in desk.post("/o/import", want="check").text


def test_a_template_of_no_stage_is_not_there(desk: Desk) -> None:
    assert desk.http.get("/o/import/template?stage=smelter", headers=desk.headers).status_code == 404


def test_the_operator_has_no_records_of_material(demo: Demo) -> None:
    operator = Desk(demo, None)
    assert operator.http.get("/o/import", headers=operator.headers).status_code == 403
    assert operator.post("/o/sign/prepare", records="{}").status_code == 403


def test_records_are_prepared_with_ids_shares_and_the_place_in_the_chain(desk: Desk, demo: Demo) -> None:
    answer = desk.prepare(
        {"as": "pit9", "type": "facility", "at": AT, "name": "Pit 9", "country": "AU"},
        {"as": "ore9", "type": "source", "at": AT, "facility": "pit9", "origin": {"kind": "mined"},
         "outputs": [{"lot": "O9", "material": "ore", "mass": "1 t", "composition": {"Nd2O3": "1 %"}}]},
        {"type": "process", "at": AT, "facility": "pit9", "steps": ["beneficiate"],
         "inputs": [{"batch": "ore9#0", "mass": "1 t"}],
         "outputs": [{"lot": "C9", "material": "concentrate", "mass": "500 kg", "composition": {"Nd": "1 %"}}]},
    )  # fmt: skip
    assert [each["accepted"] for each in answer["checked"]] == [True, True, True]
    _facility, source, process = answer["records"]
    assert source["facility"] == "@0"
    assert source["outputs"][0]["assay"] == {"Nd2O3": 10_000}
    assert process["inputs"] == [{"batch": "@1#0", "mass_mg": 10**9, "shares": {"Nd": 1_000_000, "*": 1_000_000}}]
    assert answer["chain"]["head"].startswith("sha-256:")
    assert "chain" not in source


def test_another_page_may_hand_a_draft_over_and_a_record_without_a_time_happens_now(desk: Desk) -> None:
    draft = '{"type": "facility", "name": "</textarea><script>", "country": "AU"}'
    shown = desk.post("/o/sign", records=draft).text
    assert "&lt;/textarea&gt;&lt;script&gt;" in shown
    assert desk.prepare(orjson.loads(draft))["records"][0]["at"] == "2026-11-02T09:00:00Z"


ODD: list[Any] = [
    None, 1, "x", [], {}, {"type": "facility"}, {"type": 1, "at": AT}, {"type": "facility", "at": "yesterday"},
    {"type": "organization", "at": AT}, {"type": "admission", "at": AT}, {"type": "key", "at": AT},
    {"type": "x", "at": AT}, {"type": "facility", "at": AT, "as": 5}, {"type": "facility", "at": AT, "name": 1.5},
    {"type": "process", "at": AT, "inputs": 5, "outputs": {"a": 1}}, {"type": "source", "at": AT, "origin": 7},
    {"type": "source", "at": AT, "facility": {"a": []}, "outputs": [[], None, 5]},
    {"type": "process", "at": AT, "inputs": [{"batch": 7}], "additions": [None]},
    {"type": "transfer", "at": AT, "to": ["x"], "batches": [{"batch": "@7#0", "mass": []}]},
    {"type": "adjust", "at": AT, "batch": "@0#0", "mass": "1 t", "reason": "x" * 70_000},
    {"type": "facility", "at": AT, "name": "x", "country": "AU", "chain": {"id": "x"}, "log": 5, "v": 5},
]  # fmt: skip


def test_odd_records_are_refused_one_by_one_in_words(desk: Desk) -> None:
    answer = desk.prepare(*ODD)
    assert len(answer["checked"]) == len(ODD)
    refused = [each for each in answer["checked"] if each["violations"]]
    assert len(refused) >= len(ODD) - 1  # the last one is good: where it stands is not its own to say
    assert all(violation["sentence"] for each in refused for violation in each["violations"])
    assert answer["records"] == []


@pytest.mark.parametrize("records", ["", "{", "[", "nul", '{"a": 1}\n{', "\ud800".encode("utf-8", "replace").decode()])
def test_what_is_no_json_is_said_to_be_none(desk: Desk, records: str) -> None:
    answer = desk.post("/o/sign/prepare", records=records)
    assert answer.status_code == 200
    assert "error" in answer.json() or answer.json()["records"] == []


def test_keys_that_speak_for_no_chain_of_ones_own_are_told(desk: Desk, demo: Demo) -> None:
    answer = desk.post("/o/sign/prepare", records="{}", kid="A" * 43).json()
    assert answer == {"error": "You have no chain for which these keys speak."}
