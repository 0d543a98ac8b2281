"""What every page has in common: headers, languages, static files, problems, twins."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response

from api.app import create_app
from api.cells import cell_text
from api.limits import limits_of
from api.problems import PROBLEMS
from api.web import static_files
from api.web.failures import problem_page
from api.web.formats import mass_text, share_text, short_digest, time_text
from api.web.twins import Column, Table, answer, twinned
from tests.api.conftest import served_app
from tests.docs.pages import pages
from tests.web.screenshots import FOLDER, SHOTS
from tests.web.served import Demo

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example","x")',
    "\"'><img src=x>",
    "@SUM(1)",
    "+1",
    "-1",
]
ROWS: list[dict[str, Any]] = [
    {
        "name": name,
        "mass_mg": 12_500_001,
        "share_ppm": 1,
        "country": "CN",
        "batch": "sha-256:" + "A" * 43 + "#0",
        "at": None,
    }
    for name in HOSTILE
]
COLUMNS = (
    Column("name", "Token", link=lambda row: "/x?" + row["country"]),
    Column("mass_mg", "Token", "mass"),
    Column("share_ppm", "Token", "share"),
    Column("country", "Token", "country"),
    Column("batch", "Token", "digest"),
    Column("at", "Token", "time"),
)
router = APIRouter()


@twinned(router, "/things")
def things(request: Request) -> Response:
    table = Table("things", "Token", COLUMNS, ROWS, after="abc")
    return answer(request, "table.html", table, title="Token", lead=None)


@pytest.fixture(scope="module")
def trial(demo: Demo) -> Iterator[httpx.Client]:
    """The service with one page more."""
    app: FastAPI = create_app(demo.ledger)
    app.include_router(router)
    with served_app(app, limits_of(demo.ledger.config)) as client:
        yield client


def test_a_page_lets_nothing_in_from_elsewhere(demo: Demo) -> None:
    headers = demo.http.get("/", headers=HTML).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {source for said in policy.values() for source in said.split()} == {"'none'", "'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("en;q=0.3, zh-Hant;q=0.5", "zh-Hans"),
        ("de, fr;q=0.9", "en"),
        ("zh;q=0", "en"),
        ("zh;q=nan, en", "en"),
        ("zh;q=x", "en"),
        (",;,=", "en"),
    ],
)
def test_a_page_speaks_the_language_that_the_browser_prefers(demo: Demo, accepted: str, language: str) -> None:
    text = demo.http.get("/", headers={**HTML, "accept-language": accepted}).text
    assert f'<html lang="{language}">' in text


def test_a_chosen_language_is_remembered_and_another_word_is_none(demo: Demo) -> None:
    chosen = demo.http.get("/?lang=zh")
    assert "lodestone_language=zh" in chosen.headers["set-cookie"]
    assert '<html lang="zh-Hans">' in demo.http.get("/", headers={"cookie": "lodestone_language=zh"}).text
    assert '<html lang="en">' in demo.http.get("/?lang=en", headers={"cookie": "lodestone_language=zh"}).text
    assert '<html lang="en">' in demo.http.get("/?lang=<script>").text
    assert "<script>" not in demo.http.get("/?lang=<script>&x=<script>").text


def test_static_files_are_kept_for_good_under_the_digest_of_this_version_only(demo: Demo) -> None:
    address = static_files.static_url("pages/pages.css")
    good = demo.http.get(address)
    assert good.status_code == 200
    assert "immutable" in good.headers["cache-control"]
    assert good.headers["content-type"] == "text/css; charset=utf-8"
    for other in ("/static/pages/pages.css", "/static/0123456789abcdef/pages/pages.css"):
        found = demo.http.get(other)
        assert found.content == good.content
        assert "immutable" not in found.headers["cache-control"]
        again = demo.http.get(other, headers={"if-none-match": found.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["../pages.py", "..%2fpages.py", "pages/..%2f..%2fpages.py", "%2e%2e/pages.py", "/etc/passwd", "", "pages/", "\0"],
)
def test_no_address_leads_out_of_the_folder_of_static_files(demo: Demo, path: str) -> None:
    assert demo.http.get(f"/static/{path.replace(chr(0), '%00')}").status_code == 404


def test_a_person_gets_a_page_and_a_program_a_problem_document(demo: Demo) -> None:
    page = demo.http.get("/no-such-page", headers=HTML)
    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Not found</h1>" in page.text
    assert demo.http.get("/no-such-page").json()["code"] == "not-found"
    assert demo.http.get("/no-such-page.json", headers=HTML).json()["code"] == "not-found"
    refused = demo.http.get("/v1/batches", headers=HTML)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert 'name="token"' in refused.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_problem_can_be_shown(demo: Demo, language: str) -> None:
    app = create_app(demo.ledger)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/x",
        "headers": [],
        "query_string": f"lang={language}".encode(),
        "app": app,
    }
    for code, kind in PROBLEMS.items():
        said = {"status": kind.status, "detail": "<script>", "code": code, "request": "f" * 32}
        shown = problem_page(Request(scope), said, {"Retry-After": "5"})
        assert shown.status_code == kind.status
        assert b"<script>" not in bytes(shown.body)
        assert shown.headers["retry-after"] == "5"


def test_hostile_names_are_harmless_on_a_page(trial: httpx.Client) -> None:
    text = trial.get("/things", headers=HTML).text
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_page_writes_values_exactly_and_what_is_unknown_as_unknown(trial: httpx.Client) -> None:
    text = trial.get("/things", headers=HTML).text
    assert ">12.500001 kg</data>" in text
    assert ">0.0001 %</data>" in text
    assert '<span class="unknown">unknown</span>' in text
    assert "China" in text
    assert 'href="/things?after=abc"' in text
    assert "中国" in trial.get("/things?lang=zh", headers=HTML).text


def test_the_twin_in_json_is_exact(trial: httpx.Client) -> None:
    assert trial.get("/things.json").json() == {"things": ROWS, "after": "abc"}


def test_the_twin_in_csv_holds_no_formula(trial: httpx.Client) -> None:
    answer = trial.get("/things.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-disposition"] == 'attachment; filename="things.csv"'
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert head == [column.key for column in COLUMNS]
    assert [row[1:3] for row in rows] == [["12500001", "1"]] * len(ROWS)
    assert {row[5] for row in rows} == {"unknown"}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert [row[0].removeprefix("'") for row in rows] == HOSTILE


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_cell_that_a_spreadsheet_would_compute_is_text(start: str) -> None:
    assert cell_text(f"{start}1") == f"'{start}1"


def test_numbers_are_cells_as_they_are() -> None:
    assert [cell_text(-5), cell_text(True), cell_text({"Nd": 5}), cell_text([])] == ["-5", "true", '{"Nd":5}', "[]"]


def test_masses_shares_digests_and_times_are_written_exactly() -> None:
    assert [mass_text(mg) for mg in (1, 1_234, 12_500_000, 1_234_567_000_000_000)] == [
        "1 mg",
        "1.234 g",
        "12.5 kg",
        "1,234,567 t",
    ]
    assert [share_text(ppm) for ppm in (0, 1, 62_000, 1_000_000)] == ["0 %", "0.0001 %", "6.2 %", "100 %"]
    assert short_digest("sha-256:" + "A" * 43 + "#12") == "sha-256:AAAAAA…AAAAAA#12"
    assert (time_text("2026-01-02T03:04:05Z"), time_text("2026-01-02")) == ("2026-01-02 03:04:05 UTC", "2026-01-02")


def test_every_picture_of_a_page_is_there_small_and_shown_in_a_document() -> None:
    named = {shot.name for shot in SHOTS}
    assert {file.stem for file in FOLDER.glob("*.png")} == named
    shown = "".join(page.read_text() for page in pages())
    assert [name for name in sorted(named) if f"pictures/pages/{name}.png" not in shown] == []
    assert [file.name for file in FOLDER.glob("*.png") if file.stat().st_size > 300_000] == []
