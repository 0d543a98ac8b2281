"""A report as PDF, set by Typst: archival (PDF/A-3a), tagged (PDF/UA-1), the same bytes from the same report.

The signed report is attached, and its evidence if asked for, so that the file alone can be verified
(docs/formats/report-pdf.md). Nothing is read but the templates and fonts of this folder: no clock, no network, no fonts
of the machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import orjson
import segno
import typst

from ledger.documents.drawn import Drawn, in_fonts
from ledger.documents.edition import edition
from ledger.documents.report import Signed, lay_out, read_signed
from ledger.documents.voice import Reader, Voice
from ledger.errors import UsageError, VerificationError
from ledger.values.instant import posix_seconds

__all__ = ["BUNDLE_NAME", "MOST_BUNDLE", "MOST_REPORT", "REPORT_NAME", "STANDARDS", "VERSION", "render_pdf", "typeset"]

VERSION = "lodestone-report-pdf/1"
"""What says in the metadata that a PDF is a report of ours."""
REPORT_NAME = "report.jwt"
BUNDLE_NAME = "bundle.json"
MOST_BUNDLE = 16_000_000
"""Bytes of evidence that fit on paper; more is handed over beside it."""
MOST_REPORT = 1_000_000
"""Characters of a sealed report that is set: some 170 magnets inside, on as many pages."""
STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]

_ONE = Lock()
"""A compiler sets one page at a time."""
_HERE = Path(__file__).parent
_ATTACHED = {
    REPORT_NAME: ("source", "application/vc+jwt", "The signed report: verify this, not the printed page"),
    BUNDLE_NAME: ("data", "application/json", "The report with its evidence"),
}


def render_pdf(jwt: str, reader: Reader = "en", bundle: bytes | None = None) -> bytes:
    """The report as PDF, with itself attached, and its evidence if given.

    Promised: the same bytes from the same arguments, in every process of this edition.
    Not checked: the signature, and that the bundle is that of the report: verification of the file shows both.

    Raises:
        VerificationError: it is no report, or malformed; the sentence names the member.
        UsageError: the report or its evidence is larger than paper should carry.
    """
    if len(jwt) > MOST_REPORT:
        raise UsageError(f"The report has {len(jwt):,} characters, more than the {MOST_REPORT:,} that are printed.")
    if bundle is not None and len(bundle) > MOST_BUNDLE:
        raise UsageError(f"The evidence has {len(bundle):,} bytes, more than the {MOST_BUNDLE:,} that a PDF carries.")
    signed = read_signed(jwt)
    files = {REPORT_NAME: jwt} | ({BUNDLE_NAME: _text(bundle)} if bundle is not None else {})
    return typeset("report.typ", _shown(signed, reader, list(files)), files, signed.made_at)


def typeset(template: str, page: Mapping[str, Any], files: Mapping[str, str], made_at: str) -> bytes:
    """A template of ours filled with this page, with these files attached; `made_at` is the time in the metadata.

    Raises:
        VerificationError: Typst cannot set it: something in it is as no report of ours is.
    """
    inputs = {"page": orjson.dumps(page).decode()} | dict(files)
    try:
        with _ONE:
            made = _compiler().compile(
                input=str(_HERE / "templates" / template),
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=[*STANDARDS],
                timestamp=posix_seconds(made_at),
            )
    except typst.TypstError as error:
        raise VerificationError(f"it cannot be set as a page: {error.message[:200]}") from error
    assert isinstance(made, bytes)
    return made


def _text(bundle: bytes) -> str:
    try:
        return bundle.decode()
    except UnicodeDecodeError as error:
        raise VerificationError(f"the bundle is not JSON: {error}") from error


def _shown(signed: Signed, reader: Reader, files: Sequence[str]) -> dict[str, Any]:
    """What the template draws, with every character that no font has as its code point."""
    voice = Voice(reader)
    keywords = (VERSION, f"edition {edition()}", f"language {reader}", *(f"attached {name}" for name in files))
    drawn = Drawn(in_fonts)
    page: dict[str, Any] = drawn.drawable(asdict(lay_out(signed, reader, keywords)))
    page["author"] = signed.issuer
    page["qr"] = segno.make(signed.verify_at, error="m", micro=False).svg_inline(border=0, dark="#16242c")
    page["qr_alt"] = voice.gettext("QR code of the address at which this report is verified")[0].text
    page["files"] = [
        {"name": name, "input": name, "relationship": kind, "mime": mime, "said": said}
        for name in files
        for kind, mime, said in [_ATTACHED[name]]
    ]
    page["undrawn"] = [asdict(piece) for piece in drawn.remark(voice)]
    return page


@cache
def _compiler() -> typst.Compiler:
    """One for the life of the process: it has read the fonts."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_HERE / "fonts")])
    return typst.Compiler(root=str(_HERE / "templates"), font_paths=fonts, ignore_system_fonts=True)
