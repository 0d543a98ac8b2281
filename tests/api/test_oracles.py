"""What refusals give away: the same words for what does not exist and for what is somebody else's.

The ids here are known to an attacker, as to a former auditor or a clerk who left: none of them opens anything.
"""

import os
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from api.access import PAGES
from api.app import create_app
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import b64u
from ledger.workflows.issue import Issuer, new_chain_id
from ledger.workflows.tokens import new_token
from tests.api.conftest import NDJSON, Service
from tests.api.people import KG, LEDGER, Producer

ABSENT = f"sha-256:{'A' * 43}"


def signed_by_nobody(service: Service, chain: str, seq: int = 5) -> bytes:
    """A record in a chain of somebody else, signed by a key that was made just now."""
    issuer = Issuer(LEDGER, [LocalSigner.generate()], chain, seq, ABSENT)
    return issuer.submission("source", "2020-01-01T00:00:00Z", service.mine.source()).envelope.data


def opened_again(chain: str) -> bytes:
    """An `organization` record that would open the chain of somebody else."""
    signer = LocalSigner.generate()
    said = {"keys": [signer.key.jwk], "use": "records", "name": "X", "country": "AU"}
    return Issuer(LEDGER, [signer], chain).submission("organization", "2019-01-01T00:00:00Z", said).envelope.data


def secrets_of(producer: Producer) -> list[str]:
    return [producer.issuer.head, producer.id, producer.facility, "2020-02-01T"]


def bulk(service: Service, *lines: bytes) -> list[dict[str, Any]]:
    answer = service.http.post("/v1/records", content=b"\n".join(lines), headers=NDJSON)
    assert answer.status_code == 200
    return [orjson.loads(line) for line in answer.content.splitlines()]


def test_where_a_chain_stands_is_told_to_nobody_who_cannot_sign_for_it(service: Service) -> None:
    mine = service.mine
    service.accepted(mine, "source", mine.source())
    chain, head = mine.issuer.chain, mine.issuer.seq
    forged = [signed_by_nobody(service, chain, seq) for seq in (head + 1, head + 2)]
    for lines in (forged, [opened_again(chain), forged[0]], [opened_again(chain), opened_again(chain)]):
        told = bulk(service, *lines)
        assert [line["status"] >= 400 for line in told] == [True, True]
        for line in told:
            assert all("head" not in violation for violation in line["violations"]), line
            assert not any(secret in orjson.dumps(line["violations"]).decode() for secret in secrets_of(mine))
    for data in (forged[0], opened_again(chain)):
        answer = service.submit(data)
        assert "head" not in answer.json()
        assert not any(secret in answer.text for secret in secrets_of(mine)), answer.text


def test_the_owner_is_told_where_his_chain_stands(service: Service) -> None:
    mine = service.mine
    wrong, _ = mine.sign("source", mine.source(country="CN"))
    told = bulk(service, wrong, mine.sign("source", mine.source())[0])
    assert told[1]["violations"][0]["head"] == {"seq": mine.issuer.seq, "id": mine.issuer.head}


def test_checking_does_not_tell_whether_somebody_has_a_chain(service: Service) -> None:
    reader = service.token(service.stranger)
    there, not_there = service.mine.issuer.chain, b64u(os.urandom(32))
    entry = {"type": "adjust", "at": "2021-01-01T00:00:00Z", "batch": f"{ABSENT}#0", "mass_mg": 1, "reason": "spill"}
    for place in ({}, {"seq": 1, "prev": ABSENT}):
        told = [
            service.http.post("/v1/check", headers=reader, json={"records": [{**entry, "chain": {"id": i, **place}}]})
            for i in (there, not_there)
        ]
        [first], [second] = (answer.json()["records"] for answer in told)
        assert first["violations"] == second["violations"]
        assert [violation["code"] for violation in first["violations"]] == ["unknown-key"]


@pytest.mark.parametrize("kind", ["process", "transfer", "adjust", "certificate", "inquiry", "receive"])
def test_a_record_about_anothers_batch_is_refused_in_the_words_for_none(service: Service, kind: str) -> None:
    mine, stranger = service.mine, service.stranger
    there = service.accepted(mine, "source", mine.source(mass_mg=7_654_321))
    absent = "sha-256:" + b64u(os.urandom(32))
    answers = []
    for record in (there, absent):
        batch = f"{record}#0"
        said: dict[str, dict[str, Any]] = {
            "process": stranger.reduce(batch, 9 * KG),
            "transfer": {"batches": [{"batch": batch, "mass_mg": 9 * KG}], "to": mine.id},
            "adjust": {"batch": batch, "mass_mg": 9 * KG, "reason": "spill"},
            "certificate": {"subject": {"batch": batch}, "scheme": "assay", "document": ABSENT},
            "inquiry": {
                "about": {"batch": batch},
                "to": {"name": "Somebody"},
                "sent": "2020-01-01",
                "outcome": "open",
            },
            "receive": {"transfer": record, "accepted": [{"batch": batch}]},
        }
        answers.append(service.submit(stranger.sign(kind, said[kind], at="2020-01-02T00:00:00Z")[0]))
    assert [answer.status_code for answer in answers] == [422, 422]
    assert comparable(answers[0]) == comparable(answers[1])


def comparable(answer: httpx.Response) -> dict[str, Any]:
    """The whole answer but for the request's id."""
    return {name: value for name, value in answer.json().items() if name != "request"}


def test_refusals_of_reading_are_the_same_to_the_last_byte(service: Service) -> None:
    mine, stranger = service.mine, service.token(service.stranger, "read", "report")
    there = service.accepted(mine, "source", mine.source())
    absent = "sha-256:" + b64u(os.urandom(32))
    made = service.http.post("/v1/reports", headers=service.token(mine, "report"), json={"batch": f"{there}#0"})
    pairs = [
        *((there + rest, absent + rest, "/v1/records/") for rest in ("", "/receipt")),
        *((f"{there}/0{rest}", f"{absent}/0{rest}", "/v1/batches/") for rest in ("", "/trace", "/routes")),
        (f"{there}/0/trace?direction=down", f"{absent}/0/trace?direction=down", "/v1/batches/"),
        (f"{there}/0", f"{there}/7", "/v1/batches/"),
        (mine.issuer.chain, b64u(os.urandom(32)), "/v1/chains/"),
        *((made.json()["id"] + rest, "A" * 22 + rest, "/v1/reports/") for rest in ("", ".json", ".jwt", "/bundle")),
    ]
    for first, second, before in pairs:
        answers = [service.http.get(before + path, headers=stranger) for path in (first, second)]
        assert [answer.status_code for answer in answers] == [404, 404], first
        assert comparable(answers[0]) == comparable(answers[1])
        names = [sorted(answer.headers) for answer in answers]
        assert names[0] == names[1]
    listed = [service.get("/v1/batches", service.stranger, holder=who).json() for who in (mine.id, absent)]
    assert listed == [{"batches": []}] * 2


def stored(who: Producer, batch: str, lot: str) -> dict[str, Any]:
    """A process that changes nothing, one generation more."""
    output = {"lot": lot, "material": "oxide", "mass_mg": KG, "composition": {"Nd": 800_000}}
    return {**who.reduce(batch, KG), "steps": ["store"], "outputs": [output]}


def test_a_stranger_learns_nothing_from_the_time_of_his_refusal_and_costs_no_walk(quick: Service) -> None:
    """However much was made of a batch, who has nothing to do with it is refused after as many questions."""
    mine = quick.mine
    few, many = (quick.accepted(mine, "source", mine.source(mass_mg=KG)) + "#0" for _ in range(2))
    newest = many
    for number in range(15):
        newest = quick.accepted(mine, "process", stored(mine, newest, f"L-{number}")) + "#0"
    quick.accepted(mine, "process", stored(mine, few, "L"))
    reader, asked = quick.token(quick.stranger), [0]

    def count(*_: object) -> None:
        asked[0] += 1

    event.listen(quick.ledger.database.engine, "before_cursor_execute", count)
    took = []
    for batch in (few, many, few, many):
        asked[0] = 0
        record = batch.partition("#")[0]
        for path in (f"/v1/records/{record}", f"/v1/batches/{record}/0", f"/v1/batches/{record}/0/trace"):
            assert quick.http.get(path, headers=reader).status_code == 404
        took.append(asked[0])
    event.remove(quick.ledger.database.engine, "before_cursor_execute", count)
    assert len(set(took)) == 1, took
    assert took[0] < 40


def test_a_token_ends_on_its_day_everywhere(quick: Service) -> None:
    made = new_token(quick.ledger, quick.mine.id, ["read", "report"], "office", days=1)
    header = {"authorization": f"Bearer {made.token}"}
    paths = quick.http.get("/openapi.json").json()["paths"]
    secured = [
        (method, path) for path, methods in paths.items() for method, said in methods.items() if "security" in said
    ]
    assert len(secured) > 10
    quick.ledger.clock = lambda: "2026-06-02T12:00:00Z"
    for method, path in secured:
        filled = path.replace("{record}", ABSENT).replace("{place}", "0").replace("{report}", "A" * 22)
        answer = quick.http.request(method, filled.replace("{chain}", "x"), headers=header)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), (method, path)


def every_route(app: FastAPI) -> Iterator[Any]:
    """The routes of an application and of the routers in it."""
    waiting: list[Any] = list(app.routes)
    while waiting:
        route = waiting.pop()
        inside = getattr(route, "original_router", None)
        if inside is None:
            yield route
        else:
            waiting += inside.routes


def test_what_the_document_leaves_out_is_for_everybody_or_not_built(quick: Service) -> None:
    """Routes that OpenAPI does not describe are pages, which have a matrix of their own, or these."""
    hidden = {route.path for route in every_route(create_app(quick.ledger)) if not route.include_in_schema}
    pages = {row.path + suffix for row in PAGES for suffix in ("", ".json", ".csv")}
    assert hidden - pages <= {
        "/openapi.json",
        "/did.json",
        "/v1/notices",
        "/v1/reports/{report}.html",
        "/v1/reports/{report}.pdf",
    }


def test_a_new_chain_opens_nothing_of_an_old_one(service: Service) -> None:
    """Whoever opens a chain with an id that he made himself learns of no other."""
    answer = service.submit(opened_again(new_chain_id()))
    assert [violation["code"] for violation in answer.json()["violations"]] == ["not-admitted"]
