"""The labels of a batch: to look at, to print; and the addresses that the codes on them hold."""

from dataclasses import asdict
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import LedgerDep, viewer_of
from api.press import pressed
from api.routes.batches import Place, Record
from api.routes.labels import Carried
from api.routes.reports import Language
from api.web.headers import PAGE_HEADERS
from api.web.pages import page
from api.web.session import PageReader
from api.web.words import N_
from ledger.documents.labels import label_svg
from ledger.errors import NotFound, UsageError
from ledger.values.encoding import is_batch_id
from ledger.workflows.labels import batch_label, label_sheets

__all__ = ["of_article", "of_batch", "router", "sheet", "show", "svg"]

router = APIRouter(include_in_schema=False)

_FAULTS = {
    "gtin": N_("Expected a GTIN of 8, 12, 13 or 14 digits, the last of them its check digit."),
    "lot": N_("GS1 takes at most 20 Latin letters, digits and signs as a lot. Leave the GTIN out for this batch."),
    "serial": N_("GS1 takes at most 20 Latin letters, digits and signs as a serial number, beside a GTIN."),
    "resolver": N_("Expected an address such as https://id.example.com, beside a GTIN."),
}
"""What is wrong, by the parameter that the refusal names."""

Copies = Annotated[int, Query(ge=1, le=100)]


@router.get("/o/batches/{record}/{place}/labels")
def show(
    request: Request,
    record: Record,
    place: Place,
    ledger: LedgerDep,
    caller: PageReader,
    wanted: Carried,
    copies: Copies = 14,
) -> Response:
    """The label, and what can be put on it."""
    name, wrong = f"{record}#{place}", ""
    label = batch_label(ledger, viewer_of(caller), name, "both")
    try:
        label = batch_label(ledger, viewer_of(caller), name, "both", wanted)
    except UsageError as error:  # the plain label stays
        wrong = str(error).partition(":")[0]
    asked = asdict(wanted)
    return page(
        request,
        "labels.html",
        batch=name,
        back=f"/o/batches/{record}/{place}",
        label=label,
        wrong=wrong,
        faults=_FAULTS,
        asked=asked,
        copies=copies,
        query=urlencode({} if wrong else {key: value for key, value in asked.items() if value}),
    )


@router.get("/o/batches/{record}/{place}/labels.svg")
def svg(
    record: Record,
    place: Place,
    ledger: LedgerDep,
    caller: PageReader,
    wanted: Carried,
    lang: Language = "both",
) -> Response:
    """The label alone."""
    label = batch_label(ledger, viewer_of(caller), f"{record}#{place}", lang, wanted)
    return Response(label_svg(label), headers=dict(PAGE_HEADERS), media_type="image/svg+xml")


@router.get("/o/batches/{record}/{place}/labels.pdf")
def sheet(
    record: Record,
    place: Place,
    ledger: LedgerDep,
    caller: PageReader,
    wanted: Carried,
    copies: Copies = 14,
    lang: Language = "both",
) -> Response:
    """A sheet of them."""
    with pressed():
        made = label_sheets(ledger, viewer_of(caller), [f"{record}#{place}"], lang, [wanted], copies=copies)
    headers = {**PAGE_HEADERS, "Content-Disposition": 'inline; filename="labels.pdf"'}
    return Response(made, headers=headers, media_type="application/pdf")


@router.get("/b/{record}/{place}")
def of_batch(record: Record, place: Place) -> Response:
    """Where the code on a label without a GTIN leads: the page of the batch, for whoever may see it."""
    return _to_batch(f"{record}/{place}")


@router.get("/01/{path:path}")
def of_article(path: str, batch: Annotated[str, Query(max_length=60)] = "") -> Response:
    """Where a GS1 Digital Link at this service leads: the batch that its query names. The GTIN is not looked up."""
    _ = path
    return _to_batch(batch)


def _to_batch(named: str) -> Response:
    record, _, place = named.partition("/")
    if not is_batch_id(f"{record}#{place}"):
        raise NotFound("This link names no batch of this ledger.")
    return RedirectResponse(f"/o/batches/{record}/{place}", 302)
