"""Verifying a file: in the browser by our module, which trusts nobody here; without scripts by this service, which says
that it judges its own.
"""  # noqa: D205 - one sentence

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from api.deps import LedgerDep
from api.press import judged
from api.routes.verify import verified
from api.web.pages import page
from api.web.session import PostedForm
from api.web.single_file import FILE_NAME, single_file_digest
from ledger.bundle.result import PASSED
from ledger.documents.paper import PAGE

__all__ = ["ask", "judge", "router"]

router = APIRouter(include_in_schema=False)


@router.get("/verify")
def ask(request: Request) -> Response:
    """The page that takes a file."""
    return _shown(request, result=None)


@router.post("/verify")
def judge(request: Request, ledger: LedgerDep, form: PostedForm) -> Response:
    """The service's own verdict on an upload, for those without scripts."""
    sent = form.get("file")
    data = sent.file.read() if isinstance(sent, UploadFile) else b""
    name = sent.filename or "" if isinstance(sent, UploadFile) else ""
    if not data:
        return _shown(request, status=422, result=None, missing=True)
    with judged():
        result = verified(data, ledger, None)
    # a page that nobody compared is not to borrow the good word of the report inside it
    print_open = any(each.check == PAGE and each.result != PASSED for each in result.checks)
    return _shown(request, result=result, name=name, print_open=print_open)


def _shown(
    request: Request,
    *,
    result: object,
    status: int = 200,
    name: str = "",
    missing: bool = False,
    print_open: bool = False,
) -> Response:
    return page(
        request,
        "public/verify.html",
        status=status,
        result=result,
        name=name,
        missing=missing,
        print_open=print_open,
        single=FILE_NAME,
        single_digest=single_file_digest(),
    )
