"""Odd records that are well signed: changed before they are signed with a good key, what is odd reaches the rules.

Beside them odd tokens, links, cursors and ids. `test_service` changes what was signed.
"""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import pytest

from ledger.errors import Refused
from tests.api.conftest import Service, serving
from tests.api.people import KG, Producer, admit, open_test_ledger
from tests.fuzz.mutate import mutated

TRIES = 150


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    ledger = open_test_ledger(tmp_path_factory.mktemp("fuzz") / "ledger")
    people = (admit(ledger, "Mine"), admit(ledger, "Works"), admit(ledger, "Stranger"))
    with serving(ledger) as client:
        yield Service(ledger, client, *people)
    ledger.close()


def in_words(answer: httpx.Response) -> None:
    """An answer that the service meant: no 5xx, and every refusal a problem with its code."""
    assert answer.status_code < 500, answer.text[:500]
    assert "Traceback" not in answer.text
    if answer.status_code >= 400 and answer.headers["content-type"] == "application/problem+json":
        said = answer.json()
        assert said["status"] == answer.status_code
        assert said["detail"]
    elif answer.status_code >= 400:
        assert answer.status_code == 404, answer.headers


def kinds(service: Service) -> list[tuple[str, dict[str, Any]]]:
    """Members of good records of every type that a producer issues."""
    mine, works = service.mine, service.works
    batch = service.accepted(mine, "source", mine.source(mass_mg=900 * KG)) + "#0"
    digest = batch.partition("#")[0]
    transfer = service.accepted(mine, "transfer", {"batches": [{"batch": batch, "mass_mg": KG}], "to": works.id})
    jwk = dict(mine.issuer.signers[0].key.jwk)
    return [
        ("source", mine.source(evidence=[{"digest": digest, "kind": "assay", "name": "paper"}])),
        ("process", mine.reduce(batch, KG)),
        ("transfer", {"batches": [{"batch": batch, "mass_mg": KG}], "to": works.id, "terms": "sale"}),
        ("receive", {"transfer": transfer, "accepted": []}),
        ("adjust", {"batch": batch, "mass_mg": 1, "reason": "spill"}),
        ("certificate", {"subject": {"batch": batch}, "scheme": "assay", "document": digest, "number": "7"}),
        ("inquiry", {"about": {"batch": batch}, "to": {"name": "X"}, "sent": "2020-01-01", "outcome": "open"}),
        ("facility", {"name": "Hall", "operator": mine.id, "country": "AU", "location": "here"}),
        ("key", {"op": "rotate", "keys": [jwk]}),
        ("correction", {"corrects": digest, "op": "void", "reason": "typing error"}),
        ("hold", {"batch": batch, "reason": "quality"}),
        ("admission", {"op": "admit", "record": digest, "organization": mine.id}),
        ("rules", {"rules": digest, "reason": "x"}),
    ]


def signed(who: Producer, kind: str, members: dict[str, Any]) -> bytes | None:
    """The record signed with a good key, if it can be built at all."""
    try:
        return who.issuer.sign(kind, who.at(), members)
    except (Refused, ValueError, TypeError, RecursionError):
        return None


def changed(members: dict[str, Any], random: Random) -> dict[str, Any] | None:
    seed = json.dumps(members).encode()
    try:
        made = json.loads(mutated(seed, [seed], random))
    except (ValueError, RecursionError):
        return None
    return made if isinstance(made, dict) else None


def test_odd_records_that_are_well_signed_are_taken_or_refused(service: Service) -> None:
    mine, random, sent = service.mine, Random(7), 0
    templates = kinds(service)
    for kind, members in templates * (TRIES // 5):
        said = changed(members, random)
        data = signed(mine, kind, said) if said is not None else None
        if data is None:
            continue
        answer = service.submit(data)
        in_words(answer)
        if answer.status_code == 201:
            mine.issuer.advance(answer.json()["record"])
        sent += 1
    assert sent > TRIES // 2
    assert service.http.get("/readyz").status_code == 200
    service.accepted(service.works, "source", service.works.source())


def test_odd_tokens_links_cursors_and_ids_are_refused_in_words(service: Service) -> None:
    random = Random(19)
    token = service.token(service.mine, "read", "report")
    good = token["authorization"].encode()
    record = service.mine.issuer.head
    paths = [f"/v1/records/{record}", f"/v1/batches/{record}/0", f"/v1/chains/{service.mine.issuer.chain}"]
    paths += ["/v1/reports/" + "A" * 22 + ".json?link=" + "B" * 22, "/log/tile/entries/000", "/log/witnessed/1"]
    paths += ["/v1/batches?after=MS4w&limit=2", f"/v1/search?digest={record}", "/problems/not-found", "/v1/status/1"]
    for _ in range(TRIES):
        header = bytes(byte for byte in mutated(good, [good], random) if byte > 31 and byte != 127).strip()
        answer = service.http.get("/v1/me", headers={b"authorization": header[:8_000]})
        in_words(answer)
        assert answer.status_code != 200 or header[7:].strip() == good[7:], "no other text is the token"
        seed = random.choice(paths).encode()
        odd = mutated(seed, [seed], random)[:2_000]
        path = "".join(chr(byte) if 32 < byte < 127 else f"%{byte:02X}" for byte in odd)
        try:
            request = service.http.build_request("GET", f"/{path.lstrip('/')}", headers=token)
        except (httpx.InvalidURL, ValueError):
            continue
        if request.url.host == "127.0.0.1":
            in_words(service.http.send(request))
