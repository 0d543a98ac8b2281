"""Pages of an organization in a real browser: fit for everybody, in both languages, with the roads that people walk.

Colours are looked at once in each scheme: light in English, dark in Chinese.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.api.conftest import Service, serving
from tests.api.people import admit, open_test_ledger
from tests.web.browser import Watched, accessibility_faults, watched
from tests.web.served import Demo

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
PAGES = (
    "/o",
    "/o/batches?scope=all",
    "/o/batches/{magnets}",
    "/o/transfers",
    "/o/records",
    "/o/records/{record}",
    "/o/reports",
    "/o/reports/{report}",
    "/o/recycled",
    "/o/tokens",
    "/o/keys",
)


@pytest.fixture
def own(browser: Browser, demo: Demo) -> Iterator[Watched]:
    """A page of somebody who has signed in as the magnet maker."""
    with watched(browser, demo.url, locale="en-GB") as page:
        page.sign_in(demo.token("magnetmaker"))
        yield page
        assert page.clean() == []


def addressed(demo: Demo, path: str) -> str:
    report = demo.report().id if "{report}" in path else ""
    magnets = demo.batch("magnets#0").replace("#", "/")
    return path.format(magnets=magnets, record=demo.records["magnets"], report=report)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_an_organization_is_fit_for_everybody(own: Watched, demo: Demo, path: str, language: str) -> None:
    address = addressed(demo, path)
    page = own.go(f"{address}{'&' if '?' in address else '?'}lang={language}")
    assert page.locator("h1").count() == 1
    assert page.get_by_role("link", name="Overview" if language == "en" else "概览").is_visible()
    entries = page.locator("nav.main a").all_inner_texts()
    assert len(set(entries)) == len(entries) > 3
    if language == "zh":
        page.emulate_media(color_scheme="dark")
    assert accessibility_faults(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_batch_is_found_by_its_lot_with_the_keyboard_and_leads_upstream(own: Watched, demo: Demo) -> None:
    page = own.go("/o/batches")
    page.get_by_label("Lot, batch or record").focus()
    page.keyboard.type("N48SH-0042")
    page.keyboard.press("Enter")
    page.get_by_role("row").filter(has_text="N48SH-0042").get_by_role("link").first.press("Enter")
    page.get_by_role("heading", name="Magnet, lot N48SH-0042").wait_for()
    assert "2.2 t" in page.locator(".facts").inner_text()
    made_of = page.locator("table").filter(has_text="What it was made of")
    made_of.get_by_role("link", name=demo.batch("blocks#0")[-6:]).first.click()
    page.get_by_role("heading", name="Block, lot B-40").wait_for()
    assert "of it" in page.get_by_role("table").nth(1).inner_text()


def test_a_report_is_made_in_a_form_and_its_files_are_there(own: Watched, demo: Demo) -> None:
    page = own.go("/o/batches/" + demo.batch("magnets#0").replace("#", "/"))
    page.get_by_role("link", name="Make a report").click()
    page.get_by_label("Delivered on").fill("2027-02-01")
    page.get_by_role("button", name="Make the report").click()
    page.get_by_role("heading", name="A new report").wait_for()
    assert "?link=" in page.locator("#secret").inner_text()
    with page.expect_download() as loaded:
        page.get_by_role("link", name="With its evidence").click()
    assert loaded.value.suggested_filename.endswith(".bundle.json")
    page.get_by_role("link", name="To the report").click()
    assert page.get_by_text("2027-02-01").first.is_visible()
    page.get_by_role("button", name="Revoke this report").click()
    page.get_by_text("This report was revoked.").wait_for()


def test_a_token_is_shown_once_and_revoked(own: Watched, demo: Demo) -> None:
    page = own.go("/o/tokens")
    page.get_by_label("Label").fill("for the ERP <b>")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("heading", name="A new token").wait_for()
    secret = page.locator("#secret").inner_text()
    assert demo.http.get("/v1/me", headers={"authorization": f"Bearer {secret}"}).status_code == 200
    page.get_by_role("link", name="To the list of tokens").click()
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke for the ERP <b>").click()
    page.get_by_role("row").filter(has_text="for the ERP <b>").get_by_text("revoked").wait_for()
    assert demo.http.get("/v1/me", headers={"authorization": f"Bearer {secret}"}).status_code == 401


def test_pages_work_without_scripts(browser: Browser, demo: Demo) -> None:
    with watched(browser, demo.url, java_script_enabled=False) as seen:
        seen.sign_in(demo.token("refiner"))
        page: Page = seen.go("/o?lang=zh")
        assert page.locator("h1").inner_text().startswith("赣江稀土精炼")
        assert "Ganjiang Rare Earth Refining" in page.locator("h1").inner_text()
        page.get_by_role("link", name="批次").first.click()
        page.get_by_role("link", name="曾持有", exact=True).click()
        page.get_by_role("heading", name="批次").wait_for()
        assert seen.clean() == []


def test_an_offer_with_hostile_names_is_handed_to_the_page_that_signs(browser: Browser, tmp_path: Path) -> None:
    ledger = open_test_ledger(tmp_path / "ledger")
    mine, works = admit(ledger, f"{EVIL} 北方矿业", "AU"), admit(ledger, "Works", "EE")
    with serving(ledger) as client:
        service = Service(ledger, client, mine, works, works)
        batch = service.accepted(mine, "source", mine.source(EVIL)) + "#0"
        transfer = service.accepted(mine, "transfer", {"batches": [{"batch": batch}], "to": works.id})
        token = service.token(works, "read")["authorization"].removeprefix("Bearer ")
        with watched(browser, str(client.base_url).rstrip("/"), locale="en-GB") as seen:
            page = seen.sign_in(token)
            page = seen.go("/o")
            assert accessibility_faults(page) == []
            page.get_by_role("link", name="Transfers").first.click()
            page.get_by_text("Receive or refuse").first.click()
            assert accessibility_faults(page) == []
            page.get_by_role("button", name="Sign it in this browser").first.click()
            page.get_by_role("heading", name="Sign records in this browser").wait_for()
            assert transfer in page.get_by_label("Unsigned records").input_value()
            assert page.locator("[aria-current=page]").all_inner_texts() == ["Sign"]
            assert seen.clean() == []
    ledger.close()
