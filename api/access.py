"""Who may ask what: the authorization matrix as data, call by call. `docs/access.md` shows it, a test tries it all.

What a caller may not see answers as what does not exist (404), so nobody learns that it does. Integrity never hangs on
this table: a submission is authenticated by its signatures alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ANSWERS", "MATRIX", "NEEDS", "PAGES", "RELATIONS", "PageRow", "Row"]

RELATIONS: Mapping[str, str] = {
    "maker": "issued the record, made the batch, asked for the report, owns the chain, gave the grant",
    "partner": "the addressee of a transfer; the sender of what was received",
    "holder": "holds the batch, held it once, or is offered it; of a transfer: had the batch before it",
    "downstream": "holds or held something made of it, and never it itself",
    "upstream": "made or held something that it was made of, and never it itself",
    "grantee": "was granted all of it, and is nothing else to it; of a grant: it is for him",
    "stranger": "none of these",
    "operator": "has a token of the operator's own",
}
"""How an organization stands to what it asks about."""

NEEDS: Mapping[str, str] = {
    "nothing": "open to everybody",
    "signature": "the signatures of the submission itself",
    "read": "a token with the scope read",
    "report": "a token with the scope report",
    "grant": "a token with the scope grant",
    "read or link": "a token with the scope read, or the secret of the report's link",
}

ANSWERS: Mapping[str, str] = {
    "own": "all of it",
    "addressee": "all of it but its place in the sender's chain",
    "holder": "all of it",
    "granted": "what was granted",
    "buyer": "what a buyer sees: no names, no masses",
    "yes": "answered",
    "listed": "in the list",
    "left out": "answered without it",
    "-": "as if it did not exist",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One call on one kind of thing: what it needs, and the answer to each relation (the same to all: `everybody`)."""

    call: str
    about: str
    needs: str
    answers: Mapping[str, str]


def _row(call: str, about: str, needs: str, *answers: str) -> Row:
    return Row(call, about, needs, dict(zip(RELATIONS, answers, strict=True)))


def _all(call: str, needs: str, about: str = "") -> Row:
    return Row(call, about, needs, dict.fromkeys(RELATIONS, "yes"))


_THREE = ("listed", "left out", "listed")
"""The answers of lists to a grantee, a stranger and the operator."""

MATRIX: tuple[Row, ...] = (
    # maker, partner, holder, downstream, upstream, grantee, stranger, operator
    _row("getRecord", "what made a batch", "read", "own", "-", "buyer", "buyer", "-", "granted", "-", "own"),
    _row("getRecord", "a transfer", "read", "own", "addressee", "-", "buyer", "-", "granted", "-", "own"),
    _row("getRecord", "a receipt of goods", "read", "own", "-", "-", "buyer", "-", "granted", "-", "own"),
    _row("getRecord", "any other record", "read", "own", "-", "-", "-", "-", "granted", "-", "own"),
    _row("getReceipt", "what made a batch", "read", "yes", "-", "yes", "yes", "-", "yes", "-", "yes"),
    _row("getReceipt", "a transfer", "read", "yes", "yes", "-", "yes", "-", "yes", "-", "yes"),
    _row("getReceipt", "a receipt of goods", "read", "yes", "-", "-", "yes", "-", "yes", "-", "yes"),
    _row("getReceipt", "any other record", "read", "yes", "-", "-", "-", "-", "yes", "-", "yes"),
    _row("getChain", "a chain", "read", "yes", *("-",) * 6, "yes"),
    _row("listBatches", "a batch", "read", "listed", "left out", "listed", "left out", "left out", *_THREE),
    _row("getBatch", "a batch", "read", "own", "-", "holder", "buyer", "-", "granted", "-", "own"),
    _row("traceBatch", "a batch", "read", "yes", "-", "yes", "yes", "-", "yes", "-", "yes"),
    _row("getRoutes", "a batch", "read", "yes", "-", "yes", "-", "-", "yes", "-", "yes"),
    _row("getPicture", "a batch", "read", "yes", "-", "yes", "-", "-", "yes", "-", "yes"),
    _row("getPictureData", "a batch", "read", "yes", "-", "yes", "-", "-", "yes", "-", "yes"),
    _row("getPictureTable", "a batch", "read", "yes", "-", "yes", "-", "-", "yes", "-", "yes"),
    _row("getLabel", "a batch", "read", "yes", "-", "yes", "yes", "-", "yes", "-", "yes"),
    _row("getLabels", "a batch", "read", "yes", "-", "yes", "yes", "-", "yes", "-", "yes"),
    _row("searchDigest", "a document cited", "read", "listed", *("left out",) * 4, *_THREE),
    _row("makeReport", "a batch", "report", "yes", "-", "yes", *("-",) * 4, "yes"),
    _row("exportBatch", "a batch", "report", "yes", "-", "yes", "-", "-", "yes", "-", "yes"),
    _row("exportBatchTables", "a batch", "report", "yes", "-", "yes", "-", "-", "yes", "-", "yes"),
    _row("getReport", "a report", "read or link", "yes", *("-",) * 6, "yes"),
    _row("getReportCredential", "a report", "read or link", "yes", *("-",) * 6, "yes"),
    _row("getReportJwt", "a report", "read or link", "yes", *("-",) * 6, "yes"),
    _row("getReportHtml", "a report", "read or link", "yes", *("-",) * 6, "yes"),
    _row("getReportPdf", "a report", "read or link", "yes", *("-",) * 6, "yes"),
    _row("getReportBundle", "a report", "read or link", "yes", *("-",) * 6, "yes"),
    _row("revokeReport", "a report", "report", "yes", *("-",) * 6, "yes"),
    _row("exportLog", "a record", "read", "listed", *("left out",) * 6, "listed"),
    _row("giveGrant", "a batch", "grant", "yes", *("-",) * 7),
    _row("listGrants", "a grant", "read", "listed", *("left out",) * 4, *_THREE),
    _row("revokeGrant", "a grant", "grant", "yes", *("-",) * 6, "yes"),
    _row("listNotices", "an offer taken", "read", "listed", "listed", *("left out",) * 6),
    _all("checkRecords", "read"),
    _all("verifyUpload", "read"),
    _all("getMe", "read"),
    _all("submitRecords", "signature"),
    _all("addCheckpoint", "nothing"),
    _all("getCosigned", "nothing"),
    _all("getWitnessed", "nothing"),
    _all("getCheckpoint", "nothing"),
    _all("getTile", "nothing"),
    _all("getPolicy", "nothing"),
    _all("getStatusList", "nothing"),
    _all("getDid", "nothing"),
    _all("getReportContext", "nothing"),
    _all("getProblem", "nothing"),
    _all("live", "nothing"),
    _all("ready", "nothing"),
    _all("metrics", "nothing"),
)
"""Every call of the OpenAPI document. A call that is not here fails the test that reads both."""


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page: what it needs, and the call as which it answers, if it is about something that not everybody may see.

    Its twins (`.json`, `.csv`) answer alike. A form that a page sends has a row of its own, with its method.
    """

    path: str
    needs: str = "nothing"
    call: str = ""
    about: str = ""
    method: str = "GET"


PAGES: tuple[PageRow, ...] = (
    PageRow("/"),
    PageRow("/r"),
    PageRow("/r/{report}", "read or link", "getReport", "a report"),
    PageRow("/r/{report}/report.jwt", "read or link", "getReportJwt", "a report"),
    PageRow("/r/{report}/report.pdf", "read or link", "getReportPdf", "a report"),
    PageRow("/r/{report}/bundle", "read or link", "getReportBundle", "a report"),
    PageRow("/verify"),
    PageRow("/verify", method="POST"),
    PageRow("/search", call="searchDigest", about="a document cited"),
    PageRow("/status"),
    PageRow("/docs"),
    PageRow("/o/batches/{record}/{place}/pictures", "read", "getPicture", "a batch"),
    PageRow("/o/import", "read"),
    PageRow("/o/import", "read", method="POST"),
    PageRow("/o/import/template", "read"),
    PageRow("/o/sign", "read"),
    PageRow("/o/sign", "read", method="POST"),
    PageRow("/o/sign/prepare", "read", method="POST"),
    PageRow("/a", "read", "listBatches", "a batch"),
    PageRow("/a/records", "read"),
    PageRow("/a/balances", "read"),
    PageRow("/a/log", "read", "exportLog", "a record"),
    PageRow("/a/batches/{record}/{place}", "read", "getPicture", "a batch"),
    PageRow("/a/batches/{record}/{place}/genealogy", "read", "traceBatch", "a batch"),
    PageRow("/a/batches/{record}/{place}/bundle", "report", "exportBatch", "a batch"),
    PageRow("/a/batches/{record}/{place}/tables", "report", "exportBatchTables", "a batch"),
    PageRow("/sign-in"),
    PageRow("/sign-in", method="POST"),
    PageRow("/sign-out", method="POST"),
    PageRow("/o/batches/{record}/{place}/labels", "read", call="getLabel", about="a batch"),
    PageRow("/o/batches/{record}/{place}/labels.svg", "read", call="getLabel", about="a batch"),
    PageRow("/o/batches/{record}/{place}/labels.pdf", "read", call="getLabels", about="a batch"),
    PageRow("/b/{record}/{place}"),
    PageRow("/01/{path:path}"),
    PageRow("/static/{path:path}"),
    PageRow("/verifier/lodestone-verify.html"),
    PageRow("/verifier/lodestone-verify.html.sha256"),
    PageRow("/o", "read"),
    PageRow("/o/batches", "read"),
    PageRow("/o/batches/{record}/{place}", "read", "getBatch", "a batch"),
    PageRow("/o/transfers", "read"),
    PageRow("/o/records", "read"),
    PageRow("/o/records/{record}", "read", "getRecord", "what made a batch"),
    PageRow("/o/records/{record}/receipt", "read", "getReceipt", "what made a batch"),
    PageRow("/o/reports", "read"),
    PageRow("/o/reports", "report", method="POST"),
    PageRow("/o/reports/{report}", "read", "getReport", "a report"),
    PageRow("/o/reports/{report}/jwt", "read", "getReportJwt", "a report"),
    PageRow("/o/reports/{report}/bundle", "read", "getReportBundle", "a report"),
    PageRow("/o/reports/{report}/revoke", "report", method="POST"),
    PageRow("/o/recycled", "read"),
    PageRow("/o/tokens", "read"),
    PageRow("/o/tokens", "read", method="POST"),
    PageRow("/o/tokens/{token}/revoke", "read", method="POST"),
    PageRow("/o/keys", "read"),
)
"""Every page and form; one that is not here fails a test. A session's cookie is for these alone, not for calls."""
