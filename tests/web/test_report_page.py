"""A report in the browser: by its link or by who asked for it, and nothing of it to anybody else."""

import csv
import io

import orjson
import pytest

from ledger.bundle.verify import verify
from ledger.values.encoding import digest
from ledger.workflows.open import policy_of
from ledger.workflows.report import MadeReport
from ledger.workflows.reports import revoke_report
from tests.web.browser import Watched, accessibility_faults
from tests.web.served import Demo


@pytest.fixture(scope="module")
def made(demo: Demo) -> MadeReport:
    return demo.report()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_by_its_link_is_fit_for_everybody(seen: Watched, made: MadeReport, language: str) -> None:
    seen.page.emulate_media(color_scheme="dark" if language == "zh" else "light")
    page = seen.go(f"/r/{made.id}?link={made.link}&lang={language}")
    assert page.locator("article.report h1").count() == 1
    assert accessibility_faults(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_is_unknown_stands_in_plain_sight(demo: Demo, made: MadeReport) -> None:
    text = demo.http.get(f"/r/{made.id}", params={"link": made.link}).text
    assert "Unknown: not recorded, 55.2239 %" in text
    assert digest(made.jwt.encode()) in text
    assert f"/verify#report={made.id}&amp;digest={digest(made.jwt.encode())}" in text


@pytest.mark.parametrize("wrong", ["", "A" * 22, "<script>"])
def test_another_secret_opens_nothing(demo: Demo, made: MadeReport, wrong: str) -> None:
    for path in ("", ".json", ".csv", "/report.jwt", "/report.pdf", "/bundle"):
        answer = demo.http.get(f"/r/{made.id}{path}", params={"link": wrong})
        assert answer.status_code == 404, path
        assert made.jwt[:40] not in answer.text
        assert demo.http.get(f"/r/{made.id}{path}").status_code == 401


def test_a_link_opens_its_own_report_only(demo: Demo, made: MadeReport) -> None:
    other = demo.report()
    assert demo.http.get(f"/r/{other.id}", params={"link": made.link}).status_code == 404


def test_what_is_downloaded_verifies(demo: Demo, made: MadeReport) -> None:
    link = {"link": made.link}
    jwt = demo.http.get(f"/r/{made.id}/report.jwt", params=link)
    bundle = demo.http.get(f"/r/{made.id}/bundle", params=link)
    assert jwt.text == made.jwt
    assert jwt.headers["content-disposition"] == f'attachment; filename="{made.id}.jwt"'
    assert verify(jwt.content, bundle.content, policy_of(demo.ledger).encode()).passed
    assert demo.http.get(f"/r/{made.id}/report.pdf", params={**link, "lang": "zh"}).content.startswith(b"%PDF-")


def test_the_twins_are_the_credential_and_the_statement_as_rows(demo: Demo, made: MadeReport) -> None:
    link = {"link": made.link}
    answer = demo.http.get(f"/r/{made.id}.json", params=link)
    assert answer.json()["credential"] == orjson.loads(orjson.dumps(made.credential))
    rows = list(
        csv.DictReader(io.StringIO(demo.http.get(f"/r/{made.id}.csv", params=link).content.decode("utf-8-sig")))
    )
    shares: dict[tuple[str, str], int] = {}
    for row in rows:
        place = row["element"], row["bucket"]
        shares[place] = shares.get(place, 0) + int(row["share_ppm"])
    assert set(shares.values()) == {1_000_000}
    assert ("*", "magnetized") in shares


def test_a_report_is_found_by_its_whole_link_or_by_id_and_secret(demo: Demo, made: MadeReport) -> None:
    expected = f"/r/{made.id}?link={made.link}"
    for said in (
        {"report": f"https://x.example/v1/reports/{made.id}?link={made.link}"},
        {"report": f" https://x.example/r/{made.id}.json?link={made.link} "},
        {"report": made.id, "link": made.link},
    ):
        assert demo.http.get("/r", params=said).headers["location"] == expected
    for wrong in ("https://evil.example/", "x", "javascript:alert(1)", "//evil.example/a"):
        answer = demo.http.get("/r", params={"report": wrong})
        assert answer.status_code == 200
        assert 'aria-invalid="true"' in answer.text


def test_a_revoked_report_says_so_first(demo: Demo) -> None:
    made = demo.report()
    revoke_report(demo.ledger, made.id, demo.organizations["magnetmaker"])
    text = demo.http.get(f"/r/{made.id}", params={"link": made.link}).text
    assert text.index("This report was revoked.") < text.index('<article class="report"')


def test_who_asked_for_a_report_sees_it_without_its_link_and_others_do_not(demo: Demo, made: MadeReport) -> None:
    assert demo.http.get(f"/r/{made.id}", headers=demo.cookie("magnetmaker")).status_code == 200
    assert demo.http.get(f"/r/{made.id}", headers=demo.cookie("mine")).status_code == 404
    assert (
        demo.http.get(f"/r/{made.id}", headers=demo.cookie("magnetmaker")).headers["x-robots-tag"].startswith("noindex")
    )
