"""Reports on paper: both verifiers take the same out of a PDF, and refuse what is no PDF of ours."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from ledger.documents.paper import PAGE, verify_paper
from ledger.documents.pdf import render_pdf
from tests.bundle.files import Files, files_of
from tests.bundle.stories import small
from tests.verifier.node import ask, text_of
from tests.world import World

UNCOMPARED = "this verifier does not print: the page was not compared with the report in it"
RELY = " What is printed on the page was not compared with it: rely on the report, not on the print."


@pytest.fixture(scope="module")
def oxide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    world = World(tmp_path_factory.mktemp("papers") / "ledger")
    yield files_of(world, world.report(small(world), delivered="2027-02-01"))
    world.close()


def _asked(policy: str, *files: bytes) -> dict[str, Any]:
    given = [text_of(data) for data in files]
    (answer,) = ask([{"ask": "verify", "files": given, "policy": text_of(policy.encode()), "issuer": None}])
    found: dict[str, Any] = answer["value"]
    return found


def _right(policy: str, data: bytes, beside: bytes | None = None) -> dict[str, Any]:
    """What Python answers, without the one check for which one must print."""
    answer = verify_paper(data, policy, bundle=beside).as_json()
    checks = answer["checks"]
    assert isinstance(checks, list)
    if checks[-1]["check"] == PAGE:
        checks[-1] = {"check": PAGE, "detail": UNCOMPARED, "result": "not checked"}
        answer["sentence"] = re.sub(r" (?:The page is what|What is printed).*", RELY, str(answer["sentence"]))
    return answer


def test_papers_are_judged_by_what_is_attached_to_them(oxide: Files) -> None:
    jwt = oxide.report.decode()
    plain, whole = render_pdf(jwt), render_pdf(jwt, "zh", oxide.bundle)
    for data, beside in ((whole, None), (plain, oxide.bundle)):
        found = _asked(oxide.policy, *(each for each in (data, beside) if each is not None))
        assert found == _right(oxide.policy, data, beside)
        assert found["result"] == "passed"
    other = _asked(oxide.policy.replace("/2026+", "/2027+"), whole)
    assert (other["result"], other["checks"][-1]["check"]) == ("failed", "policy")


def test_a_forged_attachment_is_refused_alike(oxide: Files) -> None:
    forged = oxide.report.decode().replace(".", "A.", 1)
    data = _with_attachments(render_pdf(oxide.report.decode()), {"report.jwt": forged.encode()})
    found = _asked(oxide.policy, data)
    assert found == _right(oxide.policy, data)
    assert found["checks"][-1]["check"] == "file"


def _with_attachments(data: bytes, attached: dict[str, bytes]) -> bytes:
    """The pages of a PDF, written by another program, with these files."""
    from io import BytesIO

    writer = PdfWriter()
    for page in PdfReader(BytesIO(data)).pages:
        writer.add_page(page)
    for name, content in attached.items():
        writer.add_attachment(name, content)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_what_another_program_wrote_is_read_too(oxide: Files) -> None:
    data = _with_attachments(
        render_pdf(oxide.report.decode()), {"bundle.json": oxide.bundle, "report.jwt": oxide.report}
    )
    found = _asked(oxide.policy, data)
    assert found["result"] == "passed"
    assert found == _right(oxide.policy, data)
    missing = _asked(oxide.policy, _with_attachments(data, {"bundle.json": oxide.bundle}))
    assert "there is nothing signed in it" in missing["sentence"]


def test_what_cannot_be_read_safely_is_refused_and_never_breaks_off(oxide: Files, tmp_path: Path) -> None:
    whole = render_pdf(oxide.report.decode())
    packed = zlib.compress(bytes(20_000_000))
    bomb = (
        b"%%PDF-1.7\n1 0 obj\n<</Type/XRef/W[1 2 1]/Size 1/Root 1 0 R/Length %d/Filter/FlateDecode>>\nstream\n"
        % len(packed)
    )
    bomb += packed + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
    odd = [
        b"%PDF-",
        b"%PDF-1.7\n%%EOF",
        bomb,
        whole[:-30],
        whole[:5_000],
        whole + b"x",
        whole.replace(b"startxref", b"startxxxx"),
    ]
    odd += [
        whole.replace(b"/EmbeddedFile", b"/EmbeddedXxxx"),
        b"%PDF-1.7\nstartxref\n9999999999\n%%EOF",
        b"%PDF-" + b"[" * 5_000,
    ]
    odd += [b"%PDF-1.7\n" + b"[" * 5_000 + b"\nstartxref\n9\n%%EOF", b"%PDF-1.7\nxref\n0 99999999\nstartxref\n9\n%%EOF"]
    questions = [
        {"ask": "verify", "files": [text_of(d)], "policy": text_of(oxide.policy.encode()), "issuer": None} for d in odd
    ]
    for answer in ask(questions):
        assert answer["value"]["result"] == "failed", answer
        assert answer["value"]["checks"][0]["check"] == "file"
