"""Questions to servers that nobody trusts: they end in time, read no more than allowed, and follow no redirect."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ledger.errors import ConfigError, LodestoneError
from ledger.workflows.asking import Answer, ask, check_url, read_public


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Answers each connection with what a test says."""
    listening = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65_536)
                    answer(connection)
                except OSError:
                    pass  # the client has gone

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def saying(data: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(data)


def test_status_type_and_body_come_back_whatever_they_are() -> None:
    said = b"HTTP/1.1 409 Conflict\r\nContent-Type: Text/X.Tlog.Size; charset=x\r\nContent-Length: 3\r\n\r\n12\n"
    with server(saying(said)) as url:
        assert ask("POST", f"{url}/add-checkpoint", b"x", seconds=5, most=100) == Answer(
            409, "text/x.tlog.size", b"12\n"
        )


def test_no_redirect_is_followed() -> None:
    asked = []

    def answer(connection: socket.socket) -> None:
        asked.append(connection)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")

    with server(answer) as url:
        assert ask("GET", url, seconds=5, most=100).status == 302
    assert len(asked) == 1


def test_no_more_is_read_than_allowed() -> None:
    with server(saying(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000)) as url:
        with pytest.raises(LodestoneError, match="more than 100 bytes"):
            ask("GET", url, seconds=5, most=100)
        assert len(ask("GET", url, seconds=5, most=200_000).body) == 200_000


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_sends_a_byte_now_and_then_does_not_hold_us(begin: bytes) -> None:
    """Each byte comes well within the time for one; all of them together do not."""
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(begin)
        while not ended.wait(0.05):
            connection.sendall(b"x")

    with server(drip) as url:
        try:
            with pytest.raises(LodestoneError, match="takes too long"):
                ask("GET", url, seconds=0.3, most=1_000_000)
        finally:
            ended.set()


@pytest.mark.parametrize(
    "said",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 two hundred\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"],
)
def test_what_is_no_answer_is_said(said: bytes) -> None:
    with server(saying(said)) as url, pytest.raises(LodestoneError, match="does not answer"):
        ask("GET", url, seconds=5, most=100)


def test_a_server_that_is_asked_too_much_is_asked_again() -> None:
    def busy(times: int) -> Callable[[socket.socket], None]:
        left = [b"429 Too Many Requests", b"503 Busy"] * times

        def answer(connection: socket.socket) -> None:
            status = left.pop() if left else b"200 OK"
            connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")

        return answer

    with server(busy(1)) as url:
        assert read_public(url, seconds=5, most=100, pause=0) == b"ok"
    with server(busy(3)) as url, pytest.raises(LodestoneError, match="status"):
        read_public(url, seconds=5, most=100, pause=0)
    with server(saying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")) as url:
        assert read_public(url, seconds=5, most=100) is None
    found = saying(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")
    with server(found) as url, pytest.raises(LodestoneError, match="302"):
        read_public(url, seconds=5, most=100)


def test_nobody_there_is_said() -> None:
    with pytest.raises(LodestoneError, match="does not answer"):
        ask("GET", "http://127.0.0.1:9/", seconds=5, most=100)


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://x", "http://", "http://a@b/", "http://a/?q", "http://a/#f", "http://a:0", "http://a:x", "http://é/",
     "file:///etc/passwd", "http://[::1", "http://a\\b"],
)  # fmt: skip
def test_only_plain_addresses_are_asked(url: str) -> None:
    with pytest.raises(ConfigError, match="is not an address"):
        check_url(url)


def test_an_address_loses_its_last_slash() -> None:
    assert check_url("https://witness.example/w/") == "https://witness.example/w"
