"""One supply chain for an auditor: an element's balance by stage, the genealogy with masses, and what to take away."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.cursors import cursor, position
from api.deps import LedgerDep, viewer_of
from api.routes.batches import Place, Record
from api.routes.reports import streamed
from api.web.auditor.paths import audit_path, receipt_path
from api.web.language import language_of
from api.web.org.sections import batch_path, record_path
from api.web.pictures.tables import balance_table, pictures_path
from api.web.session import PageReader, PageReporter
from api.web.twins import Column, Row, Table, answer, twinned
from api.web.words import N_
from ledger.errors import UsageError
from ledger.pictures.drawn_sankey import endings_said, summary_said
from ledger.pictures.twins import Rows, balance_rows
from ledger.workflows.batch_tables import write_batch_tables
from ledger.workflows.flows import ElementFlows, read_flows
from ledger.workflows.genealogy import MOST_DEPTH, open_among, read_trace
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import read_batch
from ledger.workflows.report import ReportRequest, make_report, write_bundle
from ledger.workflows.tokens import Caller

__all__ = ["bundle", "chain", "genealogy", "router", "tables"]

router = APIRouter(include_in_schema=False)

_PAGE = 50
_NOTHING = {"taken": "", "mass_mg": "", "proof": "receipt.json"}
"""What a source took."""


@twinned(router, "/a/batches/{record}/{place}")
def chain(
    request: Request,
    record: Record,
    place: Place,
    ledger: LedgerDep,
    caller: PageReader,
    element: Annotated[str | None, Query(max_length=2)] = None,
) -> Response:
    """A batch that the reader sees all of, with the balance of an element by stage."""
    name = (record, place)
    found = _flows(ledger, caller, name, element or None)
    rows = balance_rows(found.flows) if found else Rows((), ())
    language = language_of(request)
    batch = read_batch(ledger, viewer_of(caller), name)
    return answer(
        request,
        "auditor/chain.html",
        balance_table(rows),
        data={"batch": batch, "element": found.flows.element if found else None},
        path=audit_path(f"{record}#{place}"),
        batch_path=batch_path(f"{record}#{place}"),
        pictures_path=pictures_path(f"{record}#{place}"),
        element=found.flows.element if found else None,
        elements=found.elements if found else (),
        summary=summary_said(found.flows, language) if found else "",
        endings=endings_said(found.flows, language) if found else [],
    )


@twinned(router, "/a/batches/{record}/{place}/genealogy")
def genealogy(
    request: Request,
    record: Record,
    place: Place,
    ledger: LedgerDep,
    caller: PageReader,
    direction: Literal["up", "down"] = "up",
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """The steps that lead to a batch, or from it, nearest first, page by page."""
    steps, last = read_trace(
        ledger,
        viewer_of(caller),
        (record, place),
        direction,
        depth=MOST_DEPTH,
        limit=_PAGE,
        after=position(after or None, 6),
    )
    caption = N_("What it was made of") if direction == "up" else N_("What was made of it")
    rows = [{**step, "proof": "receipt.json"} if "taken" in step else {**_NOTHING, **step} for step in steps]
    named = {name for step in steps for name in (step["made"], step.get("taken")) if name}
    columns = _steps(open_among(ledger, viewer_of(caller), named))
    table = Table("genealogy", caption, columns, rows, cursor(last), N_("Nothing that you may see."))
    here = f"{record}#{place}"
    return answer(request, "auditor/genealogy.html", table, batch=here, path=audit_path(here), direction=direction)


@router.get("/a/batches/{record}/{place}/bundle")
def bundle(record: Record, place: Place, ledger: LedgerDep, caller: PageReporter) -> Response:
    """An auditor's bundle as a file, as `exportBatch` gives it."""
    made = make_report(ledger, ReportRequest(f"{record}#{place}", "auditor", caller.organization))
    return streamed(lambda out: write_bundle(ledger, made.id, out), f"{made.id}.bundle.json")


@router.get("/a/batches/{record}/{place}/tables")
def tables(record: Record, place: Place, ledger: LedgerDep, caller: PageReporter) -> Response:
    """The bundle with its tables as a file, as `exportBatchTables` gives it."""
    named = f"{record}#{place}"
    return streamed(
        lambda out: write_batch_tables(ledger, named, caller.organization, out, None, "all"),
        "tables.zip",
        "application/zip",
    )


def _steps(seen: set[str]) -> tuple[Column, ...]:
    """The columns of a genealogy; batches that the reader sees all of lead to their audits."""

    def to(member: str) -> Callable[[Row], str | None]:
        return lambda row: audit_path(row[member]) if row.get(member) in seen else None

    return (
        Column("depth", N_("Records away"), "count"),
        Column("type", N_("Type"), "term:record"),
        Column("made", N_("Batch made"), "digest", to("made")),
        Column("taken", N_("Out of"), "digest", to("taken")),
        Column("mass_mg", N_("Mass taken"), "mass"),
        Column("record", N_("Record"), "digest", lambda row: record_path(row["record"])),
        Column("proof", N_("Proof"), link=lambda row: receipt_path(row["record"])),
    )


def _flows(ledger: Ledger, caller: Caller, name: tuple[str, int], element: str | None) -> ElementFlows | None:
    """The flows of an element; None where nobody stated what the batch is made of."""
    try:
        return read_flows(ledger, viewer_of(caller), name, element)
    except UsageError:
        if element is not None:
            raise
        return None
