"""The application: routers, problems, and the committer that lives as long as it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.concurrency import run_in_threadpool

from api.door import Door, Doorway
from api.guard import Counts, Guard, Proven
from api.lane import Lane
from api.limits import Limited, limits_of
from api.observe import Metrics, Observed, Requests, request_log, witness_seen
from api.openapi import install_openapi
from api.problems import install_problems
from api.routes import (
    batches,
    checks,
    exports,
    grants,
    labels,
    notices,
    operations,
    pictures,
    public,
    records,
    reports,
    verify,
    witness,
)
from api.web.failures import problem_page
from api.web.routers import ROUTERS
from ledger.workflows.collect import Collector
from ledger.workflows.committer import Committer
from ledger.workflows.ledger import Ledger
from ledger.workflows.witness import witness_of_service

__all__ = ["NO_TELEMETRY", "create_app"]

NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)
"""What operators see is `api.observe`; nothing is sent to anybody, whatever the environment says."""


def create_app(ledger: Ledger, *, ahead: bool = False) -> FastAPI:
    """The service on an open ledger. Whoever opened the ledger closes it, after the application has ended.

    With `ahead`, records are read in a process beside this one: on more than one processor that is worth it.
    """
    metrics = Metrics()
    app = FastAPI(
        title="Lodestone",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_life,
        telemetry=NO_TELEMETRY,
    )
    app.state.ledger = ledger
    app.state.metrics = metrics
    app.state.witness = witness_of_service(ledger.config, ledger.clock)
    app.state.committer = Committer(ledger, metrics.group_seen, ahead=ahead)
    log = request_log()
    app.state.collector = Collector(ledger, lambda outcome: witness_seen(metrics, log, outcome))
    app.state.proven = Proven()
    app.state.problem_page = problem_page
    door, counts, requests = (
        Door(app, app.state.committer, metrics),
        Counts(limits_of(ledger.config)),
        Requests(metrics),
    )
    app.state.lane = Lane(door, counts, requests, log)
    app.add_middleware(Doorway, door=door)  # innermost
    app.add_middleware(Limited)
    app.add_middleware(Guard, counts=counts, proven=app.state.proven)
    app.add_middleware(Observed, requests=requests, log=log)
    install_problems(app)
    for part in (
        records,
        checks,
        batches,
        labels,
        pictures,
        reports,
        verify,
        exports,
        grants,
        notices,
        public,
        operations,
    ):
        app.include_router(part.router)
    app.include_router(witness.router, prefix="/witness")
    for pages in ROUTERS:
        app.include_router(pages)
    install_openapi(app, _version())
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    """The committer starts before the first request, and finishes what waits after the last."""
    committer: Committer = app.state.committer
    committer.start()
    collector: Collector = app.state.collector
    collector.start()
    try:
        yield
    finally:
        collector.stop()
        await run_in_threadpool(committer.stop)


def _version() -> str:
    try:
        return version("lodestone")
    except PackageNotFoundError:
        return "0"
