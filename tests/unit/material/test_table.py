"""Route tables: totals from the beginning, routes when asked for, both the same whole milligrams."""

import pickle
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.material.batch import draw, secondary
from ledger.material.pool import Contribution, Place, give, pool
from ledger.material.routes import BODY, UNDETERMINED, Route, Stage
from ledger.material.table import Columns, RouteTable, as_table, beside, gathered, shared_out, summed

AU = Route("mined", (Stage("mine", ("AU",), "traced"),))
CN = Route("mined", (Stage("mine", ("CN",), "traced"),))
US = Route("mined", (Stage("mine", ("US",), "traced"),))
SINTERED = Route("mined", (Stage("mine", ("US",), "traced"), Stage("sinter", ("US",), "traced")))

masses = st.dictionaries(st.sampled_from([AU, CN, US]), st.integers(1, 10**15), min_size=1)
tables = st.dictionaries(st.sampled_from(["Nd", "Fe", "*"]), masses, min_size=1)


def share_out(total: int, weights: Mapping[Route, int]) -> Mapping[Route, int]:
    """One element's total over its routes."""
    return RouteTable({"Nd": total}, columns=shared_out({"Nd": total}, as_table({"Nd": weights}).worked_out()))["Nd"]


def test_routes_stand_in_the_order_of_their_canonical_json_however_they_came() -> None:
    routes, columns = as_table({"Nd": {US: 1, CN: 2, AU: 3}, "Fe": {CN: 5}, "B": {}}).worked_out()
    assert list(routes) == [AU, CN, US]
    assert columns == {"Nd": [3, 2, 1], "Fe": [0, 5, 0], "B": [0, 0, 0]}


def test_a_table_shows_only_routes_with_mass_and_every_element_that_it_was_given() -> None:
    table = as_table({"Nd": {US: 1, CN: 0}, "B": {AU: 0}})
    assert table == {"Nd": {US: 1}, "B": {}}
    assert table.totals == {"Nd": 1, "B": 0}
    assert (list(table), len(table), "Fe" in table) == (["Nd", "B"], 2, False)
    with pytest.raises(KeyError, match="Fe"):
        table["Fe"]


def test_a_missing_milligram_goes_to_the_larger_remainder_and_a_tie_to_the_earlier_route() -> None:
    assert share_out(10, {US: 1, AU: 1, CN: 1}) == {AU: 4, CN: 3, US: 3}
    assert share_out(10, {AU: 17, CN: 83}) == {AU: 2, CN: 8}  # 1.7 and 8.3
    assert share_out(1, {AU: 49, CN: 51}) == {CN: 1}


def test_a_route_that_gets_nothing_is_left_out_and_nothing_comes_of_nothing() -> None:
    assert share_out(0, {AU: 5}) == {}
    assert share_out(5, {AU: 0}) == {}
    assert share_out(5, {}) == {}
    routes, _ = shared_out({"Nd": 1, "Fe": 1}, ([AU, CN, US], {"Nd": [1, 9, 0], "Fe": [0, 1, 0]}))
    assert list(routes) == [CN]


@given(masses, st.integers(1, 10**15))
def test_every_route_gets_its_floor_or_one_more(weights: dict[Route, int], total: int) -> None:
    given_out = share_out(total, weights)
    assert sum(given_out.values()) == total
    whole = sum(weights.values())
    for route, mass in weights.items():
        assert given_out.get(route, 0) - total * mass // whole in (0, 1)


@given(st.lists(st.tuples(st.lists(st.sampled_from([AU, CN, US]), max_size=4), st.integers(0, 9)), max_size=4))
def test_a_sum_adds_up_route_by_route_however_they_stand_and_as_often_as_they_do(
    said: list[tuple[list[Route], int]],
) -> None:
    parts: list[Columns] = [
        (listed, {"Nd": [seed + n for n in range(len(listed))], "Fe": [seed] * len(listed)}) for listed, seed in said
    ]
    expected: dict[str, dict[Route, int]] = {"Nd": {}, "Fe": {}}
    for listed, columns in parts:
        for element, column in columns.items():
            for route, mass in zip(listed, column, strict=True):
                expected[element][route] = expected[element].get(route, 0) + mass
    routes, sums = gathered(parts)
    assert list(routes) == sorted(set(routes), key=lambda route: route.key)
    for element, column in sums.items():
        assert dict(zip(routes, column, strict=True)) == {**dict.fromkeys(routes, 0), **expected[element]}


def test_the_sum_of_tables_and_a_table_with_another_body() -> None:
    one, two = as_table({"Nd": {AU: 1}, "*": {AU: 5}}), as_table({"Nd": {CN: 2, AU: 3}})
    assert summed([one, two]) == {"Nd": {AU: 4, CN: 2}, "*": {AU: 5}}
    assert summed([one, two]).totals == {"Nd": 6, "*": 5}
    assert summed([]) == {}
    assert beside(one, as_table({"*": {US: 7}})) == {"Nd": {AU: 1}, "*": {US: 7}}


def test_formed_is_told_by_the_body_alone_and_only_where_there_is_mass() -> None:
    assert as_table({"*": {SINTERED: 1, AU: 5}}).formed
    assert not as_table({"*": {AU: 5}, "Nd": {SINTERED: 1}}).formed
    assert not RouteTable({"*": 5}, columns=([AU, SINTERED], {"*": [5, 0]})).formed
    assert not as_table({}).formed


def test_nothing_is_worked_out_until_somebody_asks_and_then_only_once() -> None:
    asked = []

    class Recipe:
        needs: Sequence[RouteTable] = ()

        def columns(self) -> Columns:
            asked.append("asked")
            return [AU], {"Nd": [6]}

    table = RouteTable({"Nd": 6}, Recipe())
    half = draw(table, 1, 2)
    assert (half.totals, asked, half.is_worked_out) == ({"Nd": 3}, [], False)
    assert half == {"Nd": {AU: 3}}
    assert table == {"Nd": {AU: 6}}
    assert (asked, table.is_worked_out, half.is_worked_out) == (["asked"], True, True)


def test_a_chain_of_a_hundred_thousand_records_works_out_without_deep_calls() -> None:
    table = as_table({"Nd": {AU: 10**14, CN: 1}})
    for _ in range(100_000):
        table = give(table.totals, pool([Contribution(draw(table, 999_999, 10**6))], Place(("blend",), "DE", "traced")))
    assert sum(table["Nd"].values()) == table.totals["Nd"]


def test_a_table_survives_pickling() -> None:
    table = as_table({"Nd": {AU: 1, US: 2}})
    assert pickle.loads(pickle.dumps(table)) == table


@given(tables, tables, st.integers(1, 10**6), st.integers(1, 10**15))
def test_totals_are_always_the_sums_of_the_routes(
    first: dict[str, dict[Route, int]], second: dict[str, dict[Route, int]], part: int, mass: int
) -> None:
    where = Place(("alloy", "strip-cast"), "DE", "traced")
    drawn = [draw(first, part, 10**6), secondary(draw(second, part, 10**6))]
    pooled = pool([Contribution(each) for each in drawn], where)
    out = give({"Nd": mass, "Dy": 7, BODY: mass}, pooled)
    for table in (*drawn, pooled, out):
        assert {element: sum(found.values()) for element, found in table.items()} == table.totals
    if not pooled.totals.get("Nd"):
        assert out["Nd"] == {UNDETERMINED: mass}
