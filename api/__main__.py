"""Run the service: `python -m api`. Settings come from the environment and the ledger's folder."""

import contextlib
import gc
import os
import signal
import sys
import threading

import uvicorn

from api.app import create_app
from api.limits import limits_of
from api.serving import settings
from ledger.bundle.processes import processors
from ledger.workflows.alone import only_process
from ledger.workflows.config import read_config
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger

__all__ = ["main", "serve"]

_COLLECTED_AFTER = (50_000, 20, 50)
"""Objects that a record makes die with it, nearly all without a circle: the collector may come seldom."""
_COULD_NOT_START = 3


def serve(ledger: Ledger, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve an open ledger until the process is told to stop; what was submitted by then is committed first."""
    gc.collect()
    gc.freeze()  # what is there now stays: looking through it again and again cost a quarter of all time
    gc.set_threshold(*_COLLECTED_AFTER)
    server = uvicorn.Server(settings(create_app(ledger, ahead=processors() > 1), limits_of(ledger.config), host, port))
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _ended)  # the server gives the signal back once it has stopped
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(_COULD_NOT_START)


def _ended(_signal: int, _frame: object) -> None:
    """End as asked, so that whoever opened the ledger closes it."""
    raise SystemExit(0)


def main() -> None:
    """Open the ledger of this process's settings, and serve it."""
    config = read_config()
    with only_process(config):
        ledger = open_ledger(config)
        try:
            serve(ledger, os.environ.get("LODESTONE_HOST", "127.0.0.1"), int(os.environ.get("LODESTONE_PORT", "8000")))
        finally:
            ledger.close()


if __name__ == "__main__":
    main()
