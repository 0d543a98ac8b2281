"""Connections that wait for nobody: a client that sends or reads too slowly is cut off, whoever it is.

uvicorn limits none of this by itself: not how long the head of a request may take, how large it may be, how slowly a
body comes, or how long an answer waits to be read. One look a second over all connections costs nothing on the road.
"""

import asyncio
import resource
from collections import Counter
from typing import Any

import orjson
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from api.door import ROUTE, Reply
from api.lane import Lane, Single
from api.limits import Limits
from api.problems import MEDIA_TYPE, PROBLEMS

__all__ = ["MOST_HEAD", "Connection", "Gate", "connections"]

_RECORDS = ROUTE.path.encode()
MOST_HEAD = 32_768
"""The longest head of a request in bytes: its line and its headers."""

_LEAST_RATE = 16_384
_MOST_AROUND, _AROUND_EACH = 524_288, 8
"""Bytes beside a body: so many, and so many for each byte of it (chunks of one byte have five)."""
_FILES_OF_OUR_OWN = 128
_LOOK_SECONDS = 0.5
_LOCAL = frozenset({"127.0.0.1", "::1"})
_PHRASES = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}
_PHRASES |= {503: b"Service Unavailable"}


class Gate:
    """What all connections of a server share: the limits, how many there are, and the look over them."""

    def __init__(self, limits: Limits) -> None:
        self.seconds = float(limits.seconds)
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.most = min(limits.connections or files, max(1, files - _FILES_OF_OUR_OWN))
        self.most_of_one = max(1, self.most // 2)
        self.of: Counter[str] = Counter()
        self.open: set[Connection] = set()
        self.looking = False

    def take(self, connection: "Connection") -> bool:
        """Count a new connection; false where there are too many. One address has at most half of all places."""
        host = connection.host
        self.of[host] += 1
        self.open.add(connection)
        if not self.looking:
            self.looking = True
            connection.loop.call_later(_LOOK_SECONDS, self._look, connection.loop)
        too_many = self.of[host] > self.most_of_one and host not in _LOCAL
        return len(self.open) <= self.most and not too_many

    def leave(self, connection: "Connection") -> None:
        """A connection has ended."""
        if connection in self.open:
            self.open.discard(connection)
            self.of[connection.host] -= 1
            if not self.of[connection.host]:
                del self.of[connection.host]

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in [one for one in self.open if one.too_slow(now)]:
            connection.cut_off()
        self.looking = bool(self.open)
        if self.looking:
            loop.call_later(_LOOK_SECONDS, self._look, loop)


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, with an end to patience, and with a lane of their own for single records."""

    gate: Gate
    lane: Lane | None

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.host = ""
        self._head_since: float | None = None
        self._in_head = True
        self._head_bytes = 0
        self._body_since: float | None = None
        self._body_bytes = self._raw_bytes = 0
        self._unread_since: float | None = None
        self._coming: Single | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there: from now on it has so long to send the head of a request."""
        super().connection_made(transport)
        self.host = self.client[0] if self.client else ""
        self._head_since = self.loop.time()
        if not self.gate.take(self):
            self._refuse(503, "busy")

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self.gate.leave(self)
        super().connection_lost(exc)
        coming, self._coming = self._coming, None
        if coming is not None and self.lane is not None:
            self.lane.gone(coming)

    def data_received(self, data: bytes) -> None:
        """Some bytes are there. Those of a head are counted, and those around a body: chunk sizes, trailers."""
        if not self._in_head:
            self._raw_bytes += len(data)
            if self._raw_bytes > _MOST_AROUND + _AROUND_EACH * self._body_bytes:
                self._refuse(400, "bad-request")
                return
        elif self._head_since is None:
            self._head_since = self.loop.time()
        if self._in_head:
            room = MOST_HEAD - self._head_bytes
            if len(data) > room:
                if self._still_head(data[:room]):
                    self._refuse(431, "head-too-large")
                    return
                data = data[room:]
            else:
                self._head_bytes += len(data)
        if not self.transport.is_closing():
            super().data_received(data)

    def _still_head(self, data: bytes) -> bool:
        super().data_received(data)
        return self._in_head

    def on_headers_complete(self) -> None:
        """The head is there: now the body has its time."""
        self._in_head, self._head_since, self._head_bytes = False, None, 0
        self._body_since, self._body_bytes, self._raw_bytes = self.loop.time(), 0, 0
        self._coming = self._single()
        if self._coming is None:
            super().on_headers_complete()
        else:
            self.cycle = self._coming  # type: ignore[assignment]  # it has all that is looked at

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is there: from now on it is we who let the client wait."""
        self._body_since, self._in_head = None, True
        super().on_message_complete()
        coming, self._coming = self._coming, None
        if coming is not None and self.lane is not None:
            self.lane.take(coming)

    def _single(self) -> Single | None:
        """The record that begins to come, if it may take the lane."""
        lane, parser = self.lane, self.parser
        if lane is None or self.url != _RECORDS or parser.get_method() != b"POST" or self.root_path:
            return None
        if parser.get_http_version() != "1.1" or not parser.should_keep_alive() or self.flow.write_paused:
            return None
        before: RequestResponseCycle | None = self.cycle
        if before is not None and not before.response_complete:
            return None  # it must wait for the answer to the one before
        return lane.begin(self, self.scope, self.host)  # type: ignore[arg-type]  # a scope is a mapping to all others

    def send_reply(self, single: Single, reply: Reply) -> None:
        """Send the answer to a single record, if there still is anybody."""
        single.response_started = single.response_complete = True
        if single.disconnected or self.transport.is_closing():
            return
        headers = [*self.server_state.default_headers, *reply.headers]
        if not single.keep_alive:
            headers.append((b"connection", b"close"))
        head = b"".join([name + b": " + value + b"\r\n" for name, value in headers])
        self.transport.write(STATUS_LINE[reply.status] + head + b"\r\n" + reply.body)
        if not single.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def pause_writing(self) -> None:
        """The client does not read what was written to it."""
        self._unread_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It reads again."""
        self._unread_since = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Something that is no HTTP, answered with a problem as everything else."""
        del msg
        self._refuse(400, "bad-request")

    def too_slow(self, now: float) -> bool:
        """Whether this client lets us wait too long. While we do not read, it is not the client who is slow."""
        seconds = self.gate.seconds
        if self._head_since is not None and now - self._head_since > seconds:
            return True
        if self._unread_since is not None and now - self._unread_since > seconds:
            return True
        if self._body_since is None or self.flow.read_paused:
            return False
        return now - self._body_since > seconds + self._body_bytes / _LEAST_RATE

    def cut_off(self) -> None:
        """End the connection; who has only not sent enough is told why."""
        cycle: RequestResponseCycle | None = self.cycle
        answering = cycle is not None and cycle.response_started and not cycle.response_complete
        late = self._body_since is not None and cycle is not None and cycle.response_started
        if self._unread_since is not None or answering or late:
            self.transport.abort()
        else:
            self._refuse(408, "too-slow")

    def _refuse(self, status: int, code: str) -> None:
        self._head_since = self._body_since = None
        if self.transport.is_closing():
            return
        kind = PROBLEMS[code]
        said = {"type": "about:blank", "title": kind.title, "status": status, "detail": kind.meaning, "code": code}
        body = orjson.dumps(said)
        head = [b"HTTP/1.1 %d %s" % (status, _PHRASES[status]), b"content-type: " + MEDIA_TYPE.encode()]
        head += [b"content-length: %d" % len(body), b"cache-control: no-store", b"connection: close"]
        if status == 503:
            head.append(b"retry-after: 5")
        self.transport.write(b"\r\n".join([*head, b"", body]))
        self.transport.close()


def connections(limits: Limits, lane: Lane | None = None) -> type[Connection]:
    """The protocol of one server, under these limits; single records take the lane, where there is one."""
    return type("Connection", (Connection,), {"gate": Gate(limits), "lane": lane})
