"""What an auditor takes away: streamed, to be replayed offline."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.deps import LedgerDep, Reader, Reporter
from api.routes.batches import Place, Record
from api.routes.reports import Depth, streamed
from ledger.workflows.batch_tables import write_batch_tables
from ledger.workflows.export import write_log_export
from ledger.workflows.report import ReportRequest, make_report, write_bundle

__all__ = ["export_batch", "export_log", "export_tables", "router"]

router = APIRouter(tags=["exports"])

_STREAM = {200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "A bundle file."}}
_ZIP = {200: {"content": {"application/zip": {}}, "description": "`bundle.json`, and a folder `tables`."}}


@router.get(
    "/v1/exports/batch/{record}/{place}",
    operation_id="exportBatch",
    summary="An auditor's bundle of a batch",
    response_class=StreamingResponse,
    responses=_STREAM,  # type: ignore[arg-type]
)
def export_batch(
    record: Record, place: Place, ledger: LedgerDep, caller: Reporter, depth: Depth = None
) -> StreamingResponse:
    """A new auditor's report on the batch with its evidence: one's own records whole, others' as a buyer sees them."""
    made = make_report(ledger, ReportRequest(f"{record}#{place}", "auditor", caller.organization))
    return streamed(lambda out: write_bundle(ledger, made.id, out, depth), f"{made.id}.bundle.json")


@router.get(
    "/v1/exports/batch/{record}/{place}/tables.zip",
    operation_id="exportBatchTables",
    summary="An auditor's bundle of a batch with its tables",
    response_class=StreamingResponse,
    responses=_ZIP,  # type: ignore[arg-type]
)
def export_tables(
    record: Record,
    place: Place,
    ledger: LedgerDep,
    caller: Reporter,
    depth: Depth = None,
    table_format: Annotated[
        Literal["csv", "xlsx", "parquet", "all"], Query(alias="format", description="Of the tables.")
    ] = "all",
) -> StreamingResponse:
    """As `exportBatch`, audited here, and what that has proven as tables beside it: `lodestone audit --tables`."""
    batch = f"{record}#{place}"
    return streamed(
        lambda out: write_batch_tables(ledger, batch, caller.organization, out, depth, table_format),
        "tables.zip",
        "application/zip",
    )


@router.get(
    "/v1/exports/log",
    operation_id="exportLog",
    summary="The whole log",
    response_class=StreamingResponse,
    responses=_STREAM,  # type: ignore[arg-type]
)
def export_log(ledger: LedgerDep, caller: Reader) -> StreamingResponse:
    """Every entry in order: one's own records whole, of all others the leaves. The operator gets every record."""
    return streamed(lambda out: write_log_export(ledger, out, caller.organization), "log.json")
