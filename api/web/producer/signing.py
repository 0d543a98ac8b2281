"""`/o/sign`: records signed in the browser. The ledger prepares and takes them; the key stays with the reader."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api.deps import LedgerDep, viewer_of
from api.web.headers import PAGE_HEADERS
from api.web.pages import page
from api.web.producer.importing import organization_of
from api.web.session import PageReader, PostedForm
from ledger.errors import NotFound, Refused, UsageError, Violation
from ledger.workflows.importing import prepare
from ledger.workflows.reading import read_me

__all__ = ["ask", "filled", "prepared", "router"]

router = APIRouter(include_in_schema=False)


@router.get("/o/sign")
def ask(request: Request, ledger: LedgerDep, caller: PageReader) -> Response:
    """The page that signs."""
    return _page(request, ledger, caller, "")


@router.post("/o/sign")
def filled(request: Request, ledger: LedgerDep, caller: PageReader, form: PostedForm) -> Response:
    """The same with records in it, from a page that made them."""
    records = form.get("records", "")
    return _page(request, ledger, caller, records if isinstance(records, str) else "")


@router.post("/o/sign/prepare")
def prepared(ledger: LedgerDep, caller: PageReader, form: PostedForm) -> Response:
    """For the page's script: the records as they are to be signed, checked, and where their chain stands."""
    organization = organization_of(caller)
    viewer = viewer_of(caller)
    said, kids = form.get("records", ""), form.getlist("kid")
    if not isinstance(said, str):
        raise UsageError("Expected records as a text.")
    try:
        entries = _entries(said)
        answer: dict[str, Any] = prepare(ledger, viewer, organization, entries, [str(kid) for kid in kids]).as_json()
    except (NotFound, Refused, UsageError) as error:
        answer = {"error": str(error)}
    return Response(orjson.dumps(answer), headers=PAGE_HEADERS, media_type="application/json")


def _page(request: Request, ledger: LedgerDep, caller: PageReader, records: str) -> Response:
    organization_of(caller)
    me = read_me(ledger, viewer_of(caller))
    return page(
        request, "producer/sign.html", me=me, ledger_name=ledger.config.ledger, records=records, today=caller.at[:10]
    )


def _entries(text: str) -> list[object]:
    """Records as JSON: one object, a list of them, or one on each line.

    Raises:
        Refused: a line is no JSON.
    """
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError:
        return [_line(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    return whole if isinstance(whole, list) else [whole]


def _line(number: int, line: str) -> object:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        raise Refused([Violation("malformed", f"Line {number} is no JSON.")]) from None
