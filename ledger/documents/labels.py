"""Labels of batches: a QR code that leads to the batch, and what it is in words; one as SVG, a sheet of them as PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ledger.documents.drawn import Drawn, has_shape, in_fonts
from ledger.documents.gs1 import article_number, digital_link, human_readable, web_address
from ledger.documents.layout import Text, data
from ledger.documents.pdf import typeset
from ledger.documents.voice import Reader, Voice
from ledger.errors import UsageError
from ledger.values.quantity import format_mass

__all__ = ["MOST_LABELS", "Label", "Wanted", "label_of", "label_svg", "labels_pdf"]

MOST_LABELS = 500
"""Labels on the sheets of one PDF."""
_TEMPLATES = Path(__file__).parent / "templates"
_WIDTH, _LATIN = 480, 0x2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a label is to carry beside the batch: its owner's article number and serial number, and his resolver."""

    gtin: str = ""
    serial: str = ""
    resolver: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A label: where its code leads, a title, names and values, and the GS1 line under them (or nothing)."""

    address: str
    title: Text
    rows: tuple[tuple[Text, Text, bool], ...]
    batch: str
    gs1: str


def label_of(batch: Mapping[str, Any], public_url: str, reader: Reader = "en", wanted: Wanted | None = None) -> Label:
    """The label of a batch as its reader may see it; what he may not see is printed as unknown.

    Without a GTIN the code holds the batch's own address at this service, and with one a GS1 Digital Link: at this
    service, with the batch in its query, or at the resolver of the number's owner.

    Raises:
        UsageError: the GTIN, serial number or resolver cannot be right, or GS1 cannot carry the lot.
    """
    wanted = wanted or Wanted()
    voice = Voice(reader)
    _ = voice.gettext
    name, lot = str(batch["batch"]), batch.get("lot")
    kind = [voice.label("material", str(batch["material"]))]
    kind += [voice.label("magnet-type", str(batch["magnet_type"]))] if batch.get("magnet_type") else []
    kind += [data(str(batch["grade"]))] if batch.get("grade") else []
    mass = batch.get("mass_mg")
    unknown = voice.label("basis", "unknown")
    rows: list[tuple[Text, Text, bool]] = [
        (_("Lot"), data(str(lot)) if lot else unknown, not lot),
        (_("Mass"), data(format_mass(mass)) if isinstance(mass, int) else unknown, not isinstance(mass, int)),
    ]
    rows += [(_("Serial number"), data(wanted.serial), False)] if wanted.serial else []
    address, told = _address(name, str(lot) if lot else "", public_url, wanted)
    return Label(address, voice.listed(kind), tuple(rows), name, told)


def label_svg(label: Label) -> str:
    """The label as an SVG of 90 x 45 mm that needs nothing else: text is text, whatever it holds."""
    shown = Drawn(has_shape).drawable(asdict(label))
    code = segno.make(label.address, error="m", micro=False)
    size, path = len(code.matrix), _path(code.matrix)
    return _environment().get_template("label.svg").render(label=shown, size=size, path=path, fit=_fit)


def labels_pdf(labels: Sequence[Label], made_at: str, reader: Reader = "en") -> bytes:
    """The labels on A4 sheets of 2 x 7 (99.1 x 38.1 mm each), archival and tagged like reports.

    Raises:
        UsageError: there are none, or more than 500.
    """
    if not 1 <= len(labels) <= MOST_LABELS:
        raise UsageError(f"Expected 1 to {MOST_LABELS} labels.")
    voice = Voice(reader)
    shown = []
    for label in labels:
        each = Drawn(in_fonts).drawable(asdict(label))
        each["code"] = segno.make(label.address, error="m", micro=False).svg_inline(border=0)
        shown.append(each)
    title = " · ".join(piece.text for piece in voice.gettext("Labels of batches"))
    said = voice.gettext("QR code of the batch's address")[0].text
    return typeset("labels.typ", {"language": reader, "title": title, "alt": said, "labels": shown}, {}, made_at)


def _address(batch: str, lot: str, public_url: str, wanted: Wanted) -> tuple[str, str]:
    """Where the code leads, and the line of GS1 beneath it."""
    path = batch.replace("#", "/")
    if not wanted.gtin:
        if wanted.resolver:
            raise UsageError("resolver: it answers for a GTIN, and none was given")
        return f"{public_url}/b/{path}", ""
    article_number(wanted.gtin)
    if not lot:
        raise UsageError("gtin: the lot of this batch is not known, and a GS1 Digital Link to a batch needs it")
    serial = wanted.serial or None
    base = web_address(wanted.resolver) if wanted.resolver else public_url
    link = digital_link(base, wanted.gtin, lot, serial)
    return link if wanted.resolver else f"{link}?batch={path}", human_readable(wanted.gtin, lot, serial)


def _path(matrix: Sequence[Sequence[int]]) -> str:
    """The dark modules as the path of an SVG: a run of them is one line."""
    drawn = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                drawn.append(f"M{x} {y}h{end - x}v1h-{end - x}z")
            x = end + 1
    return "".join(drawn)


def _fit(text: str, size: int) -> Markup:
    """What squeezes a long text into the width that there is, so that none of it is cut off."""
    wide = sum(size if ord(character) > _LATIN else size * 6 // 10 for character in text)
    return Markup(' textLength="{}" lengthAdjust="spacingAndGlyphs"').format(_WIDTH) if wide > _WIDTH else Markup("")


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
