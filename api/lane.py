"""The lane: single records from the connection to the door and back, with nothing of ASGI between them.

A task, an event, a scope that wanders through layers and two messages for an answer cost as much as a record's rules.
What is unusual in any way (a long body, chunks, a proxy's headers, a caller who must wait) goes the long way, through
`api.door.Doorway` and the layers around it, and is answered there; here is only what all of them would let pass.
"""

import time
from functools import partial
from typing import Any, Protocol

from starlette.requests import Request
from starlette.types import Scope

from api.door import ROUTE, Answers, Became, Door, Reply
from api.guard import Counts
from api.observe import Requests, new_name, with_usual
from api.problems import Rejected, problem
from api.routes.records import must_not_be_busy
from ledger.workflows.committer import Answer

__all__ = ["Lane", "Single"]

_LONGEST = 65_536
"""The longest body: more is not read before somebody asks for it."""
_UNUSUAL = frozenset({b"expect", b"transfer-encoding", b"upgrade", b"x-forwarded-for", b"x-forwarded-proto"})


class _Sends(Protocol):
    """The connection, as far as it matters here."""

    def send_reply(self, single: "Single", reply: Reply) -> None:
        """Send an answer, if there still is anybody."""


class _Nobody:
    """Nobody waits for the parts of a body."""

    def set(self) -> None:
        """Tell nobody."""


_NOBODY = _Nobody()


class Single:
    """One record under way. It stands where the server keeps the cycle of a request, and has what it looks at."""

    __slots__ = (
        "address",
        "begun",
        "body",
        "connection",
        "disconnected",
        "keep_alive",
        "message_event",
        "more_body",
        "response_complete",
        "response_started",
        "scope",
    )

    def __init__(self, connection: _Sends, scope: Scope, address: str) -> None:
        self.connection, self.scope, self.address = connection, scope, address
        self.begun = time.perf_counter()
        self.body = bytearray()
        self.more_body = self.keep_alive = True
        self.disconnected = self.response_started = self.response_complete = False
        self.message_event = _NOBODY


class Lane:
    """What connections share: what is counted and written down, and the door."""

    def __init__(self, door: Door, counts: Counts, requests: Requests, log: Any) -> None:
        self._door, self._counts, self._requests, self._log = door, counts, requests, log
        self._answers = Answers(door.committer, self._write)
        self._lines: list[str] = []

    def begin(self, connection: _Sends, scope: Scope, host: str) -> Single | None:
        """The record that begins to come with this head, counted; or None: it goes the long way, nothing is counted.

        The caller has made sure of everything that is not in the headers: a POST to the right path, kept alive.
        """
        if not _is_usual(scope["headers"]):
            return None
        try:
            must_not_be_busy(self._door.committer)
        except Rejected:
            return None
        address = self._counts.begin(host)
        if address is None:
            return None
        scope["method"], scope["path"], scope["query_string"] = "POST", ROUTE.path, b""
        scope["lodestone.request"] = new_name()
        self._door.mark(scope)
        return Single(connection, scope, address)

    def take(self, single: Single) -> None:
        """The body is there."""
        data = bytes(single.body)
        try:
            self._answers.ask(data, partial(self._became, single, data))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            self._became(single, data, error)
            self._write()

    def gone(self, single: Single) -> None:
        """The connection has ended before the body was there: nobody reads the answer, it is for the log."""
        answer = problem(Request(single.scope), "too-slow")
        self._end(single, answer.status_code)
        self._write()

    def _became(self, single: Single, data: bytes, became: Answer | Exception) -> None:
        """Answer, whatever it is: what we did not think of is our fault, and everybody else's records go on."""
        try:
            if not isinstance(became, Became):
                raise became
            reply = self._door.reply(became, single.scope, data)
        except Exception as error:  # noqa: BLE001
            name = single.scope["lodestone.request"]
            self._log.error("failed", request=name, error=type(error).__name__, exc_info=error)
            answer = problem(Request(single.scope), "internal-error")
            reply = Reply(answer.status_code, answer.raw_headers, bytes(answer.body))
        headers = with_usual(reply.headers, single.scope["lodestone.request"])
        single.connection.send_reply(single, Reply(reply.status, headers, reply.body))
        self._end(single, reply.status)

    def _end(self, single: Single, status: int) -> None:
        self._counts.end(single.address, single.scope)
        self._lines.append(self._requests.seen(single.scope, status, time.perf_counter() - single.begun))

    def _write(self) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            self._requests.write(lines)


def _is_usual(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether these are the headers of one record in JSON of a usual length, and of nothing else."""
    kind = length = None
    for name, value in headers:
        if name == b"content-type" and kind is None:
            kind = value
        elif name == b"content-length":
            length = value
        elif name in _UNUSUAL or name == b"content-type":
            return False
    if kind is None or length is None or not length.isdigit() or int(length) > _LONGEST:
        return False
    return kind == b"application/json" or kind.partition(b";")[0].strip().lower() == b"application/json"
