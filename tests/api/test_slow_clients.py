"""Slow clients, over real sockets: they hold neither the committer, nor threads, nor the places of others."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from api.connections import MOST_HEAD, Connection
from api.limits import Limits
from api.serving import settings
from tests.api.conftest import JSON, NDJSON, Service
from tests.api.test_rates import limited

PATIENCE = 1
LONG = 15
"""A second is allowed and looked at twice a second; under load a machine may take longer to get to it."""


def connected(port: int, stack: ExitStack) -> socket.socket:
    client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=LONG))
    client.settimeout(LONG)
    return client


def all_of(client: socket.socket) -> bytes:
    """Everything up to the end of the connection, which must come."""
    found = bytearray()
    with suppress(ConnectionResetError):
        while part := client.recv(65_536):
            found += part
    return bytes(found)


def port_of(service: Service) -> int:
    port = service.http.base_url.port
    assert port is not None
    return port


@contextmanager
def trickle(clients: list[socket.socket], piece: bytes) -> Iterator[None]:
    """Send a piece to each every fifth of a second, as long as it takes."""
    over = threading.Event()

    def send() -> None:
        left = list(clients)
        while left and not over.wait(0.2):
            for client in list(left):
                try:
                    client.send(piece)
                except OSError:
                    left.remove(client)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join()


HEAD = b"POST /v1/records HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


def test_who_lets_the_service_wait_is_told_so_and_cut_off_while_others_are_served(tmp_path: Path) -> None:
    """Idle, half a head, a header a moment, half a body, a byte a moment: none of them outlasts its time."""
    begins = {
        b"": b"",
        b"GET /log/check": b"",
        b"GET /log/checkpoint HTTP/1.1\r\n": b"x-more: y\r\n",
        HEAD + b"content-length: 1000\r\n\r\n{": b"",
        HEAD + b"content-length: 100000\r\n\r\n{": b" ",
        CHUNKED: b"1\r\n \r\n",
        b"POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-length: 60000000\r\n\r\n": b"",
    }
    with limited(tmp_path / "ledger", seconds=str(PATIENCE)) as service, ExitStack() as stack:
        before = threading.active_count()
        clients = {begin: [connected(port_of(service), stack) for _ in range(8)] for begin in begins}
        for begin, opened in clients.items():
            for client in opened:
                client.sendall(begin)
        with ExitStack() as trickles:
            for begin, piece in begins.items():
                if piece:
                    trickles.enter_context(trickle(clients[begin], piece))
            assert threading.active_count() <= before + 3 + 8, "none of them has a thread of the service"
            for number in range(5):
                assert service.accepted(service.mine, "source", service.mine.source(f"L{number}"))
            answers = {begin: [all_of(client) for client in opened] for begin, opened in clients.items()}
        for begin, told in answers.items():
            verify = begin.startswith(b"POST /v1/verify")
            for answer in told:
                status = (b"HTTP/1.1 401", b"") if verify else (b"HTTP/1.1 408",)
                assert answer.startswith(status), (begin, answer)
                assert verify or b'"code":"too-slow"' in answer
        assert service.submit(service.mine.chained("source", service.mine.source())[0]).status_code == 201
        numbers = service.http.get("/metrics").text
        assert 'status="500"' not in numbers


def test_a_connection_that_is_used_well_lasts_longer_than_any_patience(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", seconds=str(PATIENCE)) as service, ExitStack() as stack:
        client = connected(port_of(service), stack)
        for _ in range(6):
            client.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            told = client.recv(65_536)
            assert told.startswith(b"HTTP/1.1 200"), told
            time.sleep(0.4)


def test_a_steady_upload_may_take_longer(tmp_path: Path) -> None:
    """Sixteen kilobytes a second are enough."""
    body = b" " * 120_000
    with limited(tmp_path / "ledger", seconds=str(PATIENCE)) as service, ExitStack() as stack:
        client = connected(port_of(service), stack)
        client.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 12_000):
            client.sendall(body[start : start + 12_000])
            time.sleep(0.25)
        assert client.recv(65_536).startswith(b"HTTP/1.1 400")


def test_places_at_once_are_bounded_and_come_back(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", at_once="3", seconds=str(PATIENCE)) as service, ExitStack() as stack:
        held = [connected(port_of(service), stack) for _ in range(3)]
        for client in held:
            client.sendall(HEAD + b"content-length: 1000\r\n\r\n{")
        wait_for(lambda: service.submit(b"{").status_code == 429)
        answer = service.submit(b"{")
        assert answer.json()["code"] == "too-many-requests"
        assert answer.headers["retry-after"] == "1"
        reader = service.token(service.mine)
        service.http.get("/livez")
        for client in held:
            assert all_of(client).startswith(b"HTTP/1.1 408")
        assert service.submit(b"{").status_code == 400
        assert service.http.get("/v1/me", headers=reader).status_code == 200


def test_heavy_work_has_few_places_and_leaves_those_of_single_records_alone(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", heavy_at_once="2", seconds=str(PATIENCE)) as service, ExitStack() as stack:
        held = [connected(port_of(service), stack) for _ in range(2)]
        for client in held:
            client.sendall(HEAD.replace(b"json", b"x-ndjson") + b"content-length: 1000\r\n\r\n{")
        wait_for(lambda: service.http.post("/v1/records", content=b"{\n", headers=NDJSON).status_code == 429)
        assert service.submit(service.mine.chained("source", service.mine.source())[0]).status_code == 201
        for client in held:
            assert all_of(client).startswith(b"HTTP/1.1 408")
        assert service.http.post("/v1/records", content=b"{\n", headers=NDJSON).status_code == 200


def wait_for(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_connections_are_bounded_and_the_next_is_told_so(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", connections="10", seconds=str(PATIENCE)) as service, ExitStack() as stack:
        assert service.http.get("/livez").status_code == 200
        held = [connected(port_of(service), stack) for _ in range(9)]
        one_more = connected(port_of(service), stack)
        told = all_of(one_more)
        assert told.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 5" in told
        for client in held:
            assert all_of(client).startswith(b"HTTP/1.1 408")
        again = connected(port_of(service), stack)
        again.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert all_of(again).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /livez HTTP/1.1\r\nx: " + b"a" * 2 * MOST_HEAD, 431),
        (b"GET /livez HTTP/1.1\r\n" + b"x: a\r\n" * MOST_HEAD, 431),
        (b"GET /" + b"a" * 2 * MOST_HEAD, 431),
        (b"\r\n" * MOST_HEAD, 431),
        (CHUNKED + b"1;" + b"x" * 3_000_000, 400),
        (CHUNKED + b"0\r\n" + b"x: y\r\n" * 300_000, 400),
        (b"\0\1\2", 400),
        (b"GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400),
        (CHUNKED + b"zz\r\n", 400),
    ],
    ids=["value", "headers", "path", "lines", "chunk", "trailers", "binary", "lengths", "negative", "no chunk"],
)
def test_a_head_without_end_and_what_is_no_http_are_refused_at_once(quick: Service, sent: bytes, status: int) -> None:
    with ExitStack() as stack:
        client = connected(port_of(quick), stack)
        with suppress(OSError):  # refused before all of it was sent
            client.sendall(sent)
        told = all_of(client)
        assert not told or told.startswith(b"HTTP/1.1 %d" % status), told[:300]
        assert not told or b"application/problem+json" in told
        assert quick.http.get("/livez").status_code == 200


@dataclass(slots=True)
class Fountain:
    """A server whose answer is longer than any buffer, and what became of those who read it."""

    server: uvicorn.Server
    port: int
    ended: list[str]


@pytest.fixture
def fountain() -> Iterator[Fountain]:
    app, ended = FastAPI(), list[str]()

    @app.get("/much")
    async def much() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            try:
                for _ in range(1_000):
                    yield b"x" * 100_000
                ended.append("whole")
            finally:
                ended.append("over")

        return StreamingResponse(parts())

    server = uvicorn.Server(settings(app, Limits(seconds=PATIENCE), "127.0.0.1", 0))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield Fountain(server, server.servers[0].sockets[0].getsockname()[1], ended)
    finally:
        server.should_exit = True
        thread.join()


def test_who_does_not_read_his_answer_is_cut_off(fountain: Fountain) -> None:
    with ExitStack() as stack:
        readers = [connected(fountain.port, stack) for _ in range(5)]
        for reader in readers:
            reader.sendall(b"GET /much HTTP/1.1\r\nhost: x\r\n\r\n")
        gate = cast("type[Connection]", fountain.server.config.http_protocol_class).gate
        wait_for(lambda: len(gate.open) == 5)
        wait_for(lambda: not gate.open)
        assert gate.of == {}
        for reader in readers:
            assert 0 < len(all_of(reader)) < 90_000_000


def test_who_reads_gets_the_whole_answer(fountain: Fountain) -> None:
    with ExitStack() as stack:
        reader = connected(fountain.port, stack)
        reader.sendall(b"GET /much HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert len(all_of(reader)) > 100_000_000
        assert "whole" in fountain.ended


def test_json_that_is_nested_without_end_is_refused(quick: Service) -> None:
    token = quick.token(quick.mine, "read", "report")
    for path in ("/v1/check", "/v1/reports", "/v1/records"):
        for deep in (b"[" * 400_000, b'{"a":' * 100_000, b'{"records":' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
            answer = quick.http.post(path, content=deep, headers={**token, **JSON})
            assert 400 <= answer.status_code < 500, answer.text[:200]
            assert len(answer.content) < 5_000
