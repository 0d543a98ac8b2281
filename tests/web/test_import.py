"""A producer's road in the browser: a workbook with three mistakes, mended, signed with a key that stays there."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from ledger.workflows.open import operator_issuer
from tests.unit.sheets.workbooks import FACILITY, PROCESS, SOURCE, book, changed
from tests.web.browser import Watched, accessibility_faults, watched
from tests.web.served import NOW, Demo

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORDS = {
    "en": ("en-GB", "3 mistakes. Nothing is imported.", "No mistakes: 3 records are ready to be signed.", "Done:"),
    "zh": ("zh-CN", "3 处错误。未导入任何内容。", "没有错误：3 条记录可以签名。", "完成："),
}


def dated(rows: Any, at: str, suffix: str) -> list[list[object]]:
    """The rows under names of their own, on a day after all that the demo's mine has recorded."""

    def cell(said: object) -> object:
        if str(said).startswith("2026-"):
            return at
        return f"{said}{suffix}" if said in ("Pit", "M-1", "P-1", "ORE-1", "CON-1") else said

    return [[cell(said) for said in row] for row in rows]


def good(suffix: str) -> dict[str, Any]:
    rows = {"Facilities": FACILITY, "Sources": SOURCE, "Processes": PROCESS}
    return {title: dated(each, "2026-10-01", suffix) for title, each in rows.items()}


def wrong(suffix: str) -> dict[str, Any]:
    rows = good(suffix)
    return {
        "Facilities": changed(rows["Facilities"], 2, 3, "Atlantis"),
        "Sources": changed(rows["Sources"], 2, 7, -100),
        "Processes": changed(rows["Processes"], 2, 4, "conjure"),
    }


def upload(page: Page, data: bytes, name: str = "january.xlsx") -> None:
    page.set_input_files("#file", FilePayload(name=name, mimeType=XLSX, buffer=data))
    page.click("button[value=check]")


def downloaded(page: Page, selector: str) -> bytes:
    with page.expect_download() as waiting:
        page.click(selector)
    return Path(waiting.value.path()).read_bytes()


@pytest.fixture
def signed_in(browser: Browser, demo: Demo) -> Iterator[Any]:
    """Makes a watched page of somebody of the demo who has signed in, in a language."""
    opened = []

    def enter(locale: str, who: str = "mine", **options: Any) -> Watched:
        manager = watched(browser, demo.url, locale=locale, accept_downloads=True, **options)
        seen = manager.__enter__()
        opened.append((manager, seen))
        seen.go("/sign-in").fill("#field-token", demo.token(who))
        seen.page.click("form.box button.primary")
        return seen

    yield enter
    for manager, seen in opened:
        assert seen.clean() == []
        manager.__exit__(None, None, None)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_three_mistakes_are_seen_mended_signed_and_in_the_ledger(demo: Demo, signed_in: Any, language: str) -> None:
    locale, mistakes, none, done = WORDS[language]
    seen: Watched = signed_in(locale)
    page = seen.go("/o/import")
    upload(page, book(wrong(f"-{language}")))
    expect(page.locator("#outcome")).to_contain_text(mistakes)
    cells = page.locator("#mistakes tbody th").all_inner_texts()
    assert cells == ["Facilities!C2", "Processes!D2", "Sources!G2"]
    assert accessibility_faults(page) == []
    remarked = load_workbook(BytesIO(downloaded(page, "button[value=remarks]")))
    assert remarked["Facilities"]["C2"].comment is not None
    remarked["Facilities"]["C2"], remarked["Sources"]["G2"], remarked["Processes"]["D2"] = "AU", 100, "beneficiate"
    out = BytesIO()
    remarked.save(out)
    upload(page, out.getvalue())
    expect(page.locator("#outcome")).to_contain_text(none)
    assert page.locator("#balance tbody tr").count() == 1
    assert accessibility_faults(page) == []
    page.click("#to-sign")
    page.wait_for_selector("#signing[data-ready=yes]")
    page.set_input_files("#keyfile", demo.folder / "keys" / "mine.jwk.json")
    expect(page.locator("#key-says")).not_to_be_empty()
    assert accessibility_faults(page) == []
    page.click("#sign")
    expect(page.locator("#says")).to_contain_text(done)
    receipts = downloaded(page, "#receipts").decode().splitlines()
    assert len(receipts) == 3
    assert all("c2sp.org/tlog-proof@v1" in receipt for receipt in receipts)


def test_a_key_made_in_the_browser_opens_a_chain_signs_and_never_leaves_it(demo: Demo, signed_in: Any) -> None:
    seen: Watched = signed_in("en-GB")
    page = seen.go("/o/sign")
    page.wait_for_selector("#signing[data-ready=yes]")
    page.fill("#begins", "2026-10-31")
    page.click("#make-key")
    expect(page.locator("#key-says")).to_have_text("The key is kept in this browser.")
    page.click("#open-chain")
    seen.expected.append("422")
    expect(page.locator("#key-says")).to_have_text("The operator has not admitted this chain yet.")
    opening = page.locator("#opening-id").inner_text()
    admit(demo, opening)
    page.reload()
    page.wait_for_selector("#signing[data-ready=yes]")
    page.select_option("#kept", index=1)
    page.click("#open-chain")
    expect(page.locator("#key-says")).to_have_text("The chain is open: this key can sign now.")
    page.fill("#records", facility_record("Gamma pit"))
    page.click("#sign")
    expect(page.locator("#says")).to_contain_text("Done:")
    assert page.evaluate(EXPORTED) == "InvalidAccessError"


EXPORTED = """async () => {
  const database = await new Promise((resolve) => {
    const asked = indexedDB.open("lodestone-signing", 1);
    asked.onsuccess = () => resolve(asked.result);
  });
  const [key] = await new Promise((resolve) => {
    const asked = database.transaction("keys").objectStore("keys").getAll();
    asked.onsuccess = () => resolve(asked.result);
  });
  return crypto.subtle.exportKey("jwk", key.privateKey).then(() => "exported", (error) => error.name);
}"""


def admit(demo: Demo, record: str) -> None:
    """What the operator does with `lodestone org admit RECORD --organization FIRST`."""
    members = {"op": "admit", "record": record, "organization": demo.organizations["mine"]}
    envelope = operator_issuer(demo.ledger).sign("admission", NOW, members)
    assert (
        demo.http.post("/v1/records", content=envelope, headers={"content-type": "application/json"}).status_code == 201
    )


def facility_record(name: str) -> str:
    return json.dumps({"type": "facility", "at": "2026-11-01T00:00:00Z", "name": name, "country": "AU"})


def test_what_was_sent_and_not_answered_is_sent_again_and_counts_once(demo: Demo, signed_in: Any) -> None:
    seen: Watched = signed_in("en-GB")
    seen.expected += ["Failed to load resource", "net::ERR"]
    page = seen.go("/o/sign")
    page.wait_for_selector("#signing[data-ready=yes]")
    page.set_input_files("#keyfile", demo.folder / "keys" / "mine.jwk.json")
    page.fill("#records", facility_record("Delta pit"))
    answers: list[int] = []

    def lost(route: Route) -> None:
        answers.append(route.fetch().status)  # the ledger has it; the browser never hears of it
        route.abort()

    page.route("**/v1/records", lost)
    page.click("#sign")
    expect(page.locator("#says")).to_contain_text("The ledger did not answer.")
    page.unroute("**/v1/records")
    page.reload()
    page.wait_for_selector("#signing[data-ready=yes]")
    expect(page.locator("#unanswered")).to_be_visible()
    page.click("#send-again")
    expect(page.locator("#says")).to_contain_text("Done:")
    assert answers == [201]
    assert page.locator("#results tbody tr").count() == 1
    page.reload()
    page.wait_for_selector("#signing[data-ready=yes]")
    expect(page.locator("#unanswered")).to_be_hidden()


def test_what_the_ledger_refuses_is_said_before_anything_is_signed(demo: Demo, signed_in: Any) -> None:
    seen: Watched = signed_in("en-GB")
    page = seen.go("/o/sign")
    page.wait_for_selector("#signing[data-ready=yes]")
    for file, said in ((b"{}", "This is not a key file."), (b"age-encryption.org/v1\n", "passphrase")):
        page.set_input_files("#keyfile", FilePayload(name="k.json", mimeType="application/json", buffer=file))
        expect(page.locator("#key-says")).to_contain_text(said)
    page.set_input_files("#keyfile", demo.folder / "keys" / "mine.jwk.json")
    page.fill("#records", facility_record("<img src=x onerror=alert(1)>").replace('"AU"', '"Atlantis"'))
    page.click("#sign")
    expect(page.locator("#says")).to_contain_text("Nothing is signed")
    expect(page.locator("#results tbody")).to_contain_text("country")
    assert page.locator("#results img").count() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_import_needs_no_scripts_and_shows_hostile_names_as_text(signed_in: Any, *, scripts: bool) -> None:
    seen: Watched = signed_in("en-GB", java_script_enabled=scripts)
    page = seen.go("/o/import")
    rows = changed(FACILITY, 2, 3, "<script>alert(1)</script>")
    upload(page, book({"Facilities": rows}), "=<b>.xlsx")
    expect(page.locator("#mistakes")).to_contain_text("<script>alert(1)</script> is not among")
    page.click("text=Sign out")


def test_every_template_is_there_to_download(demo: Demo, signed_in: Any) -> None:
    page = signed_in("zh-CN").go("/o/import")
    links = [link.get_attribute("href") for link in page.locator("#templates a").all()]
    assert len(links) == 14
    assert load_workbook(BytesIO(downloaded(page, "#templates a >> nth=0"))).sheetnames[:2] == ["说明", "设施"]


def signed(page: Page, demo: Demo, who: str) -> None:
    """Sign what is in the page with the key file of somebody, and send it."""
    page.wait_for_selector("#signing[data-ready=yes]")
    page.set_input_files("#keyfile", demo.folder / "keys" / f"{who}.jwk.json")
    page.click("#sign")
    expect(page.locator("#says")).to_contain_text("Done:")


def test_a_transfer_is_offered_and_received_from_browser_to_browser(demo: Demo, signed_in: Any) -> None:
    made: list[dict[str, Any]] = [
        {"as": "t-ore", "type": "source", "facility": "Wattle pit", "origin": {"kind": "mined"},
         "outputs": [{"lot": "T-ORE", "material": "ore", "mass": "3 t", "composition": {"Nd2O3": "1 %"}}]},
        {"type": "transfer", "to": demo.organizations["separator"], "terms": "toll", "batches": ["t-ore#0"]},
    ]  # fmt: skip
    page = signed_in("en-GB").go("/o/sign")
    page.wait_for_selector("#signing[data-ready=yes]")
    page.fill("#records", "\n".join(json.dumps({"at": NOW, **record}) for record in made))
    signed(page, demo, "mine")
    page = signed_in("en-GB", who="separator").go("/o/transfers")
    offer = page.locator("details", has_text="T-ORE")
    offer.locator("summary").click()
    offer.get_by_role("button", name="Sign it in this browser").first.click()
    signed(page, demo, "separator")
    page.goto(f"{demo.url}/o/transfers")
    assert page.locator("details", has_text="T-ORE").count() == 0
