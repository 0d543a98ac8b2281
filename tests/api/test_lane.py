"""Single records take a lane of their own: nobody can tell by the answer, the log or the numbers."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from api.app import create_app
from api.lane import Lane, Single
from ledger.workflows.committer import Committer
from tests.api.conftest import JSON, Service, _people, served_app
from tests.api.people import open_test_ledger

LONG_WAY = {**JSON, "x-forwarded-proto": "http"}
HEAD = b"POST /v1/records HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"


@dataclass
class Watched:
    """A service that counts the records that take its lane."""

    service: Service
    taken: list[int] = field(default_factory=list)

    @property
    def port(self) -> int:
        port = self.service.http.base_url.port
        assert port is not None
        return port


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    ledger = open_test_ledger(tmp_path / "ledger")
    try:
        people = _people(ledger)
        with served_app(create_app(ledger)) as client:
            found = Watched(Service(ledger, client, *people))
            take = Lane.take

            def counted(lane: Lane, single: Single) -> None:
                found.taken.append(len(single.body))
                take(lane, single)

            monkeypatch.setattr(Lane, "take", counted)
            yield found
    finally:
        ledger.close()


def shape(answer: httpx.Response) -> tuple[int, list[str], Any]:
    """An answer without what differs from one request to the next."""
    said = answer.json()
    said.pop("request", None)
    headers = [f"{k}: {v}" for k, v in answer.headers.items() if k not in ("date", "x-request-id", "content-length")]
    return answer.status_code, sorted(headers), said


def test_both_ways_give_the_same_answers(watched: Watched) -> None:
    service = watched.service
    good, _ = service.mine.chained("source", service.mine.source())
    first = service.submit(good)
    assert first.status_code == 201
    assert len(watched.taken) == 1
    forged = orjson.loads(good)
    forged["signatures"][0]["signature"] = "A" * 86
    wrong, _ = service.stranger.sign("source", service.mine.source())
    for data in (good, orjson.dumps(forged), wrong, b"{}", b"no json", b"", b"[" * 50_000):
        seen = len(watched.taken)
        by_lane = shape(service.submit(data))
        assert len(watched.taken) == seen + 1
        assert shape(service.http.post("/v1/records", content=data, headers=LONG_WAY)) == by_lane
        assert len(watched.taken) == seen + 1, "what a proxy brings goes the long way"
    assert shape(service.submit(good))[2] == first.json()


def test_what_is_unusual_goes_the_long_way(watched: Watched) -> None:
    service = watched.service
    data, _ = service.mine.chained("source", service.mine.source())
    service.submit(data)
    for headers in (
        {"content-type": "text/plain"},
        {**JSON, "connection": "close"},
        {**JSON, "expect": "100-continue"},
        {"content-type": "application/x-ndjson"},
    ):
        service.http.post("/v1/records", content=data, headers=headers)
    service.http.post("/v1/records", content=iter([data]), headers=JSON)  # in chunks
    service.http.post("/v1/records?x=1", content=data, headers=JSON)
    assert service.http.post("/v1/records", content=b" " * 70_000, headers=JSON).status_code == 400
    assert len(watched.taken) == 1
    assert service.http.post("/v1/records", content=data, headers={"content-type": "Application/JSON; x=1"}).is_success
    assert len(watched.taken) == 2


def test_requests_sent_ahead_are_answered_in_their_order(watched: Watched) -> None:
    service = watched.service
    many = [service.mine.chained("source", service.mine.source(f"L-{number}")) for number in range(5)]
    with ExitStack() as stack:
        client = stack.enter_context(socket.create_connection(("127.0.0.1", watched.port), timeout=30))
        client.sendall(b"".join(HEAD + b"content-length: %d\r\n\r\n" % len(data) + data for data, _ in many))
        found = b""
        while found.count(b'"proof":') < len(many):
            found += client.recv(65_536)
    places = [found.index(f"location: /v1/records/{record}".encode()) for _, record in many]
    assert places == sorted(places)


def test_who_goes_before_all_is_there_is_written_down_and_keeps_no_place(
    watched: Watched, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", watched.port)) as client:
            client.sendall(HEAD + b"content-length: 100\r\n\r\nhalf")
    assert watched.service.http.get("/livez").is_success
    lines: list[dict[str, Any]] = []
    while len(lines) < 3:
        lines += [line for line in map(orjson.loads, capfd.readouterr().err.splitlines()) if line["status"] == 408]
    assert {(line["route"], line["problem"]) for line in lines} == {("/v1/records", "too-slow")}
    data, _ = watched.service.mine.sign("source", watched.service.mine.source())
    assert watched.service.submit(data).status_code == 201


def test_what_nobody_thought_of_is_our_fault_and_the_next_is_taken(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(_: Committer, data: bytes, tell: object) -> None:
        raise ZeroDivisionError(len(data), tell)

    data, _ = watched.service.mine.sign("source", watched.service.mine.source())
    with monkeypatch.context() as broken:
        broken.setattr(Committer, "offer", fails)
        answer = watched.service.submit(data)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert answer.json()["request"] == answer.headers["x-request-id"]
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert watched.service.submit(data).status_code == 201


def test_numbers_and_lines_are_those_of_every_request(watched: Watched, capfd: pytest.CaptureFixture[str]) -> None:
    service = watched.service
    data, _ = service.mine.sign("source", service.mine.source())
    answers = [service.submit(data), service.submit(data), service.submit(b"{}")]
    lines = [orjson.loads(line) for line in capfd.readouterr().err.splitlines()]
    told = [(line["request"], line["status"], line["problem"]) for line in lines if line["route"] == "/v1/records"]
    assert told == [
        (answer.headers["x-request-id"], answer.status_code, answer.json().get("code")) for answer in answers
    ]
    shown = service.http.get("/metrics", headers=service.token(None)).text
    for status in (201, 200, 422):
        assert f'lodestone_requests_total{{method="POST",route="/v1/records",status="{status}"}} 1.0' in shown
    assert "lodestone_records_accepted_total 1.0" in shown
