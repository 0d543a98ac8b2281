"""Verifying an upload under this service's own policy."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from api.deps import LedgerDep, read_body, reader
from api.limits import MOST_UPLOAD
from api.problems import Rejected
from api.shapes import VerificationAnswer
from ledger.bundle.verify import verify
from ledger.documents.attached import looks_like_pdf
from ledger.documents.paper import verify_paper
from ledger.log.checkpoint import Checkpoint
from ledger.workflows.cosigned import continuation
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import policy_of

__all__ = ["router", "verified", "verify_upload"]

router = APIRouter(tags=["reports"])

_JSON = {"schema": {"type": "object"}}
_TEXT = {"schema": {"type": "string"}}
_FILE = {"schema": {"type": "string", "format": "binary"}}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": _JSON, "application/vc+jwt": _TEXT, "application/pdf": _FILE},
    }
}


@router.post(
    "/v1/verify",
    operation_id="verifyUpload",
    summary="Verify a report, a bundle or a PDF",
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

    A report (`.jwt`), a bundle and a PDF are told apart by their content.
    """
    data = await read_body(request, MOST_UPLOAD)
    if not data:
        raise Rejected("bad-request", "Expected a report, a bundle or a PDF as the body.")
    return await run_in_threadpool(verified, data, ledger, issuer)


def verified(data: bytes, ledger: Ledger, issuer: str | None) -> VerificationAnswer:
    """What this service says of a report, a bundle or a PDF, under its own policy."""
    policy = policy_of(ledger)

    def later(old: Checkpoint) -> bytes | None:
        return _later(ledger, old)

    if looks_like_pdf(data):
        answer = verify_paper(data, policy, issuer, later)
    else:
        bundle = data if data[:1] == b"{" else None
        answer = verify(None if bundle else data, bundle, policy, issuer, later)
    return VerificationAnswer.model_validate(answer.as_json())


def _later(ledger: Ledger, old: Checkpoint) -> bytes | None:
    text = continuation(ledger, old.size) if old.origin == ledger.config.origin else None
    return text.encode() if text is not None else None
