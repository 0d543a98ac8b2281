"""Debian's Chromium, driven by Playwright, and a page that is watched: nothing from elsewhere, nothing forbidden."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.chromium import find_chromium

__all__ = ["Watched", "accessibility_faults", "running_browser", "watched"]

_SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_AXE = (files("axe_core_python") / "axe.min.js").read_text()
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser that runs as long as the block."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_SWITCHES))
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Watched:
    """A page, and what it did that no page of ours may do."""

    page: Page
    home: str
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Parts of messages that a test means to provoke, such as `401`."""

    def go(self, path: str) -> Page:
        """Load a page of the service."""
        self.page.goto(self.home + path, wait_until="load")
        return self.page

    def sign_in(self, token: str) -> Page:
        """Paste a token as a person does."""
        page = self.go("/sign-in?lang=en")
        page.get_by_label("Token").fill(token)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
        return page

    def clean(self) -> list[str]:
        """What is left of the faults without those that were expected."""
        return [fault for fault in self.faults if not any(part in fault for part in self.expected)]


@contextmanager
def watched(browser: Browser, home: str, **options: Any) -> Iterator[Watched]:
    """A page in a context of its own; `options` are Playwright's: color_scheme, viewport, java_script_enabled..."""
    context: BrowserContext = browser.new_context(**options)
    try:
        seen = Watched(context.new_page(), home)
        host = urlsplit(home).netloc

        def requested(url: str) -> None:
            parts = urlsplit(url)
            if parts.scheme not in ("data", "blob") and parts.netloc != host:
                seen.faults.append(f"asked for {url}")

        def told(said: ConsoleMessage) -> None:
            if said.type == "error":
                seen.faults.append(f"console: {said.text}")

        context.on("request", lambda request: requested(request.url))
        seen.page.on("console", told)
        seen.page.on("pageerror", lambda error: seen.faults.append(f"script: {error}"))
        yield seen
    finally:
        context.close()


def accessibility_faults(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is shown: each rule with the first place that breaks it."""
    page.evaluate(f"(() => {{ {_AXE} }})()")  # past the page's own policy, which forbids it to anybody else
    found = page.evaluate("(tags) => axe.run(document, {runOnly: tags})", _RULES)
    return [f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]
