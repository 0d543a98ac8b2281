"""Notices: each organization is told what concerns it, once and in order, and nothing of what does not."""

from typing import Any

import pytest

from ledger.signing.signer import LocalSigner
from ledger.store.queries import Viewer
from ledger.store.tokens import organization_number
from ledger.workflows.commit import commit_one
from ledger.workflows.notices import read_notices
from ledger.workflows.open import operator_issuer
from tests.api.conftest import Service
from tests.api.people import KG, NOW, Producer


def told(service: Service, who: Producer | None, after: str = "") -> tuple[list[dict[str, Any]], str]:
    """All notices since a place, and the place behind them."""
    found: list[dict[str, Any]] = []
    while True:
        answer = service.get("/v1/notices", who, limit=2, **({"after": after} if after else {}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found, after = found + page["notices"], page["after"]
        if not page["more"]:
            return found, after


def kinds(service: Service, who: Producer | None, after: str = "") -> list[tuple[str, str]]:
    return [(notice["kind"], notice["about"]) for notice in told(service, who, after)[0]]


def offer(service: Service, batch: str) -> str:
    return service.accepted(service.mine, "transfer", {"batches": [{"batch": batch}], "to": service.works.id})


def operate(service: Service, op: str, who: Producer) -> None:
    operator = operator_issuer(service.ledger)
    admission = operator.submission("admission", NOW, {"op": op, "record": who.id})
    assert commit_one(admission, service.ledger, at_door=False).accepted


def test_offers_and_what_became_of_them_are_told_to_whoever_waits(service: Service) -> None:
    ores = [f"{service.accepted(service.mine, 'source', service.mine.source(lot))}#0" for lot in "abc"]
    taken, refused, withdrawn = (offer(service, ore) for ore in ores)
    service.accepted(service.works, "receive", {"transfer": taken, "accepted": [{"batch": ores[0]}]})
    service.accepted(service.works, "receive", {"transfer": refused, "accepted": []})
    service.accepted(service.mine, "receive", {"transfer": withdrawn, "accepted": []})
    offered = [("transfer-offered", each) for each in (taken, refused, withdrawn)]
    assert kinds(service, service.works) == [*offered, ("transfer-withdrawn", withdrawn)]
    assert kinds(service, service.mine) == [("transfer-accepted", taken), ("transfer-refused", refused)]
    assert kinds(service, service.stranger) == []


def test_nothing_is_told_twice_and_nothing_is_left_out(service: Service) -> None:
    first, place = told(service, service.works)
    assert first == []
    transfer = offer(service, f"{service.accepted(service.mine, 'source', service.mine.source())}#0")
    second, later = told(service, service.works, place)
    assert [notice["about"] for notice in second] == [transfer]
    assert told(service, service.works, later) == ([], later)
    assert second[0]["record"] == transfer
    assert isinstance(second[0]["index"], int)


def test_a_suspension_is_told_to_its_chain_and_to_whoever_has_what_came_of_it(service: Service) -> None:
    ore = f"{service.accepted(service.mine, 'source', service.mine.source())}#0"
    service.hand_over(ore)
    metal = service.accepted(service.works, "process", service.works.reduce(ore, 4 * KG))
    sale = {"batches": [{"batch": f"{metal}#0"}], "to": service.stranger.id}
    transfer = service.accepted(service.works, "transfer", sale)
    _, place = told(service, service.stranger)
    operate(service, "suspend", service.mine)
    assert kinds(service, service.stranger, place) == []  # offered is not held
    service.accepted(service.stranger, "receive", {"transfer": transfer, "accepted": [{"batch": f"{metal}#0"}]})
    for who in (service.mine, service.works, service.stranger):
        assert ("chain-suspended", service.mine.id) in kinds(service, who), who.country
    operate(service, "end", service.mine)
    assert kinds(service, service.mine)[-1] == ("chain-ended", service.mine.id)


@pytest.mark.parametrize("before", [True, False])
def test_a_compromise_is_told_to_whoever_has_something_of_after_it(service: Service, before: bool) -> None:
    mine = service.mine
    ore = service.accepted(mine, "source", mine.source())
    service.hand_over(f"{ore}#0")
    new = LocalSigner.generate()
    since = mine.facility if before else mine.issuer.head
    members = {"op": "compromised", "keys": [new.key.jwk], "since": since}
    record = mine.issuer.submission("key", mine.at(), members, [new])
    assert service.submit(record.envelope.data).status_code == 201
    mine.issuer.advance(record.id)
    mine.issuer.signers = [new]
    told_of = [notice for notice in told(service, service.works)[0] if notice["kind"] == "keys-compromised"]
    assert [(notice["about"], notice["record"]) for notice in told_of] == ([(mine.id, record.id)] if before else [])
    assert "keys-compromised" not in dict(kinds(service, mine))
    assert kinds(service, service.stranger) == []


def test_grants_and_revoked_reports_are_told_with_their_time(service: Service) -> None:
    ore = service.accepted(service.mine, "source", service.mine.source())
    grant = service.http.post(
        "/v1/grants",
        headers=service.token(service.mine, "grant"),
        json={"to": service.works.id, "records": [ore]},
    ).json()["id"]
    for _ in range(2):
        service.http.delete(f"/v1/grants/{grant}", headers=service.token(service.mine, "grant"))
    assert kinds(service, service.works) == [("grant-given", grant), ("grant-withdrawn", grant)]
    assert kinds(service, service.mine) == []
    headers = service.token(service.mine, "report")
    report = service.http.post("/v1/reports", headers=headers, json={"batch": f"{ore}#0"}).json()["id"]
    for _ in range(2):
        assert service.http.post(f"/v1/reports/{report}/revoke", headers=service.token(None)).status_code == 204
    ((notice,), _) = told(service, service.mine)
    assert notice == {"kind": "report-revoked", "about": report, "at": NOW}


def test_a_long_log_is_looked_through_in_stretches(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.workflows.notices._WINDOW", 3)
    monkeypatch.setattr("ledger.workflows.notices._WINDOWS", 2)
    transfer = offer(service, f"{service.accepted(service.mine, 'source', service.mine.source())}#0")
    with service.ledger.database.reading() as connection:
        viewer = Viewer(organization_number(connection, service.works.id))
    found, place, more, calls = [], (0, 0), True, 0
    while more:
        page, place, more = read_notices(service.ledger, viewer, place, 50)
        found += page
        calls += 1
    assert [notice["about"] for notice in found] == [transfer]
    assert calls > 1


def test_the_operator_is_told_what_concerns_his_own_organization_only(service: Service) -> None:
    offer(service, f"{service.accepted(service.mine, 'source', service.mine.source())}#0")
    assert all(kind in ("report-revoked", "grant-given", "grant-withdrawn") for kind, _ in kinds(service, None))


def test_only_a_cursor_of_a_page_is_taken(service: Service) -> None:
    for wrong in ("x", "MQ", "-1"):
        assert service.get("/v1/notices", service.mine, after=wrong).status_code == 422
