"""The first page of an organization: who it is here, what waits for it, where its chain stands."""

from fastapi import APIRouter, Request, Response

from api.deps import LedgerDep, viewer_of
from api.web.org.transfers import COLUMNS, offer_rows
from api.web.session import PageReader
from api.web.twins import Table, answer, twinned
from api.web.words import N_
from ledger.workflows.own_chains import chains_and_keys
from ledger.workflows.reading import read_names
from ledger.workflows.waiting import waiting

__all__ = ["overview", "router"]

router = APIRouter(include_in_schema=False)

_FEW = 10


@twinned(router, "/o")
def overview(request: Request, ledger: LedgerDep, caller: PageReader) -> Response:
    """Names in both scripts, what waits, and the reader's chains."""
    viewer = viewer_of(caller)
    offered, more = waiting(ledger, viewer, sent=False, limit=_FEW)
    chains, _ = chains_and_keys(ledger, viewer)
    table = Table("offered", N_("Waiting for your answer"), COLUMNS, offer_rows(offered), None, N_("Nothing waits."))
    data = {"organization": read_names(ledger, viewer), "chains": chains, "scopes": sorted(caller.scopes)}
    return answer(request, "org/overview.html", table, data=data, more=more is not None, expires=None)
