"""Who looks at a page: a person who pasted a bearer token, which a cookie holds that no script can read.

The cookie is for pages alone: calls under /v1 read the `Authorization` header and nothing else, so no other site can
make a browser call them. Forms carry a token made of the session's secret, and their origin must be ours.
"""

import hashlib
import hmac
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.deps import LedgerDep
from api.problems import Rejected
from ledger.errors import Forbidden, Unauthorized
from ledger.values.encoding import b64u
from ledger.values.instant import posix_seconds
from ledger.workflows.config import Config
from ledger.workflows.ledger import Ledger
from ledger.workflows.tokens import Caller, authenticate

__all__ = [
    "CSRF_HEADER",
    "MaybePageCaller",
    "PageGranter",
    "PageReader",
    "PageReporter",
    "PostedForm",
    "Session",
    "begin_session",
    "cookie_name",
    "csrf_token",
    "end_session",
    "known_session",
    "must_be_own_origin",
    "must_be_private",
    "new_visitor",
    "session_of",
    "visitor_cookie",
]

CSRF_HEADER = "x-csrf-token"
_MOST_SECONDS = 12 * 3600
_MOST_FILES, _MOST_FIELDS = 8, 1_000
_KEY = "lodestone.session"
_FORMS = (b"application/x-www-form-urlencoded", b"multipart/form-data")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Session:
    """A person who has signed in: as whom, and the bearer token that says so."""

    caller: Caller
    token: str

    def __repr__(self) -> str:
        """Without the secret: what is printed may reach a log."""
        return f"Session({self.caller.token})"


def session_of(request: Request, ledger: Ledger) -> Session | None:
    """The session of a request, by its cookie, or by a bearer token in the header (for programs that read twins).

    A cookie whose token has expired or was revoked is no session; a header with such a token is refused.

    Raises:
        Unauthorized: the header holds no valid token.
    """
    if _KEY not in request.scope:
        request.scope[_KEY] = _found(request, ledger)
    return known_session(request)


def known_session(request: Request) -> Session | None:
    """The session, if it was looked up before: pages that report a failure ask no database."""
    found: Session | None = request.scope.get(_KEY)
    return found


def _found(request: Request, ledger: Ledger) -> Session | None:
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return _session(request, ledger, token if scheme.lower() == "bearer" else "")
    kept = request.cookies.get(cookie_name(ledger.config), "")
    try:
        return _session(request, ledger, kept) if kept else None
    except Unauthorized:
        request.scope["lodestone.refused"] = True  # counted as a guess, though the page is answered
        return None


def _session(request: Request, ledger: Ledger, token: str) -> Session:
    caller = authenticate(ledger, token)
    request.scope["lodestone.token"] = caller.token
    request.app.state.proven.add(b"Bearer " + token.encode(), caller.token)
    return Session(caller, token)


# ---- cookies


def cookie_name(config: Config) -> str:
    """The name of the session's cookie; with TLS one that no other host of the domain can set."""
    return "__Host-lodestone" if _secure(config) else "lodestone"


def visitor_cookie(config: Config) -> str:
    """The name of the cookie that binds the forms of those who are not signed in to their browser."""
    return cookie_name(config) + "-visitor"


def begin_session(answer: Response, session: Session, config: Config) -> None:
    """Let the browser keep the token: until it expires, and for twelve hours at most."""
    left = posix_seconds(session.caller.expires_at) - posix_seconds(session.caller.at)
    answer.set_cookie(
        cookie_name(config),
        session.token,
        max_age=min(left, _MOST_SECONDS),
        secure=_secure(config),
        httponly=True,
        samesite="strict",
    )


def end_session(answer: Response, config: Config) -> None:
    """Let the browser forget the token. The token itself stays valid elsewhere."""
    answer.delete_cookie(cookie_name(config), secure=_secure(config), httponly=True, samesite="strict")


def new_visitor(answer: Response, visitor: str, config: Config) -> None:
    """Let the browser keep a random value to which forms are bound."""
    answer.set_cookie(visitor_cookie(config), visitor, secure=_secure(config), httponly=True, samesite="strict")


def _secure(config: Config) -> bool:
    return config.public_url.startswith("https:")


# ---- forms


def csrf_token(request: Request, ledger: Ledger) -> tuple[str, str | None]:
    """What a form must carry, and a new visitor's value where the browser has to keep one for it."""
    session = session_of(request, ledger)
    known = session.token if session else request.cookies.get(visitor_cookie(ledger.config), "")
    made = None if known else b64u(os.urandom(16))
    return _bound(known or made or ""), made


def _bound(secret: str) -> str:
    return b64u(hmac.digest(secret.encode(), b"lodestone form", hashlib.sha256))


def must_be_own_origin(request: Request, config: Config) -> None:
    """Refuse what another site made a browser send.

    Raises:
        Forbidden: the request does not say that it comes from a page of this service.
    """
    origin, host = request.headers.get("origin", ""), request.headers.get("host", "")
    public = urlsplit(config.public_url)
    own = {f"{public.scheme}://{public.netloc}", f"http://{host}", f"https://{host}"}
    if origin not in own or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Forbidden("Expected a form that was sent from a page of this service.")


def must_be_private(request: Request, config: Config) -> None:
    """Refuse a token that would go over the open network, where the service's public address is one with TLS.

    Raises:
        Forbidden: the page was reached without TLS, and not on this machine.
    """
    try:
        origin = urlsplit(request.headers.get("origin", ""))
    except ValueError:  # an address of brackets, in the host's name too
        origin = urlsplit("")
    if _secure(config) and origin.scheme != "https" and origin.hostname not in _LOCAL:
        raise Forbidden(f"Expected to be reached at {config.public_url}: here the token would not be kept secret.")


async def _posted(request: Request, ledger: LedgerDep) -> AsyncIterator[FormData]:
    """The fields of a form that one of our pages has sent, with the token of this session."""
    must_be_own_origin(request, ledger.config)
    _must_be_a_form(request)
    async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS) as form:
        expected, _ = await run_in_threadpool(csrf_token, request, ledger)
        given = form.get("csrf") or request.headers.get(CSRF_HEADER, "")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
            raise Forbidden("Expected a form of this session: load its page again, and send it once more.")
        yield form


def _must_be_a_form(request: Request) -> None:
    """Browsers send forms as UTF-8. Other codecs may take minutes for a megabyte (punycode), or give half characters.

    The header is read by the parser's own reader, so that both see the same charset.
    """
    kind, said = parse_options_header(request.headers.get("content-type"))
    if kind not in _FORMS or said.get(b"charset", b"utf-8").lower() != b"utf-8":
        raise Rejected("unsupported-media-type", "Expected the fields of a form, in UTF-8.")


PostedForm = Annotated[FormData, Depends(_posted)]
"""The fields of a form, which was sent by a page of ours within this session."""


# ---- who may


def _maybe(request: Request, ledger: LedgerDep) -> Caller | None:
    session = session_of(request, ledger)
    return session.caller if session else None


MaybePageCaller = Annotated[Caller | None, Depends(_maybe)]


def _with(caller: Caller | None, scope: str) -> Caller:
    if caller is None:
        raise Unauthorized("This page is for those who have signed in.")
    if not caller.may(scope):
        raise Forbidden(f"Your token does not have the scope {scope}.")
    return caller


def _reader(caller: MaybePageCaller) -> Caller:
    return _with(caller, "read")


def _reporter(caller: MaybePageCaller) -> Caller:
    return _with(caller, "report")


def _granter(caller: MaybePageCaller) -> Caller:
    return _with(caller, "grant")


PageReader = Annotated[Caller, Depends(_reader)]
PageReporter = Annotated[Caller, Depends(_reporter)]
PageGranter = Annotated[Caller, Depends(_granter)]
