"""Signing in with a bearer token, and out."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import LedgerDep
from api.web.pages import page
from api.web.session import PostedForm, Session, begin_session, end_session, must_be_private
from ledger.errors import Unauthorized
from ledger.workflows.tokens import authenticate

__all__ = ["ask", "router", "sign_in", "sign_out"]

router = APIRouter(include_in_schema=False)

_FIRST, _LEFT = "/o", "/"


@router.get("/sign-in")
def ask(request: Request, next: str = _FIRST) -> Response:  # noqa: A002 - the name in the address
    """The page that asks for a token."""
    return page(request, "sign-in.html", onward=_within(next), refused=False)


@router.post("/sign-in")
def sign_in(request: Request, ledger: LedgerDep, form: PostedForm) -> Response:
    """Take the token, if it is valid, and go on to where the person was going."""
    must_be_private(request, ledger.config)
    token, onward = str(form.get("token", "")).strip(), _within(str(form.get("next", _FIRST)))
    try:
        caller = authenticate(ledger, token)
    except Unauthorized:
        request.scope["lodestone.problem"] = "unauthorized"  # counted as a guess
        return page(request, "sign-in.html", status=401, onward=onward, refused=True)
    answer = RedirectResponse(onward, 303)
    begin_session(answer, Session(caller, token), ledger.config)
    return answer


@router.post("/sign-out")
def sign_out(ledger: LedgerDep, _: PostedForm) -> Response:
    """Forget the token in this browser."""
    answer = RedirectResponse(_LEFT, 303)
    end_session(answer, ledger.config)
    return answer


def _within(path: str) -> str:
    """A path of this service, or the first page: nobody is sent elsewhere."""
    harmless = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if harmless else _FIRST
