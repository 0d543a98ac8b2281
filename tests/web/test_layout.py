"""What a reader with a common screen sees of wide tables: all of it; and on a phone no page is wider than the phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.web.browser import Watched, watched
from tests.web.served import Demo

_CUT = "() => [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
_WIDE = ("/o/keys", "/o/batches?scope=all", "/a/balances", "/a/batches/{magnets}/genealogy")


@pytest.fixture
def operator(browser: Browser, demo: Demo) -> Iterator[Watched]:
    """A page of the operator, who sees the most columns filled."""
    with watched(browser, demo.url, locale="en-GB", viewport={"width": 1200, "height": 800}) as page:
        page.sign_in(demo.token(None))
        yield page
        assert page.clean() == []


def test_wide_tables_are_not_cut_off_at_the_right(operator: Watched, demo: Demo) -> None:
    magnets = demo.batch("magnets#0").replace("#", "/")
    for path in _WIDE:
        page = operator.go(path.format(magnets=magnets))
        assert page.locator(".scroll tbody th").count() > 0, path
        assert page.evaluate(_CUT) == 0, path


def test_labels_and_pictures_stand_under_the_batches_and_fit_a_phone(operator: Watched, demo: Demo) -> None:
    batch = "/o/batches/" + demo.batch("magnets#0").replace("#", "/")
    operator.page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/labels", "/pictures"):
        page = operator.go(batch + path)
        assert page.locator("nav.sections [aria-current]").inner_text() == "Batches"
        assert page.locator(f".trail a[href='{batch}']").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("language", ["en", "zh"])
def test_on_a_phone_a_recycled_share_stands_on_one_line(seen: Watched, demo: Demo, language: str) -> None:
    made = demo.report()
    seen.page.set_viewport_size({"width": 360, "height": 740})
    page = seen.go(f"/r/{made.id}?link={made.link}&lang={language}")
    word = {"en": "recycled", "zh": "回收"}[language]
    shares = page.locator("#report-statement td div").filter(has_text=re.compile(rf"^{word}.* %$"))
    assert shares.count() > 3
    lines = "all => all.map(e => Math.round(e.offsetHeight / parseFloat(getComputedStyle(e).lineHeight)))"
    assert set(shares.evaluate_all(lines)) == {1}
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
