"""Producers who submit in parallel, each on a chain of his own: material comes in, is worked, some becomes a sample.

A client who got no answer sends the same record again, as long as it takes; only then he signs the next one.
"""

import http.client
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.api.people import KG, Producer
from tests.faults.seen import Seen

__all__ = ["Client", "Connection", "NotAnswered", "Refusal", "in_parallel"]


class NotAnswered(Exception):
    """No receipt came back: the connection broke, or the service said that nothing is promised."""


class Refusal(Exception):
    """The service refused a record that is in order."""


Answer = tuple[int, bytes]

_NONE: Mapping[str, str] = {}
_PATIENCE = 20


@dataclass(slots=True)
class Client:
    """One producer, and the record of his that waits for an answer."""

    producer: Producer
    seen: Seen
    batch: str = ""
    turn: int = 0
    waiting: tuple[str, bytes] | None = None

    def next(self) -> tuple[str, bytes]:
        """The record to send: the one that was not answered, else a new one."""
        if self.waiting is None:
            data, record = self.producer.sign(*self._says())
            self.waiting = record, data
            self.seen.sending(record, data)
        return self.waiting

    def answered(self, receipt: Mapping[str, Any]) -> None:
        """The receipt of the record that waited has come."""
        record, _ = self.next()
        assert receipt["record"] == record
        self.seen.given(receipt)
        if self.turn % 3 == 0:
            self.batch = f"{record}#0"
        self.producer.issuer.advance(record)
        self.turn, self.waiting = self.turn + 1, None

    def send(self, connection: "Connection") -> None:
        """Send one record.

        Raises:
            NotAnswered: as it says; the same record is sent the next time.
            Refusal: the record is in order, and refused all the same.
        """
        _, data = self.next()
        self.answered(connection.post(data))

    def _says(self) -> tuple[str, dict[str, Any]]:
        if self.turn % 3 == 0:
            return "source", self.producer.source(f"C-{self.turn}")
        if self.turn % 3 == 1:
            return "process", self.producer.reduce(self.batch, 4 * KG)
        return "adjust", {"batch": self.batch, "mass_mg": KG, "reason": "sample"}


@dataclass(slots=True)
class _Run:
    """What went wrong in the threads of a load."""

    wrong: list[str] = field(default_factory=list)


def in_parallel(clients: Sequence[Client], port: int, stop: threading.Event) -> Callable[[], list[str]]:
    """Let every client submit from a thread of its own until `stop` is set; the answer waits for all of them.

    It returns what went wrong: records in order that were refused, receipts that were not the first.
    """
    run = _Run()

    def work(client: Client) -> None:
        with closing(Connection(port)) as mine:
            while not stop.is_set():
                try:
                    client.send(mine)
                except NotAnswered:
                    time.sleep(0.01)
                except (Refusal, AssertionError) as error:
                    run.wrong.append(str(error))
                    return

    threads = [threading.Thread(target=work, args=(client,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()

    def finished() -> list[str]:
        stop.set()
        for thread in threads:
            thread.join()
        return run.wrong

    return finished


class Connection:
    """A client's own connection to a service on this machine, made again whenever it broke."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)

    def post(self, data: bytes) -> Mapping[str, Any]:
        """Submit a record.

        Raises:
            NotAnswered: the connection broke, or the service promises nothing.
            Refusal: anything else that is no receipt.
        """
        status, body = self.ask("POST", "/v1/records", data, {"content-type": "application/json"})
        if status in (200, 201):
            receipt: Mapping[str, Any] = orjson.loads(body)
            return receipt
        if status == 503:
            raise NotAnswered(body.decode())
        raise Refusal(f"{status} {body.decode(errors='replace')[:300]}")

    def ask(self, method: str, path: str, data: bytes | None = None, headers: Mapping[str, str] = _NONE) -> Answer:
        """Status and body of an answer.

        Raises:
            NotAnswered: the connection broke.
        """
        try:
            self._http.request(method, path, data, dict(headers))
            answer = self._http.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._http.close()
            raise NotAnswered(str(error)) from error

    def close(self) -> None:
        """Let go of it."""
        self._http.close()
