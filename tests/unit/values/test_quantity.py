"""Masses and shares: exact, whole, and never lost in a split."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.values.quantity import MAX_MASS_MG, PPM, apportion, format_mass, parse_mass, parse_ppm, to_ppm

totals = st.integers(0, 10**18)
weights = st.lists(st.integers(0, 10**18) | st.integers(0, 3), min_size=1, max_size=12)


@given(totals, weights)
def test_parts_sum_to_the_whole(total: int, shares: list[int]) -> None:
    parts = apportion(total, shares)
    assert len(parts) == len(shares)
    assert sum(parts) == (total if sum(shares) else 0)


@given(totals, weights)
def test_each_part_is_its_exact_share_rounded_up_or_down(total: int, shares: list[int]) -> None:
    assume(sum(shares))
    for part, weight in zip(apportion(total, shares), shares, strict=True):
        exact = Fraction(total * weight, sum(shares))
        assert exact - 1 < part < exact + 1
        assert weight or part == 0


@given(totals, weights)
def test_missing_units_go_to_the_largest_remainders_and_ties_to_the_earlier(total: int, shares: list[int]) -> None:
    assume(sum(shares))
    whole = sum(shares)
    parts = apportion(total, shares)
    raised = [part - total * weight // whole for part, weight in zip(parts, shares, strict=True)]
    order = sorted(range(len(shares)), key=lambda i: (-(total * shares[i] % whole), i))
    missing = total - sum(total * weight // whole for weight in shares)
    assert {place for place, more in enumerate(raised) if more} == set(order[:missing])
    assert set(raised) <= {0, 1}


@given(totals, weights, st.integers(1, 1000))
def test_only_the_ratio_of_weights_counts(total: int, shares: list[int], factor: int) -> None:
    assert apportion(total, shares) == apportion(total, [weight * factor for weight in shares])


def test_splits_by_hand() -> None:
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]
    assert apportion(10, [0, 0]) == [0, 0]
    assert apportion(10, [0]) == [0]
    assert apportion(10, [7]) == [10]
    assert apportion(0, [1, 2]) == [0, 0]
    assert apportion(7, []) == []
    assert apportion(100, [1, 2, 4]) == [14, 29, 57]


@given(weights)
def test_shares_sum_to_a_million_and_hide_nobody(shares: list[int]) -> None:
    assume(sum(shares))
    parts = to_ppm(shares)
    assert sum(parts) == PPM
    for part, weight in zip(parts, shares, strict=True):
        assert (part > 0) == (weight > 0)


def test_a_trace_is_printed_and_taken_from_the_largest() -> None:
    assert to_ppm([10**12, 1]) == [999_999, 1]
    assert to_ppm([1, 10**12, 10**12, 1]) == [1, 499_999, 499_999, 1]
    assert to_ppm([10**12, 1, 1, 0]) == [999_998, 1, 1, 0]
    assert to_ppm([0, 0]) == [0, 0]
    assert to_ppm([5]) == [PPM]


@pytest.mark.parametrize(
    ("text", "mass_mg"),
    [
        ("1 mg", 1),
        ("12.5 kg", 12_500_000),
        ("12.5kg", 12_500_000),
        (" 5 t ", 5 * 10**9),
        ("4.99 t", 4_990_000_000),
        ("0.001 g", 1),
        ("1000000 t", MAX_MASS_MG),
        ("0.000000001 t", 1),
        ("007 g", 7_000),
        ("123456.789012345 t", 123_456_789_012_345),
    ],
)
def test_masses_are_read_exactly(text: str, mass_mg: int) -> None:
    assert parse_mass(text) == mass_mg


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12.5",
        "kg",
        "0 kg",
        "0.5 mg",
        "0.0000000001 t",
        "1000000.000000001 t",
        "1000001 t",
        "-1 kg",
        "+1 kg",
        "1e3 kg",
        "1,5 kg",
        ".5 kg",
        "5. kg",
        "1 lb",
        "1 KG",
        "1 kg kg",
        "nan kg",
        "1 000 kg",
        "١ kg",
        "1 kg\n2",
    ],
)
def test_what_is_no_mass_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a"):
        parse_mass(text)


@given(st.integers(1, MAX_MASS_MG))
def test_a_mass_is_printed_so_that_it_reads_as_itself(mass_mg: int) -> None:
    assert parse_mass(format_mass(mass_mg)) == mass_mg


def test_masses_are_printed_in_the_unit_that_people_use() -> None:
    assert format_mass(12_500_000) == "12.5 kg"
    assert format_mass(999) == "999 mg"
    assert format_mass(1000) == "1 g"
    assert format_mass(10**15) == "1000000 t"
    assert format_mass(0) == "0 mg"


@pytest.mark.parametrize(
    ("text", "ppm"),
    [("6.2 %", 62_000), ("500 ppm", 500), ("100 %", PPM), ("0 %", 0), ("0.0001%", 1), ("1000000 ppm", PPM)],
)
def test_shares_are_read_exactly(text: str, ppm: int) -> None:
    assert parse_ppm(text) == ppm


@pytest.mark.parametrize(
    "text", ["", "6.2", "%", "100.0001 %", "1000001 ppm", "0.00001 %", "0.5 ppm", "-1 %", "1e2 %", "6,2 %", "5 ‰"]
)
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a"):
        parse_ppm(text)
