"""Opening one's own records and batches to another organization, and withdrawing that."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.cursors import cursor, position
from api.deps import Granter, LedgerDep, Reader, viewer_of
from api.routes.batches import After, Limit
from api.shapes_grants import Grant, GrantPage, GrantRequest
from api.strict import StrictRoute
from ledger.workflows import grants

__all__ = ["get_grants", "give", "router", "withdraw"]

router = APIRouter(tags=["grants"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{22}$", description="The grant's id.")]


@router.post(
    "/v1/grants",
    operation_id="giveGrant",
    summary="Open something of one's own",
    status_code=201,
    response_model_exclude_none=True,
)
def give(asked: GrantRequest, ledger: LedgerDep, caller: Granter, response: Response) -> Grant:
    """Opens records that the caller issued, or batches that it made, to another organization, from now on.

    On a record: the disclosures that are named, or all. On a batch without `members`: as one sees it who held it once,
    and it may be exported for an audit.
    """
    wanted = grants.Wanted(
        asked.to, tuple(asked.records), tuple(asked.batches), tuple(dict.fromkeys(asked.members)), asked.expires_at
    )
    made = grants.new_grant(ledger, viewer_of(caller), wanted)
    response.headers["Location"] = f"/v1/grants/{made['id']}"
    return Grant.model_validate(made)


@router.get("/v1/grants", operation_id="listGrants", summary="Grants given and received",
            response_model_exclude_none=True)  # fmt: skip
def get_grants(ledger: LedgerDep, caller: Reader, after: After = None, limit: Limit = 50) -> GrantPage:
    """The grants that the caller gave or received, ended ones too, in the order in which they were given."""
    start = position(after, 1)
    found, last = grants.list_grants(ledger, viewer_of(caller), start[0] if start else 0, limit)
    return GrantPage.model_validate({"grants": found, "after": cursor((last,) if last is not None else None)})


@router.delete("/v1/grants/{grant}", operation_id="revokeGrant", summary="Withdraw a grant", status_code=204)
def withdraw(grant: Id, ledger: LedgerDep, caller: Granter) -> None:
    """Withdraws a grant, for good. What was read or exported under it cannot be taken back."""
    grants.revoke_grant(ledger, viewer_of(caller), grant)
