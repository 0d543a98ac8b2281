"""The page of a batch's labels, and the addresses that the codes on them hold."""

import httpx

from tests.web.browser import Watched, accessibility_faults
from tests.web.served import Demo


def place_of(demo: Demo) -> str:
    return demo.batch("magnets#0").replace("#", "/")


def get(demo: Demo, path: str, organization: str | None = "magnetmaker") -> httpx.Response:
    headers = {"accept": "text/html", **(demo.cookie(organization) if organization else {})}
    return demo.http.get(path, headers=headers)


def test_the_codes_lead_to_the_page_of_the_batch(demo: Demo) -> None:
    place = place_of(demo)
    for path in (f"/b/{place}", f"/01/09521234543213/10/LOT%2F7/21/1?batch={place}"):
        answer = get(demo, path, None)
        assert (answer.status_code, answer.headers["location"]) == (302, f"/o/batches/{place}")
    assert get(demo, "/01/09521234543213/10/LOT", None).status_code == 404
    assert get(demo, "/01/09521234543213/10/LOT?batch=//evil.example/0", None).status_code == 404
    assert get(demo, "/b/evil/0", None).status_code == 404


def test_a_label_is_shown_and_printed_with_what_was_asked(demo: Demo) -> None:
    page = f"/o/batches/{place_of(demo)}/labels"
    for lang, said in (("en", "Show the label"), ("zh", "显示标签")):
        shown = get(demo, f"{page}?gtin=9521234543213&lang={lang}")
        assert shown.status_code == 200
        assert said in shown.text
        assert "/01/09521234543213/10/" in shown.text
    assert "the last of them its check digit" in get(demo, f"{page}?gtin=9521234543214").text
    assert "最后一位为校验位" in get(demo, f"{page}?gtin=9521234543214&lang=zh").text
    assert "beside a GTIN" in get(demo, f"{page}?resolver=https://id.example.com").text
    sheet = get(demo, f"{page}.pdf?gtin=9521234543213&copies=3")
    assert (sheet.headers["content-type"], sheet.content[:5]) == ("application/pdf", b"%PDF-")
    assert get(demo, f"{page}.svg").headers["content-type"].startswith("image/svg+xml")
    assert get(demo, page, "mine").status_code == 404


def test_the_page_of_labels_reads_well(demo: Demo, seen: Watched) -> None:
    seen.sign_in(demo.token("magnetmaker"))
    seen.go(f"/o/batches/{place_of(demo)}/labels?gtin=9521234543213&serial=0001")
    assert seen.page.locator("img").evaluate("image => image.naturalWidth") > 0
    assert accessibility_faults(seen.page) == []
