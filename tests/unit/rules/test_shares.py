"""Signed shares: the producer's statement of what each input brought, checked to the ppm by the log."""

import pytest

from tests.helpers.desk import Desk, Maker, entry, lot


@pytest.fixture
def maker() -> Maker:
    return Desk().maker()


@pytest.fixture
def said(maker: Maker) -> dict[str, object]:
    """Two thirds of the Nd come from the first input; the oxygen from nobody."""
    one = maker.source(1_000, {"Nd": 200_000, "Pr": 100_000})
    two = maker.source(1_000, {"Nd": 100_000})
    inputs = [
        entry(one, 500, shares={"Nd": 666_667, "Pr": 1_000_000, "*": 476_191}),
        entry(two, 500, shares={"Nd": 333_333, "*": 476_190}),
    ]
    iron = {"material": "iron", "mass_mg": 50, "composition": {"Fe": 1_000_000}}
    return {
        "steps": ["calcine"],
        "inputs": inputs,
        "additions": [{**iron, "shares": {"Fe": 1_000_000, "*": 47_619}}],
        "undetermined": {"O": 1_000_000},
        "outputs": [lot("oxide", 1_000, {"Nd": 150_000, "O": 100_000})],
    }


def test_shares_as_they_follow_from_the_masses_are_accepted(maker: Maker, said: dict) -> None:
    assert maker.wrong("process", **said) == set()


def test_a_ppm_too_many_is_refused_where_it_stands(maker: Maker, said: dict) -> None:
    said["inputs"][0]["shares"] = {"Nd": 666_668, "Pr": 1_000_000, "*": 476_191}
    said["inputs"][1]["shares"] = {"Nd": 333_332, "*": 476_190}
    (one, two) = maker.violations("process", **said)
    assert {one.code, two.code} == {"shares-mismatch"}
    assert (one.member, two.member) == ("inputs[0].shares", "inputs[1].shares")
    assert "Nd differ" in one.sentence


def test_elements_that_no_output_has_are_told_too(maker: Maker, said: dict) -> None:
    del said["inputs"][0]["shares"]["Pr"]
    assert maker.wrong("process", **said) == {("shares-mismatch", "inputs[0].shares")}


def test_the_body_is_told(maker: Maker, said: dict) -> None:
    del said["additions"][0]["shares"]["*"]
    assert maker.wrong("process", **said) == {("shares-mismatch", "additions[0].shares")}


def test_a_share_of_what_was_not_put_in_is_refused(maker: Maker, said: dict) -> None:
    said["inputs"][1]["shares"]["Dy"] = 5
    assert maker.wrong("process", **said) == {("shares-mismatch", "inputs[1].shares")}


def test_what_is_undetermined_is_told_and_nothing_else_is(maker: Maker, said: dict) -> None:
    said["undetermined"] = {"O": 1_000_000, "Fe": 1}
    assert maker.wrong("process", **said) == {("shares-mismatch", "undetermined")}
    said["undetermined"] = {"O": 999_999}
    assert maker.wrong("process", **said) == {("shares-mismatch", "undetermined")}


def test_swapped_shares_are_all_told(maker: Maker, said: dict) -> None:
    one, two = said["inputs"]
    one["shares"], two["shares"] = two["shares"], one["shares"]
    expected = {("shares-mismatch", "inputs[0].shares"), ("shares-mismatch", "inputs[1].shares")}
    assert maker.wrong("process", **said) == expected


def test_only_an_excess_beyond_the_bound_is_undetermined(maker: Maker) -> None:
    batch = maker.source(1_000, {"Fe": 500_000})
    stated = entry(batch, 1_000, shares={"Fe": 1_000_000, "*": 1_000_000})
    said = {"steps": ["alloy"], "inputs": [stated]}
    within = [lot("alloy", 1_000, {"Fe": 504_000})]  # 500 + 2 for the places + 2 for the assay
    assert maker.wrong("process", **said, outputs=within) == set()
    beyond = [lot("alloy", 1_000, {"Fe": 505_000})]
    wrong = maker.wrong("process", **said, outputs=beyond)
    assert wrong == {("shares-mismatch", "inputs[0].shares")}
    right = {**said, "inputs": [entry(batch, 1_000, shares={"Fe": 990_099, "*": 1_000_000})]}
    assert maker.wrong("process", **right, undetermined={"Fe": 9_901}, outputs=beyond) == set()


def test_the_shares_of_a_diffusion_tell_the_body_without_what_is_diffused(maker: Maker) -> None:
    magnet = maker.source(1_000, {"Nd": 300_000}, material="magnet")
    terbium = maker.source(1_000, {"Tb": 900_000}, material="metal")
    outputs = [lot("magnet", 1_000, {"Nd": 300_000, "Tb": 900})]
    record = maker.record(
        "process", {"steps": ["diffuse"], "inputs": [entry(magnet, 1_000), entry(terbium, 1)], "outputs": outputs}
    )
    assert [e.shares for e in record.inputs] == [{"Nd": 1_000_000, "*": 1_000_000}, None]  # 0.9 mg of Tb are none
    record = maker.record(
        "process", {"steps": ["diffuse"], "inputs": [entry(magnet, 1_000), entry(terbium, 10)], "outputs": outputs}
    )
    assert [e.shares for e in record.inputs] == [{"Nd": 1_000_000, "*": 1_000_000}, {"Tb": 1_000_000}]
