"""A PDF is verified by what is attached to it, and its page by printing the report again; nothing in it is trusted."""

import random
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

from ledger.bundle.result import FAILED, NOT_CHECKED, PASSED, Verification
from ledger.documents import paper as papers
from ledger.documents.attached import MOST_PDF, read_paper
from ledger.documents.paper import verify_paper
from ledger.documents.pdf import render_pdf
from ledger.errors import VerificationError
from tests.documents.conftest import Forge, Printed

Tamper = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def pdf(made: Printed) -> bytes:
    return render_pdf(made.auditor, "both", made.bundle)


def result(answer: Verification, check: str) -> str:
    return next(each.result for each in answer.checks if each.name == check)


def saved_again(data: bytes, change: Callable[[PdfWriter], object]) -> bytes:
    """The file as another program would save it after a change."""
    writer = PdfWriter(clone_from=BytesIO(data))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_printed_report_is_verified_with_its_page(made: Printed, pdf: bytes) -> None:
    answer = verify_paper(pdf, made.policy)
    assert answer.passed, answer
    assert result(answer, "page") == PASSED
    assert result(answer, "statement") == PASSED
    assert answer.credential is not None
    alone = verify_paper(render_pdf(made.auditor), made.policy)
    assert (alone.passed, result(alone, "page"), result(alone, "statement")) == (True, PASSED, NOT_CHECKED)


def test_the_bundle_may_lie_beside_a_pdf_that_has_none(made: Printed, pdf: bytes) -> None:
    beside = verify_paper(render_pdf(made.auditor), made.policy, bundle=made.bundle)
    assert (beside.passed, result(beside, "page"), result(beside, "statement")) == (True, PASSED, PASSED)
    other = verify_paper(pdf, made.policy, bundle=made.bundle.replace(b"a", b"b", 1))
    assert (other.passed, other.credential) == (False, None)


def test_a_page_that_says_something_else_fails(made: Printed, forge: Forge, pdf: bytes) -> None:
    """The page of another statement, with the true report attached instead of its own."""
    false = render_pdf(forge(made.buyer, lot="forged"))
    swapped = saved_again(false, lambda writer: _swap(writer, "report.jwt", made.auditor.encode()))
    assert read_paper(swapped).report == made.auditor.encode()
    answer = verify_paper(swapped, made.policy)
    assert (answer.passed, result(answer, "page"), answer.credential) == (False, FAILED, None)
    assert "cannot be trusted" in answer.sentence
    for place in (len(pdf) // 3, len(pdf) - 30):
        changed = bytearray(pdf)
        changed[place] ^= 1
        assert not verify_paper(bytes(changed), made.policy).passed


def test_a_page_of_another_edition_is_not_compared_and_that_is_said(
    made: Printed, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "edition", lambda: f"sha-256:{'A' * 43}")
    answer = verify_paper(pdf, made.policy)
    assert (answer.passed, result(answer, "page")) == (True, NOT_CHECKED)
    assert "was not compared" in answer.sentence
    for keywords in ("none of ours", "lodestone-report-pdf/1, edition \x1b[2J, language en", "lodestone-report-pdf/1"):
        other = saved_again(pdf, lambda writer, said=keywords: writer.add_metadata({"/Keywords": said}))  # type: ignore[misc]
        answer = verify_paper(other, made.policy)
        assert (answer.passed, result(answer, "page")) == (True, NOT_CHECKED)
        assert "\x1b" not in str(answer)


def test_a_forged_report_on_paper_fails_as_it_does_alone(made: Printed, forge: Forge) -> None:
    answer = verify_paper(render_pdf(forge(lot="mine")), made.policy)
    assert (answer.passed, answer.credential) == (False, None)
    assert "page" not in [check.name for check in answer.checks]
    assert not verify_paper(render_pdf(made.auditor), b"log nobody\n").passed


def _swap(writer: PdfWriter, name: str, data: bytes) -> None:
    pairs = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index]
    file = pairs[pairs.index(name) + 1].get_object()
    stream = DecodedStreamObject()
    stream.set_data(data)
    file[NameObject("/EF")] = DictionaryObject({NameObject("/F"): writer._add_object(stream)})


def _bomb(writer: PdfWriter) -> None:
    """A thousand times what is packed."""
    pairs = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index]
    stream = DecodedStreamObject()
    stream.set_data(zlib.compress(b"\0" * 200_000_000))
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    pairs[1].get_object()[NameObject("/EF")] = DictionaryObject({NameObject("/F"): writer._add_object(stream)})


def _loop(writer: PdfWriter) -> None:
    names = writer.root_object["/Names"]
    tree = DictionaryObject()
    there = writer._add_object(tree)
    tree[NameObject("/Kids")] = ArrayObject([there, there])
    names[NameObject("/EmbeddedFiles")] = there  # type: ignore[index]


def _twice(writer: PdfWriter) -> None:
    pairs = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index]
    pairs.extend([TextStringObject("report.jwt"), pairs[pairs.index("report.jwt") + 1]])


def _packed(writer: PdfWriter) -> None:
    pairs = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index]
    stream = pairs[1].get_object()["/EF"]["/F"].get_object()
    stream[NameObject("/Filter")] = ArrayObject([NameObject("/FlateDecode"), NameObject("/FlateDecode")])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_bomb, "cannot be read"),
        (_loop, "not one of ours"),
        (_twice, "two attachments"),
        (_packed, "another way"),
        (lambda writer: writer.encrypt("", "owner"), "encrypted"),
        (lambda writer: writer.root_object.pop("/Names"), "nothing signed"),
        (lambda writer: _swap(writer, "bundle.json", b"x" * 16_000_001), "longer than"),
    ],
    ids=["bomb", "loop", "twice", "packed", "encrypted", "nothing", "long"],
)
def test_what_is_made_to_hurt_a_reader_is_refused(pdf: bytes, change: Callable[[PdfWriter], object], said: str) -> None:
    with pytest.raises(VerificationError, match=said):
        read_paper(saved_again(pdf, change))


def test_a_pdf_that_is_too_long_or_none_is_refused(made: Printed) -> None:
    for wrong in (b"%PDF-1.7\n" + b" " * MOST_PDF, b"%PDF-", b"%PDF-1.7 startxref 0 %%EOF", b""):
        answer = verify_paper(wrong, made.policy)
        assert (answer.passed, answer.checks[0].name) == (False, "file")


def test_whatever_is_changed_in_a_pdf_is_answered_and_never_passes_as_printed(made: Printed) -> None:
    """Bytes changed, cut out, doubled and cut off, at random places (the seed is fixed)."""
    pdf, chance = render_pdf(made.public), random.Random(857)
    for _ in range(150):
        changed = bytearray(pdf)
        for _ in range(chance.choice((1, 1, 5))):
            place = chance.randrange(len(changed)) if chance.random() < 0.5 else -chance.randrange(1, 4000)
            kind = chance.randrange(4)
            if kind == 0:
                changed[place] = (changed[place] + chance.randrange(1, 256)) % 256
            elif kind == 1:
                del changed[place : place + chance.randrange(1, 50)]
            elif kind == 2:
                changed[place:place] = changed[place : place + chance.randrange(1, 50)] or b"0"
            else:
                changed[place:] = changed[place:][: chance.randrange(1, 2000)]
        if bytes(changed) == pdf:
            continue
        answer = verify_paper(bytes(changed), made.policy)
        assert not answer.passed or result(answer, "page") == NOT_CHECKED


def test_another_programs_copy_still_holds_the_report_and_is_no_longer_the_page(made: Printed, pdf: bytes) -> None:
    again = saved_again(pdf, lambda _writer: None)
    assert PdfReader(BytesIO(again)).attachments["report.jwt"] == [made.auditor.encode()]
    assert read_paper(again).report == made.auditor.encode()
    assert result(verify_paper(again, made.policy), "page") in (FAILED, NOT_CHECKED)
