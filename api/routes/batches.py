"""Browsing batches, their genealogy and their routes."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from api.cursors import cursor, position
from api.deps import LedgerDep, Reader, viewer_of
from api.shapes import Batch, BatchPage, BatchRoutes, CitationPage, TracePage
from ledger.workflows.genealogy import MOST_DEPTH, read_routes, read_trace
from ledger.workflows.reading import browse, read_batch, search_digest

__all__ = ["get_batch", "get_batches", "get_routes", "get_trace", "router", "search"]

router = APIRouter(tags=["batches"])

Record = Annotated[str, Path(description="The id of the record that made the batch.")]
Place = Annotated[int, Path(ge=0, le=9_999, description="The batch's place among its outputs.")]
After = Annotated[str | None, Query(max_length=200, description="The cursor of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=2_000, pattern=r"^[^\x00]*$")]


@router.get("/v1/batches", operation_id="listBatches", summary="Browse batches", response_model_exclude_none=True)
def get_batches(
    ledger: LedgerDep,
    caller: Reader,
    lot: Text = None,
    material: Text = None,
    holder: Text = None,
    after: After = None,
    limit: Limit = 50,
) -> BatchPage:
    """The batches that the caller holds, held or is offered, in the order of the log.

    `holder` is an organization's id. Where a batch went is told only to its present holder.
    """
    start = position(after, 2)
    found, last = browse(
        ledger,
        viewer_of(caller),
        lot=lot,
        material=material,
        holder=holder,
        after=(start[0], start[1]) if start else None,
        limit=limit,
    )
    return BatchPage(batches=[Batch.model_validate(shown) for shown in found], after=cursor(last))


@router.get(
    "/v1/batches/{record}/{place}", operation_id="getBatch", summary="A batch", response_model_exclude_none=True
)
def get_batch(record: Record, place: Place, ledger: LedgerDep, caller: Reader) -> Batch:
    """A batch as the caller may see it."""
    return Batch.model_validate(read_batch(ledger, viewer_of(caller), (record, place)))


@router.get(
    "/v1/batches/{record}/{place}/trace",
    operation_id="traceBatch",
    summary="A batch's genealogy",
    response_model_exclude_none=True,
)
def get_trace(
    record: Record,
    place: Place,
    ledger: LedgerDep,
    caller: Reader,
    direction: Literal["up", "down"] = "up",
    depth: Annotated[int, Query(ge=1, le=MOST_DEPTH)] = 20,
    after: After = None,
    limit: Limit = 100,
) -> TracePage:
    """The steps that lead to a batch (up), or that were made of it (down), nearest first."""
    start = position(after, 6)
    steps, last = read_trace(
        ledger, viewer_of(caller), (record, place), direction, depth=depth, limit=limit, after=start
    )
    return TracePage.model_validate({"steps": steps, "after": cursor(last)})


@router.get(
    "/v1/batches/{record}/{place}/routes",
    operation_id="getRoutes",
    summary="A batch's routes",
    response_model_exclude_none=True,
)
def get_routes(record: Record, place: Place, ledger: LedgerDep, caller: Reader) -> BatchRoutes:
    """Where each element of the batch has been, with exact masses: for whoever holds or held it."""
    return BatchRoutes.model_validate(read_routes(ledger, viewer_of(caller), (record, place)))


@router.get("/v1/search", operation_id="searchDigest", summary="Records citing a document", tags=["records"],
            response_model_exclude_none=True)  # fmt: skip
def search(
    digest: Annotated[str, Query(pattern="^sha-256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")],
    ledger: LedgerDep,
    caller: Reader,
    after: After = None,
    limit: Limit = 50,
) -> CitationPage:
    """The records that cite a document by its digest, among those that the caller sees wholly."""
    start = position(after, 1)
    found, last = search_digest(ledger, viewer_of(caller), digest, start[0] if start else 0, limit)
    return CitationPage.model_validate({"records": found, "after": cursor((last,) if last is not None else None)})
