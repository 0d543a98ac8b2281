"""How much one caller may ask for: so many requests a second, and so many at once.

A caller is his token, once that was proven; before that, and for all who have none, his address. Submissions need no
token, so they are counted by address, apart from reading. What is refused again and again (wrong tokens, records that
break rules) is counted too: guessing and garbage cost more than asking. Each check is a look into a dictionary.
"""

import hashlib
import ipaddress
import math
from collections import OrderedDict
from functools import lru_cache

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.limits import Limits
from api.problems import PROBLEMS, problem
from api.rates import Buckets

__all__ = ["Guard", "Proven"]

_MOST_PROVEN = 10_000
_SUBMISSIONS = "/v1/records"
_NEVER_LIMITED = "/livez"


class Proven:
    """Authorization headers that were proven, by their hashes, so that a token is told from a guess before it is read.

    One that was revoked since may still be here: it only says whose bucket a request is counted in.
    """

    def __init__(self) -> None:
        self._tokens: OrderedDict[bytes, str] = OrderedDict()

    def add(self, header: bytes, token: str) -> None:
        """Remember that a header holds a token of this id."""
        self._tokens[hashlib.sha256(header).digest()] = token
        if len(self._tokens) > _MOST_PROVEN:
            self._tokens.popitem(last=False)

    def token(self, header: bytes) -> str | None:
        """The id of the token that a header holds, if it was proven before."""
        return self._tokens.get(hashlib.sha256(header).digest())


class Guard:
    """Refuses with 429 and Retry-After who asks too often or too much at once, before anything of it is read."""

    def __init__(self, app: ASGIApp, limits: Limits, proven: Proven) -> None:
        self._app, self._limits, self._proven = app, limits, proven
        self._requests = Buckets(limits.requests)
        self._submissions = Buckets(limits.submissions)
        self._refusals = Buckets(limits.refusals)
        self._at_once: dict[str, int] = {}
        self._heavy: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] == _NEVER_LIMITED:
            await self._app(scope, receive, send)
            return
        address = _address(scope)
        submits = scope["path"] == _SUBMISSIONS
        caller = address if submits else self._caller(scope, address)
        wait = self._refusals.wait(address) if caller == address else 0.0
        wait = wait or (self._submissions if submits else self._requests).take(caller)
        if wait:
            await _too_many(scope, receive, send, wait, "Too many requests in a short time.")
            return
        heavy = _is_heavy(scope)
        with (
            _Place(self._at_once, caller, self._limits.at_once) as free,
            _Place(self._heavy, caller, self._limits.heavy_at_once if heavy else 0) as free_too,
        ):
            if not (free and free_too):
                await _too_many(scope, receive, send, 1.0, "Too many requests at once.")
                return
            await self._passed_on(scope, receive, send)
        if _is_guess(scope, submits=submits):
            self._refusals.charge(address)

    async def _passed_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:  # nobody reads the answer; it is for the log
            await problem(Request(scope), "too-slow")(scope, receive, send)

    def _caller(self, scope: Scope, address: str) -> str:
        for name, value in scope["headers"]:
            if name == b"authorization":
                return self._proven.token(value) or address
        return address


class _Place:
    """One of the places that a name has at once; `with` says whether there was one. 0 places: no limit."""

    def __init__(self, taken: dict[str, int], name: str, most: int) -> None:
        self._taken, self._name, self._most = taken, name, most
        self._mine = False

    def __enter__(self) -> bool:
        if not self._most:
            return True
        before = self._taken.get(self._name, 0)
        if before >= self._most:
            return False
        self._taken[self._name] = before + 1
        self._mine = True
        return True

    def __exit__(self, *_: object) -> None:
        if self._mine:
            left = self._taken[self._name] - 1
            if left:
                self._taken[self._name] = left
            else:
                del self._taken[self._name]


def _is_heavy(scope: Scope) -> bool:
    """Whether a call may take seconds: many records at once, a bundle, an export, a verification."""
    path: str = scope["path"]
    if path == _SUBMISSIONS:
        return any(name == b"content-type" and b"ndjson" in value for name, value in scope["headers"])
    return path == "/v1/verify" or path.startswith("/v1/exports/") or path.endswith("/bundle")


def _is_guess(scope: Scope, *, submits: bool) -> bool:
    """Whether the answer was the refusal of a token, or of a record."""
    code: str | None = scope.get("lodestone.problem")
    if code is None:
        return False
    return code == "unauthorized" or (submits and PROBLEMS[code].status < 500 and code != "chain-conflict")


async def _too_many(scope: Scope, receive: Receive, send: Send, wait: float, sentence: str) -> None:
    seconds = max(1, math.ceil(wait))
    answer = problem(Request(scope), "too-many-requests", f"{sentence} Ask again in {seconds} s.")
    answer.headers["Retry-After"] = str(seconds)
    await answer(scope, receive, send)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return _network(client[0]) if client else ""


@lru_cache(maxsize=10_000)
def _network(host: str) -> str:
    """Whom an address stands for: itself, or of IPv6 the /64, of which one household has 2^64."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    return host if found.version == 4 else str(ipaddress.ip_network((host, 64), strict=False))
