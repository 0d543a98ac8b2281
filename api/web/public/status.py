"""The state of the log: its newest checkpoint, who has signed it, those before it, and the policy to pin."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.cursors import cursor, position
from api.deps import LedgerDep
from api.web.twins import Column, Table, answer, twinned
from api.web.words import N_
from ledger.errors import NotFound
from ledger.workflows.standing import log_standing, past_checkpoints

__all__ = ["router", "status"]

router = APIRouter(include_in_schema=False)

_SIGNERS = (
    Column("name", N_("Signer"), "code"),
    Column("independent", N_("Role"), said={True: N_("independent witness"), False: N_("the log itself")}),
    Column("algorithm", N_("Algorithm")),
    Column("signed", N_("Has signed the newest checkpoint"), "flag"),
    Column("newest", N_("Largest size that it has signed"), "count"),
    Column("at", N_("At"), "time"),
)
_CHECKPOINTS = (
    Column("size", N_("Entries"), "count"),
    Column("root", N_("Root"), "digest"),
    Column("continues", N_("Continues the one before"), "flag"),
)


@twinned(router, "/status")
def status(
    request: Request,
    ledger: LedgerDep,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> Response:
    """The log as it stands."""
    found = position(after, 1)
    standing = log_standing(ledger)
    if standing is None:
        raise NotFound("Nothing has been published yet.")
    past, more = past_checkpoints(ledger, found[0] if found else None, limit)
    # what was not signed has no time, and the log's own keys state none: nothing of that is unknown
    signers = [{**asdict(each), "at": each.at or "", "newest": each.newest or ""} for each in standing.signers]
    return answer(
        request,
        "public/status.html",
        Table(
            "checkpoints",
            N_("Checkpoints, newest first"),
            _CHECKPOINTS,
            [{**asdict(each), "continues": "" if each.continues is None else each.continues} for each in past],
            after=cursor((more,) if more is not None else None),
        ),
        Table("signers", N_("Who signs"), _SIGNERS, signers),
        data={"log": asdict(standing)},
        standing=standing,
    )
