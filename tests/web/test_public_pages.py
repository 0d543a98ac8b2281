"""Public pages in a real browser: in both languages, for people who cannot see or point, on a phone, in the dark."""

from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.web.browser import Watched, accessibility_faults, watched
from tests.web.served import Demo

PAGES = ("/", "/sign-in", "/verify", "/search", "/search?digest=x", "/status", "/r", "/docs", "/no-such-page")


LOOKS = [("en", "light", 1200), ("zh", "dark", 360)]
"""Each language in one light and width: together every page is seen in both of each."""


@pytest.mark.parametrize(("language", "colours", "width"), LOOKS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_fit_for_everybody_and_asks_nobody_else(
    seen: Watched, path: str, language: str, colours: Literal["light", "dark"], width: int
) -> None:
    seen.expected.append("404")  # of the page that there is not
    seen.page.emulate_media(color_scheme=colours)
    seen.page.set_viewport_size({"width": width, "height": 740})
    page = seen.go(f"{path}{'&' if '?' in path else '?'}lang={language}")
    assert accessibility_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_person_signs_in_with_the_keyboard_alone_and_out_again(seen: Watched, demo: Demo) -> None:
    page = seen.go("/sign-in")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "token"
    page.keyboard.type(demo.token("magnetmaker"))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").first.wait_for()


def test_pages_work_without_scripts(browser: Browser, demo: Demo) -> None:
    with watched(browser, demo.url, java_script_enabled=False) as seen:
        page = seen.go("/sign-in?lang=zh")
        page.get_by_label("令牌").fill(demo.token("magnetmaker"))
        page.get_by_role("button", name="登录").click()
        page.get_by_role("button", name="退出登录").wait_for()
        assert seen.clean() == []


def test_the_description_of_the_api_shows_every_operation_and_finds_them(seen: Watched, demo: Demo) -> None:
    paths = demo.http.get("/openapi.json").json()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    page = seen.go("/docs")
    page.locator("#schemas details").first.wait_for()
    assert page.locator("#operations details").count() == len(operations)
    page.get_by_role("searchbox").fill("makeReport")
    assert page.locator("#operations details:visible").count() == 1
    page.locator("#operations summary:visible").press("Enter")
    page.get_by_role("heading", name="Answers").first.wait_for()
    assert accessibility_faults(page) == []
