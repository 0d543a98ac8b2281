"""A served demo ledger and a browser for each module of tests, a fresh watched page for each test."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import ChromiumUnavailable, find_chromium
from tests.web.browser import Watched, running_browser, watched
from tests.web.served import Demo, served_demo

_REQUIRED = "LODESTONE_REQUIRE_CHROMIUM"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo ledger, served: one for each module, since chains only go on in time. Its tests may add to it."""
    with served_demo(tmp_path_factory.mktemp("web") / "demo") as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Without it tests are left out, unless LODESTONE_REQUIRE_CHROMIUM=1 says that it must be there.

    For a module, not for all: as long as Playwright runs, nothing else in this thread can run an event loop.
    """
    try:
        find_chromium()
    except ChromiumUnavailable as reason:
        if os.environ.get(_REQUIRED) == "1":
            pytest.fail(f"{_REQUIRED}=1, but {reason}")
        pytest.skip(f"What a browser shows was left out: {reason}")
    with running_browser() as running:
        yield running


@pytest.fixture
def seen(browser: Browser, demo: Demo) -> Iterator[Watched]:
    """A page that is watched: a request to elsewhere, a breach of its policy or a failing script fails the test."""
    with watched(browser, demo.url, locale="en-GB") as page:
        yield page
        assert page.clean() == []
