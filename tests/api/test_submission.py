"""Submitting over HTTP: receipts that verify, replays, bulk, and races."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import orjson
import pytest

from ledger.errors import VerificationError
from ledger.log.policy import parse_policy
from ledger.log.proof import parse_proof, verify_proof
from ledger.values.canonical import canonical
from tests.api.conftest import JSON, NDJSON, Service
from tests.api.people import KG, LEDGER, Producer, admit, open_test_ledger

ROOT = Path(__file__).resolve().parents[2]


def lines_of(answer: httpx.Response) -> list[dict]:
    return [orjson.loads(line) for line in answer.content.splitlines()]


def test_a_receipt_verifies_offline_under_the_policy(service: Service) -> None:
    data, record = service.mine.sign("source", service.mine.source())
    answer = service.submit(data)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/records/{record}"
    receipt = answer.json()
    policy = parse_policy(service.http.get("/log/policy").text)
    leaf = canonical(receipt["leaf"])
    proven = verify_proof(parse_proof(receipt["proof"]), leaf, policy)
    assert (receipt["record"], receipt["index"], receipt["state"]) == (record, proven.index, "integrated")
    assert receipt["leaf"]["r"] == record
    with pytest.raises(VerificationError):
        verify_proof(parse_proof(receipt["proof"]), leaf.replace(b'"r":"sha-256:', b'"r":"sha-256:A', 1), policy)


def test_the_same_record_again_is_answered_with_the_first_receipt(service: Service) -> None:
    data, _ = service.mine.chained("source", service.mine.source())
    first = service.submit(data)
    later, _ = service.mine.chained("source", service.mine.source("C-2"))
    assert service.submit(later).status_code == 201
    before = service.contents()
    again = service.submit(data)
    assert (again.status_code, again.content) == (200, first.content)
    assert service.contents() == before
    fetched = service.get(f"/v1/records/{first.json()['record']}/receipt", service.mine)
    assert fetched.json() == first.json()


def test_the_same_payload_with_a_forged_signature_is_refused(service: Service) -> None:
    data, _ = service.mine.sign("source", service.mine.source())
    assert service.submit(data).status_code == 201
    envelope = orjson.loads(data)
    signature = envelope["signatures"][0]["signature"]
    envelope["signatures"][0]["signature"] = ("B" if signature[0] == "A" else "A") + signature[1:]
    answer = service.submit(canonical(envelope))
    assert (answer.status_code, answer.json()["code"]) == (422, "signature-invalid")


def test_a_conflict_says_where_the_chain_stands(service: Service) -> None:
    first, record = service.mine.sign("source", service.mine.source())
    fork, _ = service.mine.sign("source", service.mine.source("other"))
    assert service.submit(first).status_code == 201
    answer = service.submit(fork)
    assert (answer.status_code, answer.json()["code"]) == (409, "chain-conflict")
    assert answer.json()["head"] == {"seq": 2, "id": record}
    assert answer.headers["content-type"] == "application/problem+json"


def test_bulk_answers_each_line_and_leaves_no_gap_in_a_chain(service: Service) -> None:
    mine, works = service.mine, service.works
    good = [mine.chained("source", mine.source(f"L{n}")) for n in range(3)]
    wrong = mine.chained("source", mine.source("bad", country="CN"))
    behind = mine.chained("source", mine.source("behind"))
    other = works.chained("source", works.source("other"))
    entries = [*good, wrong, behind, other]
    body = b"\n".join([entries[0][0], b"", *(data for data, _ in entries[1:]), b"{not json", b'{"payload":1}'])
    answer = service.http.post("/v1/records", content=body, headers=NDJSON)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    told = lines_of(answer)
    assert [line["line"] for line in told] == [1, 3, 4, 5, 6, 7, 8, 9]
    assert [line["status"] for line in told] == [201, 201, 201, 422, 409, 201, 400, 422]
    assert [line["id"] for line in told[:6]] == [record for _, record in entries]
    assert [v["code"] for v in told[3]["violations"]] == ["country-mismatch"]
    assert [v["code"] for v in told[4]["violations"]] == ["chain-conflict"]
    assert told[4]["violations"][0]["head"]["id"] == good[-1][1]
    assert told[0]["receipt"]["index"] == told[0]["index"]
    again = lines_of(service.http.post("/v1/records", content=good[0][0], headers=NDJSON))
    assert again[0]["status"] == 200
    assert again[0]["receipt"] == told[0]["receipt"]


def test_a_good_record_behind_a_refused_one_of_its_chain_is_not_tried(service: Service) -> None:
    mine = service.mine
    stray, _ = mine.sign("source", mine.source(country="CN"))
    fits, _ = mine.sign("source", mine.source())
    told = lines_of(service.http.post("/v1/records", content=stray + b"\n" + fits, headers=NDJSON))
    assert [line["status"] for line in told] == [422, 409]
    assert service.submit(fits).status_code == 201


def test_many_records_in_one_upload_are_all_accepted(service: Service) -> None:
    entries = [service.mine.chained("source", service.mine.source(f"L{n}")) for n in range(1_100)]
    body = b"\n".join(data for data, _ in entries)
    told = lines_of(service.http.post("/v1/records", content=body, headers=NDJSON))
    assert [line["status"] for line in told] == [201] * 1_100
    assert [line["index"] for line in told] == list(range(told[0]["index"], told[0]["index"] + 1_100))


def test_one_of_two_concurrent_records_gets_the_last_kilogram(service: Service) -> None:
    mine = service.mine
    for _ in range(5):
        batch = service.accepted(mine, "source", mine.source(mass_mg=KG)) + "#0"
        rivals = [
            mine.sign("adjust", {"batch": batch, "mass_mg": KG, "reason": reason}) for reason in ("spill", "sample")
        ]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda rival: service.submit(rival[0]), rivals))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        mine.issuer.advance(rivals[[a.status_code for a in answers].index(201)][1])


def test_two_chains_of_one_organization_cannot_both_take_the_last_kilogram(service: Service) -> None:
    mine, plant = service.mine, second_chain(service)
    batch = service.accepted(mine, "source", mine.source(mass_mg=KG)) + "#0"
    rivals = [who.sign("adjust", {"batch": batch, "mass_mg": KG, "reason": "spill"}) for who in (mine, plant)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda rival: service.submit(rival[0]), rivals))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    loser = next(answer for answer in answers if answer.status_code == 422)
    assert [v["code"] for v in loser.json()["violations"]] == ["mass-exceeded"]


def second_chain(service: Service) -> Producer:
    return admit(service.ledger, "Mine, second plant", organization=service.mine.id)


def test_two_processes_cannot_both_take_the_last_kilogram(tmp_path: Path, postgresql_url: str) -> None:
    """Two servers on one PostgreSQL: the lock of the log's head makes them take turns."""
    ledger = open_test_ledger(tmp_path / "ledger", postgresql_url)
    mine = admit(ledger, "Mine")
    plant = admit(ledger, "Mine, second plant", organization=mine.id)
    ledger.close()
    ports = [_free_port(), _free_port()]
    servers = [_start(tmp_path, postgresql_url, port) for port in ports]
    try:
        clients = [_client(port, server) for port, server in zip(ports, servers, strict=True)]
        for _ in range(5):
            data, record = mine.chained("source", mine.source(mass_mg=KG))
            assert clients[0].post("/v1/records", content=data, headers=JSON).status_code == 201
            rivals = [
                who.sign("adjust", {"batch": f"{record}#0", "mass_mg": KG, "reason": "spill"}) for who in (mine, plant)
            ]
            with ThreadPoolExecutor(2) as pool:
                answers = list(
                    pool.map(
                        lambda pair: pair[0].post("/v1/records", content=pair[1][0], headers=JSON),
                        zip(clients, rivals, strict=True),
                    )
                )
            assert sorted(answer.status_code for answer in answers) == [201, 422]
            for who, rival, answer in zip((mine, plant), rivals, answers, strict=True):
                if answer.status_code == 201:
                    who.issuer.advance(rival[1])
        for client in clients:
            assert client.get("/readyz").status_code == 200
            client.close()
    finally:
        for server in servers:
            server.terminate()
        codes = [server.wait(30) for server in servers]
    assert codes in ([0, 0], [-15, -15])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(tmp_path: Path, url: str, port: int) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "LODESTONE_HOME": str(tmp_path / "ledger"),
        "LODESTONE_DATABASE_URL": url,
        "LODESTONE_PORT": str(port),
        "LODESTONE_LEDGER": LEDGER,
        "PYTHONPATH": str(ROOT),
    }
    with (tmp_path / f"server-{port}.log").open("wb") as log:
        return subprocess.Popen([sys.executable, "-m", "api"], cwd=ROOT, env=environment, stdout=log, stderr=log)


def _client(port: int, server: "subprocess.Popen[bytes]") -> httpx.Client:
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
    for _ in range(600):
        assert server.poll() is None
        try:
            if client.get("/readyz").status_code == 200:
                return client
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")
