"""`/o/import`: templates out, a workbook in; every mistake at its cell, or the balance and the records to sign."""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, UploadFile

from api.deps import LedgerDep, viewer_of
from api.web.headers import PAGE_HEADERS
from api.web.language import language_of
from api.web.pages import page
from api.web.session import PageReader, PostedForm
from ledger.errors import Forbidden, NotFound, UsageError
from ledger.sheets.judged import totals
from ledger.sheets.kinds import STAGES
from ledger.sheets.limits import MOST_BYTES
from ledger.sheets.parse import read
from ledger.sheets.remarked import remarked_xlsx
from ledger.sheets.says import Unreadable
from ledger.sheets.table import Table
from ledger.sheets.templates import template
from ledger.workflows.importing import Imported, import_tables
from ledger.workflows.tokens import Caller

__all__ = ["ask", "imported", "organization_of", "router", "template_of"]

router = APIRouter(include_in_schema=False)

_MOST_FILES = 8
_MOST_SHOWN = 500
"""Mistakes on one page; the workbook that comes back has all of them."""
_MOST_HELD = 600_000
"""The largest upload that the page holds for the next question, so that nobody has to choose his files twice."""
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    data: bytes


@router.get("/o/import")
def ask(request: Request, caller: PageReader) -> Response:
    """The page that takes a spreadsheet."""
    organization_of(caller)
    return _shown(request, Imported(), [], asked=False)


@router.get("/o/import/template")
def template_of(request: Request, caller: PageReader, stage: str = "", filled: str = "") -> Response:
    """The workbook to fill in for a stage, in the language of the page; `filled` with its examples as rows."""
    organization_of(caller)
    if stage not in STAGES:
        raise NotFound("There is no template for such a stage.")
    return _download(template(stage, language_of(request), filled=bool(filled)), f"lodestone-{stage}.xlsx", _WORKBOOK)


@router.post("/o/import")
def imported(request: Request, ledger: LedgerDep, caller: PageReader, form: PostedForm) -> Response:
    """Every mistake at its cell, or what would become of the records; or the same file with remarks; or the records."""
    organization = organization_of(caller)
    files = _held(form) or _uploaded(form)
    tables: list[Table] = []
    try:
        for file in files:
            tables += read(file.data, file.name.rpartition(".")[0] if len(files) > 1 else "")
    except Unreadable as error:
        return _shown(request, Imported(remarks=list(error.remarks)), files)
    if not files:
        return _shown(request, Imported(), files, nothing=True)
    found = import_tables(ledger, viewer_of(caller), organization, tables)
    match form.get("want"):
        case "remarks" if found.remarks:
            return _download(remarked_xlsx(tables, found.remarks, language_of(request)), "remarks.xlsx", _WORKBOOK)
        case "records" if not found.remarks:
            return _download(_lines(found).encode(), "records.ndjson", "application/x-ndjson")
        case _:
            return _shown(request, found, files)


def organization_of(caller: Caller) -> str:
    """The organization for which somebody has signed in.

    Raises:
        Forbidden: he is the operator, who has no such records.
    """
    if caller.organization is None:
        raise Forbidden("This page is for organizations: the operator has no records of material.")
    return caller.organization


def _shown(
    request: Request, found: Imported, files: Sequence[_File], *, asked: bool = True, nothing: bool = False
) -> Response:
    language = language_of(request)
    outcome: Literal["", "nothing", "wrong", "good"] = ""
    if asked:
        outcome = "nothing" if nothing else "wrong" if found.remarks else "good"
    answers = [answer.as_json() for answer in found.checked]
    held = b64encode(orjson.dumps([[file.name, b64encode(file.data).decode()] for file in files])).decode()
    return page(
        request,
        "producer/import.html",
        stages=[(stage, name.said(language)) for stage, name in STAGES.items()],
        outcome=outcome,
        files=[file.name for file in files],
        held=held if outcome in ("wrong", "good") and len(held) <= _MOST_HELD else "",
        mistakes=[
            _row(remark, language) for remark in sorted(found.remarks, key=lambda each: each.where)[:_MOST_SHOWN]
        ],
        mistaken=len(found.remarks),
        unusual=[_row(remark, language) for remark in found.unusual],
        drafts=[_draft(draft, answer) for draft, answer in zip(found.drafts, answers, strict=False)],
        balance=totals(answers),
        lines=_lines(found) if outcome == "good" else "",
        most=MOST_BYTES,
    )


def _row(remark: Any, language: Any) -> dict[str, str]:
    return {"at": str(remark.where), "code": remark.code, "sentence": remark.says.said(language)}


def _draft(draft: Any, answer: dict[str, Any]) -> dict[str, Any]:
    outputs = draft.entry.get("outputs", ())
    return {
        "name": draft.name,
        "type": draft.kind,
        "at": draft.at,
        "where": str(draft.where),
        "lots": [output["lot"] for output in outputs if "lot" in output],
        "remarks": [remark["sentence"] for remark in answer["remarks"]],
    }


def _lines(found: Imported) -> str:
    return "".join(orjson.dumps(draft.entry).decode() + "\n" for draft in found.drafts)


def _uploaded(form: FormData) -> list[_File]:
    files = [each for each in form.getlist("file") if isinstance(each, UploadFile) and each.filename]
    if len(files) > _MOST_FILES:
        raise UsageError(f"Expected at most {_MOST_FILES} files at once.")
    return [_File(str(each.filename), each.file.read(MOST_BYTES + 1)) for each in files]


def _held(form: FormData) -> list[_File]:
    """The files of the question before, as the page has held them."""
    said = form.get("held", "")
    if not isinstance(said, str) or not said:
        return []
    try:
        files = orjson.loads(b64decode(said, validate=True))
        if not isinstance(files, list) or len(files) > _MOST_FILES:
            raise TypeError("no list of so many files")
        return [_File(str(name), b64decode(data, validate=True)) for name, data in files]
    except (NoBase64, ValueError, TypeError) as error:
        raise UsageError("This page does not hold the files any more: choose them again.") from error


def _download(data: bytes, name: str, media_type: str) -> Response:
    headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, headers=headers, media_type=media_type)
