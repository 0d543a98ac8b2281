"""A witness over HTTP (C2SP tlog-witness): the same routes alone, and below `/witness` of a service."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.concurrency import run_in_threadpool

from api.deps import read_body
from api.problems import MEDIA_TYPE, Rejected
from ledger.errors import NotFound
from ledger.log.witness import MAX_ADD_CHECKPOINT, SIZE_TYPE, Refusal
from ledger.workflows.witness import Witness

__all__ = ["add_checkpoint", "last_cosigned", "router"]

router = APIRouter(tags=["witness"])

_TEXT: dict[str, Any] = {"text/plain": {"schema": {"type": "string"}}}
_PROBLEM: dict[str, Any] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": _TEXT, "description": "Signature lines: the cosignatures of this witness."},
    400: {"content": _PROBLEM, "description": "Not such a request, or an old size larger than that of the checkpoint."},
    403: {"content": _PROBLEM, "description": "Not signed by the log."},
    404: {"content": _PROBLEM, "description": "The log is not known here."},
    409: {
        "content": {SIZE_TYPE: {"schema": {"type": "string"}}},
        "description": "This witness knows the log at another size, which follows.",
    },
    422: {"content": _PROBLEM, "description": "The proof does not hold."},
}
_CODES = {400: "bad-request", 403: "forbidden", 404: "not-found", 422: "verification-failed"}
_BODY = {"requestBody": {"required": True, "content": _TEXT}}


def _witness(request: Request) -> Witness:
    witness: Witness | None = request.app.state.witness
    if witness is None:
        raise NotFound("This service is no witness.")
    return witness


WitnessDep = Annotated[Witness, Depends(_witness)]


@router.post(
    "/add-checkpoint",
    operation_id="addCheckpoint",
    summary="Ask for cosignatures",
    response_class=PlainTextResponse,
    responses=_ANSWERS,
    openapi_extra=_BODY,
)
async def add_checkpoint(request: Request, witness: WitnessDep) -> Response:
    """Cosign a log's checkpoint, if it continues the last one that this witness cosigned (C2SP tlog-witness).

    The body is `old` and the size of that one, the consistency proof in base64, a blank line, and the checkpoint.
    """
    body = await read_body(request, MAX_ADD_CHECKPOINT)
    verdict = await run_in_threadpool(witness.add_checkpoint, body)
    if not isinstance(verdict, Refusal):
        return PlainTextResponse(verdict.lines)
    if verdict.size is not None:
        return Response(f"{verdict.size}\n", verdict.status, {"Content-Type": SIZE_TYPE})
    raise Rejected(_CODES[verdict.status], verdict.sentence[:1].upper() + verdict.sentence[1:] + ".")


@router.get(
    "/{origin}/checkpoint",
    operation_id="getCosigned",
    summary="The checkpoint that was cosigned last",
    response_class=PlainTextResponse,
    responses={200: {"content": _TEXT, "description": "A C2SP signed note."}},
)
def last_cosigned(
    origin: Annotated[str, Path(description="SHA-256 of the log's origin, in hexadecimal.")], witness: WitnessDep
) -> Response:
    """The last checkpoint of a log that this witness cosigned: a larger one than the log shows convicts the log."""
    return PlainTextResponse(witness.last_cosigned(origin))
