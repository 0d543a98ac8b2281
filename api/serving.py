"""How an application is served: the server's settings, the same for the service, the standalone witness and tests."""

import uvicorn
from fastapi import FastAPI

from api.connections import connections
from api.limits import Limits

__all__ = ["settings"]

_STOPPING_SECONDS = 30


def settings(app: FastAPI, limits: Limits, host: str, port: int) -> uvicorn.Config:
    """The settings of a server that lets no client wait for ever, says nothing of itself, and finishes what it has."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=connections(limits, getattr(app.state, "lane", None)),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOPPING_SECONDS,
    )
