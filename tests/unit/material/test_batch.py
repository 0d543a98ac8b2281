"""What a batch is made of, and what a draw takes of it: whole milligrams, nothing twice, nothing from before."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.material.batch import Carried, draw, element_masses, secondary
from ledger.material.routes import Route, Stage

AU = Route("mined", (Stage("mine", ("AU",), "traced"),))
CN = Route("mined", (Stage("mine", ("CN",), "traced"),))
US = Route("mined", (Stage("mine", ("US",), "traced"),))

masses = st.dictionaries(st.sampled_from([AU, CN, US]), st.integers(1, 10**15), min_size=1)


def test_an_element_has_whole_milligrams_and_an_unknown_composition_has_none() -> None:
    assert element_masses(999_999, {"Nd": 1, "Fe": 1_000_000, "B": 0}) == {"Nd": 0, "Fe": 999_999, "B": 0}
    assert element_masses(1_000_000, {"Nd": 1}) == {"Nd": 1}
    assert element_masses(5, None) == {}


def test_a_draw_takes_the_floor_of_each_element_and_shares_it_over_the_routes() -> None:
    routes = {"Nd": {AU: 70, CN: 31}, "*": {AU: 667, CN: 333}}
    assert draw(routes, 1, 3) == {"Nd": {AU: 23, CN: 10}, "*": {AU: 222, CN: 111}}  # 101 / 3 = 33.67; 333.3


def test_the_draw_of_the_whole_is_the_whole_to_the_milligram() -> None:
    routes = {"Nd": {AU: 7, CN: 3}, "B": {}}
    assert draw(routes, 10, 10) == routes


@given(masses, st.integers(1, 10**15), st.integers(1, 10**15))
def test_a_draw_depends_on_nothing_before_and_many_draws_never_give_more_than_there_is(
    table: dict[Route, int], whole: int, part: int
) -> None:
    part = min(part, whole)
    once = draw({"Nd": table}, part, whole)["Nd"]
    rest = draw({"Nd": table}, whole - part, whole)["Nd"]
    total = sum(table.values())
    assert sum(once.values()) == total * part // whole
    assert total - 1 <= sum(once.values()) + sum(rest.values()) <= total
    assert set(once) <= set(table)


def test_scrap_that_was_sold_is_pre_consumer_where_it_was_mined_or_declared_and_equal_routes_become_one() -> None:
    declared = Route("declared", (Stage("mine", ("AU",), "declared"),))
    known = Route("pre-consumer", (Stage("mine", ("AU",), "declared"),), known="declared")
    old = Route("post-consumer", known="traced")
    sold = secondary({"Nd": {declared: 5, known: 2, old: 3, Route("undisclosed"): 1}})
    assert sold == {"Nd": {known: 7, old: 3, Route("undisclosed"): 1}}


def test_what_is_carried_along_is_the_union_of_everything_upstream() -> None:
    one = Carried(frozenset({"segregated"}), {"mine": frozenset({"AU"})}, frozenset({"a"}))
    two = Carried(frozenset({"mass-balance"}), {"mine": frozenset({"CN"}), "alloy": frozenset({"JP"})}, frozenset())
    assert one.joined([two]) == Carried(
        frozenset({"segregated", "mass-balance"}),
        {"mine": frozenset({"AU", "CN"}), "alloy": frozenset({"JP"})},
        frozenset({"a"}),
    )
