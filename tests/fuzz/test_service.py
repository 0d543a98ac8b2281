"""The running service answers everything in its own words: whatever its document allows, and what nobody expects.

Schemathesis asks by the document, with all of its checks: no 5xx, statuses, media types, headers and bodies as the
document says, no call without its token, the methods of each address. It is given signed records and ids of what is
there. What it cannot know, the form of what is inside of a body, is changed by `tests.fuzz.mutate`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from api.problems import PROBLEMS
from tests.api.conftest import JSON, NDJSON, Service
from tests.fuzz.asking import ask, examples, peopled
from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import file

CHANGES = 120


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, dict[str, Any]]]:
    """A service, and what can be asked of it."""
    with peopled(tmp_path_factory.mktemp("told")) as service:
        yield service, examples(service)


@pytest.mark.slow
def test_schemathesis_finds_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with peopled(tmp_path) as service:
        code, said = ask(
            service,
            tmp_path,
            ("--phases=examples,coverage,fuzzing,stateful", "--max-examples=2", "--generation-deterministic"),
        )
    assert code == 0, said
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    answered = {(line["method"], line["route"], line["status"]) for line in lines}
    beyond = {
        ("POST", "/v1/records", 201),
        ("POST", "/v1/records", 200),
        ("POST", "/v1/records", 409),
        ("POST", "/v1/check", 200),
        ("POST", "/v1/reports", 201),
        ("POST", "/v1/grants", 201),
        ("POST", "/v1/verify", 200),
        ("GET", "/v1/batches/{record}/{place}/routes", 200),
        ("GET", "/v1/reports/{report}/bundle", 200),
        ("GET", "/log/tile/{path:path}", 200),
    }
    assert beyond - answered == set(), "it did not get beyond the first look"
    assert not [line for line in lines if line["status"] >= 500]


@pytest.mark.parametrize("call", ["records", "lines", "check", "reports", "grants", "verify", "witness"])
def test_a_changed_body_is_answered_or_refused_in_words(told: tuple[Service, dict[str, Any]], call: str) -> None:
    service, given = told[0], told[1]["bodies"]

    def bodies(operation: str, media_type: str = "application/json") -> list[bytes]:
        values = given[operation][media_type]
        return [v.encode() if isinstance(v, str) else json.dumps(v, sort_keys=True, separators=(",", ":")).encode()
                for v in values]  # fmt: skip

    records = bodies("submitRecords")
    path, headers, seeds = {
        "records": ("/v1/records", JSON, records),
        "lines": ("/v1/records", NDJSON, [b"\n".join(records), *bodies("submitRecords", NDJSON["content-type"])]),
        "check": ("/v1/check", JSON, bodies("checkRecords")),
        "reports": ("/v1/reports", JSON, bodies("makeReport")),
        "grants": ("/v1/grants", JSON, bodies("giveGrant")),
        "verify": ("/v1/verify", JSON, bodies("verifyUpload")),
        "witness": ("/witness/add-checkpoint", {}, [file("vectors/log/add-checkpoint.txt")]),
    }[call]
    token = service.token(service.mine, "read", "report", "grant")
    random = Random(call)
    for _ in range(CHANGES if call != "verify" else 20):
        body = mutated(random.choice(seeds), seeds, random)
        answer = service.http.post(path, headers={**headers, **token}, content=body)
        assert answer.status_code < 500, (answer.status_code, body)
        if call != "witness" and answer.status_code >= 400:
            assert answer.json()["code"] in PROBLEMS
            assert answer.json()["detail"]
        assert b"Traceback" not in answer.content


HALVES = (
    b'{"\\ud800":"\\udfff"}',
    b'["\\ud800"]',
    b'{"batch":"\\ud800","to":"\\ud800","records":[{"payload":"\\ud800"},{"type":"\\ud800"}]}',
    b'{"batch":NaN,"to":"x","records":[{"a":Infinity}]}',
    b"\xff\xfe{\x00}\x00",
    b'{"records":' + b"[" * 100_000,
)


@pytest.mark.parametrize("body", HALVES, ids=range(len(HALVES)))
def test_no_call_takes_json_that_nothing_can_write_again(told: tuple[Service, dict[str, Any]], body: bytes) -> None:
    """Halves of characters, numbers that are none, other codings: of every call whose body is JSON."""
    service = told[0]
    token = service.token(service.mine, "read", "report", "grant")
    paths = service.http.get("/openapi.json").json()["paths"]
    asked = [
        path
        for path, methods in paths.items()
        if "application/json" in methods.get("post", {}).get("requestBody", {}).get("content", {})
    ]
    assert {"/v1/check", "/v1/reports", "/v1/grants", "/v1/records"} <= set(asked)
    for path in sorted({*asked} - {"/v1/verify"}):  # which answers what verification says of it
        answer = service.http.post(path, headers={**JSON, **token}, content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "not-json"), path


def test_the_methods_of_an_address_are_all_named(told: tuple[Service, dict[str, Any]]) -> None:
    for path, methods in {"/v1/grants": "GET, POST", "/v1/reports": "POST", "/v1/me": "GET"}.items():
        answer = told[0].http.request("PATCH", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)


@pytest.mark.parametrize("name", ["authorization", "content-type", "range", "x-forwarded-for", "host", "accept"])
def test_a_changed_header_is_answered_or_refused(told: tuple[Service, dict[str, Any]], name: str) -> None:
    service = told[0]
    good = {
        **service.token(service.mine, "read"),
        "content-type": "application/json; charset=utf-8",
        "range": "bytes=0-1",
        "x-forwarded-for": "203.0.113.7, 2001:db8::1",
        "host": "ledger.example.com:443",
        "accept": "application/json;q=0.5, */*",
    }
    random = Random(name)
    for _ in range(60):
        value = mutated(good[name].encode(), [good[name].encode()], random)
        value = bytes(byte for byte in value if byte >= 0x20 and byte != 0x7F).strip()[:2_000]
        for method, path in (("GET", "/v1/batches"), ("POST", "/v1/records")):
            headers = [(b"authorization", good["authorization"].encode())] if name != "authorization" else []
            answer = service.http.request(method, path, headers=[*headers, (name.encode(), value)], content=b"{}")
            assert answer.status_code < 500, (name, value)
