"""Everything that is open to an auditor: batches, records with their proofs, balances record by record, the log."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.cursors import cursor, position
from api.deps import LedgerDep, viewer_of
from api.routes.reports import streamed
from api.web.auditor.paths import audit_path, receipt_path
from api.web.org.sections import record_path
from api.web.session import PageReader
from api.web.twins import Column, Table, answer, twinned
from api.web.words import N_
from ledger.errors import UsageError
from ledger.pictures.names import STAGE_WORDS
from ledger.values.chemistry import ELEMENTS
from ledger.workflows.export import write_log_export
from ledger.workflows.reading import browse
from ledger.workflows.record_balances import read_balances, read_open_records

__all__ = ["balances", "log", "overview", "records", "router"]

router = APIRouter(include_in_schema=False)

After = Annotated[str | None, Query(max_length=200)]
_BATCHES = (
    Column("batch", N_("Batch"), "digest", lambda row: audit_path(row["batch"])),
    Column("lot", N_("Lot")),
    Column("material", N_("Material"), "term:material"),
    Column("mass_mg", N_("Mass"), "mass"),
    Column("made_at", N_("Made"), "time"),
)
_RECORDS = (
    Column("index", N_("Place in the log"), "count"),
    Column("record", N_("Record"), "digest", lambda row: record_path(row["record"])),
    Column("type", N_("Type"), "term:record"),
    Column("at", N_("Time"), "time"),
    Column("proof", N_("Proof"), link=lambda row: receipt_path(row["record"])),
)
_BALANCES = (
    Column("index", N_("Place in the log"), "count"),
    Column("record", N_("Record"), "digest", lambda row: record_path(row["record"])),
    Column("stage", N_("Stage"), said=STAGE_WORDS),
    Column("country", N_("Country"), "country"),
    Column("in_mg", N_("Out of batches"), "mass"),
    Column("added_mg", N_("Added"), "mass"),
    Column("gained_mg", N_("Not accounted for"), "mass"),
    Column("out_mg", N_("Passed on"), "mass"),
    Column("lost_mg", N_("Lost"), "mass"),
    Column("recycled_ppm", N_("Recycled"), "share"),
    Column("unknown_ppm", N_("Unknown"), "share"),
    Column("proof", N_("Proof"), link=lambda row: receipt_path(row["record"])),
)
_PAGE = 50
_FEW = 25
"""Records with their balances on one page: each may have taken from 500 batches."""


@twinned(router, "/a")
def overview(request: Request, ledger: LedgerDep, caller: PageReader, after: After = None) -> Response:
    """The batches that are open to the reader, in the order of the log."""
    start = position(after or None, 2)
    found, last = browse(ledger, viewer_of(caller), after=(start[0], start[1]) if start else None, limit=_PAGE)
    table = Table("batches", N_("Batches open to you"), _BATCHES, found, cursor(last))
    return answer(request, "auditor/overview.html", table)


@twinned(router, "/a/records")
def records(request: Request, ledger: LedgerDep, caller: PageReader, after: After = None) -> Response:
    """The records that the reader sees wholly, each with its proof."""
    found, last = read_open_records(ledger, viewer_of(caller), _index(after), _PAGE)
    table = Table("records", N_("Records open to you"), _RECORDS, [_proven(row) for row in found], _cursor(last))
    lead = N_("Your own records, those that were sent to you and those that were granted to you whole. A proof is the "
              "record's receipt: its leaf and its path in the log, which lodestone verify checks offline.")  # fmt: skip
    return answer(request, "auditor/list.html", table, title=N_("Records with proofs"), lead=lead, elements=[])


@twinned(router, "/a/balances")
def balances(
    request: Request,
    ledger: LedgerDep,
    caller: PageReader,
    element: Annotated[str, Query(max_length=2)] = "Nd",
    after: After = None,
) -> Response:
    """An element's balance, record by record."""
    if element not in ELEMENTS:
        raise UsageError("Expected the symbol of an element, such as Nd.")
    found, last = read_balances(ledger, viewer_of(caller), element, _index(after), _FEW)
    table = Table("balances", N_("Balance by record"), _BALANCES, [_proven(row) for row in found], _cursor(last))
    lead = N_(
        "As recorded, for each process that you see wholly: out of batches + added + not accounted for = passed on + "
        "lost. Where you do not see all that a record took from, its masses are unknown to you."
    )
    return answer(
        request,
        "auditor/list.html",
        table,
        data={"element": element},
        title=N_("Balance record by record"),
        lead=lead,
        element=element,
        elements=_USUAL,
    )


_USUAL = ("Nd", "Pr", "Dy", "Tb", "Sm", "Gd", "Ce", "La", "Y", "Fe", "Co", "B")
"""What magnets are made of."""


@router.get("/a/log")
def log(ledger: LedgerDep, caller: PageReader) -> Response:
    """The whole log as a file, as `exportLog` gives it."""
    return streamed(lambda out: write_log_export(ledger, out, caller.organization), "log.json")


def _index(after: str | None) -> int:
    start = position(after or None, 1)
    return start[0] if start else -1


def _cursor(last: int | None) -> str | None:
    return cursor((last,) if last is not None else None)


def _proven(row: dict[str, object]) -> dict[str, object]:
    return {**row, "proof": "receipt.json"}
