"""The door for single records: `POST /v1/records` with one record in JSON, without the framework's machinery.

It is the one hot road, and a framework's parameters, dependencies and response models cost more than a record does.
Limits, log, numbers and problems are those of every other request. Everything else, NDJSON too, goes on to the
application. Most records do not even come this far: `api.lane` takes them from the connection.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import orjson
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.deps import content_type, read_body
from api.limits import MOST_BYTES
from api.observe import Metrics
from api.problems import Rejected, problem_of
from api.routes.records import must_not_be_busy, refused
from ledger.errors import LodestoneError, Refused
from ledger.workflows.committer import Answer, Committer

__all__ = ["ROUTE", "Answers", "Became", "Door", "Doorway", "Reply"]

Became = Answer | LodestoneError | Rejected | HTTPException
"""What became of a record: an answer, or why there is none."""


@dataclass(frozen=True, slots=True)
class _Route:
    path: str = "/v1/records"


ROUTE = _Route()
"""The route as the log and the numbers name it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Door:
    """Single records come in here, whoever brings them."""

    def __init__(self, service: FastAPI, committer: Committer, metrics: Metrics) -> None:
        self.service, self.committer, self._metrics = service, committer, metrics

    def mark(self, scope: Scope) -> None:
        """Say in a request's scope that it came in here."""
        scope["route"], scope["app"] = ROUTE, self.service

    def reply(self, became: Became, scope: Scope, data: bytes) -> Reply:
        """What is answered where this became of the record that these bytes are."""
        if isinstance(became, Answer) and became.outcome.accepted:
            return self._accepted(became)
        if isinstance(became, Answer):
            answer = refused(Request(scope), became.outcome.violations, self._metrics, data)
        elif isinstance(became, Refused):
            answer = refused(Request(scope), became.violations, self._metrics, data)
        else:
            answer = problem_of(Request(scope), became)
        return Reply(answer.status_code, answer.raw_headers, bytes(answer.body))

    def _accepted(self, answer: Answer) -> Reply:
        if answer.outcome.new:
            self._metrics.accepted.inc()
        body = orjson.dumps(answer.receipt or {})
        headers = [
            (b"location", b"/v1/records/" + answer.outcome.id.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/json"),
        ]
        return Reply(201 if answer.outcome.new else 200, headers, body)


class Doorway:
    """Brings single records to the door, and passes everything else on."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door
        self._answers = Answers(door.committer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one record, or pass the request on."""
        if scope["type"] == "http" and scope["path"] == ROUTE.path and scope["method"] == "POST":
            request = Request(scope, receive)
            if content_type(request) == "application/json":
                self._door.mark(scope)
                reply = await self._reply(request)
                await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
                await send({"type": "http.response.body", "body": reply.body})
                return
        await self._app(scope, receive, send)

    async def _reply(self, request: Request) -> Reply:
        data = b""
        became: Became
        try:
            must_not_be_busy(self._door.committer)
            data = await read_body(request, MOST_BYTES)
            became = await self._became(data)
        except (LodestoneError, Rejected, HTTPException) as error:
            became = error
        return self._door.reply(became, request.scope, data)

    async def _became(self, data: bytes) -> Answer:
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def tell(became: Answer | LodestoneError) -> None:
            if waiting.cancelled():
                return
            if isinstance(became, Answer):
                waiting.set_result(became)
            else:
                waiting.set_exception(became)

        self._answers.ask(data, tell)
        return await waiting


class Answers:
    """Brings the answers of the committer's thread to the event loop: all that are there at one call.

    `brought` is called after each of these calls.
    """

    def __init__(self, committer: Committer, brought: Callable[[], None] = lambda: None) -> None:
        self._committer, self._brought = committer, brought
        self._told: deque[tuple[Callable[[Answer | LodestoneError], None], Answer | LodestoneError]] = deque()
        self._called = False

    def ask(self, data: bytes, tell: Callable[[Answer | LodestoneError], None]) -> None:
        """Hand in a record; `tell` is called in this event loop, which must be the running one.

        Raises:
            Refused: the first tier refuses it.
            LedgerUnsafe: nobody knows.
        """
        loop = asyncio.get_running_loop()

        def told(became: Answer | LodestoneError) -> None:
            self._told.append((tell, became))
            if not self._called:
                self._called = True
                with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                    loop.call_soon_threadsafe(self._bring)

        self._committer.offer(data, told)

    def _bring(self) -> None:
        self._called = False  # before the first is taken: what comes from here on calls again
        try:
            while self._told:
                tell, became = self._told.popleft()
                tell(became)
        finally:
            self._brought()
