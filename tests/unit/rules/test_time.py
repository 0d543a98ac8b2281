"""Time: a record is not earlier than what it stands on; equal is fine. Only the door knows what time it is."""

from types import SimpleNamespace
from typing import cast

import pytest

from ledger.rules.submission import Submission, door
from tests.helpers.desk import Desk, Maker, entry, lot

EARLY, NOON, LATE = "2026-03-01T11:59:59Z", "2026-03-01T12:00:00Z", "2026-03-31T00:00:00Z"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def maker(desk: Desk) -> Maker:
    return desk.maker()


def using(batch: str) -> dict[str, object]:
    return {"steps": ["alloy"], "inputs": [entry(batch, 1)], "outputs": [lot("alloy", 1)]}


def test_a_chain_does_not_go_back_in_time(maker: Maker) -> None:
    batch = maker.source(100, at=NOON)
    assert maker.wrong("adjust", batch=batch, mass_mg=1, reason="x", at=NOON) == set()
    wrong = maker.wrong("facility", name="W", country="AU", operator=maker.organization, at=EARLY)
    assert wrong == {("time-order", "at")}


def test_nothing_is_made_of_what_was_made_later(desk: Desk, maker: Maker) -> None:
    """Seen from another chain of the organization: in its own chain the order of records would refuse it already."""
    plant = desk.maker(of=maker)
    batch = maker.source(100, at=NOON)
    assert plant.wrong("process", **using(batch), at=NOON) == set()
    assert plant.wrong("process", **using(batch), at=EARLY) == {("time-order", "inputs[0].batch")}
    assert plant.wrong("adjust", batch=batch, mass_mg=1, reason="x", at=EARLY) == {("time-order", "batch")}
    offer = {"batches": [entry(batch)], "to": maker.organization}
    assert plant.wrong("transfer", **offer, at=NOON) == set()
    assert plant.wrong("transfer", **offer, at=EARLY) == {("time-order", "batches[0].batch")}


def test_a_transfer_is_received_when_it_was_sent_or_later(desk: Desk, maker: Maker) -> None:
    other = desk.maker("US")
    batch = maker.source(100, at=EARLY)
    transfer = maker.accept("transfer", batches=[entry(batch)], to=other.organization, at=NOON)
    taking = {"transfer": transfer, "accepted": [entry(batch)]}
    assert other.wrong("receive", **taking, at=EARLY) == {("time-order", "at")}
    assert other.wrong("receive", **taking, at=NOON) == set()
    stranger = desk.maker("DE").wrong("receive", **taking, at=EARLY)
    assert stranger == {("not-recipient", "transfer")}  # who learns nothing of when it was


def test_the_inputs_of_a_period_exist_by_its_end(desk: Desk, maker: Maker) -> None:
    plant = desk.maker(of=maker)
    batch = maker.source(100, at=NOON)
    to_the_second = {"period": {"from": "2026-02-01", "to": NOON}}
    assert plant.wrong("process", **using(batch), **to_the_second, at=EARLY) == set()
    before = {"period": {"from": "2026-02-01", "to": EARLY}}
    assert plant.wrong("process", **using(batch), **before, at=LATE) == {("time-order", "inputs[0].batch")}
    whole_day = {"period": {"from": "2026-02-01", "to": "2026-03-01"}}
    assert plant.wrong("process", **using(batch), **whole_day, at=LATE) == set()
    day_before = {"period": {"from": "2026-02-01", "to": "2026-02-28"}}
    assert plant.wrong("process", **using(batch), **day_before, at=LATE) == {("time-order", "inputs[0].batch")}


def test_the_door_refuses_what_lies_over_ten_minutes_in_its_future(maker: Maker) -> None:
    record = maker.record("source", {"origin": {"kind": "mined"}, "outputs": [lot("ore", 1)], "at": NOON})
    submission = cast("Submission", SimpleNamespace(record=record))
    assert door(submission, "2026-03-01T11:50:00Z") == []
    (wrong,) = door(submission, "2026-03-01T11:49:59Z")
    assert (wrong.code, wrong.member) == ("time-order", "at")
