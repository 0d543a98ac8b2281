"""The standalone witness: its routes, and nothing else of the service."""

import contextlib

import uvicorn
from fastapi import FastAPI, Response
from starlette.responses import PlainTextResponse

from api.app import NO_TELEMETRY
from api.guard import Counts, Guard, Proven
from api.limits import Limited, Limits
from api.observe import Metrics, Observed, Requests, request_log
from api.problems import install_problems
from api.routes import witness as routes
from api.serving import settings
from ledger.errors import LodestoneError
from ledger.workflows.witness import Witness

__all__ = ["create_witness_app", "serve_witness"]


def create_witness_app(witness: Witness) -> FastAPI:
    """The witness as an application: `POST /add-checkpoint`, what was cosigned last, and `/livez`."""
    app = FastAPI(
        title="Lodestone witness",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    app.state.witness = witness
    app.state.ledger = None
    app.state.problem_page = None  # it has no pages
    app.add_middleware(Limited)
    app.add_middleware(Guard, counts=Counts(Limits()), proven=Proven())
    app.add_middleware(Observed, requests=Requests(Metrics()), log=request_log())
    install_problems(app)
    app.include_router(routes.router)
    app.add_api_route("/livez", _live, methods=["GET"])
    return app


def _live() -> Response:
    return PlainTextResponse("ok\n")


def serve_witness(witness: Witness, host: str, port: int) -> None:
    """Serve until the process is told to stop.

    Raises:
        LodestoneError: nothing can listen there.
    """
    server = uvicorn.Server(settings(create_witness_app(witness), Limits(), host, port))
    with contextlib.suppress(KeyboardInterrupt, SystemExit):  # uvicorn ends the process where it cannot listen
        server.run()
    if not server.started:
        raise LodestoneError(f"the witness cannot listen on {host}, port {port}")
