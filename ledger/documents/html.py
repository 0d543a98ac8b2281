"""A report as HTML: a part for a page, or a page of its own. It needs no script, no inline style and nothing else."""

from base64 import b64encode
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ledger.documents.drawn import Drawn, has_shape
from ledger.documents.report import lay_out, read_signed
from ledger.documents.voice import Reader, Voice

__all__ = ["document_policy", "render_document", "render_html", "report_css"]

_TEMPLATES = Path(__file__).parent / "templates"


def render_html(jwt: str, reader: Reader = "en") -> str:
    """The report as an `<article class="report">`, to stand in a page that has `report_css`.

    Promised: whatever a name holds, it is text; what has no shape (bidi marks, controls) is shown as its code point.
    Not checked: the signature.

    Raises:
        VerificationError: it is no report, or malformed; the sentence names the member.
    """
    signed, voice, drawn = read_signed(jwt), Voice(reader), Drawn(has_shape)
    page = drawn.drawable(asdict(lay_out(signed, reader)))
    said = voice.gettext("QR code of the address at which this report is verified")[0].text
    qr = segno.make(signed.verify_at, error="m", micro=False).svg_inline(border=0, omitsize=True, title=said)
    undrawn = [asdict(piece) for piece in drawn.remark(voice)]
    return (
        _environment()
        .get_template("report.html")
        .render(
            page=page,
            qr=Markup(qr),  # noqa: S704 - segno's own SVG of squares
            picture=Markup,
            undrawn=undrawn,
        )
    )


def render_document(jwt: str, reader: Reader = "en") -> str:
    """The report as a whole page: its own style, a content security policy that allows that style and nothing else.

    Raises:
        VerificationError: it is no report, or malformed; the sentence names the member.
    """
    page = lay_out(read_signed(jwt), reader)
    return (
        _environment()
        .get_template("document.html")
        .render(
            language=reader,
            title=" · ".join(piece.text for piece in page.title),
            style=Markup(report_css()),  # noqa: S704 - our own file
            policy=document_policy(),
            body=Markup(render_html(jwt, reader)),  # noqa: S704 - escaped above
        )
    )


@cache
def document_policy() -> str:
    """The content security policy of the whole page: its own style, and nothing else."""
    style = b64encode(sha256(report_css().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"


@cache
def report_css() -> str:
    """The style of the article; every rule is about `.report`, or about the page of its own."""
    return (_TEMPLATES / "report.css").read_text("utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=False
    )
