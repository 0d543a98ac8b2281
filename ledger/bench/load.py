"""The load generator, a process of its own: `python -m ledger.bench.load`, with a plan in JSON on standard input.

It is cheap on purpose, because it shares the machine with the service that it measures: bodies are read before the
clock starts, one small protocol a connection sends the next when the last is answered, and of each answer only the
status and the presence of the receipt are looked at while the clock runs. A sample of the answers goes back whole, to
be verified afterwards.
"""

import asyncio
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import orjson
import uvloop

__all__ = ["drive", "main"]

_SAMPLES = 20
_PATIENCE_SECONDS = 600
_KINDS = {"one": "application/json", "bulk": "application/x-ndjson"}


@dataclass(slots=True)
class _Tally:
    """What all connections together have seen."""

    latencies: list[float] = field(default_factory=list)
    sample: list[bytes] = field(default_factory=list)
    wrong: str = ""


class _Connection(asyncio.Protocol):
    """One keep-alive connection: the next request goes out when the last one is answered."""

    def __init__(self, requests: list[bytes], tally: _Tally, must: bytes, done: "asyncio.Future[None]") -> None:
        self._requests, self._tally, self._must, self._done = requests, tally, must, done
        self._next = 0
        self._sent = 0.0
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def begin(self) -> None:
        """Send the first request."""
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        body = _whole_body(self._buffer)
        if body is None:
            return
        tally = self._tally
        tally.latencies.append(time.perf_counter() - self._sent)
        if self._buffer[9:11] != b"20" or self._must not in body:
            tally.wrong = tally.wrong or bytes(self._buffer[:2_000]).decode(errors="replace")
        if len(tally.sample) < _SAMPLES:
            tally.sample.append(bytes(body))
        self._buffer.clear()
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._tally.wrong = self._tally.wrong or f"The connection was closed: {exc}"
            self._done.set_result(None)

    def _send(self) -> None:
        assert self._transport is not None
        if self._next == len(self._requests) or self._tally.wrong:
            self._done.set_result(None)
            self._transport.close()
            return
        request = self._requests[self._next]
        self._next += 1
        self._sent = time.perf_counter()
        self._transport.write(request)


def _whole_body(buffer: bytearray) -> bytes | bytearray | None:
    """The body of the answer in the buffer, once it is there: by its length, or its chunks joined."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    at = buffer.find(b"content-length: ", 0, end)
    if at >= 0:
        length = int(buffer[at + 16 : buffer.find(b"\r", at)])
        return buffer[end + 4 :] if len(buffer) >= end + 4 + length else None
    return _joined(bytes(buffer[end + 4 :])) if buffer.endswith(b"\r\n0\r\n\r\n") else None


def _joined(chunks: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        line = chunks.index(b"\r\n", at)
        size = int(chunks[at:line], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(chunks[line + 2 : line + 2 + size])
        at = line + 4 + size


def _request(body: bytes, kind: str) -> bytes:
    head = f"POST /v1/records HTTP/1.1\r\nhost: bench\r\ncontent-type: {_KINDS[kind]}\r\ncontent-length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def drive(plan: dict[str, Any], bodies: list[bytes]) -> dict[str, Any]:
    """Send every lane, its bodies one a line, over a connection of its own, and say how long that took.

    `plan`: `ports` to share the connections among, `kind` (`one` record a request, or `bulk`: a lane is one request),
    and `must`, what each answer contains.
    """
    loop = asyncio.get_running_loop()
    kind = plan["kind"]
    tally, waits, connections = _Tally(), [], []
    for number, lane in enumerate(bodies):
        requests = [_request(body, kind) for body in ([lane + b"\n"] if kind == "bulk" else lane.split(b"\n"))]
        done: asyncio.Future[None] = loop.create_future()
        connection = _Connection(requests, tally, plan["must"].encode(), done)
        port = plan["ports"][number % len(plan["ports"])]
        await loop.create_connection(lambda c=connection: c, "127.0.0.1", port)  # type: ignore[misc]
        waits.append(done)
        connections.append(connection)
    begun, spent = time.perf_counter(), time.process_time()
    for connection in connections:
        connection.begin()
    await asyncio.wait_for(asyncio.gather(*waits), _PATIENCE_SECONDS)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - spent
    cuts = statistics.quantiles(tally.latencies, n=100) if len(tally.latencies) > 1 else tally.latencies * 99
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "requests": len(tally.latencies),
        "p50_ms": cuts[49] * 1_000 if cuts else 0,
        "p99_ms": cuts[98] * 1_000 if cuts else 0,
        "wrong": tally.wrong,
        "sample": [body.decode() for body in tally.sample],
    }


def main() -> None:
    """Do what the plan on standard input says; `lanes` in it is a file of lanes, an empty line after each."""
    plan = orjson.loads(sys.stdin.buffer.read())
    lanes = [lane for lane in Path(plan["lanes"]).read_bytes().split(b"\n\n") if lane]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.buffer.write(orjson.dumps(runner.run(drive(plan, lanes))))


if __name__ == "__main__":
    main()
