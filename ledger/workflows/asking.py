"""One HTTP question to somebody who is not trusted: limited in time and length, and no redirect is followed."""

import http.client
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from ledger.errors import ConfigError, LodestoneError

__all__ = ["Answer", "ask", "check_url", "read_public"]

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: whatever its status, it proves nothing by itself."""

    status: int
    media_type: str
    body: bytes


def check_url(url: str) -> str:
    """An address below which questions are asked, without its last slash.

    Raises:
        ConfigError: it is not one by http:// or https://, or has a query, a fragment or a password.
    """
    try:
        parts = urlsplit(url)
        bad = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        bad = True
    if bad or any(sign in url for sign in "?#@\\") or not url.isascii():
        raise ConfigError(f"{url[:200]!r} is not an address such as https://witness.example.com")
    return url.rstrip("/")


def ask(method: str, url: str, body: bytes = b"", *, seconds: float, most: int) -> Answer:
    """Ask once. Promised: it ends after the given time, and reads no more than `most` bytes of the answer's body.

    Raises:
        LodestoneError: there is no answer, or one that is too long or too slow.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(str(parts.hostname), parts.port, timeout=seconds)
    late = threading.Event()
    timer: threading.Timer | None = None
    try:
        connection.connect()
        timer = threading.Timer(seconds, _give_up, (connection.sock, late))
        timer.daemon = True
        timer.start()
        headers = {"Content-Type": "text/plain; charset=utf-8"} if body else {}
        connection.request(method, parts.path or "/", body or None, {"User-Agent": "lodestone", **headers})
        answer = connection.getresponse()
        data = answer.read(most + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = "it takes too long" if late.is_set() or isinstance(error, TimeoutError) else _reason(error)
        raise LodestoneError(f"{url} does not answer: {why}") from error
    finally:
        if timer is not None:
            timer.cancel()
        connection.close()
    if late.is_set():
        raise LodestoneError(f"{url} does not answer: it takes too long")
    if len(data) > most:
        raise LodestoneError(f"{url} answers with more than {most} bytes")
    if answer.length:
        raise LodestoneError(f"{url} does not answer: it stopped before its end")
    media_type = (answer.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    return Answer(answer.status, media_type, data)


def read_public(url: str, *, seconds: float, most: int, pause: float = 1.0) -> bytes | None:
    """What is published at an address; None where there is nothing.

    A server that is asked too much says so (429, 503): it is asked again after a pause, a few times.

    Raises:
        ConfigError: it is no address.
        LodestoneError: as `ask`, or another status than 200 and 404.
    """
    for _ in range(_TRIES):
        answer = ask("GET", check_url(url), seconds=seconds, most=most)
        if answer.status not in (429, 503):
            break
        time.sleep(pause)
    if answer.status not in (200, 404):
        raise LodestoneError(f"{url} answers with status {answer.status}")
    return answer.body if answer.status == 200 else None


def _give_up(connected: socket.socket, late: threading.Event) -> None:
    """End a connection whose time is over: a server that sends a byte now and then never meets the socket's own limit.

    The socket is the one that was connected: the connection lets go of it while an answer is still being read.
    """
    late.set()
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or str(error) or type(error).__name__)
