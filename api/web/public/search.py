"""Which records cite a document: by its digest, as far as the reader may see."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.cursors import cursor, position
from api.deps import LedgerDep, viewer_of
from api.web.session import MaybePageCaller
from api.web.twins import Column, Row, Table, answer, twinned
from api.web.words import N_
from ledger.errors import Forbidden, Unauthorized
from ledger.values.encoding import b64u, is_digest
from ledger.workflows.reading import search_digest

__all__ = ["router", "search"]

router = APIRouter(include_in_schema=False)

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_COLUMNS = (
    Column("record", N_("Record"), "digest", lambda row: f"/o/records/{row['record']}"),
    Column("type", N_("Type"), "term:record"),
    Column("index", N_("Place in the log"), "count"),
)


@twinned(router, "/search")
def search(
    request: Request,
    ledger: LedgerDep,
    caller: MaybePageCaller,
    digest: Annotated[str, Query(max_length=200)] = "",
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The form, and what it found."""
    if caller is not None and not caller.may("read"):
        raise Forbidden("Your token does not have the scope read.")
    wanted, begin = _digest(digest), position(after, 1)
    rows: list[Row] = []
    more = None
    if wanted and caller is None and request.url.path != "/search":
        raise Unauthorized("Which records cite a document is told to organizations.")
    if wanted and caller is not None:
        found, more = search_digest(ledger, viewer_of(caller), wanted, begin[0] if begin else 0, limit)
        rows = list(found)
    table = Table(
        "records",
        N_("Records that cite it"),
        _COLUMNS,
        rows,
        after=cursor((more,) if more is not None else None),
        empty=N_("No record that you may see cites this document."),
    )
    return answer(
        request,
        "public/search.html",
        table,
        data={"digest": wanted},
        digest=wanted or digest.strip(),
        wrong=bool(digest.strip()) and not wanted,
    )


def _digest(text: str) -> str | None:
    """A digest in our form; one in hexadecimal, as other tools print it, is taken too."""
    said = text.strip()
    if _HEX.fullmatch(said):
        return f"sha-256:{b64u(bytes.fromhex(said))}"
    return said if is_digest(said) else None
