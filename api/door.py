"""The door for single records: `POST /v1/records` with one record in JSON, without the framework's machinery.

It is the one hot road, and a framework's parameters, dependencies and response models cost more than a record does.
Limits, log, numbers and problems are those of every other request, since it stands inside the same layers. Everything
else, NDJSON too, goes on to the application.
"""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

import orjson
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.deps import content_type, read_body
from api.limits import MOST_BYTES
from api.observe import Metrics
from api.problems import Rejected, problem_of
from api.routes.records import must_not_be_busy, refused
from ledger.errors import LodestoneError, Refused
from ledger.workflows.committer import Answer, Committer

__all__ = ["Door"]


@dataclass(frozen=True, slots=True)
class _Route:
    path: str = "/v1/records"


_ROUTE = _Route()


class Door:
    """Takes single records itself, and passes everything else on."""

    def __init__(self, app: ASGIApp, service: FastAPI, committer: Committer, metrics: Metrics) -> None:
        self._app, self._service, self._committer, self._metrics = app, service, committer, metrics
        self._answers = _Answers(committer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one record, or pass the request on."""
        if scope["type"] == "http" and scope["path"] == _ROUTE.path and scope["method"] == "POST":
            request = Request(scope, receive)
            if content_type(request) == "application/json":
                scope["route"], scope["app"] = _ROUTE, self._service
                await self._respond(request, send)
                return
        await self._app(scope, receive, send)

    async def _respond(self, request: Request, send: Send) -> None:
        answer = await self._answered(request)
        if isinstance(answer, Response):
            await answer(request.scope, request.receive, send)
            return
        if answer.outcome.new:
            self._metrics.accepted.inc()
        body = orjson.dumps(answer.receipt or {})
        headers = [
            (b"location", f"/v1/records/{answer.outcome.id}".encode()),
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/json"),
        ]
        status = 201 if answer.outcome.new else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answered(self, request: Request) -> Answer | Response:
        """What became of the record: an answer with a receipt, or the problem."""
        data = b""
        try:
            must_not_be_busy(self._committer)
            data = await read_body(request, MOST_BYTES)
            answer = await self._answers.of(data)
        except Refused as refusal:
            return refused(request, refusal.violations, self._metrics, data)
        except (LodestoneError, Rejected, HTTPException) as error:
            return problem_of(request, error)
        accepted = answer.outcome.accepted
        return answer if accepted else refused(request, answer.outcome.violations, self._metrics, data)


class _Answers:
    """Brings the answers of the committer's thread to the event loop: all that are there at one call."""

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._told: deque[tuple[asyncio.Future[Answer], Answer | LodestoneError]] = deque()
        self._called = False

    async def of(self, data: bytes) -> Answer:
        """What becomes of a record.

        Raises:
            Refused: the first tier refuses it.
            LedgerUnsafe: nobody knows.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Answer] = loop.create_future()

        def tell(answer: Answer | LodestoneError) -> None:
            self._told.append((waiting, answer))
            if not self._called:
                self._called = True
                with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                    loop.call_soon_threadsafe(self._bring)

        self._committer.offer(data, tell)
        return await waiting

    def _bring(self) -> None:
        self._called = False  # before the first is taken: what comes from here on calls again
        while self._told:
            waiting, answer = self._told.popleft()
            if waiting.cancelled():
                continue
            if isinstance(answer, Answer):
                waiting.set_result(answer)
            else:
                waiting.set_exception(answer)
