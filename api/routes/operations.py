"""For operators and for whoever wants to know who he is: health, numbers, and the token's owner."""

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.deps import CommitterDep, LedgerDep, MetricsDep, Reader, viewer_of
from api.problems import Rejected
from api.shapes import Me
from ledger.errors import LodestoneError
from ledger.workflows.health import stores_agree
from ledger.workflows.reading import read_me

__all__ = ["live", "me", "numbers", "ready", "router"]

router = APIRouter(tags=["operations"])

_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Text."}
}


@router.get("/livez", operation_id="live", summary="Is the process alive?", response_class=Response, responses=_TEXT)
def live() -> Response:
    """Answers as long as the process does."""
    return Response("ok\n", media_type="text/plain")


@router.get("/readyz", operation_id="ready", summary="Can it take records?", response_class=Response, responses=_TEXT)
def ready(ledger: LedgerDep, committer: CommitterDep) -> Response:
    """Ready: the committer works, and database, second store and published files agree."""
    if not committer.alive:
        raise Rejected("ledger-unsafe", "The committer is not running.")
    try:
        stores_agree(ledger)
    except LodestoneError:
        raise Rejected("ledger-unsafe", "The stores do not agree; the log of the service says more.") from None
    return Response("ok\n", media_type="text/plain")


@router.get(
    "/metrics", operation_id="metrics", summary="Numbers for Prometheus", response_class=Response, responses=_TEXT
)
def numbers(ledger: LedgerDep, committer: CommitterDep, metrics: MetricsDep) -> Response:
    """Requests, groups, refusals and the size of the log, without names."""
    metrics.size.set(ledger.tree.size)
    metrics.waiting.set(committer.waiting)
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/v1/me", operation_id="getMe", summary="Whom a token speaks for", response_model_exclude_none=True)
def me(ledger: LedgerDep, caller: Reader) -> Me:
    """The organization of the token, its scopes, and the name of the ledger."""
    shown = read_me(ledger, viewer_of(caller))
    return Me(**shown, scopes=sorted(caller.scopes), ledger=ledger.config.ledger)
