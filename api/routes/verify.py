"""Verifying an upload under this service's own policy."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from api.deps import LedgerDep, read_body, reader
from api.limits import MOST_UPLOAD
from api.problems import Rejected
from api.shapes import VerificationAnswer
from ledger.bundle.verify import verify
from ledger.log.checkpoint import Checkpoint
from ledger.workflows.cosigned import continuation
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import policy_of

__all__ = ["router", "verified", "verify_upload"]

router = APIRouter(tags=["reports"])

_JSON = {"schema": {"type": "object"}}
_TEXT = {"schema": {"type": "string"}}
_BODY = {"requestBody": {"required": True, "content": {"application/json": _JSON, "application/vc+jwt": _TEXT}}}


@router.post(
    "/v1/verify",
    operation_id="verifyUpload",
    summary="Verify a report or a bundle",
    openapi_extra=_BODY,
    dependencies=[Depends(reader)],
    response_model_exclude_none=True,
)
async def verify_upload(
    request: Request,
    ledger: LedgerDep,
    issuer: Annotated[str | None, Query(max_length=500, description="The issuer that is expected, a did:web.")] = None,
) -> VerificationAnswer:
    """The same verification that everyone can run offline with `lodestone verify`, which needs no trust in us.

    A report (`.jwt`) and a bundle are told apart by their content.
    """
    data = await read_body(request, MOST_UPLOAD)
    if not data:
        raise Rejected("bad-request", "Expected a report or a bundle as the body.")
    return await run_in_threadpool(verified, data, ledger, issuer)


def verified(data: bytes, ledger: Ledger, issuer: str | None) -> VerificationAnswer:
    """What this service says of a report or a bundle, under its own policy."""
    bundle = data if data[:1] == b"{" else None
    answer = verify(None if bundle else data, bundle, policy_of(ledger), issuer, lambda old: _later(ledger, old))
    return VerificationAnswer.model_validate(answer.as_json())


def _later(ledger: Ledger, old: Checkpoint) -> bytes | None:
    text = continuation(ledger, old.size) if old.origin == ledger.config.origin else None
    return text.encode() if text is not None else None
