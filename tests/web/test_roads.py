"""The road of a report, from who makes it to who checks it without trusting anybody, as both walk it in a browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browser import Watched, watched
from tests.web.served import Demo

WORDS = {
    "en": {
        "make": "Make a report",
        "files": "Choose files, or drop them here",
        "policy": "Use this service's policy",
        "good": "This report was signed by did:web:",
        "bad": "This report cannot be trusted",
        "unknown": "Unknown: not recorded",
    },
    "zh": {
        "make": "出具报告",
        "files": "选择文件，或拖放到此处",
        "policy": "使用本服务的信任策略",
        "good": "did:web:",
        "bad": "不可信",
        "unknown": "未知",
    },
}


def made_by_the_maker(browser: Browser, demo: Demo, language: str) -> str:
    """The magnet maker makes a report in his pages; the address that he sends to his buyer."""
    with watched(browser, demo.url) as maker:
        maker.sign_in(demo.token("magnetmaker"))
        batch = demo.batch("magnets#0").replace("#", "/")
        page = maker.go(f"/o/batches/{batch}?lang={language}")
        page.get_by_role("link", name=WORDS[language]["make"]).first.click()
        page.locator('input[name="delivered"]').fill("2027-02-01")
        page.locator("form", has=page.locator('input[name="delivered"]')).get_by_role("button").click()
        said = page.locator("#secret").inner_text()
        assert maker.clean() == []
    found = re.fullmatch(r"https://[^/]+(/r/[A-Za-z0-9_-]{22}\?link=[A-Za-z0-9_-]{22})", said)
    assert found is not None, said
    return found[1]


def downloaded(page: Page, folder: Path, name: str) -> Path:
    """A file of the report, taken from its page."""
    with page.expect_download() as began:
        page.locator(f'.tools a[href*="{name}"]').click()
    file = folder / name.replace("report.", "taken.")
    began.value.save_as(file)
    return file


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_buyer_opens_a_link_takes_the_files_and_checks_them_with_the_network_cut(
    browser: Browser, seen: Watched, demo: Demo, tmp_path: Path, language: str
) -> None:
    words = WORDS[language]
    address = made_by_the_maker(browser, demo, language)
    page = seen.go(f"{address}&lang={language}")  # the buyer has no account
    expect(page.locator("article.report")).to_contain_text(words["unknown"])
    jwt = downloaded(page, tmp_path, "report.jwt")
    with page.expect_download() as began:  # Chromium shows PDFs itself where it can; here it saves them
        page.evaluate("document.querySelector('.tools a.primary').download = 'report.pdf'")
        page.locator(".tools a.primary").click()
    paper = tmp_path / "taken.pdf"
    began.value.save_as(paper)
    page = seen.go(f"/verify?lang={language}")
    page.get_by_role("button", name=words["policy"]).wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name=words["policy"]).click()
    for file in (jwt, paper):
        page.get_by_label(words["files"]).set_input_files(file)
        expect(page.locator(".said")).to_contain_text(words["good"])
        assert page.locator(".said .badge.fail").count() == 0
    changed = jwt.read_bytes()
    place = len(changed) // 2
    jwt.write_bytes(changed[:place] + (b"A" if changed[place : place + 1] != b"A" else b"B") + changed[place + 1 :])
    page.get_by_label(words["files"]).set_input_files(jwt)
    expect(page.locator(".said")).to_contain_text(words["bad"])
    assert page.locator(".report").count() == 0
