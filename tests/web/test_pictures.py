"""The pages with pictures, in a real browser: fit for everybody, and each picture beside the same as a table."""

import csv
import io
from typing import Literal

import pytest

from tests.web.browser import Watched, accessibility_faults
from tests.web.served import Demo

KINDS = ("graph", "sankey", "map", "timeline")


def path_of(demo: Demo, batch: str = "magnets#0") -> str:
    record, _, place = demo.batch(batch).partition("#")
    return f"/o/batches/{record}/{place}/pictures"


@pytest.mark.parametrize(
    ("kind", "language", "scheme"),
    [("graph", "en", "dark"), ("sankey", "zh", "light"), ("map", "en", "light"), ("timeline", "zh", "dark")],
)
def test_each_picture_is_fit_for_everybody(
    seen: Watched, demo: Demo, kind: str, language: str, scheme: Literal["light", "dark"]
) -> None:
    seen.sign_in(demo.token("magnetmaker"))
    page = seen.go(f"{path_of(demo)}?show={kind}&lang={language}")
    page.emulate_media(color_scheme=scheme)
    assert accessibility_faults(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("svg.picture [style], svg.picture style").count() == 0


FAULTS = """() => {
  const texts = [...document.querySelectorAll("svg.picture text")].map((each) => [each.textContent, each.getBBox()]);
  const all = document.querySelector("svg.picture").viewBox.baseVal, found = [];
  for (const [said, box] of texts)
    if (box.x < 0 || box.x + box.width > all.width || box.y < 0 || box.y + box.height > all.height)
      found.push(`outside: ${said}`);
  const meet = (a, b) => Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 20
    && Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 40;
  texts.forEach(([said, box], n) => texts.slice(n + 1).forEach(([other, beside]) => {
    if (meet(box, beside)) found.push(`${said} meets ${other}`);
  }));
  return found;
}"""
"""Texts of a picture that leave it, or lie on each other, by the widths that the browser draws."""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_text_of_a_picture_meets_another(seen: Watched, demo: Demo, language: str) -> None:
    seen.sign_in(demo.token(None))
    for kind in KINDS:
        page = seen.go(f"{path_of(demo)}?show={kind}&depth=2&lang={language}")
        assert page.evaluate(FAULTS) == [], kind


def test_a_person_opens_what_is_behind_a_card(seen: Watched, demo: Demo) -> None:
    seen.sign_in(demo.token(None))
    page = seen.go(path_of(demo))
    before = page.locator("svg.picture text").count()
    page.get_by_role("link", name="Show 1 more").first.click()
    page.wait_for_url("**open=up*")
    assert page.locator("svg.picture text").count() > before
    page.locator("svg.picture a.pic-link").first.click()
    page.wait_for_url("**/pictures")


def test_the_picture_of_an_element_has_its_balance_beside_it(seen: Watched, demo: Demo) -> None:
    seen.sign_in(demo.token(None))
    page = seen.go(f"{path_of(demo)}?show=sankey")
    page.get_by_role("link", name="dysprosium (Dy)").click()
    page.get_by_role("heading", name="Pictures of N48SH-0042").wait_for()
    assert "Dysprosium (Dy)" in (page.locator("svg.picture > title").text_content() or "")
    answer = demo.http.get(f"{path_of(demo)}.csv?show=sankey&element=Dy", headers=demo.cookie(None))
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows
    for row in rows:
        assert int(row["in_mg"]) == int(row["out_mg"]) + int(row["lost_mg"])
    data = demo.http.get(f"{path_of(demo)}.json?show=sankey&element=Dy", headers=demo.cookie(None)).json()
    put_in = sum(flow["mass_mg"] for flow in data["flows"] if flow["from"] not in ("stage", "batch"))
    assert put_in == data["mass_mg"] + data["lost_mg"]
