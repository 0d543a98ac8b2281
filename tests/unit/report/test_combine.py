"""The union of the magnets of an assembly."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from ledger.material.routes import BODY
from ledger.report.combine import combine
from ledger.report.model import Inquiry, Subject
from ledger.report.statement import ELEMENT_BUCKETS, cells, statement
from tests.unit.report.magnets import magnet, route
from tests.unit.report.test_statement import MASSES

MINED = ELEMENT_BUCKETS[0]


def part(country: str, weight: int, ppm: int = 300_000) -> Subject:
    return Subject(
        f"{country}#0",
        "magnet",
        "NdFeB",
        composition={"Nd": ppm},
        elements={"Nd": weight * ppm, BODY: weight * 1_000_000},
        routes={"Nd": {route({"mine": country}): weight * ppm}, BODY: {route({"sinter": country}): weight * 1_000_000}},
    )


def test_countries_are_united_and_weighed_by_the_mass_of_each_magnet() -> None:
    union = combine("motor#0", [part("AU", 3), part("CN", 1)])
    assert {c.countries: c.share_ppm for c in cells(union, "Nd", MINED)} == {("AU",): 750_000, ("CN",): 250_000}
    assert (union.batch, union.material, union.magnet_type) == ("motor#0", "magnet", "NdFeB")


def test_the_composition_is_that_of_all_magnets_together() -> None:
    union = combine("motor#0", [part("AU", 3, 300_000), part("CN", 1, 100_000)])
    assert union.composition == {"Nd": 250_000}
    dusty = replace(part("CN", 1), composition={"Dy": 1}, elements={}, routes={})
    assert combine("motor#0", [part("AU", 10**9), dusty]).composition["Dy"] == 1


def test_a_magnet_that_nobody_traced_never_vanishes_from_the_union() -> None:
    blank = Subject("blank#0", "magnet", "NdFeB", composition={"Nd": 300_000})
    union = combine("motor#0", [part("AU", 10**6), blank])
    assert {c.basis: c.share_ppm for c in cells(union, "Nd", MINED)} == {"traced": 999_999, "unknown": 1}
    half = replace(part("CN", 1), routes={})
    assert {c.basis: c.share_ppm for c in cells(combine("m#0", [part("AU", 1), half]), "Nd", MINED)} == {
        "traced": 500_000,
        "unknown": 500_000,
    }


def test_a_magnet_of_whose_composition_and_mass_nothing_is_known_still_counts_in_the_body() -> None:
    union = combine("motor#0", [Subject("blank#0", "magnet")])
    assert union.composition == {}
    assert statement(union)["magnetized"] == [
        {"basis": "unknown", "countries": [], "reason": "undetermined", "share_ppm": 1_000_000}
    ]


def test_different_magnets_make_an_assembly_without_a_common_type() -> None:
    union = combine("motor#0", [magnet(), magnet("SmCo", material="block")])
    assert (union.material, union.magnet_type) == ("assembly", None)
    assert set(union.composition) == {"Nd", "Pr", "Dy", "Fe", "B", "Co", "Sm", "Cu"}


def test_custody_owners_and_inquiries_are_united() -> None:
    one = magnet(custody=("segregated",), owners={"sinter": ("JP",)}, inquiries=(Inquiry("q"),))
    two = magnet(custody=("mass-balance", "segregated"), owners={"sinter": ("CN",)}, inquiries=(Inquiry("q"),))
    union = combine("motor#0", [one, two])
    assert union.custody == ("mass-balance", "segregated")
    assert union.owners == {"sinter": ("CN", "JP")}
    assert union.inquiries == (Inquiry("q"),)


def test_there_is_no_union_of_nothing() -> None:
    with pytest.raises(ValueError, match="at least one"):
        combine("motor#0", [])


@settings(deadline=None)
@given(MASSES, MASSES)
def test_the_union_of_lists_sums_to_a_million_and_keeps_every_country(one: dict, two: dict) -> None:
    parts = [Subject("b#0", "magnet", composition={"Nd": 1}, elements={"Nd": sum(m.values())}, routes={"Nd": m})
             for m in (one, two)]  # fmt: skip
    union = combine("b#1", parts)
    for bucket in ELEMENT_BUCKETS:
        shown = cells(union, "Nd", bucket)
        assert sum(cell.share_ppm for cell in shown) == 1_000_000
        weighty = [p for p in parts if any(p.routes["Nd"].values())]
        said = {cell.countries for p in weighty for cell in cells(p, "Nd", bucket)}
        assert said <= {cell.countries for cell in shown}
