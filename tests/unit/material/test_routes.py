"""Routes: joint, ordered by their canonical JSON, stamped by steps, stripped by loops, turned by a sale of scrap."""

import pickle

import pytest

from ledger.material.routes import Route, Stage, as_secondary, is_formed, route_from_json, stamp, unformed
from ledger.values.vocabulary import FORMING_STEPS, LOST_IN_LOOP, STEPS

MINED = Route("mined", (Stage("mine", ("AU",), "traced"),))


def test_a_step_adds_a_stage_and_the_same_step_elsewhere_makes_a_set_of_countries() -> None:
    once = stamp(MINED, ("leach", "separate"), "MY", "traced")
    assert once.stages == (
        Stage("leach", ("MY",), "traced"),
        Stage("mine", ("AU",), "traced"),
        Stage("separate", ("MY",), "traced"),
    )
    twice = stamp(once, ("separate",), "EE", "traced")
    assert twice.stage("separate") == Stage("separate", ("EE", "MY"), "traced")
    assert stamp(twice, ("separate",), "EE", "traced") is twice


@pytest.mark.parametrize(
    ("before", "then", "after"),
    [
        ("traced", "traced", "traced"),
        ("traced", "declared", "declared"),
        ("declared", "traced", "declared"),
        ("declared", "declared", "declared"),
    ],
)
def test_a_stage_is_traced_only_if_all_of_it_is(before: str, then: str, after: str) -> None:
    route = stamp(stamp(MINED, ("alloy",), "JP", before), ("alloy",), "US", then)
    assert route.stage("alloy") == Stage("alloy", ("JP", "US"), after)
    assert route.stage("mine") == Stage("mine", ("AU",), "traced")


def test_a_route_does_not_say_what_never_happened() -> None:
    assert MINED.stage("sinter") is None
    assert not is_formed([MINED])


@pytest.mark.parametrize("step", sorted(FORMING_STEPS))
def test_each_forming_step_makes_a_body_formed(step: str) -> None:
    assert is_formed([MINED, stamp(MINED, (step,), "US", "traced")])


def test_a_loop_loses_shaping_and_keeps_where_the_element_came_from() -> None:
    shaping = {"decrepitate", "jet-mill", "press", "sinter", "bond", "hot-deform", "hot-isostatic-press"}
    shaping |= {"machine", "diffuse", "coat", "magnetize"}
    assert shaping == LOST_IN_LOOP
    everything = tuple(step for step in STEPS if step not in ("split", "blend", "repack", "store"))
    after = unformed(stamp(MINED, everything, "US", "traced"))
    assert {stage.step for stage in after.stages} == {"mine", *everything} - shaping


@pytest.mark.parametrize("basis", ["traced", "declared"])
def test_sold_scrap_is_pre_consumer_and_known_as_its_mining_was(basis: str) -> None:
    mined = Route("mined", (Stage("mine", ("AU",), basis), Stage("sinter", ("US",), "traced")))
    sold = as_secondary(mined)
    assert (sold.origin, sold.known, sold.stages) == ("pre-consumer", basis, mined.stages)


def test_declared_scrap_that_is_sold_is_known_by_declaration() -> None:
    assert as_secondary(Route("declared")) == Route("pre-consumer", known="declared")


@pytest.mark.parametrize("origin", ["post-consumer", "pre-consumer", "undisclosed", "undetermined"])
def test_a_sale_makes_nothing_better_known_and_nothing_post_consumer_younger(origin: str) -> None:
    route = Route(origin, (), "traced" if "consumer" in origin else "")
    assert as_secondary(route) is route
    assert as_secondary(Route("undisclosed", reason="compromised")).reason == "compromised"


def test_equal_routes_are_one_and_every_difference_makes_another() -> None:
    again = Route("mined", (Stage("mine", ("AU",), "traced"),))
    assert again is MINED
    assert pickle.loads(pickle.dumps(MINED)) is MINED
    others = [
        Route("declared", MINED.stages),
        Route("mined", (Stage("mine", ("AU", "CN"), "traced"),)),
        Route("mined", (Stage("mine", ("AU",), "declared"),)),
        Route("mined", MINED.stages, known="traced"),
        Route("mined", MINED.stages, reason="erased"),
    ]
    assert len({MINED.key, *(other.key for other in others)}) == 6
    assert all(other != MINED for other in others)


def test_a_route_never_changes() -> None:
    with pytest.raises(AttributeError):
        MINED.origin = "declared"
    assert MINED.origin == "mined"


def test_a_route_survives_its_json() -> None:
    for route in (MINED, Route("post-consumer", known="declared"), Route("undisclosed", reason="compromised")):
        assert route_from_json(route.as_json()) is route


def test_the_key_of_a_route_is_its_canonical_json() -> None:
    assert MINED.key == b'{"origin":"mined","stages":{"mine":{"basis":"traced","countries":["AU"]}}}'
