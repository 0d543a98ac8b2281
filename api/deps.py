"""What routes ask for: the ledger, the committer, who calls, and bodies that are not larger than they may be."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.observe import Metrics
from api.problems import Rejected
from ledger.errors import Forbidden, Unauthorized
from ledger.store.queries import Viewer
from ledger.workflows.committer import Committer
from ledger.workflows.ledger import Ledger
from ledger.workflows.tokens import Caller, authenticate

__all__ = [
    "CommitterDep",
    "Granter",
    "LedgerDep",
    "MaybeReader",
    "MetricsDep",
    "Operator",
    "Reader",
    "Reporter",
    "content_type",
    "read_body",
    "reader",
    "stream_body",
    "viewer_of",
]

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A bearer token of this service; `lodestone token new` makes one.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def _ledger(request: Request) -> Ledger:
    ledger: Ledger = request.app.state.ledger
    return ledger


def _committer(request: Request) -> Committer:
    committer: Committer = request.app.state.committer
    return committer


def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


LedgerDep = Annotated[Ledger, Depends(_ledger)]
CommitterDep = Annotated[Committer, Depends(_committer)]
MetricsDep = Annotated[Metrics, Depends(_metrics)]


def _maybe(request: Request, ledger: LedgerDep, credentials: Credentials) -> Caller | None:
    if credentials is None:
        if "authorization" in request.headers:
            raise Unauthorized("Expected Authorization: Bearer and a token.")
        return None
    caller = authenticate(ledger, credentials.credentials)
    request.scope["lodestone.token"] = caller.token
    request.app.state.proven.add(request.headers["authorization"].encode("latin-1"), caller.token)
    return caller


MaybeCaller = Annotated[Caller | None, Depends(_maybe)]


def _with(caller: Caller | None, scope: str) -> Caller:
    if caller is None:
        raise Unauthorized("This needs a bearer token.")
    if not caller.may(scope):
        raise Forbidden(f"This token does not have the scope {scope}.")
    return caller


def _maybe_reader(caller: MaybeCaller) -> Caller | None:
    return None if caller is None else _with(caller, "read")


def reader(caller: MaybeCaller) -> Caller:
    """The caller, if his token is for reading."""
    return _with(caller, "read")


def _reporter(caller: MaybeCaller) -> Caller:
    return _with(caller, "report")


def _granter(caller: MaybeCaller) -> Caller:
    return _with(caller, "grant")


def _operator(caller: MaybeCaller) -> Caller:
    return _with(caller, "operator")


Reader = Annotated[Caller, Depends(reader)]
Reporter = Annotated[Caller, Depends(_reporter)]
Granter = Annotated[Caller, Depends(_granter)]
Operator = Annotated[Caller, Depends(_operator)]
MaybeReader = Annotated[Caller | None, Depends(_maybe_reader)]


def viewer_of(caller: Caller) -> Viewer:
    """As whom a caller reads."""
    return Viewer(caller.number, caller.at)


def content_type(request: Request) -> str:
    """The type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(request: Request, most: int) -> bytes:
    """The body, if it is not longer than it may be; a longer one is not read to its end."""
    chunks = [chunk async for chunk in stream_body(request, most)]
    return b"".join(chunks)


async def stream_body(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body as it comes.

    Raises:
        Rejected: `too-large`, from its announced length before anything is read, else as soon as it is too long.
    """
    said = request.headers.get("content-length", "")
    too_large = Rejected("too-large", f"Expected at most {most:,} bytes.")
    if said.isdecimal() and int(said) > most:
        raise too_large
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > most:
            raise too_large
        yield chunk
