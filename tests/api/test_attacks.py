"""Attacks on a running service that no other file tells of (docs/threat-model.md)."""

import hmac
import http.client
import json
from itertools import pairwise
from typing import Any

import pytest

from ledger.errors import NotFound, Unauthorized
from ledger.values.encoding import unb64u
from ledger.workflows.report import ReportRequest, make_report
from ledger.workflows.reports import report_by_link
from ledger.workflows.tokens import authenticate, new_token
from tests.api.conftest import Service

OUTSIDE = (
    "/log/tile/../../ledger.db",
    "/log/tile/entries/../../../keys/operator.jwk.json",
    "/log/tile/%2e%2e/%2e%2e/ledger.db",
    "/log/tile/..%2f..%2fledger.db",
    "/log/tile/..%5c..%5cledger.db",
    "/log/tile/%2fetc%2fpasswd",
    "/log/tile//etc/passwd",
    "/log/tile/0/000%00.db",
    "/log/tile/0/000/../000",
    "/log/../config.toml",
)


def as_written(service: Service, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """The answer to a path that no client has tidied up."""
    url = service.http.base_url
    connection = http.client.HTTPConnection(url.host, url.port, timeout=60)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_no_path_leads_to_anything_but_tiles(quick: Service) -> None:
    assert as_written(quick, "GET", "/log/tile/entries/000.p/2")[0] == 200
    for path in OUTSIDE:
        status, body = as_written(quick, "GET", path)
        assert status == 404, path
        assert b"SQLite" not in body
        assert b"kty" not in body


def test_nobody_writes_a_line_of_his_own_into_the_log_of_requests(
    capsys: pytest.CaptureFixture[str], quick: Service
) -> None:
    forged = '%0A{"event":"request","status":200,"token":"FORGED"}%0A'
    capsys.readouterr()
    as_written(quick, "GET", f"/v1/batches?lot={forged}", {"user-agent": "FORGED", "x-request-id": "FORGED"})
    as_written(quick, "GET", f"/v1/{forged}", {"authorization": "Bearer lodestone_FORGED_x"})
    as_written(quick, "GET", "/log/tile/FORGED")
    lines = [line for line in capsys.readouterr().err.splitlines() if '"request"' in line]
    assert len(lines) == 3
    assert all(json.loads(line)["status"] in {401, 404} for line in lines)
    assert "FORGED" not in "".join(lines)


def test_what_opens_something_cannot_be_guessed(quick: Service) -> None:
    tokens = [new_token(quick.ledger, quick.mine.id, ["read"], "t").token for _ in range(3)]
    batch = quick.accepted(quick.mine, "source", quick.mine.source()) + "#0"
    reports = [make_report(quick.ledger, ReportRequest(batch, "buyer", quick.mine.id)) for _ in range(3)]
    secrets = [token.split("_", 2)[2] for token in tokens]
    assert [len(unb64u(secret)) for secret in secrets] == [32] * 3
    assert [len(unb64u(text)) for made in reports for text in (made.id, made.link)] == [16] * 6
    everything = sorted([*secrets, *tokens, *(text for made in reports for text in (made.id, made.link))])
    assert all(one[:8] != other[:8] or one.startswith("lodestone_") for one, other in pairwise(everything))


def test_secrets_are_compared_in_constant_time_and_also_where_there_is_none(
    quick: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = new_token(quick.ledger, quick.mine.id, ["read"], "t").token
    batch = quick.accepted(quick.mine, "source", quick.mine.source()) + "#0"
    report = make_report(quick.ledger, ReportRequest(batch, "buyer", quick.mine.id))
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def seen(one: Any, other: Any) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", seen)
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    for guess in (wrong, "lodestone_0123456789abcdef01_x", "lodestone_", "", "x"):
        with pytest.raises(Unauthorized):
            authenticate(quick.ledger, guess)
    assert compared == [(32, 32)] * 5
    with pytest.raises(NotFound):
        report_by_link(quick.ledger, report.id, "A" * 22)
    assert compared[5:] == [(32, 32)]
    assert authenticate(quick.ledger, token).organization == quick.mine.id
    assert report_by_link(quick.ledger, report.id, report.link).id == report.id


def test_a_page_of_another_site_gets_nothing(quick: Service) -> None:
    """A browser sends nothing by itself, and shows a foreign page none of what is not public."""
    origin = {"origin": "https://evil.example"}
    reader = quick.token(quick.mine)
    for path in ("/v1/batches", "/v1/me", f"/v1/records/{quick.mine.facility}", "/v1/exports/log"):
        answer = quick.http.get(path, headers={**reader, **origin})
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    asked = quick.http.options("/v1/reports", headers={**origin, "access-control-request-method": "POST"})
    assert asked.status_code == 405
    assert "access-control-allow-origin" not in asked.headers


def test_a_search_for_sql_finds_nothing_and_changes_nothing(service: Service) -> None:
    service.accepted(service.mine, "source", service.mine.source("LOT-1"))
    reader = service.token(service.mine)
    before = service.contents()
    for text in ("' OR 1=1 --", "'; DROP TABLE batch; --", '" OR ""="', "%", "LOT-_", "\\", "LOT-1' --"):
        answer = service.http.get("/v1/batches", headers=reader, params={"lot": text})
        assert answer.status_code == 200, text
        assert answer.json()["batches"] == [], text
        for name in ("material", "holder", "after"):
            other = service.http.get("/v1/batches", headers=reader, params={name: text})
            assert other.status_code in {200, 400, 422}, (name, text)
            assert not other.is_success or other.json()["batches"] == [], (name, text)
    assert service.contents() == before
    assert len(service.http.get("/v1/batches", headers=reader, params={"lot": "LOT-1"}).json()["batches"]) == 1
