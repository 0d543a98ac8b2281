"""Submitting and reading records."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Scope

from api.deps import CommitterDep, LedgerDep, MetricsDep, Reader, content_type, stream_body, viewer_of
from api.limits import MOST_BYTES, MOST_LINES, MOST_UPLOAD
from api.observe import Metrics
from api.problems import Rejected, problem, refusal_code, status_of
from api.shapes import ChainHead, Receipt, RecordSeen
from ledger.errors import LedgerUnsafe, Violation
from ledger.values.encoding import unb64u
from ledger.workflows import bulk
from ledger.workflows.committer import Committer
from ledger.workflows.reading import Shown, read_chain, read_receipt, read_record

__all__ = ["get_chain", "get_receipt", "get_record", "must_not_be_busy", "refused", "router", "submit"]

router = APIRouter(tags=["records"])

_MOST_WAITING = 20_000
_SPOOLED = 1_000_000
_NDJSON = "application/x-ndjson"

RecordPath = Annotated[str, Path(description="The record's id, `sha-256:` and its digest.")]

_ENVELOPE: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Envelope"}}
_LINES: dict[str, Any] = {"schema": {"type": "string", "description": "One envelope a line, at most 64 MB in all."}}
_BODY = {"requestBody": {"required": True, "content": {"application/json": _ENVELOPE, _NDJSON: _LINES}}}
_LINE_ANSWERS = {_NDJSON: {"schema": {"$ref": "#/components/schemas/LineAnswer"}}}


@router.post(
    "/v1/records",
    operation_id="submitRecords",
    summary="Submit one record, or many as NDJSON",
    status_code=201,
    response_model=None,
    openapi_extra=_BODY,
    responses={
        200: {"model": Receipt, "description": "Seen before: the first receipt. For NDJSON an outcome for each line."},
        201: {"model": Receipt, "description": "Accepted: durable, in the tree, under a published checkpoint."},
    },
)
async def submit(request: Request, ledger: LedgerDep, committer: CommitterDep, metrics: MetricsDep) -> Response:
    """A submission authenticates itself by its signatures; no token is needed.

    The record's id is the digest of its payload, so sending the same again is safe: it is answered 200 with the first
    receipt. NDJSON is answered with one `LineAnswer` a line, in order; after a refused line of a chain the rest of that
    chain answers `chain-conflict`.
    """
    if content_type(request) != _NDJSON:  # one record in JSON was taken at the door (`api.door`)
        raise Rejected("unsupported-media-type", f"Expected application/json or {_NDJSON}.")
    must_not_be_busy(committer)
    spooled = await _spooled(request)
    answers = bulk.submit_lines(_lines(spooled), ledger, committer)
    return StreamingResponse(_line_answers(answers, metrics, request.scope), 200, media_type=_NDJSON)


def must_not_be_busy(committer: Committer) -> None:
    """Refuse what would wait behind too much.

    Raises:
        Rejected: `busy`.
    """
    if committer.waiting > _MOST_WAITING:
        raise Rejected("busy", "")


def refused(request: Request, violations: Sequence[Violation], metrics: Metrics, data: bytes) -> Response:
    """The answer to a record that is refused."""
    code = _code(violations, data)
    metrics.refusals.labels(code).inc()
    return problem(request, code, " ".join(violation.sentence for violation in violations), violations)


def _code(violations: Sequence[Violation], data: bytes) -> str:
    """The code that stands for a refusal; bytes that are no JSON, the payload's too, are told apart (400, not 422)."""
    code = refusal_code(violations)
    if code != "malformed":
        return code
    try:
        outer = orjson.loads(data)
        if isinstance(outer, dict) and isinstance(outer.get("payload"), str):
            orjson.loads(unb64u(outer["payload"]))
    except orjson.JSONDecodeError:
        return "not-json"
    except ValueError:  # the payload is not even base64url
        return code
    return code


async def _spooled(request: Request) -> "tempfile.SpooledTemporaryFile[bytes]":
    """The whole upload, beyond a megabyte on disk: a client may send everything before it reads the first answer."""
    spooled = tempfile.SpooledTemporaryFile(max_size=_SPOOLED)  # noqa: SIM115 - `_lines` closes it
    lines = 0
    try:
        async for chunk in stream_body(request, MOST_UPLOAD):
            lines += chunk.count(b"\n")
            if lines > MOST_LINES:  # 64 MB of line ends would keep the service busy for minutes
                raise Rejected("too-large", f"Expected at most {MOST_LINES:,} lines.")
            spooled.write(chunk)
    except BaseException:
        spooled.close()
        raise
    spooled.seek(0)
    return spooled


def _lines(spooled: "tempfile.SpooledTemporaryFile[bytes]") -> Iterator[bytes]:
    """Line by line; of one that is too long just so much that the ledger sees it is."""
    with spooled:
        while line := spooled.readline(MOST_BYTES + 2):
            ended = line.endswith(b"\n")
            yield line[:-1] if ended else line
            while not ended and (rest := spooled.readline(MOST_BYTES + 2)):
                ended = rest.endswith(b"\n")


def _line_answers(answers: Iterable[list[bulk.LineAnswer]], metrics: Metrics, scope: Scope) -> Iterator[bytes]:
    done = 0
    try:
        for block in answers:
            done = block[-1].line if block else done
            scope["lodestone.refused"] = scope.get("lodestone.refused") or any(map(_is_refusal, block))
            yield b"".join(_line_answer(answer, metrics) for answer in block)
    except LedgerUnsafe as error:
        shown = {"line": done + 1, "status": status_of("ledger-unsafe"), "id": "", "violations": []}
        yield orjson.dumps({**shown, "sentence": str(error)}) + b"\n"


def _is_refusal(answer: bulk.LineAnswer) -> bool:
    """Whether a line was refused for itself, and not for one before it."""
    return answer.index is None and refusal_code(answer.violations) != "chain-conflict"


def _line_answer(answer: bulk.LineAnswer, metrics: Metrics) -> bytes:
    shown: dict[str, Any] = {"line": answer.line, "id": answer.id}
    if answer.index is not None:
        if answer.new:
            metrics.accepted.inc()
        shown |= {"status": 201 if answer.new else 200, "index": answer.index, "receipt": answer.receipt}
    else:
        code = refusal_code(answer.violations) if answer.data is None else _code(answer.violations, answer.data)
        metrics.refusals.labels(code).inc()
        shown |= {"status": status_of(code), "violations": [violation.as_json() for violation in answer.violations]}
    return orjson.dumps(shown) + b"\n"


@router.get("/v1/records/{record}", operation_id="getRecord", summary="A record", response_model_exclude_none=True)
def get_record(record: RecordPath, ledger: LedgerDep, caller: Reader) -> RecordSeen:
    """A record as the caller may see it. Others' records upstream of one's batches show what a buyer sees."""
    return RecordSeen.model_validate(read_record(ledger, viewer_of(caller), record))


@router.get("/v1/records/{record}/receipt", operation_id="getReceipt", summary="The receipt of a record")
def get_receipt(record: RecordPath, ledger: LedgerDep, caller: Reader) -> Receipt:
    """The receipt that was given when the record was accepted; `witnessed`, once the quorum of witnesses has signed."""
    return Receipt.model_validate(read_receipt(ledger, viewer_of(caller), record))


@router.get("/v1/chains/{chain}", operation_id="getChain", summary="Where a chain of one's own stands")
def get_chain(chain: str, ledger: LedgerDep, caller: Reader) -> ChainHead:
    """The head of a chain, for its owner alone: what the next record must name as `prev`."""
    shown: Shown = read_chain(ledger, viewer_of(caller), chain)
    return ChainHead.model_validate(shown)
