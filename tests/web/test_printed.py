"""The report as a page of its own, in a browser: under its policy, on a phone, for who listens."""

from tests.web.browser import Watched, accessibility_faults
from tests.web.served import Demo


def test_a_report_reads_well_on_a_phone_and_for_who_listens(demo: Demo, seen: Watched) -> None:
    made = demo.report()
    seen.page.set_viewport_size({"width": 390, "height": 800})
    seen.go(f"/v1/reports/{made.id}.html?link={made.link}&lang=both")
    assert (
        seen.page.locator(".report .badge").first.evaluate("badge => getComputedStyle(badge).display") == "inline-block"
    )
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert accessibility_faults(seen.page) == []
    seen.page.emulate_media(color_scheme="dark")
    assert accessibility_faults(seen.page) == []
