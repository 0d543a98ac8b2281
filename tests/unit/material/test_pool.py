"""A process in numbers computed by hand: what is stamped, what enters the body, how shares are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.material.pool import Contribution, Place, enters_body, give, pool, shares, stamped, undetermined
from ledger.material.routes import UNDETERMINED, Route, Stage, stamp

AU = Route("mined", (Stage("mine", ("AU",), "traced"),))
CN = Route("mined", (Stage("mine", ("CN",), "traced"),))


def place(*steps: str, country: str = "JP", basis: str = "traced") -> Place:
    return Place(steps, country, basis)


def of(route: Route, step: str | None = None, *, formed: bool = False, **masses: int) -> Contribution:
    table = {("*" if name == "body" else name): {route: mass} for name, mass in masses.items()}
    return Contribution(table, step, shape=formed)


def test_an_input_takes_part_from_its_step_on() -> None:
    where = place("alloy", "strip-cast", "jet-mill")
    late = stamped(of(AU, "strip-cast", Nd=5), where)["Nd"]
    assert [stage.step for route in late for stage in route.stages] == ["jet-mill", "mine", "strip-cast"]
    first = stamped(of(AU, Nd=5), where)["Nd"]
    assert [stage.step for route in first for stage in route.stages] == ["alloy", "jet-mill", "mine", "strip-cast"]


@pytest.mark.parametrize("step", ["split", "blend", "repack", "store"])
def test_handling_leaves_every_route_as_it_was(step: str) -> None:
    assert stamped(of(AU, Nd=5, body=9), place(step)) == {"Nd": {AU: 5}, "*": {AU: 9}}


def test_routes_that_become_equal_become_one() -> None:
    one, other = stamp(AU, ("alloy",), "JP", "traced"), AU
    both = Contribution({"Nd": {one: 3, other: 4}})
    assert stamped(both, place("alloy")) == {"Nd": {one: 7}}


@pytest.mark.parametrize("step", ["beneficiate", "alloy", "decrepitate", "press", "hydrogen-process", "dissolve"])
def test_a_formed_input_that_goes_back_loses_its_shaping(step: str) -> None:
    magnet = stamp(AU, ("jet-mill", "sinter", "magnetize", "alloy"), "US", "traced")
    after = stamped(of(magnet, formed=True, Nd=1), place(step))["Nd"]
    assert {s.step for route in after for s in route.stages} == {"mine", "alloy", step}


@pytest.mark.parametrize("step", ["machine", "sinter", "coat", "assemble", "dismantle", "demagnetize", "collect"])
def test_a_formed_input_that_stays_a_body_keeps_its_shaping(step: str) -> None:
    magnet = stamp(AU, ("jet-mill", "sinter", "magnetize"), "US", "traced")
    after = stamped(of(magnet, formed=True, Nd=1), place(step))["Nd"]
    assert {s.step for route in after for s in route.stages} >= {"jet-mill", "sinter", "magnetize"}


def test_what_was_never_formed_keeps_its_milling_when_it_is_milled_again() -> None:
    powder = stamp(AU, ("jet-mill",), "US", "traced")
    (after,) = stamped(of(powder, Nd=1), place("jet-mill"))["Nd"]
    assert after.stage("jet-mill") == Stage("jet-mill", ("JP", "US"), "traced")


def test_a_formed_input_only_loses_its_shaping_if_its_own_steps_go_back() -> None:
    magnet = stamp(AU, ("sinter",), "US", "traced")
    where = place("press", "sinter")
    kept = stamped(of(magnet, "sinter", formed=True, Nd=1), where)["Nd"]
    assert next(iter(kept)).stage("sinter") == Stage("sinter", ("JP", "US"), "traced")
    lost = stamped(of(magnet, formed=True, Nd=1), where)["Nd"]
    assert next(iter(lost)).stage("sinter") == Stage("sinter", ("JP",), "traced")


def test_everything_enters_the_body_where_nothing_is_put_on_it() -> None:
    assert enters_body([of(AU, body=1), of(CN, formed=True, body=1)], place("press", "sinter")) == [True, True]


@pytest.mark.parametrize("step", ["diffuse", "coat"])
def test_only_what_is_formed_is_the_body_of_what_is_diffused_or_coated(step: str) -> None:
    magnet, dysprosium, nickel = of(AU, formed=True, body=9), of(CN, body=1), of(CN, step, body=1)
    assert enters_body([magnet, dysprosium, nickel], place("machine", step)) == [True, False, False]


def test_without_a_formed_input_the_body_is_what_takes_part_before_diffusion_and_coating() -> None:
    where = place("press", "sinter", "diffuse", "machine", "coat")
    powder, binder, terbium, nickel = of(AU), of(AU, "sinter"), of(CN, "diffuse"), of(CN, "coat")
    assert enters_body([powder, binder, terbium, nickel], where) == [True, True, False, False]
    assert enters_body([of(CN, "machine")], where) == [False]  # between the two is not before both


def test_what_is_diffused_brings_its_element_rows_and_no_row_of_the_body() -> None:
    where = place("diffuse")
    pooled = pool([of(AU, formed=True, Nd=300, body=1_000), of(CN, Dy=9, body=10)], where)
    diffused = {route.origin: route.stage("mine") for route in pooled["*"]}
    assert diffused == {"mined": AU.stages[0]}
    assert sum(pooled["*"].values()) == 1_000
    assert sum(pooled["Dy"].values()) == 9


def test_an_output_shares_in_the_pool_and_has_no_more_of_a_route_than_its_part() -> None:
    pooled = {"Nd": {AU: 200, CN: 100}, "*": {AU: 700, CN: 300}}
    assert give({"Nd": 100, "*": 500}, pooled) == {"Nd": {AU: 67, CN: 33}, "*": {AU: 350, CN: 150}}


def test_an_excess_stretches_the_pool_and_only_an_element_that_nobody_brought_is_undetermined() -> None:
    assert give({"Nd": 303, "O": 7, "B": 0}, {"Nd": {AU: 200, CN: 100}}) == {
        "Nd": {AU: 202, CN: 101},
        "O": {UNDETERMINED: 7},
        "B": {},
    }


def test_shares_are_told_for_inputs_then_additions_then_what_is_undetermined() -> None:
    inputs = [of(AU, Nd=200, Fe=0, body=500), of(CN, Nd=100, body=250), of(AU, Fe=250, body=250)]
    told = shares([*inputs, undetermined({"O": 30, "Fe": 750})], place("alloy"))
    assert told == [
        {"Nd": 666_667, "*": 500_000},
        {"Nd": 333_333, "*": 250_000},
        {"Fe": 250_000, "*": 250_000},
        {"O": 1_000_000, "Fe": 750_000},
    ]


def test_a_trace_of_an_input_is_never_told_as_nothing() -> None:
    assert shares([of(AU, Nd=1), of(CN, Nd=10**12)], place("alloy")) == [{"Nd": 1}, {"Nd": 999_999}]


def test_ties_go_to_the_earlier_contribution() -> None:
    assert shares([of(AU, Nd=1), of(AU, Nd=1), of(AU, Nd=1)], place("alloy")) == [
        {"Nd": 333_334},
        {"Nd": 333_333},
        {"Nd": 333_333},
    ]


def test_the_body_is_shared_among_what_enters_it_only() -> None:
    told = shares([of(AU, formed=True, Nd=3, body=90), of(CN, Dy=1, body=10)], place("diffuse"))
    assert told == [{"Nd": 1_000_000, "*": 1_000_000}, {"Dy": 1_000_000}]


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=20))
def test_shares_of_each_element_sum_to_the_whole_and_only_something_has_a_share(column: list[int]) -> None:
    told = shares([of(AU, Nd=mass) for mass in column], place("alloy"))
    assert sum(entry.get("Nd", 0) for entry in told) == (1_000_000 if any(column) else 0)
    assert [("Nd" in entry) for entry in told] == [mass > 0 for mass in column]


@given(
    st.dictionaries(st.sampled_from([AU, CN]), st.integers(1, 10**12), min_size=1),
    st.lists(st.integers(0, 10**12), min_size=1, max_size=6),
)
def test_the_routes_of_every_output_sum_to_its_element(table: dict[Route, int], outputs: list[int]) -> None:
    for mass in outputs:
        assert sum(give({"Nd": mass}, {"Nd": table})["Nd"].values()) == mass
