"""Who may read what: tokens, scopes, one's own, what one held, and upstream of it what a buyer sees."""

from typing import Any

import orjson
import pytest

from ledger.signing.disclosure import open_record
from ledger.signing.envelope import parse_envelope
from ledger.values.canonical import canonical
from ledger.values.encoding import digest
from ledger.workflows.tokens import list_tokens, new_token, revoke_token
from tests.api.conftest import Service
from tests.api.people import KG


def path_of(batch: str) -> str:
    record, _, place = batch.partition("#")
    return f"/v1/batches/{record}/{place}"


def opened(answer: dict[str, Any]) -> dict[str, Any]:
    envelope = parse_envelope(canonical(answer["envelope"]), submission=False)
    return dict(open_record(envelope, submission=False))


@pytest.fixture
def chain(service: Service) -> dict[str, str]:
    """The mine makes oxide, hands a part to the works, which reduce half of it; and another batch stays at home."""
    ore = service.accepted(service.mine, "source", service.mine.source("ORE", evidence=[DOCUMENT])) + "#0"
    kept = service.accepted(service.mine, "source", service.mine.source("KEPT")) + "#0"
    part = service.hand_over(ore, 4 * KG)
    metal = service.accepted(service.works, "process", service.works.reduce(part, 2 * KG)) + "#0"
    return {"ore": ore, "kept": kept, "part": part, "metal": metal}


DOCUMENT = {"digest": digest(b"an assay"), "kind": "assay"}


def test_reading_needs_a_token_that_is_known_and_in_force(quick: Service) -> None:
    mine = quick.mine
    made = new_token(quick.ledger, mine.id, ["read"], "office")
    old = new_token(quick.ledger, mine.id, ["read"], "old", days=1)
    assert quick.http.get("/v1/batches", headers={"authorization": f"Bearer {made.token}"}).status_code == 200
    wrong = [made.token[:-2] + ("AA" if made.token[-2:] != "AA" else "BB"), "lodestone_", "x", made.id, "é"]
    for token in wrong:
        answer = quick.http.get("/v1/batches", headers={b"authorization": b"Bearer " + token.encode("latin-1")})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert quick.http.get("/v1/batches").status_code == 401
    assert quick.http.get("/v1/batches", headers={"authorization": "Basic eDp5"}).status_code == 401
    revoke_token(quick.ledger, made.id)
    assert quick.http.get("/v1/batches", headers={"authorization": f"Bearer {made.token}"}).status_code == 401
    quick.ledger.clock = lambda: "2026-06-02T12:00:00Z"
    assert quick.http.get("/v1/batches", headers={"authorization": f"Bearer {old.token}"}).status_code == 401


def test_tokens_are_stored_as_hashes_only(quick: Service) -> None:
    made = new_token(quick.ledger, quick.mine.id, ["read"], "office")
    secret = made.token.split("_", 2)[2]
    stored = list_tokens(quick.ledger)
    assert [token.id for token in stored] == [made.id]
    assert secret.encode() not in repr(stored).encode()
    assert secret.encode() not in quick.ledger.config.home.joinpath("ledger.db-wal").read_bytes()


def test_a_token_is_for_its_scopes(quick: Service) -> None:
    batch = quick.accepted(quick.mine, "source", quick.mine.source()) + "#0"
    reading, reporting = quick.token(quick.mine, "read"), quick.token(quick.mine, "report")
    answer = quick.http.post("/v1/reports", headers=reading, json={"batch": batch})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert quick.http.post("/v1/reports", headers=reporting, json={"batch": batch}).status_code == 201
    assert quick.http.get("/v1/batches", headers=reporting).status_code == 403


def test_one_sees_ones_own_records_whole(service: Service, chain: dict[str, str]) -> None:
    record = chain["ore"].partition("#")[0]
    answer = service.get(f"/v1/records/{record}", service.mine).json()
    assert answer["seen_as"] == "own"
    assert opened(answer)["outputs"][0]["lot"] == "ORE"
    assert opened(answer)["chain"]["id"] == service.mine.issuer.chain


def test_upstream_one_sees_what_a_buyer_sees(service: Service, chain: dict[str, str]) -> None:
    record = chain["ore"].partition("#")[0]
    answer = service.get(f"/v1/records/{record}", service.works).json()
    assert answer["seen_as"] == "buyer"
    seen = opened(answer)
    assert (seen["country"], seen["operated"], seen["origin"]["kind"]) == ("AU", "self", "mined")
    assert not {"chain", "at", "facility", "evidence"} & seen.keys()
    assert not {"mass_mg", "lot"} & seen["outputs"][0].keys()
    assert service.get(path_of(chain["ore"]), service.works).json() == {
        "batch": chain["ore"],
        "record": record,
        "seen_as": "buyer",
        "material": "oxide",
    }
    assert service.get(path_of(chain["ore"]) + "/routes", service.works).status_code == 404


def test_the_addressee_sees_a_transfer_but_not_its_chain(service: Service, chain: dict[str, str]) -> None:
    record = chain["part"].partition("#")[0]
    answer = service.get(f"/v1/records/{record}", service.works).json()
    assert answer["seen_as"] == "addressee"
    assert opened(answer)["batches"][0] == {"batch": chain["ore"], "mass_mg": 4 * KG}
    assert "chain" not in opened(answer)


@pytest.mark.parametrize("suffix", ["", "/trace", "/routes"])
def test_another_tenants_batches_do_not_exist(service: Service, chain: dict[str, str], suffix: str) -> None:
    for who, batch in [
        (service.stranger, "ore"),
        (service.stranger, "metal"),
        (service.works, "kept"),
        (service.mine, "metal"),
    ]:
        answer = service.get(path_of(chain[batch]) + suffix, who)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    missing = service.get(path_of(f"{service.mine.facility}#7") + suffix, service.stranger)
    hidden = service.get(path_of(chain["ore"]) + suffix, service.stranger)
    assert missing.json()["detail"] == hidden.json()["detail"]


def test_another_tenants_records_receipts_and_chains_do_not_exist(service: Service, chain: dict[str, str]) -> None:
    record = chain["ore"].partition("#")[0]
    for path in (f"/v1/records/{record}", f"/v1/records/{record}/receipt", f"/v1/chains/{service.mine.issuer.chain}"):
        assert service.get(path, service.stranger).status_code == 404
        assert service.get(path, service.mine).status_code == 200
        assert service.get(path, None).status_code == 200
    downstream = chain["metal"].partition("#")[0]
    assert service.get(f"/v1/records/{downstream}", service.mine).status_code == 404


def test_a_chain_says_where_it_stands(service: Service, chain: dict[str, str]) -> None:
    issuer = service.mine.issuer
    answer = service.get(f"/v1/chains/{issuer.chain}", service.mine).json()
    assert (answer["seq"], answer["head"], answer["standing"]) == (issuer.seq, issuer.head, "admitted")


def test_what_is_left_is_told_to_the_holder_only(service: Service, chain: dict[str, str]) -> None:
    works = service.get(path_of(chain["part"]), service.works).json()
    assert (works["left_mg"], works["holds"], works["mass_mg"]) == (2 * KG, True, 4 * KG)
    mine = service.get(path_of(chain["part"]), service.mine).json()
    assert mine["mass_mg"] == 4 * KG
    assert not {"left_mg", "holder"} & mine.keys()
    assert mine["holds"] is False


def test_pages_hold_every_batch_once_while_more_arrive(service: Service) -> None:
    for n in range(7):
        service.accepted(service.mine, "source", service.mine.source(f"L{n}"))
    token, found, after = service.token(service.mine), [], None
    while True:
        query = {"limit": 3} | ({"after": after} if after else {})
        page = service.http.get("/v1/batches", headers=token, params=query).json()
        found += [batch["lot"] for batch in page["batches"]]
        after = page.get("after")
        if after is None:
            break
        if len(found) == 3:
            service.accepted(service.mine, "source", service.mine.source("LATE"))
    assert found == [*(f"L{n}" for n in range(7)), "LATE"]
    for after in ("x", "AAAA", "MS4y.", "MS4yLjM"):
        answer = service.http.get("/v1/batches", headers=token, params={"after": after})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


def test_batches_are_found_by_lot_material_and_holder(service: Service, chain: dict[str, str]) -> None:
    def names(who: Any, **query: str) -> list[str]:
        return [batch["batch"] for batch in service.get("/v1/batches", who, **query).json()["batches"]]

    assert names(service.mine, lot="KEPT") == [chain["kept"]]
    assert names(service.works, material="metal") == [chain["metal"]]
    assert names(service.works, holder=service.works.id) == [chain["part"], chain["metal"]]
    assert names(service.mine, holder=service.works.id) == []  # where a batch went is not for everybody who had it
    assert names(None, holder=service.works.id) == [chain["part"], chain["metal"]]
    assert names(service.stranger) == []
    assert names(service.mine, holder="nobody") == []
    assert service.get("/v1/batches", service.mine, lot="a\0b").status_code == 422


def test_a_trace_goes_both_ways_as_far_as_one_may_see(service: Service, chain: dict[str, str]) -> None:
    up = service.get(path_of(chain["metal"]) + "/trace", service.works).json()["steps"]
    assert [(step["type"], step["made"], step.get("taken")) for step in up] == [
        ("process", chain["metal"], chain["part"]),
        ("transfer", chain["part"], chain["ore"]),
        ("source", chain["ore"], None),
    ]
    assert [step.get("mass_mg") for step in up] == [2 * KG, None, None]
    down = service.get(path_of(chain["ore"]) + "/trace", service.mine, direction="down").json()["steps"]
    assert [step["made"] for step in down] == [chain["part"]]
    operator = service.get(path_of(chain["ore"]) + "/trace", None, direction="down").json()["steps"]
    assert [step["made"] for step in operator] == [chain["part"], chain["metal"]]
    first = service.get(path_of(chain["metal"]) + "/trace", service.works, limit=1).json()
    rest = service.get(path_of(chain["metal"]) + "/trace", service.works, after=first["after"]).json()
    assert first["steps"] + rest["steps"] == up
    assert len(service.get(path_of(chain["metal"]) + "/trace", service.works, depth=1).json()["steps"]) == 1


def test_routes_are_exact(service: Service, chain: dict[str, str]) -> None:
    routes = service.get(path_of(chain["metal"]) + "/routes", service.works).json()["elements"]
    [only] = routes["Nd"]
    assert only["share_ppm"] == 1_000_000
    assert only["route"]["stages"]["mine"] == {"countries": ["AU"], "basis": "traced"}
    assert only["route"]["stages"]["reduce"]["countries"] == ["EE"]


def test_a_document_is_found_by_who_cites_it(service: Service, chain: dict[str, str]) -> None:
    found = service.get("/v1/search", service.mine, digest=DOCUMENT["digest"]).json()["records"]
    assert [entry["record"] for entry in found] == [chain["ore"].partition("#")[0]]
    for who in (service.works, service.stranger):
        assert service.get("/v1/search", who, digest=DOCUMENT["digest"]).json()["records"] == []
    assert service.get("/v1/search", service.mine, digest="x").status_code == 422


def test_checking_stores_nothing_and_tells_the_balance(service: Service, chain: dict[str, str]) -> None:
    token, before = service.token(service.works), service.contents()
    members = service.works.reduce(chain["part"], 2 * KG, "NEXT")
    del members["inputs"][0]["shares"]
    entries = [
        {"type": "process", "at": "2021-01-01T00:00:00Z", **members},
        {"type": "adjust", "at": "2021-01-01T00:00:00Z", "batch": "@0#0", "mass_mg": KG, "reason": "spill"},
        {"type": "adjust", "at": "2021-01-01T00:00:00Z", "batch": chain["part"], "mass_mg": 1, "reason": "spill"},
    ]
    answer = service.http.post("/v1/check", headers=token, json={"records": entries})
    assert answer.status_code == 200, answer.text
    made, spilled, over = answer.json()["records"]
    assert made["accepted"]
    assert made["shares"] == {"inputs": [{"*": 1_000_000, "Nd": 1_000_000}]}
    assert made["balance"]["Nd"] == {"in_mg": 1_600_000, "out_mg": 1_386_000, "loss_mg": 214_000}
    assert made["left"] == {chain["part"]: 0}
    assert spilled["left"] == {f"{made['id']}#0": 400_000}
    assert [violation["code"] for violation in over["violations"]] == ["mass-exceeded"]
    signed, _ = service.works.sign("adjust", {"batch": chain["part"], "mass_mg": 1, "reason": "sample"})
    answer = service.http.post("/v1/check", headers=token, json={"records": [orjson.loads(signed)]})
    assert answer.json()["records"][0]["left"] == {chain["part"]: 2 * KG - 1}
    assert service.contents() == before


def test_nobody_checks_unsigned_records_of_another(service: Service, chain: dict[str, str]) -> None:
    entry = {"type": "adjust", "at": "2021-01-01T00:00:00Z", "batch": chain["kept"], "mass_mg": 1, "reason": "spill"}
    answer = service.http.post(
        "/v1/check",
        headers=service.token(service.stranger),
        json={"records": [{**entry, "chain": {"id": service.mine.issuer.chain}}, entry]},
    )
    other, own = answer.json()["records"]
    assert [violation["code"] for violation in other["violations"]] == ["unknown-key"]
    assert [violation["code"] for violation in own["violations"]] == ["unknown-batch"]
    assert "left" not in other
