"""Making, fetching and revoking reports."""

import tempfile
from collections.abc import Callable, Iterator
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from api.deps import LedgerDep, MaybeReader, Reporter
from api.press import pressed
from api.shapes import ReportRequest, ReportSeen
from api.strict import StrictRoute
from ledger.documents.html import document_policy
from ledger.documents.voice import Reader
from ledger.errors import Unauthorized
from ledger.report.seal import open_sealed
from ledger.store.reports import StoredReport
from ledger.workflows import report as making
from ledger.workflows.ledger import Ledger
from ledger.workflows.printing import report_page, report_pdf
from ledger.workflows.reports import report_by_link, report_of, revoke_report
from ledger.workflows.tokens import Caller

__all__ = [
    "get_bundle",
    "get_html",
    "get_json",
    "get_jwt",
    "get_pdf",
    "get_report",
    "make",
    "revoke",
    "router",
    "streamed",
]

router = APIRouter(tags=["reports"], route_class=StrictRoute)

_SPOOLED = 4_000_000
_CHUNK = 256 * 1024
_JWT = "application/vc+jwt"
_PDF = "application/pdf"

Id = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{22}$", description="The report's id.")]
Link = Annotated[str | None, Query(max_length=64, description="The secret of the report's link, instead of a token.")]
Language = Annotated[Reader, Query(description="en, zh, or both side by side.")]
Depth = Annotated[int | None, Query(ge=0, le=1_000_000, description="Ancestors that many records away are the last.")]


@router.post(
    "/v1/reports",
    operation_id="makeReport",
    summary="Make a report",
    status_code=201,
    response_model_exclude_none=True,
)
def make(asked: ReportRequest, ledger: LedgerDep, caller: Reporter, response: Response) -> ReportSeen:
    """A signed report on a batch that the caller holds or held, as of the newest published checkpoint.

    `link` is shown here only: whoever has it can fetch this report at `/v1/reports/{id}?link=...`.
    """
    request = making.ReportRequest(asked.batch, asked.audience, caller.organization, asked.context)
    made = making.make_report(ledger, request)
    response.headers["Location"] = f"/v1/reports/{made.id}"
    return ReportSeen(id=made.id, jwt=made.jwt, credential=made.credential, link=made.link)


@router.get("/v1/reports/{report}.json", operation_id="getReportCredential", summary="The decoded credential")
def get_json(report: Id, ledger: LedgerDep, caller: MaybeReader, link: Link = None) -> dict[str, Any]:
    """The credential, decoded, for reading. What is signed is the `.jwt`."""
    return dict(open_sealed(_found(ledger, report, caller, link).jwt).payload)


@router.get(
    "/v1/reports/{report}.jwt",
    operation_id="getReportJwt",
    summary="The report as signed",
    response_class=Response,
    responses={200: {"content": {_JWT: {"schema": {"type": "string"}}}, "description": "A compact JWS (vc+jwt)."}},
)
def get_jwt(report: Id, ledger: LedgerDep, caller: MaybeReader, link: Link = None) -> Response:
    """The compact JWS and nothing else: with a pinned policy it is enough to verify the report."""
    return Response(_found(ledger, report, caller, link).jwt, media_type=_JWT)


@router.get(
    "/v1/reports/{report}/bundle",
    operation_id="getReportBundle",
    summary="The report with its evidence",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "A bundle."}},
)
def get_bundle(
    report: Id, ledger: LedgerDep, caller: MaybeReader, link: Link = None, depth: Depth = None
) -> StreamingResponse:
    """The bundle for the report's audience, to be verified offline."""
    found = _found(ledger, report, caller, link)
    return streamed(lambda out: making.write_bundle(ledger, found, out, depth), f"{found.id}.bundle.json")


@router.get(
    "/v1/reports/{report}.html",
    operation_id="getReportHtml",
    summary="The report as a page",
    response_class=HTMLResponse,
)
def get_html(
    report: Id, ledger: LedgerDep, caller: MaybeReader, link: Link = None, lang: Language = "en"
) -> HTMLResponse:
    """The report for people, in English, Chinese, or both: what was signed, with every unknown in plain sight."""
    page = report_page(_found(ledger, report, caller, link), lang)
    return HTMLResponse(page, headers={"Content-Security-Policy": document_policy()})


@router.get(
    "/v1/reports/{report}.pdf",
    operation_id="getReportPdf",
    summary="The report as PDF",
    response_class=Response,
    responses={200: {"content": {_PDF: {"schema": {"type": "string", "format": "binary"}}}, "description": "A PDF."}},
)
def get_pdf(
    report: Id,
    ledger: LedgerDep,
    caller: MaybeReader,
    link: Link = None,
    lang: Language = "en",
    evidence: Annotated[bool, Query(description="Attach the bundle too, up to 16 MB.")] = False,
) -> Response:
    """The report on paper (PDF/A-3a, PDF/UA-1), the same bytes each time, with the signed report attached.

    The file alone can be verified: `lodestone verify FILE.pdf`.
    """
    found = _found(ledger, report, caller, link)
    with pressed():
        made = report_pdf(ledger, found, lang, evidence=evidence)
    return Response(made, headers={"Content-Disposition": f'inline; filename="{found.id}.pdf"'}, media_type=_PDF)


@router.get("/v1/reports/{report}", operation_id="getReport", summary="A report", response_model_exclude_none=True)
def get_report(report: Id, ledger: LedgerDep, caller: MaybeReader, link: Link = None) -> ReportSeen:
    """A report, for the organization that asked for it, or for whoever has its link."""
    found = _found(ledger, report, caller, link)
    credential = dict(open_sealed(found.jwt).payload)
    return ReportSeen(id=found.id, jwt=found.jwt, credential=credential, revoked_at=found.revoked_at)


@router.post("/v1/reports/{report}/revoke", operation_id="revokeReport", summary="Revoke a report", status_code=204)
def revoke(report: Id, ledger: LedgerDep, caller: Reporter) -> None:
    """Revoke a report, for good: from now on the status list says so. A second time changes nothing."""
    revoke_report(ledger, report, caller.organization)


def streamed(write: Callable[[BinaryIO], object], name: str, media_type: str = "application/json") -> StreamingResponse:
    """What a workflow writes, as a download.

    It is written to the end first, beyond a few megabytes on disk: a failure is still a problem document, and a slow
    reader does not hold a transaction open.
    """
    spooled = tempfile.SpooledTemporaryFile(max_size=_SPOOLED)  # noqa: SIM115 - the stream closes it
    try:
        write(spooled)  # type: ignore[arg-type]  # it writes as any binary file
    except BaseException:
        spooled.close()
        raise
    size = spooled.tell()
    spooled.seek(0)

    def chunks() -> Iterator[bytes]:
        with spooled:
            while chunk := spooled.read(_CHUNK):
                yield chunk

    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingResponse(chunks(), 200, headers, media_type)


def _found(ledger: Ledger, report: str, caller: Caller | None, link: str | None) -> StoredReport:
    if link is not None:
        return report_by_link(ledger, report, link)
    if caller is None:
        raise Unauthorized("This needs a bearer token, or the link of the report.")
    return report_of(ledger, report, caller.organization)
