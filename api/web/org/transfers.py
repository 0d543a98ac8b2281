"""Transfers that wait: what is offered to the organization, and how it is received; what it offered itself."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from api.cursors import cursor, position
from api.deps import LedgerDep, viewer_of
from api.web.org.sections import batch_path, record_path
from api.web.session import PageReader
from api.web.twins import Column, Table, answer, twinned
from api.web.words import N_
from ledger.workflows.reading import Shown
from ledger.workflows.waiting import draft_receive, draft_withdrawal, waiting

__all__ = ["COLUMNS", "offer_rows", "router", "transfers"]

router = APIRouter(include_in_schema=False)

_BATCH = (
    Column("batch", N_("Batch"), "digest", lambda row: batch_path(row["batch"])),
    Column("lot", N_("Lot"), "text"),
    Column("material", N_("Material"), "term:material"),
    Column("left_mg", N_("Mass offered"), "mass"),
    Column("terms", N_("Terms"), "term:terms"),
    Column("at", N_("Sent"), "time"),
    Column("transfer", N_("Transfer"), "digest", lambda row: record_path(row["transfer"])),
)
COLUMNS = (*_BATCH, Column("from", N_("From organization"), "digest"))
_SENT = (*_BATCH, Column("to", N_("To organization"), "digest"))
After = Annotated[str | None, Query(max_length=200)]


@twinned(router, "/o/transfers")
def transfers(
    request: Request, ledger: LedgerDep, caller: PageReader, after: After = None, sent_after: After = None
) -> Response:
    """Both lists, a row for each batch, and for each offer the record that would receive it."""
    viewer = viewer_of(caller)
    offered, more = waiting(ledger, viewer, sent=False, after=_number(after))
    sent, more_sent = (
        ([], None) if caller.number is None else waiting(ledger, viewer, sent=True, after=_number(sent_after))
    )
    tables = [
        Table("offered", N_("Waiting for your answer"), COLUMNS, offer_rows(offered), cursor(_one(more)), _NOTHING),
        Table("sent", N_("Waiting for somebody else's answer"), _SENT, offer_rows(sent), None, _NOTHING),
    ]
    return answer(
        request,
        "org/transfers.html",
        *tables,
        offers=[_drafted(each, caller.at, received=True) for each in offered],
        sent=[_drafted(each, caller.at, received=False) for each in sent],
        more_sent=cursor(_one(more_sent)),
        operator=caller.number is None,
    )


_NOTHING = N_("Nothing waits.")


def _number(after: str | None) -> int | None:
    start = position(after or None, 1)
    return start[0] if start else None


def _one(number: int | None) -> tuple[int, ...] | None:
    return None if number is None else (number,)


def offer_rows(found: list[Shown]) -> list[Shown]:
    """A row for each batch of some transfers."""
    kept = ("transfer", "at", "terms", "from", "to")
    return [
        {
            **{name: each[name] for name in kept},
            **{name: batch.get(name) for name in ("batch", "lot", "material", "left_mg")},
        }
        for each in found
        for batch in each["batches"]
    ]


def _drafted(transfer: Shown, at: str, *, received: bool) -> dict[str, Any]:
    refusal = draft_withdrawal(transfer, at)
    draft = draft_receive(transfer, at) if received else refusal
    return {
        "transfer": transfer["transfer"],
        "batches": transfer["batches"],
        "at": transfer["at"],
        "draft": orjson.dumps(draft).decode(),
        "refusal": orjson.dumps(refusal).decode(),
    }
