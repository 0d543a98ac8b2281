"""Checking before signing."""

from fastapi import APIRouter

from api.deps import LedgerDep, Reader, viewer_of
from api.shapes import CheckAnswer, CheckRequest
from api.strict import StrictRoute
from ledger.workflows.checking import dry_run

__all__ = ["check", "router"]

router = APIRouter(tags=["records"], route_class=StrictRoute)


@router.post(
    "/v1/check",
    operation_id="checkRecords",
    summary="Check records without storing them",
    response_model_exclude_none=True,
)
def check(asked: CheckRequest, ledger: LedgerDep, caller: Reader) -> CheckAnswer:
    """All violations, and the balance that would result. Nothing is stored, and nothing is promised for later."""
    answers = dry_run(ledger, asked.records, viewer_of(caller))
    return CheckAnswer.model_validate({"records": [answer.as_json() for answer in answers]})
