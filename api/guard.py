"""How much one caller may ask for: so many requests a second, and so many at once.

A caller is his token, once that was proven; before that, and for all who have none, his address. Submissions need no
token, so they are counted by address, apart from reading. What is refused again and again (wrong tokens, records that
break rules) is counted too: guessing and garbage cost more than asking. Each check is a look into a dictionary.
"""

import hashlib
import ipaddress
import math
import re
from collections import OrderedDict
from functools import lru_cache

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits import Limits
from api.problems import PROBLEMS, problem
from api.rates import Buckets

__all__ = ["Counts", "Guard", "Proven", "is_heavy"]

_MOST_PROVEN = 10_000
_SUBMISSIONS = "/v1/records"
_NEVER_LIMITED = "/livez"
_SESSION = re.compile(rb"(?:^|;\s*)(?:__Host-)?lodestone=([^;\s]+)")
"""The token in the cookie of somebody who has signed in to pages (`api.web.session`)."""
_AT_ONCE = "Too many requests at once."


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


class Counts:
    """What was counted of each caller."""

    def __init__(self, limits: Limits) -> None:
        self.requests = Buckets(limits.requests)
        self.submissions = Buckets(limits.submissions)
        self.refusals = Buckets(limits.refusals)
        self.at_once = _Places(limits.at_once)
        self.heavy = _Places(limits.heavy_at_once)

    def begin(self, host: str) -> str | None:
        """Count a single record that begins to come from a host, and say who that is.

        None where he must wait: then nothing is counted, and it is the guard that tells him.
        """
        address = _network(host)
        if self.refusals.wait(address) or not self.at_once.take(address):
            return None
        if self.submissions.take(address):
            self.at_once.leave(address)
            return None
        return address

    def end(self, address: str, scope: Scope) -> None:
        """The record that began is answered."""
        self.at_once.leave(address)
        if _is_guess(scope, submits=True):
            self.refusals.take(address)


class Guard:
    """Refuses with 429 and Retry-After who asks too often or too much at once, before anything of it is read."""

    def __init__(self, app: ASGIApp, counts: Counts, proven: Proven) -> None:
        self._app, self._counts, self._proven = app, counts, proven

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] == _NEVER_LIMITED:
            await self._app(scope, receive, send)
            return
        address = _address(scope)
        submits = scope["path"] == _SUBMISSIONS
        caller = address if submits else self._caller(scope, address)
        wait = self._counts.refusals.wait(address) if caller == address else 0.0
        wait = wait or (self._counts.submissions if submits else self._counts.requests).take(caller)
        if wait:
            await _too_many(scope, receive, send, wait, "Too many requests in a short time.")
            return
        if not self._counts.at_once.take(caller):
            await _too_many(scope, receive, send, 1.0, _AT_ONCE)
            return
        try:
            await (self._heavily if is_heavy(scope) else self._passed_on)(scope, receive, send, caller)
        finally:
            self._counts.at_once.leave(caller)
        if _is_guess(scope, submits=submits):
            self._counts.refusals.take(address)

    async def _heavily(self, scope: Scope, receive: Receive, send: Send, caller: str) -> None:
        """A request that needs one of the few places; who reads his answer slowly does not keep it."""
        if not self._counts.heavy.take(caller):
            await _too_many(scope, receive, send, 1.0, _AT_ONCE)
            return
        worked_while_sent = scope["path"] == _SUBMISSIONS
        held = True

        def leave() -> None:
            nonlocal held
            if held:
                held = False
                self._counts.heavy.leave(caller)

        async def watched(message: Message) -> None:
            if not (worked_while_sent and (message["type"] == "http.response.start" or message.get("more_body"))):
                leave()
            await send(message)

        try:
            await self._passed_on(scope, receive, watched, caller)
        finally:
            leave()

    async def _passed_on(self, scope: Scope, receive: Receive, send: Send, _: str) -> None:
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:  # nobody reads the answer; it is for the log
            await problem(Request(scope), "too-slow")(scope, receive, send)

    def _caller(self, scope: Scope, address: str) -> str:
        for name, value in scope["headers"]:
            if name == b"authorization":
                return self._proven.token(value) or address
            if name == b"cookie" and (session := _SESSION.search(value)):
                return self._proven.token(b"Bearer " + session[1]) or address
        return address


class _Places:
    """So many at once for each name; 0 limits nothing."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[str, int] = {}

    def take(self, name: str) -> bool:
        """Take a place, if one is free."""
        before = self._taken.get(name, 0)
        if self._most and before >= self._most:
            return False
        self._taken[name] = before + 1
        return True

    def leave(self, name: str) -> None:
        """Give a place back."""
        left = self._taken[name] - 1
        if left:
            self._taken[name] = left
        else:
            del self._taken[name]


_FILES = ("/bundle", "/tables")
"""How the addresses of files end that are made by walking a chain."""


def is_heavy(scope: Scope) -> bool:
    """Whether a call or page may take seconds: many records at once, a bundle, an export, a verification, notices."""
    path: str = scope["path"]
    if path == _SUBMISSIONS:
        return any(name == b"content-type" and b"ndjson" in value for name, value in scope["headers"])
    if path in ("/verify", "/o/import"):
        return bool(scope["method"] == "POST")
    named = path in ("/v1/verify", "/v1/notices", "/a/log")
    return named or path.startswith("/v1/exports/") or path.endswith(_FILES)


def _is_guess(scope: Scope, *, submits: bool) -> bool:
    """Whether the answer was the refusal of a token, or of a record; a whole upload counts once."""
    code: str | None = scope.get("lodestone.problem")
    if code is None:
        return bool(scope.get("lodestone.refused"))
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
