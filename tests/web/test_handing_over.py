"""What changes hands in a browser, in both languages: a batch from one desk to another, a chain to an auditor."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ledger.bundle.audit import audit
from ledger.words.catalogue import words
from ledger.words.language import LANGUAGES, Language
from tests.web.browser import Watched, watched
from tests.web.served import Demo

LOCALES = {"en": "en-GB", "zh": "zh-CN"}


class Desk(Protocol):
    """Makes the page of somebody who has signed in."""

    def __call__(self, who: str) -> Watched: ...


class Reader:
    """Somebody who reads one language, and finds what stands there in it."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.said = words(language).gettext

    def link(self, page: Page, name: str) -> Locator:
        return page.get_by_role("link", name=self.said(name), exact=True).first

    def button(self, page: Page, name: str) -> Locator:
        return page.get_by_role("button", name=self.said(name), exact=True).first


@pytest.fixture(params=LANGUAGES)
def reader(request: pytest.FixtureRequest) -> Reader:
    return Reader(request.param)


@pytest.fixture
def desk(browser: Browser, demo: Demo, reader: Reader) -> Iterator[Desk]:
    with ExitStack() as stack:
        opened: list[Watched] = []

        def at(who: str) -> Watched:
            seen = stack.enter_context(watched(browser, demo.url, locale=LOCALES[reader.language]))
            opened.append(seen)
            seen.go("/sign-in").fill("#field-token", demo.token(who))
            seen.page.click("form.box button.primary")
            expect(seen.page.locator("form[action='/sign-out']")).to_be_visible()
            return seen

        yield at
        assert [fault for seen in opened for fault in seen.clean()] == []


def signed(page: Page, key: Path, reader: Reader) -> None:
    """Sign what the page of signing holds, with a key from a file, and see the receipt."""
    page.wait_for_selector("#signing[data-ready=yes]")
    page.set_input_files("#keyfile", key)
    expect(page.locator("#key-says")).not_to_be_empty()
    page.click("#sign")
    expect(page.locator("#says")).to_contain_text({"en": "Done:", "zh": "完成："}[reader.language])
    expect(page.locator("#receipts")).to_be_visible()


def downloaded(page: Page, link: Locator) -> bytes:
    with page.expect_download() as waiting:
        link.click()
    return Path(waiting.value.path()).read_bytes()


def test_what_is_sent_in_one_browser_is_received_in_another(desk: Desk, demo: Demo, reader: Reader) -> None:
    sender, receiver = desk("mine"), desk("ironworks")
    page = sender.go("/o/sign")
    page.wait_for_selector("#signing[data-ready=yes]")
    offer = {
        "type": "transfer",
        "batches": [{"batch": demo.batch("ore#0"), "mass": "1 t"}],
        "to": demo.organizations["ironworks"],
        "terms": "sale",
    }
    page.fill("#records", json.dumps(offer))
    signed(page, demo.folder / "keys" / "mine.jwk.json", reader)

    before = _held(demo)
    page = receiver.go("/o/transfers")
    page.locator("details").first.locator("summary").click()
    reader.button(page, "Sign it in this browser").click()
    signed(page, demo.folder / "keys" / "ironworks.jwk.json", reader)
    (got,) = _held(demo) - before
    page = receiver.go("/o/batches/" + got.replace("#", "/"))
    assert "1 t" in page.locator(".facts").inner_text()
    assert page.locator("details summary").count() > 0


def _held(demo: Demo) -> set[str]:
    rows = demo.http.get("/o/batches.json", headers=demo.cookie("ironworks")).json()["batches"]
    return {row["batch"] for row in rows}


def test_an_auditor_takes_a_chain_away_and_computes_it_anew(desk: Desk, demo: Demo, reader: Reader) -> None:
    page = desk("magnetmaker").go("/a")
    page.get_by_role("row").filter(has_text="N48SH-0042").get_by_role("link").first.click()
    bundle = downloaded(page, reader.link(page, "The auditor's bundle"))
    answer = audit(bundle, demo.http.get("/log/policy").content)
    assert answer.passed, answer.sentence
    place = bundle.index(b'"signature":"') + 20
    changed = bundle[:place] + (b"A" if bundle[place : place + 1] != b"A" else b"B") + bundle[place + 1 :]
    assert not audit(changed, demo.http.get("/log/policy").content).passed
