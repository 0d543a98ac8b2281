"""Reports: those that the organization asked for, one of them, a new one, and their files."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import LedgerDep, viewer_of
from api.routes.reports import Depth, Id, streamed
from api.web.headers import PAGE_HEADERS
from api.web.org.asking import asked_context
from api.web.org.sections import batch_path, moment_after, text_cursor
from api.web.pages import page
from api.web.session import PageReader, PageReporter, PostedForm
from api.web.twins import Column, Table, answer, twinned
from api.web.words import N_
from ledger.report.disclose import AUDIENCES
from ledger.report.seal import open_sealed
from ledger.store.reports import StoredReport
from ledger.workflows.own_reports import list_reports
from ledger.workflows.report import ReportRequest, make_report, write_bundle
from ledger.workflows.reports import report_of, revoke_report

__all__ = ["bundle", "jwt", "make", "report_page", "reports", "revoke", "router"]

router = APIRouter(include_in_schema=False)

_REPORTS = (
    Column("report", N_("Report"), "digest", lambda row: f"/o/reports/{row['report']}"),
    Column("batch", N_("Batch"), "digest", lambda row: batch_path(row["batch"])),
    Column("audience", N_("For"), "term:audience"),
    Column("made_at", N_("Made"), "time"),
    Column("as_of", N_("Entries of the log"), "count"),
    Column("standing", N_("Standing"), "term:standing"),
)
_VERDICTS = (
    Column("rule_pack", N_("Rule pack"), "text"),
    Column("delivered", N_("Delivered"), "time"),
    Column("verdict", N_("Verdict"), "term:verdict"),
    Column("ground", N_("Ground"), "term:ground"),
    Column("strict", N_("For every element"), "term:verdict"),
)


@twinned(router, "/o/reports")
def reports(
    request: Request,
    ledger: LedgerDep,
    caller: PageReader,
    batch: Annotated[str | None, Query(max_length=200)] = None,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """The reports made, newest first, and the form for a new one, on a batch if the address names it."""
    rows, more = list_reports(ledger, viewer_of(caller), moment_after(after))
    table = Table("reports", N_("Reports, newest first"), _REPORTS, rows, text_cursor(more))
    asks = caller.may("report")
    return answer(request, "org/reports.html", table, asks=asks, batch=batch or "", audiences=AUDIENCES)


@router.post("/o/reports")
def make(request: Request, ledger: LedgerDep, caller: PageReporter, form: PostedForm) -> Response:
    """Make a report. Its link is on this answer and nowhere else."""
    batch, audience = str(form.get("batch", "")).strip(), str(form.get("audience", ""))
    made = make_report(ledger, ReportRequest(batch, audience, caller.organization, asked_context(form)))
    return page(
        request,
        "org/new-report.html",
        status=201,
        report=made.id,
        subject=made.credential["credentialSubject"],
        link=f"{ledger.config.public_url}/r/{made.id}?link={made.link}",
    )


@router.get("/o/reports/{report}/jwt")
def jwt(report: Id, ledger: LedgerDep, caller: PageReader) -> Response:
    """The report as signed, as a file."""
    found = report_of(ledger, report, caller.organization)
    headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{report}.jwt"'}
    return Response(found.jwt, headers=headers, media_type="application/vc+jwt")


@router.get("/o/reports/{report}/bundle")
def bundle(report: Id, ledger: LedgerDep, caller: PageReader, depth: Depth = None) -> Response:
    """The report with its evidence, as a file."""
    found = report_of(ledger, report, caller.organization)
    return streamed(lambda out: write_bundle(ledger, found, out, depth), f"{report}.bundle.json")


@router.post("/o/reports/{report}/revoke")
def revoke(report: Id, ledger: LedgerDep, caller: PageReporter, _: PostedForm) -> Response:
    """Revoke a report, for good."""
    revoke_report(ledger, report, caller.organization)
    return RedirectResponse(f"/o/reports/{report}", 303)


@twinned(router, "/o/reports/{report}")
def report_page(request: Request, report: Id, ledger: LedgerDep, caller: PageReader) -> Response:
    """What a report of the reader's says in short, and its files."""
    found = report_of(ledger, report, caller.organization)
    subject: Mapping[str, Any] = dict(open_sealed(found.jwt).payload)["credentialSubject"]  # type: ignore[assignment]
    verdicts = list(subject.get("verdicts", []))
    table = Table("verdicts", N_("Verdicts"), _VERDICTS, verdicts, None, N_("None was asked for."))
    return answer(
        request,
        "org/report.html",
        table,
        data={"report": _said(found), "subject": subject},
        may_revoke=caller.may("report") and found.revoked_at is None,
        batch_address=batch_path(str(subject["batch"])),
    )


def _said(report: StoredReport) -> dict[str, Any]:
    return {
        "report": report.id,
        "audience": report.audience,
        "made_at": report.made_at,
        "as_of": report.as_of,
        "standing": "revoked" if report.revoked_at else "valid",
        "revoked_at": report.revoked_at or "",
    }
