"""What everybody may read, and caches may keep: the log, the policy, the status list, names of keys and of problems."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Response

from api.deps import LedgerDep
from api.problems import PROBLEMS
from api.shapes import ProblemPage
from ledger.errors import NotFound
from ledger.log.merkle import MAX_SIZE
from ledger.log.tiles import first_part, parse_tile_path
from ledger.report.jsonld import MEDIA_TYPE, report_context
from ledger.workflows.cosigned import continuation
from ledger.workflows.open import policy_of
from ledger.workflows.reports import did_document, status_list

__all__ = ["checkpoint", "context", "did", "explain", "policy", "router", "status", "tile", "witnessed"]

router = APIRouter(tags=["public"])

_EVERYBODY = {"Access-Control-Allow-Origin": "*"}
_TEXT = "text/plain; charset=utf-8"


def _kept(seconds: int, *, immutable: bool = False) -> dict[str, str]:
    return {**_EVERYBODY, "Cache-Control": f"public, max-age={seconds}" + (", immutable" if immutable else "")}


def _says(media_type: str, description: str) -> dict[int | str, dict[str, object]]:
    return {200: {"content": {media_type: {"schema": {"type": "string"}}}, "description": description}}


@router.get(
    "/log/checkpoint",
    operation_id="getCheckpoint",
    summary="The newest checkpoint",
    response_class=Response,
    responses=_says("text/plain", "A C2SP signed note."),
)
def checkpoint(ledger: LedgerDep) -> Response:
    """The newest published checkpoint (C2SP tlog-checkpoint), signed with Ed25519 and ML-DSA-44."""
    data = ledger.published.read_object("checkpoint")
    if data is None:
        raise NotFound("Nothing has been published yet.")
    return Response(data, headers=_kept(5), media_type=_TEXT)


@router.get(
    "/log/tile/{path:path}",
    operation_id="getTile",
    summary="A tile of the log",
    response_class=Response,
    responses=_says("application/octet-stream", "Hashes or entries (C2SP tlog-tiles)."),
)
def tile(
    path: Annotated[str, Path(description="`<L>/<N>` or `entries/<N>`, as tlog-tiles says.")], ledger: LedgerDep
) -> Response:
    """A tile; it never changes. A partial one is cut from the full one, once there is that."""
    try:
        name = parse_tile_path(f"tile/{path}")
    except ValueError:
        raise NotFound("This is not the path of a tile.") from None
    data = ledger.published.read_object(name.path)
    if data is None and name != name.full:
        full = ledger.published.read_object(name.full.path)
        data = None if full is None else first_part(name, full)
    if data is None:
        raise NotFound("The log has no such tile.")
    return Response(data, headers=_kept(31_536_000, immutable=True), media_type="application/octet-stream")


@router.get(
    "/log/witnessed/{size}",
    operation_id="getWitnessed",
    summary="The newest witnessed checkpoint, from a size on",
    response_class=Response,
    responses=_says("text/plain", "An old size, a consistency proof, a blank line, and a C2SP signed note."),
)
def witnessed(
    size: Annotated[int, Path(ge=1, le=MAX_SIZE, description="How many entries the reader has a checkpoint of.")],
    ledger: LedgerDep,
) -> Response:
    """The newest checkpoint that the quorum of witnesses has cosigned, with the proof that it continues `size` entries.

    The form is that of tlog-witness; `lodestone verify` takes it beside a report.
    """
    text = continuation(ledger, size)
    if text is None:
        raise NotFound("No checkpoint that covers so many entries has been witnessed yet.")
    return Response(text, headers=_kept(5), media_type=_TEXT)


@router.get(
    "/log/policy",
    operation_id="getPolicy",
    summary="The policy file",
    response_class=Response,
    responses=_says("text/plain", "A C2SP tlog-policy file."),
)
def policy(ledger: LedgerDep) -> Response:
    """The log's keys as a policy file. Pin it once, from a place that you trust: it is what verification rests on."""
    return Response(policy_of(ledger), headers=_kept(300), media_type=_TEXT)


@router.get(
    "/v1/status/1",
    operation_id="getStatusList",
    summary="The status list of reports",
    response_class=Response,
    responses=_says("application/vc+jwt", "A Bitstring Status List credential."),
)
def status(ledger: LedgerDep) -> Response:
    """One bit for each report, set when it is revoked (W3C Bitstring Status List)."""
    return Response(status_list(ledger), headers=_kept(60), media_type="application/vc+jwt")


@router.get(
    "/.well-known/did.json",
    operation_id="getDid",
    summary="The DID document",
    response_class=Response,
    responses={200: {"content": {"application/did+json": {"schema": {"type": "object"}}}, "description": "did:web"}},
)
@router.get("/did.json", include_in_schema=False)
def did(ledger: LedgerDep) -> Response:
    """The keys that sign reports. It helps to find them; no proof rests on it."""
    return Response(orjson.dumps(did_document(ledger)), headers=_kept(300), media_type="application/did+json")


@router.get(
    "/contexts/report/v1",
    operation_id="getReportContext",
    summary="The JSON-LD context of reports",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}, "description": "A JSON-LD context."}},
)
def context() -> Response:
    """The context document of version 1; its bytes never change."""
    return Response(report_context(), headers=_kept(31_536_000, immutable=True), media_type=MEDIA_TYPE)


@router.get("/problems/{code}", operation_id="getProblem", summary="What a kind of problem means")
def explain(code: str) -> ProblemPage:
    """What the `type` of a problem document means."""
    kind = PROBLEMS.get(code)
    if kind is None:
        raise NotFound("There is no problem of this code.")
    return ProblemPage(code=code, title=kind.title, status=kind.status, meaning=kind.meaning)
