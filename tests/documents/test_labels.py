"""Labels: a code that leads to the batch, a GS1 Digital Link only of a number that its owner gave, and plain words."""

import re
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest
import segno
from pypdf import PdfReader

from ledger.documents.gs1 import article_number, digital_link, human_readable, web_address
from ledger.documents.labels import Wanted, label_of, label_svg, labels_pdf
from ledger.errors import UsageError

BATCH = f"sha-256:{'A' * 43}#7"
URL = "https://ledger.example"
SEEN: dict[str, Any] = {
    "batch": BATCH,
    "material": "magnet",
    "magnet_type": "NdFeB",
    "grade": "42SH",
    "lot": "LOT/7",
    "mass_mg": 12_500_001,
}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("given", "gtin"),
    [
        ("9521234543213", "09521234543213"),
        ("09521234543213", "09521234543213"),
        ("96385074", "00000096385074"),
        ("614141123452", "00614141123452"),
        ("10614141543219", "10614141543219"),
    ],
)
def test_an_article_number_of_any_length_becomes_one_of_14_digits(given: str, gtin: str) -> None:
    assert article_number(given) == gtin


@pytest.mark.parametrize(
    "wrong", ["9521234543214", "", "1", "952123454321X", "٩521234543213", "0" * 14, "123456789", "²" * 8]
)
def test_what_is_no_article_number_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="gtin"):
        article_number(wrong)


def test_a_digital_link_has_gtin_lot_and_serial_in_the_order_of_the_standard() -> None:
    link = digital_link("https://id.example.com/dl/", "9521234543213", "AB/C&%1", "0001")
    assert link == "https://id.example.com/dl/01/09521234543213/10/AB%2FC%26%251/21/0001"
    assert unquote(link.rpartition("/10/")[2].partition("/21/")[0]) == "AB/C&%1"
    assert human_readable("9521234543213", "AB", "1") == "(01) 09521234543213 (10) AB (21) 1"


@pytest.mark.parametrize("wrong", ["", "A" * 21, "批号", "A B", "A#1", "A\u202eB", "A^B", "A\n"])
def test_a_lot_that_gs1_cannot_carry_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="lot"):
        digital_link(URL, "9521234543213", wrong)
    with pytest.raises(UsageError, match="serial"):
        digital_link(URL, "9521234543213", "L", wrong)


@pytest.mark.parametrize(
    "wrong", ["http://id.example.com", "javascript:1", "https://a@b.c", "https://b.c/?x", "https://", "https://[x", "x"]
)
def test_a_resolver_is_a_plain_https_address(wrong: str) -> None:
    with pytest.raises(UsageError, match="resolver"):
        web_address(wrong)


def test_without_a_gtin_the_code_holds_the_batchs_own_address_and_no_number_is_made_up() -> None:
    label = label_of(SEEN, URL)
    assert label.address == f"{URL}/b/{BATCH.replace('#', '/')}"
    assert label.gs1 == ""
    assert "/01/" not in label.address
    with pytest.raises(UsageError, match="resolver"):
        label_of(SEEN, URL, "en", Wanted(resolver="https://id.example.com"))


def test_with_a_gtin_it_is_a_digital_link_that_still_names_the_batch() -> None:
    label = label_of(SEEN, URL, "en", Wanted("9521234543213", "0001"))
    parts = urlsplit(label.address)
    assert parts.path == "/01/09521234543213/10/LOT%2F7/21/0001"
    assert parts.query == f"batch={BATCH.replace('#', '/')}"
    assert label.gs1 == "(01) 09521234543213 (10) LOT/7 (21) 0001"
    away = label_of(SEEN, URL, "en", Wanted("9521234543213", resolver="https://id.example.com"))
    assert away.address == "https://id.example.com/01/09521234543213/10/LOT%2F7"
    with pytest.raises(UsageError, match="lot"):
        label_of({**SEEN, "lot": None}, URL, "en", Wanted("9521234543213"))


def test_the_svg_holds_the_code_of_its_address() -> None:
    label = label_of(SEEN, URL, "both")
    root = ET.fromstring(label_svg(label))
    path = next(root.iter(f"{SVG}path")).attrib["d"]
    dark = {
        (int(x) + step, int(y)) for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1", path) for step in range(int(run))
    }
    matrix = segno.make(label.address, error="m", micro=False).matrix
    assert dark == {(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    text = "".join(root.itertext())
    for said in ("magnet, NdFeB, 42SH", "磁体、钕铁硼", "LOT/7", "12.500001 kg", BATCH):
        assert said in text


@pytest.mark.parametrize("lot", ["<script>alert(1)</script>", '"/><a href="x">', "]]>&lt;", "长" * 200])
def test_whatever_a_lot_holds_is_text_and_none_of_it_is_cut_off(lot: str) -> None:
    root = ET.fromstring(label_svg(label_of({**SEEN, "lot": lot}, URL)))
    assert lot in [element.text for element in root.iter(f"{SVG}text")]
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{tag}" for tag in "svg title desc rect path text tspan".split()
    }
    assert not any(name.startswith("on") or name == "style" for element in root.iter() for name in element.attrib)
    squeezed = [
        element for element in root.iter(f"{SVG}text") if element.text == lot and "textLength" in element.attrib
    ]
    assert bool(squeezed) is (len(lot) > 100)


def test_what_the_reader_may_not_see_is_unknown_on_the_label() -> None:
    hidden = {"batch": BATCH, "material": "magnet"}
    assert label_svg(label_of(hidden, URL)).count(">unknown<") == 2
    assert label_svg(label_of({**SEEN, "lot": "A\u202eB"}, URL)).count("A[U+202E]B") == 1


def test_sheets_hold_fourteen_labels_each_and_are_the_same_each_time() -> None:
    labels = [label_of({**SEEN, "lot": f"L-{number}"}, URL) for number in range(15)]
    made = labels_pdf(labels, "2026-01-01T00:00:00Z")
    assert labels_pdf(labels, "2026-01-01T00:00:00Z") == made
    pages = [page.extract_text() for page in PdfReader(BytesIO(made)).pages]
    assert [text.count("12.500001 kg") for text in pages] == [14, 1]
    for count in (0, 501):
        with pytest.raises(UsageError):
            labels_pdf(labels[:1] * count, "2026-01-01T00:00:00Z")
