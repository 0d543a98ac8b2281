"""Pictures of pages for the documents, from the demo ledger: `make screenshots` writes docs/pictures/pages/*.png.

A new picture is a line in `SHOTS`. Fonts and digests differ from machine to machine and from run to run, so no test
compares pictures; tests hold that each is there and shown in a document.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FilePayload, Page

from tests.docs.pages import ROOT
from tests.unit.sheets.workbooks import FACILITY, PROCESS, SOURCE, book, changed
from tests.web.browser import running_browser, watched
from tests.web.served import Demo, served_demo

__all__ = ["FOLDER", "SHOTS", "Shot"]

FOLDER = ROOT / "docs" / "pictures" / "pages"
_WIDE = {"width": 1000, "height": 700}
_PHONE = {"width": 375, "height": 740}
_MISTAKEN = book(
    {
        "Facilities": changed(FACILITY, 2, 3, "Atlantis"),
        "Sources": changed(SOURCE, 2, 7, -100),
        "Processes": changed(PROCESS, 2, 4, "conjure"),
    }
)


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: its name, the page (`{report}`, `{link}` and `{magnets}` are filled in), and who looks at it how."""

    name: str
    path: str
    who: str = ""
    """An organization of the demo that has signed in, or the operator."""
    lang: str = "en"
    phone: bool = False
    dark: bool = False
    height: int = 0
    """Another height than that of the window."""
    part: str = ""
    """A part of the page by its selector, instead of its top."""
    upload: bytes = b""
    """A workbook that is given to the page first."""
    width: int = 0
    """Another width, for wide tables."""
    judged: str = ""
    """A file that the verifier is given first: a bundle that is whole, or one that was changed."""


SHOTS: tuple[Shot, ...] = (
    Shot("first-page", "/"),
    Shot("first-page-zh", "/", lang="zh"),
    Shot("report", "/r/{report}?link={link}", height=1000),
    Shot("report-zh-phone", "/r/{report}?link={link}", lang="zh", phone=True, height=1100),
    Shot("report-dark", "/r/{report}?link={link}", dark=True),
    Shot("verify", "/verify"),
    Shot("verified", "/verify", judged="whole", height=1100),
    Shot("tampered-zh-phone", "/verify", judged="changed", lang="zh", phone=True),
    Shot("open-report", "/r", height=520),
    Shot("search-zh", "/search", lang="zh"),
    Shot("log", "/status", height=1000),
    Shot("http-api", "/docs", height=900),
    Shot("organization", "/o", who="magnetmaker", height=960),
    Shot("import", "/o/import", who="mine", height=640, upload=_MISTAKEN),
    Shot("import-zh", "/o/import", who="mine", lang="zh", height=760),
    Shot("sign", "/o/sign", who="mine", height=1000),
    Shot("sign-in-phone", "/sign-in", phone=True),
    Shot("pictures-graph", "/o/batches/{magnets}/pictures?depth=2", who="magnetmaker", height=640),
    Shot("pictures-sankey", "/o/batches/{magnets}/pictures?show=sankey", who="operator", height=820),
    Shot(
        "pictures-map-zh", "/o/batches/{magnets}/pictures?show=map", who="magnetmaker", lang="zh", dark=True, height=900
    ),
    Shot("pictures-timeline", "/o/batches/{magnets}/pictures?show=timeline", who="magnetmaker", part=".picture-frame"),
    Shot("audit-overview", "/a", who="magnetmaker", height=900),
    Shot("audit-records", "/a/records", who="magnetmaker"),
    Shot("audit-balances", "/a/balances", who="operator", width=1200, height=940),
    Shot("audit-genealogy-zh", "/a/batches/{magnets}/genealogy", who="operator", lang="zh", width=1200),
    Shot("audit", "/a/batches/{magnets}?element=Dy", who="magnetmaker", height=900),
    Shot("batches", "/o/batches?scope=all", who="magnetmaker", height=900),
    Shot("batch", "/o/batches/{magnets}", who="magnetmaker", height=1100),
    Shot("batch-zh-phone", "/o/batches/{magnets}", who="magnetmaker", lang="zh", phone=True, height=1100),
    Shot("labels", "/o/batches/{magnets}/labels", who="magnetmaker"),
    Shot("transfers", "/o/transfers", who="magnetmaker", height=820),
    Shot("records", "/o/records", who="magnetmaker"),
    Shot("record-zh", "/o/records/{record}", who="magnetmaker", lang="zh"),
    Shot("report-made", "/o/reports/{report}", who="magnetmaker", height=900),
    Shot("tokens", "/o/tokens", who="magnetmaker", height=900),
    Shot("keys", "/o/keys", who="magnetmaker", width=1200, height=520),
    Shot("recycled", "/o/recycled", who="magnetmaker", height=820),
    Shot("reports-dark", "/o/reports", who="magnetmaker", dark=True, height=900),
)


def main() -> None:
    """Write every picture, or those whose names are given."""
    wanted = set(sys.argv[1:])
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served_demo(Path(folder) / "demo") as demo,
        running_browser() as browser,
    ):
        made = demo.report()
        magnets = demo.batch("magnets#0")
        filled = {"report": made.id, "link": made.link, "magnets": magnets.replace("#", "/")}
        filled["record"] = magnets.partition("#")[0]
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                size = _take(browser, demo, shot, filled)
                print(f"{shot.name}.png: {size:,} bytes")


def _take(browser: Browser, demo: Demo, shot: Shot, filled: dict[str, str]) -> int:
    viewport = dict(_PHONE if shot.phone else _WIDE)
    viewport["height"] = shot.height or viewport["height"]
    viewport["width"] = shot.width or viewport["width"]
    options: dict[str, Any] = {"viewport": viewport, "color_scheme": "dark" if shot.dark else "light"}
    with watched(browser, demo.url, **options) as seen:
        if shot.who:
            seen.sign_in(demo.token(None if shot.who == "operator" else shot.who))
        path = shot.path.format(**filled)
        page = seen.go(f"{path}{'&' if '?' in path else '?'}lang={shot.lang}")
        if shot.upload:
            page.set_input_files("#file", FilePayload(name="february.xlsx", mimeType="", buffer=shot.upload))
            page.click("button[value=check]")
        page.wait_for_load_state("networkidle")
        if shot.judged:
            _have_judged(page, demo, changed=shot.judged == "changed")
        file = FOLDER / f"{shot.name}.png"
        if shot.part:
            page.locator(shot.part).first.screenshot(path=file)
        else:
            page.screenshot(path=file)
        faults = seen.clean()
    if faults:
        sys.exit(f"{shot.name}: {faults}")
    return file.stat().st_size


def _have_judged(page: Page, demo: Demo, *, changed: bool) -> None:
    """Give the verifier a bundle of the demo, and wait for its sentence."""
    bundle = next((demo.folder / "reports").glob("*-2026.bundle.json")).read_bytes()
    if changed:
        bundle = bundle.replace(b'"index":15', b'"index":14')
    page.set_input_files("#verifier input[type=file]", FilePayload(name="bundle.json", mimeType="", buffer=bundle))
    page.click("#verifier button:has-text('策略'), #verifier button:has-text('policy')")
    page.locator(".said").scroll_into_view_if_needed()


if __name__ == "__main__":
    main()
