"""The replay's own arithmetic, held against that of the log: bits for routes, lanes for elements."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger.bundle.codes import Codes, Table, merged
from ledger.bundle.lanes import SCALE, Lanes
from ledger.material.batch import secondary
from ledger.material.pool import Contribution, Place, pool, stamped
from ledger.material.routes import BODY, DECLARED, TRACED, Route, Stage
from ledger.material.table import RoutesByElement
from ledger.values.quantity import PPM
from ledger.values.vocabulary import HANDLING_STEPS, STEPS

ELEMENTS = ("Dy", "Nd", BODY)
STAGES = [step for step in STEPS if step not in HANDLING_STEPS]

countries = st.sampled_from(["AU", "CN", "JP", "US", "MY"])
stages = st.builds(
    lambda step, where, basis: Stage(step, tuple(sorted(where)), basis),
    st.sampled_from(["mine", *STAGES]),
    st.sets(countries, min_size=1, max_size=3),
    st.sampled_from([TRACED, DECLARED]),
)
routes = st.builds(
    lambda origin, found: Route(
        origin, tuple(sorted({stage.step: stage for stage in found}.values())), TRACED if "consumer" in origin else ""
    ),
    st.sampled_from(["mined", "post-consumer", "pre-consumer", "declared", "undisclosed"]),
    st.lists(stages, max_size=6),
)
places = st.builds(
    Place, st.lists(st.sampled_from(STEPS), min_size=1, max_size=5, unique=True).map(tuple), countries,
    st.sampled_from([TRACED, DECLARED]),
)  # fmt: skip


def _code(codes: Codes, table: Mapping[Route, int]) -> Table:
    coded: dict[int, int] = {}
    for route, mass in table.items():
        number = codes.number(route)
        coded[number] = coded.get(number, 0) + mass
    return coded


def _read(codes: Codes, table: Table) -> dict[Route, int]:
    return {codes.route(number): mass for number, mass in table.items()}


@given(routes)
def test_a_route_comes_back_out_of_its_number(route: Route) -> None:
    codes = Codes()
    assert codes.route(codes.number(route)) == route


@given(st.dictionaries(routes, st.integers(1, 10**12), min_size=1, max_size=8), places, st.booleans())
def test_a_stamp_on_numbers_is_the_stamp_of_the_log(table: dict[Route, int], where: Place, formed: bool) -> None:
    codes = Codes()
    coded = _code(codes, table)
    after = merged(coded, codes.stamp(where, None, formed=formed))
    assert _read(codes, after) == stamped(Contribution({"Nd": table}, None, shape=formed), where)["Nd"]
    assert _read(codes, codes.sold(coded)) == secondary({"Nd": table})["Nd"]


@given(st.data(), places.filter(lambda where: not {"diffuse", "coat"} & set(where.steps)))
def test_shares_weigh_as_masses_do(data: st.DataObject, where: Place) -> None:
    """With shares that are exact, the distribution is that of the pool of masses."""
    codes, lanes = Codes(), Lanes(ELEMENTS)
    many = data.draw(st.integers(1, 3))
    inputs: list[RoutesByElement] = [
        {e: data.draw(st.dictionaries(routes, st.integers(1, 1_000), min_size=1, max_size=4)) for e in ELEMENTS}
        for _ in range(many)
    ]
    shares = {
        e: _split(data.draw(st.lists(st.integers(0, PPM), min_size=many - 1, max_size=many - 1))) for e in ELEMENTS
    }
    ways = []
    for table in inputs:
        packed: dict[int, int] = {}
        for element, masses in table.items():
            whole = sum(masses.values())
            for number, mass in _code(codes, masses).items():
                packed[number] = packed.get(number, 0) + lanes.ones[element] * (SCALE * mass // whole)
        ways.append((packed, codes.stamp(where, None, formed=False)))
    rows: dict[tuple[int, ...], list[str]] = {}
    for element, row in shares.items():
        rows.setdefault(row, []).append(element)
    found = lanes.unpack(lanes.weigh(ways, rows))
    for element in ELEMENTS:
        expected = _expected([table[element] for table in inputs], shares[element], where)
        got = _read(codes, found[element])
        assert all(abs(Fraction(got.get(r, 0), SCALE) - w) < Fraction(1, 10**9) for r, w in expected.items())
        assert set(got) <= set(expected)


def _split(cuts: list[int]) -> tuple[int, ...]:
    edges = [0, *sorted(cuts), PPM]
    return tuple(high - low for low, high in pairwise(edges))


def _expected(tables: list[Mapping[Route, int]], shares: tuple[int, ...], where: Place) -> dict[Route, Fraction]:
    """The pool of the log, each input scaled so that it weighs what its share says."""
    total: dict[Route, Fraction] = {}
    for table, share in zip(tables, shares, strict=True):
        whole = sum(table.values())
        for route, mass in pool([Contribution({"Nd": table})], where)["Nd"].items():
            total[route] = total.get(route, Fraction(0)) + Fraction(mass * share, whole * PPM)
    return total
