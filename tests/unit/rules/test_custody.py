"""Custody: who may use a batch, how it moves, is taken, refused, withdrawn, or leaves the ledger."""

from typing import Any

import pytest

from tests.helpers.desk import NOBODY, Desk, Maker, entry, lot

OUTSIDE = {"external": {"name": "A dealer", "country": "US"}}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def maker(desk: Desk) -> Maker:
    return desk.maker()


@pytest.fixture
def buyer(desk: Desk) -> Maker:
    return desk.maker("US")


def using(*batches: str) -> dict[str, Any]:
    return {"steps": ["alloy"], "inputs": [entry(batch, 1) for batch in batches], "outputs": [lot("alloy", 1)]}


def test_a_batch_that_does_not_exist_or_is_somebody_elses_is_unknown(desk: Desk, maker: Maker, buyer: Maker) -> None:
    theirs = maker.source(100)
    for batch in (theirs, f"{NOBODY}#0", f"{theirs[:-1]}1"):
        assert buyer.wrong("process", **using(batch)) == {("unknown-batch", "inputs[0].batch")}
        assert buyer.wrong("adjust", batch=batch, mass_mg=1, reason="spill") == {("unknown-batch", "batch")}
        offer = {"batches": [entry(batch)], "to": maker.organization}
        assert buyer.wrong("transfer", **offer) == {("unknown-batch", "batches[0].batch")}
        asked = {"about": {"batch": batch}, "to": {"name": "X"}, "sent": "2026-01-01", "outcome": "open"}
        assert buyer.wrong("inquiry", **asked) == {("unknown-batch", "about.batch")}
        certified = {"subject": {"batch": batch}, "scheme": "assay"}
        assert buyer.wrong("certificate", **certified) == {("unknown-batch", "subject.batch")}


def test_no_other_rule_looks_at_a_record_with_an_unknown_batch(maker: Maker, buyer: Maker) -> None:
    """Else the figures of a stranger's batch could be found by trying."""
    theirs, own = maker.source(100, {"Nd": 1}, at="2030-01-01T00:00:00Z"), buyer.source(100, {"Nd": 1})
    said: dict[str, Any] = {"steps": ["sinter", "magnetize"], "custody": "segregated"}
    said |= {"inputs": [entry(theirs, 10**9), entry(own, 5)], "outputs": [lot("magnet", 10**12, {"Nd": 900_000})]}
    assert buyer.wrong("process", **said) == {("unknown-batch", "inputs[0].batch")}


def test_what_does_not_need_the_batch_is_still_told(maker: Maker, buyer: Maker) -> None:
    theirs = maker.source(100)
    said = using(theirs) | {"custody": "book-and-claim", "facility": NOBODY, "at": "2026-02-01T00:00:00Z"}
    assert buyer.codes("process", **said) == {"unknown-batch", "book-and-claim", "unknown-facility", "time-order"}


def test_on_the_road_nobody_can_use_it_and_strangers_do_not_know_it(desk: Desk, maker: Maker, buyer: Maker) -> None:
    batch = maker.source(100)
    maker.accept("transfer", batches=[entry(batch)], to=buyer.organization)
    expected = {("in-transit", "inputs[0].batch")}
    assert maker.wrong("process", **using(batch)) == expected
    assert buyer.wrong("process", **using(batch)) == expected
    assert desk.maker("DE").wrong("process", **using(batch)) == {("unknown-batch", "inputs[0].batch")}
    again = {"batches": [entry(batch)], "to": buyer.organization}
    assert maker.wrong("transfer", **again) == {("in-transit", "batches[0].batch")}
    assert maker.wrong("adjust", batch=batch, mass_mg=1, reason="spill") == {("in-transit", "batch")}


def test_a_part_on_the_road_leaves_the_rest_in_custody(desk: Desk, maker: Maker, buyer: Maker) -> None:
    batch = maker.source(100)
    transfer = maker.accept("transfer", batches=[entry(batch, 40)], to=buyer.organization)
    part = f"{transfer}#0"
    assert maker.codes("process", **using(batch)) == set()
    assert maker.codes("process", **using(part)) == {"in-transit"}
    assert buyer.codes("process", **using(part)) == {"in-transit"}
    assert buyer.codes("process", **using(batch)) == {"unknown-batch"}
    buyer.accept("receive", transfer=transfer, accepted=[entry(part)])
    assert buyer.codes("process", **using(part)) == set()
    assert maker.codes("process", **using(part)) == {"unknown-batch"}


def test_a_part_of_all_that_is_left_is_still_a_part(desk: Desk, maker: Maker, buyer: Maker) -> None:
    batch = maker.source(100, {"Nd": 300_000})
    transfer = maker.accept("transfer", batches=[entry(batch, 100)], to=buyer.organization)
    assert desk.state.transfers[transfer].batches == (f"{transfer}#0",)
    assert desk.batch(batch).left_mg == 0
    assert desk.batch(batch).holder == maker.organization
    assert desk.batch(f"{transfer}#0").element_masses == {"Nd": 30, "*": 100}


def test_a_part_has_the_floor_of_each_element_and_the_composition_of_the_whole(desk: Desk, maker: Maker) -> None:
    batch = maker.source(1_000, {"Nd": 299_999})  # 299 mg
    part = desk.batch(maker.accept("transfer", batches=[entry(batch, 500)], to=OUTSIDE) + "#0")
    assert (part.mass_mg, part.composition) == (500, {"Nd": 299_999})
    assert part.element_masses == {"Nd": 149, "*": 500}


def test_names_of_parts_count_the_places_of_the_transfer(desk: Desk, maker: Maker, buyer: Maker) -> None:
    one, two = maker.source(100), maker.source(100)
    transfer = maker.accept("transfer", batches=[entry(one), entry(two, 5)], to=buyer.organization)
    assert desk.state.transfers[transfer].batches == (one, f"{transfer}#1")
    assert f"{transfer}#0" not in desk.state.batches


def test_only_the_addressee_receives(desk: Desk, maker: Maker, buyer: Maker) -> None:
    batch = maker.source(100)
    transfer = maker.accept("transfer", batches=[entry(batch)], to=buyer.organization)
    taking = {"transfer": transfer, "accepted": [entry(batch)]}
    expected = {("not-recipient", "transfer")}
    assert desk.maker("DE").wrong("receive", **taking) == expected
    assert maker.wrong("receive", **taking) == expected
    assert desk.maker("DE").wrong("receive", transfer=transfer, accepted=[]) == expected
    buyer.accept("receive", **taking)
    assert desk.batch(batch).holder == buyer.organization


def test_another_chain_of_the_addressee_may_receive(desk: Desk, maker: Maker, buyer: Maker) -> None:
    plant = desk.maker("DE", of=buyer)
    batch = maker.source(100)
    plant.accept(
        "receive",
        transfer=maker.accept("transfer", batches=[entry(batch)], to=buyer.organization),
        accepted=[entry(batch)],
    )
    assert buyer.codes("process", **using(batch)) == set()


def test_a_chains_own_id_addresses_nobody_but_the_organizations_first(desk: Desk, maker: Maker, buyer: Maker) -> None:
    plant = desk.maker("DE", of=buyer)
    offer = {"batches": [entry(maker.source(100))], "to": plant.opened_by}
    assert maker.wrong("transfer", **offer) == {("unknown-organization", "to")}


@pytest.mark.parametrize("answer", ["received", "refused", "withdrawn"])
def test_a_transfer_is_answered_once(maker: Maker, buyer: Maker, answer: str) -> None:
    batch = maker.source(100)
    transfer = maker.accept("transfer", batches=[entry(batch)], to=buyer.organization)
    who = maker if answer == "withdrawn" else buyer
    who.accept("receive", transfer=transfer, accepted=[entry(batch)] if answer == "received" else [])
    for after in (maker, buyer):
        assert after.wrong("receive", transfer=transfer, accepted=[]) == {("already-received", "transfer")}
    again = buyer.violations("receive", transfer=transfer, accepted=[entry(batch)])
    assert [violation.code for violation in again] == ["already-received"]
    assert answer in again[0].sentence


@pytest.mark.parametrize("withdraws", [True, False])
def test_what_is_refused_or_withdrawn_is_its_senders_again(maker: Maker, buyer: Maker, withdraws: bool) -> None:
    batch = maker.source(100)
    transfer = maker.accept("transfer", batches=[entry(batch), entry(maker.source(100), 7)], to=buyer.organization)
    (maker if withdraws else buyer).accept("receive", transfer=transfer, accepted=[])
    assert maker.codes("process", **using(batch)) == set()
    assert maker.codes("process", **using(f"{transfer}#1")) == set()
    assert buyer.codes("process", **using(batch)) == {"unknown-batch"}


def test_what_is_not_among_the_accepted_returns(maker: Maker, buyer: Maker) -> None:
    one, two = maker.source(100), maker.source(100)
    transfer = maker.accept("transfer", batches=[entry(one), entry(two)], to=buyer.organization)
    buyer.accept("receive", transfer=transfer, accepted=[entry(two)])
    assert buyer.codes("process", **using(two)) == set()
    assert maker.codes("process", **using(one)) == set()
    assert buyer.codes("process", **using(one)) == {"unknown-batch"}
    assert maker.codes("process", **using(two)) == {"unknown-batch"}


def test_only_what_was_offered_is_accepted(maker: Maker, buyer: Maker) -> None:
    batch = maker.source(100)
    transfer = maker.accept("transfer", batches=[entry(batch, 5)], to=buyer.organization)
    said = {"transfer": transfer, "accepted": [entry(f"{transfer}#0"), entry(batch)]}
    assert buyer.wrong("receive", **said) == {("unknown-batch", "accepted[1].batch")}
    assert maker.wrong("receive", transfer=batch[:-2], accepted=[]) == {("unknown-transfer", "transfer")}
    assert maker.wrong("receive", transfer=NOBODY, accepted=[]) == {("unknown-transfer", "transfer")}


def test_what_leaves_the_ledger_is_gone(desk: Desk, maker: Maker, buyer: Maker) -> None:
    batch = maker.source(100)
    transfer = maker.accept("transfer", batches=[entry(batch, 40), entry(batch)], to=OUTSIDE)
    for name in (batch, f"{transfer}#0"):
        assert desk.batch(name).holder is None
        assert maker.codes("process", **using(name)) == {"unknown-batch"}
    assert (desk.batch(batch).left_mg, desk.batch(f"{transfer}#0").left_mg) == (60, 40)
    for who in (maker, buyer):
        assert who.wrong("receive", transfer=transfer, accepted=[]) == {("not-recipient", "transfer")}


def test_a_part_that_leaves_the_ledger_leaves_the_rest_here(maker: Maker) -> None:
    batch = maker.source(100)
    maker.accept("transfer", batches=[entry(batch, 40)], to=OUTSIDE)
    assert maker.codes("adjust", batch=batch, mass_mg=60, reason="spill") == set()


def test_an_organization_can_move_material_to_itself(maker: Maker) -> None:
    batch = maker.source(100)
    maker.hand_over(batch, maker, terms="internal")
    assert maker.codes("process", **using(batch)) == set()


def test_material_travels_on_from_hand_to_hand(desk: Desk, maker: Maker, buyer: Maker) -> None:
    batch = maker.source(100)
    maker.hand_over(batch, buyer)
    part = buyer.hand_over(batch, maker, 30)
    last = maker.hand_over(part, buyer, 10)
    assert desk.batch(last).mass_mg == 10
    assert (desk.batch(batch).left_mg, desk.batch(part).left_mg, desk.batch(last).left_mg) == (70, 20, 10)
    assert desk.batch(last).maker == maker.organization  # who cut it off


def test_whoever_held_a_batch_may_still_ask_about_it_and_certify_it(maker: Maker, buyer: Maker) -> None:
    batch = maker.source(100)
    maker.hand_over(batch, buyer)
    asked = {"about": {"batch": batch}, "to": {"name": "X"}, "sent": "2026-01-01", "outcome": "open"}
    for who in (maker, buyer):
        assert who.codes("inquiry", **asked) == set()
        assert who.codes("certificate", subject={"batch": batch}, scheme="assay") == set()


def test_an_identity_preserved_record_has_one_source_batch(maker: Maker) -> None:
    one, two = maker.source(100), maker.source(100)
    said = using(one, two) | {"custody": "identity-preserved"}
    assert maker.wrong("process", **said) == {("custody-mismatch", "custody")}
    assert maker.codes("process", **(using(one, one) | {"custody": "identity-preserved"})) == set()


@pytest.mark.parametrize("model", ["segregated", "controlled-blending", "mass-balance"])
def test_other_models_may_blend_but_claims_are_never_booked_apart_from_material(maker: Maker, model: str) -> None:
    one, two = maker.source(100), maker.source(100)
    assert maker.codes("process", **(using(one, two) | {"custody": model})) == set()
    booked = using(one, two) | {"custody": "book-and-claim"}
    assert maker.wrong("process", **booked) == {("book-and-claim", "custody")}


def test_an_open_inquiry_is_carried_until_it_is_answered(desk: Desk, maker: Maker) -> None:
    batch = maker.source(100, origin={"kind": "undisclosed"})
    asked = {"about": {"batch": batch}, "to": {"name": "X"}, "sent": "2026-01-01"}
    first = maker.accept("inquiry", **asked, outcome="open")
    assert desk.batch(batch).carried.inquiries == {first}
    made = maker.process(["alloy"], [entry(batch, 10)], [lot("alloy", 10)])[0]
    assert desk.batch(made).carried.inquiries == {first}
    second = maker.accept("inquiry", **asked, outcome="no-reply", follows=first)
    assert desk.batch(batch).carried.inquiries == {second}
    maker.accept("inquiry", **asked, outcome="answered", follows=second)
    assert desk.batch(batch).carried.inquiries == set()
