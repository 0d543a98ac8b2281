"""Grants: what an organization opens to another one, who may do that, and that it ends."""

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from ledger.bundle.audit import audit
from ledger.bundle.result import FAILED, PASSED
from ledger.errors import NotFound, UsageError
from ledger.signing.disclosure import open_with_paths
from ledger.signing.envelope import parse_envelope
from ledger.store.queries import Viewer
from ledger.store.tokens import organization_number
from ledger.values.canonical import canonical
from ledger.workflows.commit import commit_one
from ledger.workflows.grants import Wanted, new_grant
from ledger.workflows.open import open_ledger, policy_of
from ledger.workflows.reading import read_record
from tests.api.conftest import Service
from tests.api.people import KG, Producer, admit, config_of


def opened_paths(envelope: dict[str, Any]) -> set[str]:
    """What is disclosed of an envelope as it was answered."""
    return set(open_with_paths(parse_envelope(canonical(envelope), submission=False))[1])


def give(service: Service, who: Producer | None, **asked: Any) -> httpx.Response:
    scopes = ("grant",) if who else ()
    return service.http.post("/v1/grants", headers=service.token(who, *scopes), json=asked)


def given(service: Service, who: Producer, to: Producer, **asked: Any) -> str:
    answer = give(service, who, to=to.id, **asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def end(service: Service, who: Producer | None, grant: str) -> int:
    headers = service.token(who, *(("grant",) if who else ()))
    return service.http.delete(f"/v1/grants/{grant}", headers=headers).status_code


def metal_of_bought_ore(service: Service) -> tuple[str, str]:
    """The mine's source and the works' process of it."""
    ore = service.accepted(service.mine, "source", service.mine.source())
    service.hand_over(f"{ore}#0")
    return ore, service.accepted(service.works, "process", service.works.reduce(f"{ore}#0", 4 * KG))


def seen(service: Service, record: str, who: Producer) -> set[str] | None:
    """The paths of a record that are open to somebody; None where it is not there for him."""
    answer = service.get(f"/v1/records/{record}", who)
    return None if answer.status_code == 404 else opened_paths(answer.json()["envelope"])


def test_a_record_is_opened_wholly_until_the_grant_is_withdrawn(service: Service) -> None:
    ore = service.accepted(service.mine, "source", service.mine.source())
    assert seen(service, ore, service.stranger) is None
    grant = given(service, service.mine, service.stranger, records=[ore])
    own = service.get(f"/v1/records/{ore}", service.mine).json()["envelope"]
    assert seen(service, ore, service.stranger) == opened_paths(own)
    assert service.get(f"/v1/records/{ore}", service.stranger).json()["seen_as"] == "granted"
    assert service.get(f"/v1/records/{ore}/receipt", service.stranger).status_code == 200
    assert seen(service, ore, service.works) is None
    assert service.get(f"/v1/batches/{ore}/0", service.stranger).status_code == 404
    assert end(service, service.mine, grant) == 204
    assert seen(service, ore, service.stranger) is None
    assert end(service, service.mine, grant) == 204


def test_only_the_members_that_are_named_are_opened(service: Service) -> None:
    ore = service.accepted(service.mine, "source", service.mine.source())
    given(service, service.mine, service.stranger, records=[ore], members=["facility", "outputs[].mass_mg"])
    way = {"outputs", "outputs[0]"}
    assert seen(service, ore, service.stranger) == way | {"facility", "outputs[0].mass_mg"}


def test_a_grant_adds_to_what_a_buyer_sees_upstream(service: Service) -> None:
    ore, metal = metal_of_bought_ore(service)
    before = seen(service, metal, service.works)
    buyer = seen(service, ore, service.stranger)
    assert buyer is None
    transfer = service.accepted(
        service.works, "transfer", {"batches": [{"batch": f"{metal}#0"}], "to": service.stranger.id}
    )
    service.accepted(service.stranger, "receive", {"transfer": transfer, "accepted": [{"batch": f"{metal}#0"}]})
    buyer = seen(service, ore, service.stranger)
    given(service, service.mine, service.stranger, records=[ore], members=["facility"])
    assert buyer is not None
    assert "facility" not in buyer
    assert seen(service, ore, service.stranger) == buyer | {"facility"}
    assert seen(service, metal, service.works) == before


def test_a_batch_is_opened_as_to_who_held_it_and_can_be_audited(service: Service) -> None:
    ore, metal = metal_of_bought_ore(service)
    path = f"/v1/batches/{metal}/0"
    export = f"/v1/exports/batch/{metal}/0"
    stranger = service.stranger
    token = service.token(stranger, "report")
    assert service.http.get(export, headers=token).status_code == 404
    grant = given(service, service.works, stranger, batches=[f"{metal}#0"], records=[metal])
    shown = service.get(path, stranger).json()
    assert shown["seen_as"] == "granted"
    assert shown["lot"] == "M-1"
    assert not {"left_mg", "holder", "custody"} & shown.keys()
    listed = service.get("/v1/batches", stranger).json()["batches"]
    assert [(each["batch"], each["seen_as"]) for each in listed] == [(f"{metal}#0", "granted")]
    assert service.get(f"{path}/routes", stranger).status_code == 200
    assert service.get(f"/v1/records/{ore}", stranger).json()["seen_as"] == "buyer"
    bundle = service.http.get(export, headers=token)
    assert bundle.status_code == 200, bundle.text
    entries = {entry["leaf"]["r"]: entry for entry in orjson.loads(bundle.content)["evidence"]["records"]}
    own = service.get(f"/v1/records/{metal}", service.works).json()["envelope"]
    assert opened_paths(entries[metal]["envelope"]) == opened_paths(own)
    assert "outputs[0].mass_mg" not in opened_paths(entries[ore]["envelope"])
    found = audit(bundle.content, policy_of(service.ledger))
    assert found.result == PASSED, [check for check in found.checks if check.result == FAILED]
    made = service.http.post("/v1/reports", headers=token, json={"batch": f"{metal}#0"})
    assert made.status_code == 404
    assert end(service, service.works, grant) == 204
    assert service.get(path, stranger).status_code == 404
    assert service.get(f"/v1/records/{ore}", stranger).status_code == 404
    assert service.http.get(export, headers=token).status_code == 404


def test_some_members_of_a_batch_open_nothing_else(service: Service) -> None:
    ore, metal = metal_of_bought_ore(service)
    given(service, service.works, service.stranger, batches=[f"{metal}#0"], members=["mass_mg"])
    shown = service.get(f"/v1/batches/{metal}/0", service.stranger).json()
    assert shown.keys() == {"batch", "record", "seen_as", "material", "mass_mg"}
    assert seen(service, metal, service.stranger) == {"outputs", "outputs[0]", "outputs[0].mass_mg"}
    assert service.get("/v1/batches", service.stranger).json()["batches"] == []
    for path in (f"/v1/batches/{metal}/0/routes", f"/v1/batches/{metal}/0/trace", f"/v1/records/{ore}"):
        assert service.get(path, service.stranger).status_code == 404
    token = service.token(service.stranger, "report")
    assert service.http.get(f"/v1/exports/batch/{metal}/0", headers=token).status_code == 404


def test_the_export_of_the_log_holds_whole_chains_and_so_nothing_that_was_granted(service: Service) -> None:
    ore = service.accepted(service.mine, "source", service.mine.source())
    given(service, service.mine, service.stranger, records=[ore])
    export = service.get("/v1/exports/log", service.stranger)
    opened = {entry["leaf"]["r"] for entry in export.json()["evidence"]["records"] if "envelope" in entry}
    assert ore not in opened
    assert audit(export.content, policy_of(service.ledger)).result == PASSED


def test_only_ones_own_can_be_opened(service: Service) -> None:
    ore, metal = metal_of_bought_ore(service)
    for who in (service.works, service.stranger, None):
        to = service.mine.id if who is not service.mine else service.works.id
        assert give(service, who, to=to, records=[ore]).status_code == 404
    assert give(service, service.works, to=service.stranger.id, batches=[f"{ore}#0"]).status_code == 404
    assert give(service, service.mine, to=service.stranger.id, batches=[f"{metal}#0"]).status_code == 404


def test_grants_are_seen_and_withdrawn_by_whom_they_concern(service: Service) -> None:
    ore = service.accepted(service.mine, "source", service.mine.source())
    grant = given(service, service.mine, service.works, records=[ore], members=["facility"])
    for who in (service.mine, service.works):
        (shown,) = service.get("/v1/grants", who).json()["grants"]
        assert shown["id"] == grant
        assert (shown["by"], shown["to"]) == (service.mine.id, service.works.id)
        assert (shown["records"], shown["batches"], shown["members"]) == ([ore], [], ["facility"])
    assert service.get("/v1/grants", service.stranger).json() == {"grants": []}
    assert end(service, service.works, grant) == 404
    assert end(service, service.stranger, grant) == 404
    assert end(service, None, grant) == 204
    (shown,) = service.get("/v1/grants", service.mine).json()["grants"]
    assert shown["revoked_at"]


def test_grants_are_listed_page_by_page(service: Service) -> None:
    ore = service.accepted(service.mine, "source", service.mine.source())
    made = [given(service, service.mine, service.works, records=[ore]) for _ in range(3)]
    first = service.get("/v1/grants", service.works, limit=2).json()
    rest = service.get("/v1/grants", service.works, limit=2, after=first["after"]).json()
    assert [each["id"] for each in first["grants"] + rest["grants"]] == made
    assert "after" not in rest


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"records": ["x"], "members": ["no such["]},
        {"members": ["facility"], "expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "tomorrow"},
        {"members": ["facilty"]},
        {"members": ["outputs[7].mass_mg"]},
        {"to": "sha-256:" + "A" * 43},
        {"to": "me"},
    ],
)
def test_what_is_put_wrongly_is_refused_and_nothing_is_opened(service: Service, asked: dict[str, Any]) -> None:
    ore = service.accepted(service.mine, "source", service.mine.source())
    whole = {"to": service.works.id, **({"records": [ore]} if asked else {}), **asked}
    whole["to"] = service.mine.id if whole["to"] == "me" else whole["to"]
    answer = give(service, service.mine, **whole)
    assert answer.status_code == 422, answer.text
    assert service.get("/v1/grants", service.mine).json() == {"grants": []}


def test_a_grant_ends_by_itself(tmp_path: Path) -> None:
    now = ["2026-06-01T12:00:00Z"]
    ledger = open_ledger(config_of(tmp_path / "ledger"), clock=lambda: now[0])
    try:
        mine, other = admit(ledger, "Mine"), admit(ledger, "Other")
        source = mine.issuer.submission("source", mine.at(), mine.source())
        assert commit_one(source, ledger).accepted
        with ledger.database.reading() as connection:
            owner, reader = (organization_number(connection, who.id) for who in (mine, other))
        wanted = Wanted(other.id, records=(source.id,), expires_at="2026-06-02T00:00:00Z")
        new_grant(ledger, Viewer(owner, now[0]), wanted)
        assert read_record(ledger, Viewer(reader, "2026-06-01T23:59:59Z"), source.id)["seen_as"] == "granted"
        for late in ("2026-06-02T00:00:00Z", "2026-07-01T00:00:00Z"):
            with pytest.raises(NotFound):
                read_record(ledger, Viewer(reader, late), source.id)
        now[0] = "2026-06-02T00:00:00Z"
        with pytest.raises(UsageError, match="expires_at"):
            new_grant(ledger, Viewer(owner, now[0]), wanted)
    finally:
        ledger.close()
