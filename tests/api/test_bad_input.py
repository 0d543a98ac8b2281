"""Bad input of every kind gets the right 4xx problem, and nothing changes in the store (issue: what it must show)."""

import base64
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from ledger.signing.build import build_payload, sign_envelope
from ledger.signing.signer import LocalSigner
from ledger.values.canonical import canonical
from tests.api.conftest import JSON, NDJSON, Service
from tests.api.people import KG

Bad = Callable[[Service], bytes]


def good(service: Service) -> bytes:
    return service.mine.sign("source", service.mine.source())[0]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def with_payload(service: Service, payload: bytes) -> bytes:
    """Any bytes as the payload, properly signed: only the payload is wrong."""
    return sign_envelope(payload, [], list(service.mine.issuer.signers))


def statement(service: Service, **changes: Any) -> bytes:
    """A source whose members were changed, signed by its issuer whatever it says."""
    issuer = service.mine.issuer
    place = {"id": issuer.chain, "seq": issuer.seq + 1, "prev": issuer.head}
    members: dict[str, Any] = {
        "v": "lodestone-record/1",
        "log": issuer.ledger,
        "type": "source",
        "chain": place,
        "at": service.mine.at(),
        **service.mine.source(),
        **changes,
    }
    payload, disclosures = build_payload(members)
    return sign_envelope(payload, disclosures, list(issuer.signers))


def output(**changes: Any) -> dict[str, Any]:
    return {"lot": "C-1", "material": "oxide", "mass_mg": KG, "composition": {"Nd": 800_000}, **changes}


def process(service: Service, **changes: Any) -> bytes:
    batch = service.accepted(service.mine, "source", service.mine.source(mass_mg=KG)) + "#0"
    members = {**service.mine.reduce(batch, KG), **changes}
    if "take" in members:
        members["inputs"][0]["mass_mg"] = members.pop("take")
    return service.mine.sign("process", members)[0]


def forged(service: Service) -> bytes:
    envelope = orjson.loads(good(service))
    envelope["signatures"][0]["signature"] = b64(bytes(64))
    return canonical(envelope)


def by_a_strangers_key(service: Service) -> bytes:
    service.mine.issuer.signers = [LocalSigner.generate()]
    return good(service)


def by_a_replaced_key(service: Service) -> bytes:
    works, new = service.works, LocalSigner.generate()
    rotation = works.issuer.submission("key", works.at(), {"op": "rotate", "keys": [new.key.jwk]}, [new])
    assert service.submit(rotation.envelope.data).status_code == 201
    works.issuer.advance(rotation.id)
    return works.sign("source", works.source())[0]


def of_another_ledger(service: Service) -> bytes:
    service.mine.issuer.ledger = "other.example"
    return statement(service)


def without_a_disclosure(service: Service) -> bytes:
    envelope = orjson.loads(good(service))
    envelope["signatures"][0]["header"]["disclosures"].pop()
    return canonical(envelope)


def nested(service: Service) -> bytes:
    return with_payload(service, b'{"a":' + b"[" * 500 + b"]" * 500 + b"}")


def too_late(service: Service) -> bytes:
    return service.mine.sign("source", service.mine.source(), at="2019-01-01T00:00:00Z")[0]


def from_the_future(service: Service) -> bytes:
    return service.mine.sign("source", service.mine.source(), at="2999-01-01T00:00:00Z")[0]


CASES: dict[str, tuple[Bad, int, str]] = {
    "nothing": (lambda _: b"", 400, "not-json"),
    "not JSON": (lambda _: b'{"payload":', 400, "not-json"),
    "not UTF-8": (lambda _: b'{"payload":"\xff"}', 400, "not-json"),
    "bare garbage": (lambda _: bytes(range(256)), 400, "not-json"),
    "NaN": (lambda _: b'{"payload":NaN}', 400, "not-json"),
    "a list": (lambda _: b"[]", 422, "malformed"),
    "other members": (lambda s: canonical({**orjson.loads(good(s)), "x": 1}), 422, "malformed"),
    "spaces in the envelope": (lambda s: good(s).replace(b":", b": ", 1), 400, "not-canonical"),
    "a duplicate key": (lambda s: good(s).replace(b'{"payload"', b'{"payload":"","payload"', 1), 400, "not-canonical"),
    "a payload that is no JSON": (lambda s: with_payload(s, b"{"), 400, "not-json"),
    "spaces in the payload": (lambda s: with_payload(s, b'{"v": 1}'), 400, "not-canonical"),
    "a duplicate key in the payload": (lambda s: with_payload(s, b'{"a":1,"a":1}'), 400, "not-canonical"),
    "a float": (lambda s: with_payload(s, b'{"a":1.5}'), 400, "not-canonical"),
    "a null": (lambda s: with_payload(s, b'{"a":null}'), 400, "not-canonical"),
    "a huge integer": (lambda s: with_payload(s, b'{"a":9007199254740993}'), 400, "not-canonical"),
    "an integer beyond 64 bits": (lambda s: with_payload(s, b'{"a":' + b"9" * 30 + b"}"), 400, "not-canonical"),
    "deep nesting": (nested, 413, "too-large"),
    "deep nesting in the envelope": (lambda _: b"[" * 100_000 + b"]" * 100_000, 400, "not-json"),
    "ten megabytes": (lambda _: b'"' + b"x" * 10_000_000 + b'"', 413, "too-large"),
    "a payload that is too long": (lambda s: with_payload(s, b'{"a":"' + b"x" * 61_000 + b'"}'), 413, "too-large"),
    "a member of the wrong type": (lambda s: statement(s, country=5), 422, "malformed"),
    "an unknown member": (lambda s: statement(s, colour="red"), 422, "malformed"),
    "an unknown type": (lambda s: statement(s, type="gift"), 422, "unsupported-type"),
    "a type to come": (
        lambda s: s.mine.issuer.sign("hold", s.mine.at(), {"batch": f"{s.mine.id}#0", "reason": "quality"}),
        422,
        "unsupported-type",
    ),
    "another ledger": (of_another_ledger, 422, "wrong-log"),
    "a withheld member": (without_a_disclosure, 422, "undisclosed"),
    "a forged signature": (forged, 422, "signature-invalid"),
    "a stranger's key": (by_a_strangers_key, 422, "unknown-key"),
    "a replaced key": (by_a_replaced_key, 422, "key-revoked"),
    "an unknown batch": (
        lambda s: s.mine.sign("process", s.mine.reduce(f"{s.mine.id}#0", KG))[0],
        422,
        "unknown-batch",
    ),
    "no mass": (lambda s: statement(s, outputs=[output(mass_mg=0)]), 422, "malformed"),
    "a negative mass": (lambda s: statement(s, outputs=[output(mass_mg=-1)]), 422, "malformed"),
    "more than everything": (
        lambda s: statement(s, outputs=[output(composition={"Nd": 800_000, "Pr": 300_000})]),
        422,
        "composition-exceeded",
    ),
    "more than is left": (lambda s: process(s, take=KG + 1), 422, "mass-exceeded"),
    "book and claim": (lambda s: process(s, custody="book-and-claim"), 422, "book-and-claim"),
    "another country": (lambda s: statement(s, country="CN"), 422, "country-mismatch"),
    "an unknown facility": (lambda s: statement(s, facility=s.works.facility), 422, "unknown-facility"),
    "an earlier time": (too_late, 422, "time-order"),
    "the future": (from_the_future, 422, "time-order"),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_with_its_code_and_changes_nothing(shared: Service, name: str) -> None:
    service = shared
    make, status, code = CASES[name]
    issuer = service.mine.issuer
    ledger, signers = issuer.ledger, issuer.signers
    try:
        body = make(service)
        before = service.contents()
        answer = service.submit(body)
    finally:
        issuer.ledger, issuer.signers = ledger, signers
    told = answer.json()
    assert (answer.status_code, told["code"], told["status"]) == (status, code, status), told
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["type"] == f"https://test.lodestone.example/problems/{code}"
    assert "Traceback" not in answer.text
    assert service.contents() == before


def test_a_body_of_another_type_is_refused(quick: Service) -> None:
    body = good(quick)
    before = quick.contents()
    for kind in ("text/plain", "application/octet-stream", "multipart/form-data; boundary=x", ""):
        answer = quick.http.post("/v1/records", content=body, headers={"content-type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")
    assert quick.contents() == before
    with_charset = {"content-type": "application/json; charset=utf-8"}
    assert quick.http.post("/v1/records", content=body, headers=with_charset).status_code == 201


def test_an_endless_body_without_length_is_cut_off(quick: Service) -> None:
    before = quick.contents()
    chunks = (b" " * 100_000 for _ in range(15))
    answer = quick.http.post("/v1/records", content=chunks, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert quick.contents() == before


def test_a_line_that_is_too_long_is_refused_and_the_next_one_read(quick: Service) -> None:
    record = good(quick)
    body = b"x" * 2_500_000 + b"\n" + record
    answer = quick.http.post("/v1/records", content=body, headers=NDJSON)
    told = [orjson.loads(line) for line in answer.content.splitlines()]
    assert [(line["line"], line["status"]) for line in told] == [(1, 413), (2, 201)]


def test_an_upload_that_is_too_long_takes_nothing(quick: Service) -> None:
    before = quick.contents()
    answer = quick.http.post("/v1/records", content=good(quick) + b"\n" + b" " * 64_000_000, headers=NDJSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert quick.contents() == before


@pytest.mark.parametrize("path", ["/v1/check", "/v1/reports", "/v1/grants"])
@pytest.mark.parametrize("odd", [b'"\\ud800"', b"NaN", b"Infinity", b'"\xff"', b"1e999x", b"[" * 2_000 + b"]" * 2_000])
def test_json_that_could_not_be_written_again_is_no_json(quick: Service, path: str, odd: bytes) -> None:
    token = quick.token(quick.mine, "read", "report", "grant")
    body = b'{"batch":' + odd + b',"records":[' + odd + b"]}"
    answer = quick.http.post(path, content=body, headers={**token, **JSON})
    assert (answer.status_code, answer.json()["code"]) == (400, "not-json")
