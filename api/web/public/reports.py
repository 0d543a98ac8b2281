"""A report, for whoever has its link or asked for it: what was signed, its downloads, and whether it was revoked."""

import re
from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from api.deps import LedgerDep
from api.routes.reports import Depth, Id, Link, get_bundle, get_jwt, get_pdf, get_report
from api.web.language import language_of
from api.web.pages import page
from api.web.session import MaybePageCaller
from api.web.twins import Column, Row, Table, answer, twinned
from api.web.words import N_
from ledger.documents.html import render_html
from ledger.errors import Forbidden
from ledger.values.encoding import digest
from ledger.workflows.tokens import Caller

__all__ = ["ask", "bundle", "jwt", "pdf", "report", "router"]

router = APIRouter(include_in_schema=False)

_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_HIDDEN = {"X-Robots-Tag": "noindex, nofollow"}
_COLUMNS = (
    Column("element", N_("Element"), "code"),
    Column("bucket", N_("Step"), "term:bucket"),
    Column("countries", N_("Countries"), "countries"),
    Column("share_ppm", N_("Share"), "share"),
    Column("basis", N_("Basis"), "term:basis"),
    Column("reason", N_("Reason"), "term:reason"),
)


@router.get("/r")
def ask(request: Request, report: str = "", link: Annotated[str, Query(max_length=2_000)] = "") -> Response:
    """The page that asks for a report's link, or its id and secret."""
    said = _split(report.strip(), link.strip())
    if said is not None:
        name, secret = said
        return RedirectResponse(f"/r/{name}" + (f"?{urlencode({'link': secret})}" if secret else ""), 303)
    return page(request, "public/report-ask.html", said=report, wrong=bool(report.strip()))


@router.get("/r/{report}/report.jwt")
def jwt(report: Id, ledger: LedgerDep, caller: MaybePageCaller, link: Link = None) -> Response:
    """The report as signed."""
    found = get_jwt(report, ledger, _reader(caller), link)
    return _named(found, f"{report}.jwt")


@router.get("/r/{report}/report.pdf")
def pdf(request: Request, report: Id, ledger: LedgerDep, caller: MaybePageCaller, link: Link = None) -> Response:
    """The report on paper, in the language of the page."""
    return get_pdf(report, ledger, _reader(caller), link, language_of(request))


@router.get("/r/{report}/bundle")
def bundle(report: Id, ledger: LedgerDep, caller: MaybePageCaller, link: Link = None, depth: Depth = None) -> Response:
    """The report with its evidence."""
    return get_bundle(report, ledger, _reader(caller), link, depth)


@twinned(router, "/r/{report}")
def report(request: Request, report: Id, ledger: LedgerDep, caller: MaybePageCaller, link: Link = None) -> Response:
    """The report as a page; its twins are the credential and the statement as a table."""
    found = get_report(report, ledger, _reader(caller), link)
    statement = Table(
        "statement", N_("Statement"), _COLUMNS, _cells(found.credential["credentialSubject"]["statement"])
    )
    made = answer(
        request,
        "public/report.html",
        statement,
        data={"credential": found.credential, "revoked_at": found.revoked_at or ""},
        article=Markup(render_html(found.jwt, language_of(request))),  # noqa: S704 - escaped where it is made
        report=found,
        digest=digest(found.jwt.encode()),
        query=f"?{urlencode({'link': link})}" if link else "",
    )
    made.headers.update(_HIDDEN)
    return made


def _reader(caller: Caller | None) -> Caller | None:
    if caller is not None and not caller.may("read"):
        raise Forbidden("Your token does not have the scope read.")
    return caller


def _split(report: str, secret: str) -> tuple[str, str] | None:
    """Id and secret, out of a whole link or of two fields; None where there is no id."""
    if _ID.fullmatch(report):
        return report, secret
    try:
        address = urlsplit(report)
    except ValueError:  # brackets that hold no address
        return None
    name = address.path.rpartition("/")[2].partition(".")[0]
    if not _ID.fullmatch(name):
        return None
    return name, secret or parse_qs(address.query).get("link", [""])[0]


def _cells(statement: dict[str, Any]) -> list[Row]:
    """The statement, a row for each cell; `*` is the body."""
    buckets = {
        (element, name): cells for element, said in statement["elements"].items() for name, cells in said.items()
    }
    buckets |= {("*", name): cells for name, cells in statement.items() if name != "elements"}
    return [
        {"element": element, "bucket": name, "reason": "", **cell}
        for (element, name), cells in buckets.items()
        if isinstance(cells, list)
        for cell in cells
    ]


def _named(answered: Response, name: str) -> Response:
    answered.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answered
