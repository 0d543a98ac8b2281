"""The batches of an organization: newest first, narrowed by facets, found by lot, name or element."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.cursors import cursor, position
from api.deps import LedgerDep, viewer_of
from api.web.org.sections import batch_path, known
from api.web.session import PageReader
from api.web.twins import Column, Table, answer, twinned
from api.web.words import N_
from ledger.values.chemistry import ELEMENTS
from ledger.values.vocabulary import MATERIALS
from ledger.workflows.browsing import SCOPES, BatchQuery, list_batches
from ledger.workflows.reading import Shown

__all__ = ["batches", "holding", "router"]

router = APIRouter(include_in_schema=False)

COLUMNS = (
    Column("batch", N_("Batch"), "digest", lambda row: batch_path(row["batch"])),
    Column("lot", N_("Lot"), "text"),
    Column("material", N_("Material"), "term:material"),
    Column("mass_mg", N_("Mass made"), "mass"),
    Column("left_mg", N_("Left"), "mass"),
    Column("composition", N_("Composition"), "composition"),
    Column("made_at", N_("Made"), "time"),
    Column("holding", N_("How it is held"), "term:holding"),
)
OPERATOR_COLUMNS = (*COLUMNS, Column("holder", N_("Holder"), "digest"))
_LISTED = 50
Word = Annotated[str | None, Field(max_length=200, pattern=r"^[^\x00]*$")]


class _Narrowed(BaseModel):
    """What the address narrows the list by."""

    scope: Word = None
    material: Word = None
    facility: Word = None
    element: Word = None
    q: Word = None
    holder: Word = None
    after: Word = None


@twinned(router, "/o/batches")
def batches(
    request: Request, ledger: LedgerDep, caller: PageReader, narrowed: Annotated[_Narrowed, Query()]
) -> Response:
    """A page of batches, and what to narrow it by."""
    said = narrowed
    query = BatchQuery(
        known(said.scope, SCOPES, "scope") or "held",
        known(said.material, MATERIALS, "material"),
        said.facility or None,
        known(said.element, tuple(sorted(ELEMENTS)), "element"),
        said.q or None,
        said.holder or None,
    )
    start = position(said.after or None, 2)
    found = list_batches(ledger, viewer_of(caller), query, (start[0], start[1]) if start else None, _LISTED)
    rows = [{**batch, "holding": holding(batch)} for batch in found.batches]
    columns = COLUMNS if caller.number is not None else OPERATOR_COLUMNS
    more = cursor(found.after)
    empty = (
        N_("None of the batches that were looked at fits. The next page looks at earlier ones.")
        if more
        else N_("There is no such batch.")
    )
    table = Table("batches", N_("Batches, newest first"), columns, rows, more, empty)
    facets: dict[str, Any] = {
        "materials": [{"material": name, "count": count} for name, count in found.materials.items()],
        "facilities": found.facilities,
        "looked_at": found.looked_at,
        "whole": found.whole,
    }
    return answer(
        request,
        "org/batches.html",
        table,
        data={"facets": facets, "scope": query.scope},
        query=query,
        scopes=SCOPES,
        materials=MATERIALS,
        operator=caller.number is None,
    )


def holding(batch: Shown) -> str:
    """How the reader stands to a batch that he may see, as a code."""
    if batch["seen_as"] in ("granted", "buyer"):
        return "granted"
    if batch.get("in_transit"):
        return "sent" if batch.get("holds") else "offered"
    return "held" if batch.get("holds") else "past"
