"""The report on paper: archival, tagged, the same bytes each time, with what was signed inside."""

import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from ledger.documents.drawn import in_fonts
from ledger.documents.html import render_html
from ledger.documents.pdf import MOST_BUNDLE, render_pdf
from ledger.documents.voice import READERS, Reader
from ledger.errors import UsageError, VerificationError
from ledger.report.seal import open_sealed
from ledger.values.quantity import PPM
from tests.documents.conftest import Forge, Printed

BUCKETS = ("mined", "refined", "metals_and_alloys")
ROOT = Path(__file__).resolve().parents[2]


def text_of(pdf: bytes) -> str:
    """The words of a PDF, without the line ends that setting made."""
    pages = PdfReader(BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\N{NO-BREAK SPACE}", " ").split())


def packed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("reader", READERS)
def test_two_processes_make_the_same_bytes(made: Printed, reader: Reader) -> None:
    here = render_pdf(made.assembly, reader, made.bundle)
    assert render_pdf(made.assembly, reader, made.bundle) == here
    code = (
        "import sys, hashlib; from ledger.documents.pdf import render_pdf\n"
        "a, b = sys.stdin.buffer.read().split(b'\\0')\n"
        f"print(hashlib.sha256(render_pdf(a.decode(), {reader!r}, b)).hexdigest())"
    )
    given = made.assembly.encode() + b"\0" + made.bundle
    there = subprocess.run([sys.executable, "-c", code], cwd=ROOT, input=given, check=True, capture_output=True)
    assert there.stdout.decode().strip() == sha256(here).hexdigest()


def test_it_says_that_it_is_archival_and_tagged_and_in_which_language(made: Printed) -> None:
    for reader, language in (("en", "en"), ("zh", "zh"), ("both", "en")):
        pdf = PdfReader(BytesIO(render_pdf(made.auditor, reader)))  # type: ignore[arg-type]  # one of READERS
        root = pdf.root_object
        xmp = root["/Metadata"].get_object().get_data()  # type: ignore[union-attr]
        assert b"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in xmp
        assert b"<pdfuaid:part>1</pdfuaid:part>" in xmp
        assert str(root["/Lang"]).startswith(language)
        assert root["/MarkInfo"]["/Marked"] is not None  # type: ignore[index]
        assert "/StructTreeRoot" in root
        assert "/OutputIntents" in root
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]  # type: ignore[index]
        assert not pdf.is_encrypted


def test_every_font_is_in_it_and_nothing_acts(made: Printed) -> None:
    pdf = PdfReader(BytesIO(render_pdf(made.auditor, "both", made.bundle)))
    seen = [each for number in range(1, len(pdf.xref[0]) + 1) for each in _dictionaries(_object(pdf, number))]
    fonts = [each for each in seen if each.get("/Type") == "/FontDescriptor"]
    assert len(fonts) >= 4
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
    for acting in ("/JS", "/JavaScript", "/OpenAction", "/AA", "/Launch", "/SubmitForm", "/AcroForm", "/RichMedia"):
        assert not any(acting in each or each.get("/S") == acting for each in seen)
    links = {str(each["/URI"]) for each in seen if each.get("/S") == "/URI"}
    assert {link.partition("#")[0] for link in links} == {"https://test.lodestone.example/verify"}


def _object(pdf: PdfReader, number: int) -> Any:
    return pdf.get_object(IndirectObject(number, 0, pdf))


def _dictionaries(value: Any) -> Iterator[DictionaryObject]:
    """Every dictionary that is written into this object itself."""
    if isinstance(value, DictionaryObject):
        yield value
    inner = value.values() if isinstance(value, DictionaryObject) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _dictionaries(each)


def test_the_signed_report_and_its_evidence_are_inside_byte_for_byte(made: Printed) -> None:
    pdf = PdfReader(BytesIO(render_pdf(made.auditor, "en", made.bundle)))
    assert pdf.attachments == {"report.jwt": [made.auditor.encode()], "bundle.json": [made.bundle]}
    related = [file.get_object()["/AFRelationship"] for file in pdf.root_object["/AF"]]  # type: ignore[attr-defined]
    assert sorted(related) == ["/Data", "/Source"]
    assert list(PdfReader(BytesIO(render_pdf(made.auditor))).attachments) == ["report.jwt"]


def test_the_words_can_be_taken_out_in_both_languages(made: Printed) -> None:
    text = text_of(render_pdf(made.auditor, "both"))
    for said in (
        "Prepared against section 857(a)(2)",
        "Australia (AU), 100 %",
        "May it be delivered to the US Department of Defense?",
        "Composition and recycled content",
        "What this does not show",
    ):
        assert said in text
    for said in ("磁体透明度报告", "物料来源声明表", "澳大利亚(AU)", "可否交付美国国防部", "钕", "再生含量"):
        assert said in packed(text)
    assert "filed under" not in text


def test_what_is_stated_comes_first_and_what_it_does_not_show_last(made: Printed) -> None:
    text = text_of(render_pdf(made.auditor))
    order = [
        "Statement on the origin of the material",
        "May it be delivered to the US Department of Defense?",
        "Composition and recycled content",
        "Completeness",
        "What is still open",
        "Certificates valid on the day",
        "Inquiries sent upstream",
        "Models of custody",
        "Owners by step",
        "What this does not show",
    ]
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)


def test_unknowns_stand_in_plain_sight(made: Printed) -> None:
    assert "Unknown: " in text_of(render_pdf(made.public))
    assert "The composition is not known from this report" in text_of(render_pdf(made.public))
    assert "No verdict: no day of delivery was stated" in text_of(render_pdf(made.no_date))
    motor = text_of(render_pdf(made.assembly))
    assert "Magnet inside, 1" in motor
    assert "Unknown: not disclosed, 100 %" in motor


HOSTILE = [
    '#emph[x] $a$ *b* _c_ `d` @e <f> \\u{41} // "g" #import "/etc/passwd"',
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "北京稀土新材料（集团）有限公司 信越化学 성림첨단산업",
    "]] #panic() %>% } { \\ ~ -- --- ...",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_name_holds_is_printed_as_it_is(forge: Forge, name: str) -> None:
    assert packed(name) in packed(text_of(render_pdf(forge(lot=name, grade=name))))


def test_what_no_font_has_is_shown_by_its_code_point_and_said(forge: Forge) -> None:
    text = text_of(render_pdf(forge(lot="A\U0001f9f2B\u202eC\u0600\ue000\u200b"), "both"))
    assert "A[U+1F9F2]B[U+202E]C[U+0600][U+E000][U+200B]" in packed(text)
    assert "Characters that cannot be drawn here are shown by their code points" in text
    assert "shown by their code points" not in text_of(render_pdf(forge(lot="A")))


def test_the_list_of_characters_is_what_the_fonts_draw() -> None:
    for character in "Aäжλ中鏡镝かカ한　。，（）“”–·%§×":
        assert in_fonts(character), character
    for character in "\u200b\u202e\U0001f600\ue000\n":
        assert not in_fonts(character)


def test_no_font_of_the_machine_and_no_character_without_a_shape_is_used(made: Printed) -> None:
    pdf = PdfReader(BytesIO(render_pdf(made.assembly, "both")))
    names = {
        str(font["/BaseFont"]).partition("+")[2]
        for page in pdf.pages
        for font in (each.get_object() for each in page["/Resources"]["/Font"].values())  # type: ignore[index]
    }
    assert {name.split("-")[0] for name in names} == {"NotoSans", "NotoSansMono", "NotoSansCJKsc"}


def test_what_is_no_report_is_not_printed(made: Printed, forge: Forge) -> None:
    for wrong in ("", "a.b.c", made.bundle.decode(), forge(extra="member"), forge(completeness={})):
        with pytest.raises(VerificationError):
            render_pdf(wrong)


def test_a_report_beyond_what_is_printed_is_refused(forge: Forge) -> None:
    with pytest.raises(UsageError, match="more than the 1,000,000"):
        render_pdf(forge(custody=["x" * 800_000]))


def test_evidence_beyond_what_paper_carries_is_refused(made: Printed) -> None:
    with pytest.raises(UsageError, match="more than the 16,000,000"):
        render_pdf(made.buyer, "en", b" " * (MOST_BUNDLE + 1))


def test_codes_that_this_version_does_not_know_are_printed_as_they_are(forge: Forge, made: Printed) -> None:
    subject = open_sealed(made.auditor).payload["credentialSubject"]
    assert isinstance(subject, dict)
    statement: Any = orjson.loads(orjson.dumps(subject["statement"]))
    row = {name: [{"basis": "unknown", "countries": [], "share_ppm": PPM, "reason": "moved"}] for name in BUCKETS}
    statement["elements"] = {"Zz": row, "Nd": row}
    statement["magnetized"] = [{"basis": "traced", "countries": ["QQ"], "share_ppm": PPM}]
    text = text_of(render_pdf(forge(statement=statement, material="plasma", custody=["hearsay"])))
    for said in ("Zz", "Unknown: moved, 100 %", "QQ (QQ), 100 %", "plasma", "hearsay"):
        assert said in text
    assert "Zz" in render_html(forge(statement=statement))


def test_the_map_shows_the_cells_that_the_statement_prints(made: Printed) -> None:
    text = text_of(render_pdf(made.auditor))
    assert "Where it has been: Nd neodymium" in text
    assert text.index("Composition and recycled content") < text.index("Where it has been") < text.index("Completeness")
    assert "Australia 100 % (traced)" in text
