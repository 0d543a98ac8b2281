"""A process whose files are recorded: it founds or opens a ledger and submits until it is done, or something fails.

    LD_PRELOAD=shim.so SHIM_ROOT=... SHIM_RECORD=... python -m tests.faults.workload HOME ROUNDS

What clients see is marked in the record at the moment when they see it: what they send, receipts, checkpoints. A mark
is a line of JSON: `{"policy"}`, `{"sent", "data"}`, `{"receipt"}`, `{"unanswered"}`.
"""

import ctypes
import sys
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from ledger.errors import LedgerUnsafe
from ledger.workflows.committer import Answer, Committer
from ledger.workflows.open import open_ledger, policy_of
from tests.api.people import admit, config_of
from tests.faults.clients import Client
from tests.faults.seen import Seen, noon

__all__ = ["main"]

_CLIENTS = 3
_PATIENCE = 60


def main(home: str, rounds: int) -> int:
    """Exit code 0: everything was answered with a receipt; 3: something failed, and no more than that is promised."""
    config = config_of(Path(home))
    try:
        with closing(open_ledger(config, noon)) as ledger:
            seen = Seen(policy_of(ledger))
            _mark({"policy": seen.policy})
            clients = [Client(admit(ledger, f"Producer {number}"), seen) for number in range(_CLIENTS)]
            committer = Committer(ledger)
            committer.start()
            try:
                for _ in range(rounds):
                    _round(committer, clients)
            finally:
                committer.stop()
    except Exception as error:  # noqa: BLE001 - whatever a file operation that failed comes out as
        _mark({"failed": f"{type(error).__name__}: {error}"})
        return 3
    return 0


def _round(committer: Committer, clients: list[Client]) -> None:
    """Everybody sends one record; again what was not answered, a few times."""
    for _ in range(3):
        waiting = []
        for client in clients:
            record, data = client.next()
            _mark({"sent": record, "data": data.decode()})
            try:
                future = committer.submit(data)
            except LedgerUnsafe as error:
                _mark({"unanswered": str(error)})
                continue
            future.add_done_callback(_answered)
            waiting.append((client, future))
        for client, future in waiting:
            if future.exception(_PATIENCE) is None:
                client.answered(future.result().receipt or {})
        if all(client.waiting is None for client in clients):
            return
    raise LedgerUnsafe("nobody was answered any more")


def _answered(future: "Future[Answer]") -> None:
    error = future.exception()
    _mark({"unanswered": str(error)} if error else {"receipt": future.result().receipt})


def _mark(said: dict[str, Any]) -> None:
    _shim.shim_mark(orjson.dumps(said))


_shim = ctypes.CDLL(None)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
