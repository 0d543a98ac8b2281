"""Labels of batches: a QR code that leads to the batch, one as SVG, many on sheets."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.deps import LedgerDep, Reader, viewer_of
from api.press import pressed
from api.routes.batches import Place, Record
from api.routes.reports import Language
from api.strict import StrictRoute
from ledger.documents.labels import Wanted, label_svg
from ledger.workflows.labels import batch_label, label_sheets

__all__ = ["Carried", "get_label", "get_labels", "router"]

router = APIRouter(tags=["batches"], route_class=StrictRoute)

_SVG = "image/svg+xml"
_PDF = "application/pdf"
_FILE = {"schema": {"type": "string", "format": "binary"}}
_NAME = "^sha-256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]/(0|[1-9][0-9]{0,3})$"

Gtin = Annotated[str, Query(max_length=14, description="The owner's article number: a GS1 Digital Link is made of it.")]
Serial = Annotated[str, Query(max_length=20, description="A serial number, beside a GTIN.")]
Resolver = Annotated[
    str, Query(max_length=200, description="Where the owner of the GTIN answers for it, instead of this service.")
]


def _wanted(gtin: Gtin = "", serial: Serial = "", resolver: Resolver = "") -> Wanted:
    return Wanted(gtin, serial, resolver)


Carried = Annotated[Wanted, Depends(_wanted)]
"""What one label is to carry beside the batch."""


@router.get(
    "/v1/batches/{record}/{place}/label.svg",
    operation_id="getLabel",
    summary="A batch's label",
    response_class=Response,
    responses={200: {"content": {_SVG: {"schema": {"type": "string"}}}, "description": "An SVG of 90 x 45 mm."}},
)
def get_label(
    record: Record, place: Place, ledger: LedgerDep, caller: Reader, wanted: Carried, lang: Language = "en"
) -> Response:
    """A label with a QR code: the batch's own address or, with a GTIN, a GS1 Digital Link of its lot."""
    label = batch_label(ledger, viewer_of(caller), f"{record}#{place}", lang, wanted)
    return Response(label_svg(label), media_type=_SVG)


@router.get(
    "/v1/labels.pdf",
    operation_id="getLabels",
    summary="Sheets of labels",
    response_class=Response,
    responses={200: {"content": {_PDF: _FILE}, "description": "A4 sheets of 2 x 7 labels, 99.1 x 38.1 mm each."}},
)
def get_labels(
    batch: Annotated[
        list[Annotated[str, Query(pattern=_NAME)]], Query(min_length=1, max_length=100, description="`{record}/{n}`")
    ],
    ledger: LedgerDep,
    caller: Reader,
    gtin: Gtin = "",
    serial: Annotated[list[str], Query(max_length=100, description="One label for each, of one batch.")] = [],  # noqa: B006 - read only
    resolver: Resolver = "",
    copies: Annotated[int, Query(ge=1, le=100)] = 1,
    lang: Language = "en",
) -> Response:
    """Labels of batches to print, one for each batch, or of one batch one for each serial number."""
    wanted = [Wanted(gtin, each, resolver) for each in serial or [""]]
    names = [each.replace("/", "#") for each in batch]
    with pressed():
        made = label_sheets(ledger, viewer_of(caller), names, lang, wanted, copies=copies)
    return Response(made, headers={"Content-Disposition": 'inline; filename="labels.pdf"'}, media_type=_PDF)
