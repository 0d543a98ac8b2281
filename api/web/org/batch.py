"""One batch: what it is, where it came from, what became of it, what is said of it, and what can be done with it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.cursors import cursor, position
from api.deps import LedgerDep, viewer_of
from api.routes.batches import Place, Record
from api.web.org.batches import holding
from api.web.org.sections import batch_path, record_path
from api.web.org.told import route_rows
from api.web.session import PageReader
from api.web.twins import Column, Table, answer, twinned
from api.web.words import N_
from ledger.values.chemistry import RARE_EARTHS
from ledger.workflows.batch_view import made_of, made_of_it, read_evidence, read_own_routes
from ledger.workflows.reading import Shown, read_batch

__all__ = ["batch_page", "router"]

router = APIRouter(include_in_schema=False)

_NEIGHBOURS = (
    Column("batch", N_("Batch"), "digest", lambda row: batch_path(row["batch"])),
    Column("lot", N_("Lot"), "text"),
    Column("material", N_("Material"), "term:material"),
    Column("mass_mg", N_("Mass taken"), "mass"),
    Column("record", N_("By the record"), "digest", lambda row: record_path(row["record"])),
)
_ROUTES = (
    Column("element", N_("Element"), "text"),
    Column("share_ppm", N_("Share"), "share"),
    Column("mass_mg", N_("Mass"), "mass"),
    Column("origin", N_("Origin"), "term:origin"),
    Column("known", N_("Known"), "text"),
    Column("reason", N_("Reason"), "text"),
    Column("stages", N_("Stages"), "list"),
)
_CERTIFICATES = (
    Column("scheme", N_("Scheme"), "text"),
    Column("about", N_("About"), "term:certified"),
    Column("from", N_("Valid from"), "time"),
    Column("to", N_("Valid to"), "time"),
    Column("number", N_("Number"), "text"),
    Column("certifier", N_("Issued by"), "text"),
    Column("record", N_("Record"), "digest", lambda row: record_path(row["record"])),
)
_INQUIRIES = (
    Column("record", N_("Inquiry"), "digest", lambda row: record_path(row["record"])),
    Column("outcome", N_("Outcome"), "term:outcome"),
    Column("sent", N_("Sent"), "time"),
    Column("due", N_("Due"), "time"),
    Column("closed", N_("Closed"), "time"),
)
_CONTENTS = (
    Column("batch", N_("Batch"), "digest", lambda row: batch_path(row["batch"])),
    Column("material", N_("Material"), "term:material"),
    Column("mass_mg", N_("Mass"), "mass"),
)
After = Annotated[str | None, Query(max_length=200)]


@twinned(router, "/o/batches/{record}/{place}")
def batch_page(
    request: Request,
    record: Record,
    place: Place,
    ledger: LedgerDep,
    caller: PageReader,
    up_after: After = None,
    down_after: After = None,
) -> Response:
    """Everything that the reader may know of a batch. What was made of it is on a page of its own where it is much."""
    viewer, name = viewer_of(caller), (record, place)
    batch = read_batch(ledger, viewer, name)
    batch["holding"] = holding(batch)
    up, more_up = made_of(ledger, viewer, name, position(up_after or None, 6))
    start = position(down_after or None, 2)
    down, more_down = made_of_it(ledger, viewer, name, (start[0], start[1]) if start else None)
    routes = read_own_routes(ledger, viewer, name)
    evidence = read_evidence(ledger, viewer, name)
    rows = route_rows(routes["elements"]) if routes else []
    tables = [
        Table("made_of", N_("What it was made of"), _NEIGHBOURS, up, None, N_("It is where a chain begins.")),
        Table("made_of_it", N_("What was made of it"), _NEIGHBOURS, down, None, N_("Nothing that you may see.")),
        Table("routes", N_("Routes by element"), _ROUTES, rows),
        Table("certificates", N_("Certificates"), _CERTIFICATES, _certificates(evidence), None, _NONE_VALID),
        Table("inquiries", N_("Inquiries"), _INQUIRIES, _inquiries(evidence), None, N_("None is known.")),
        Table("contents", N_("What is inside"), _CONTENTS, batch.get("contents", [])),
    ]
    return answer(
        request,
        "org/batch.html",
        *tables,
        data={"batch": batch, "evidence": evidence},
        may_report=evidence is not None and caller.may("report"),
        routes=_by_element(rows) if routes else None,
        more={"up_after": cursor(more_up), "down_after": cursor(more_down)},
        path=batch_path(batch["batch"]),
    )


_NONE_VALID = N_("None is valid today.")


def _certificates(evidence: Shown | None) -> list[Shown]:
    if evidence is None:
        return []
    kept = ("scheme", "about", "number", "certifier", "document", "record")
    return [
        {name: each.get(name, "") for name in kept}
        | {end: each.get("valid", {}).get(end, "") for end in ("from", "to")}
        for each in evidence["certificates"]
    ]


def _inquiries(evidence: Shown | None) -> list[Shown]:
    if evidence is None:
        return []
    return [{"sent": "", "due": "", "closed": "", **each} for each in evidence["inquiries"]]


def _by_element(rows: Sequence[Shown]) -> dict[str, list[Shown]]:
    """Rows by element: rare earths first, and the body, which is no element, last."""
    found: dict[str, list[Shown]] = {}
    for row in sorted(rows, key=lambda row: (row["element"] == "*", row["element"] not in RARE_EARTHS)):
        found.setdefault(row["element"], []).append(row)
    return found
