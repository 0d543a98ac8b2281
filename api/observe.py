"""What operators see: one line of JSON for each request, and numbers for Prometheus. No bodies, tokens or names.

Also what every answer carries: the request's id, and headers that keep browsers from guessing and caches from keeping.
"""

import os
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from ledger.workflows.collect import Outcome

__all__ = ["Metrics", "Observed", "Requests", "new_name", "request_log", "with_usual", "witness_seen"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}
"""Set where the answer does not set them itself."""


class Metrics:
    """The numbers of one application; a registry of its own, so that tests and processes do not share any."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "lodestone_requests", "Requests by route, method and status.", ["route", "method", "status"],
            registry=self.registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "lodestone_request_seconds", "Time to answer.", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.refusals = Counter("lodestone_refusals", "Refused records by code.", ["code"], registry=self.registry)
        self.accepted = Counter("lodestone_records_accepted", "Records taken into the log.", registry=self.registry)
        self.commits = Histogram(
            "lodestone_commit_seconds", "Time from group to receipts.", buckets=_SECONDS, registry=self.registry
        )
        self.groups = Histogram(
            "lodestone_group_size", "Submissions in a group.", buckets=_SIZES, registry=self.registry
        )
        self.waiting = Gauge("lodestone_waiting", "Submissions that wait for the next group.", registry=self.registry)
        self.size = Gauge("lodestone_log_size", "Entries under the published checkpoint.", registry=self.registry)

        self.witnessed = Gauge(
            "lodestone_witnessed_size", "Entries that a witness has cosigned.", ["witness"], registry=self.registry
        )
        self.unwitnessed = Counter(
            "lodestone_witness_problems", "Questions to a witness without a cosignature.", ["witness"],
            registry=self.registry,
        )  # fmt: skip

    def group_seen(self, size: int, seconds: float) -> None:
        """A group was committed."""
        self.groups.observe(size)
        self.commits.observe(seconds)


class _Stderr:
    """The standard error of the moment: whoever redirects it later gets the lines too."""

    def msg(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    info = error = warning = msg


def request_log() -> Any:
    """A logger that writes lines of JSON to stderr."""
    return structlog.wrap_logger(
        _Stderr(),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
    )


def witness_seen(metrics: Metrics, log: Any, outcome: Outcome) -> None:
    """A witness was asked: numbers, and a line where it did not cosign."""
    if outcome.size is not None:
        metrics.witnessed.labels(outcome.witness).set(outcome.size)
        return
    metrics.unwitnessed.labels(outcome.witness).inc()
    log.warning("witness", witness=outcome.witness, problem=outcome.problem)


class Requests:
    """What is written down of requests: their place in the numbers, and a line of JSON each."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._known: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def seen(self, scope: Scope, status: int, seconds: float) -> str:
        """Count a request, and say its line for the log."""
        route, method = getattr(scope.get("route"), "path", "none"), scope["method"]
        requests, took = self._counted(route, method, status)
        requests.inc()
        took.observe(seconds)
        line = {
            "request": scope["lodestone.request"],
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": int(seconds * 1000),
            "problem": scope.get("lodestone.problem"),
            "token": scope.get("lodestone.token"),
            "event": "request",
            "level": "info",
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }
        return orjson.dumps(line).decode()  # as the logger writes it, at a tenth of its cost

    def write(self, lines: Iterable[str]) -> None:
        """Write lines to the log, all at once."""
        _Stderr().msg("\n".join(lines))

    def _counted(self, route: str, method: str, status: int) -> tuple[Any, Any]:
        """The counters of a kind of request, looked up once."""
        key = route, method, status
        known = self._known.get(key)
        if known is None:
            known = self._metrics.requests.labels(route, method, str(status)), self._metrics.seconds.labels(route)
            self._known[key] = known
        return known


def with_usual(headers: Sequence[tuple[bytes, bytes]], request: str) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, with those that every answer has and the request's id."""
    present = {key for key, _ in headers}  # in small letters, as ASGI wants them
    added = [(key, value) for key, value in _HEADERS.items() if key not in present]
    return [*headers, *added, (b"x-request-id", request.encode())]


def new_name() -> str:
    """An id for a request."""
    return os.urandom(16).hex()


class Observed:
    """The outermost layer: every request gets an id, headers, a line in the log, and a place in the numbers."""

    def __init__(self, app: ASGIApp, requests: Requests, log: Any) -> None:
        self._app, self._requests, self._log = app, requests, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see what becomes of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["lodestone.request"] = name = new_name()
        begun, status = time.perf_counter(), 500
        started = False

        async def watched(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                message["headers"] = with_usual(message["headers"], name)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            self._log.error("failed", request=name, error=type(error).__name__, exc_info=error)
            if started:
                raise
            await problem(Request(scope), "internal-error")(scope, receive, watched)
        finally:
            self._requests.write([self._requests.seen(scope, status, time.perf_counter() - begun)])
