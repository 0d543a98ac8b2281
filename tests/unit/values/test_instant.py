"""Times have one text, so that the order of texts is the order of times."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.values.instant import after, days_after, instant, is_date, is_time, system_clock

moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, moments)
def test_the_order_of_texts_is_the_order_of_times(one: datetime, other: datetime) -> None:
    one, other = one.replace(microsecond=0), other.replace(microsecond=0)
    assert (instant(one) < instant(other)) == (one < other)
    assert (instant(one) == instant(other)) == (one == other)
    assert is_time(instant(one))
    assert is_date(instant(one)[:10])
    assert datetime.fromisoformat(instant(one)) == one


def test_a_moment_elsewhere_is_told_in_utc() -> None:
    assert instant(datetime(2026, 1, 1, 1, 30, 5, 999_999, timezone(timedelta(hours=2)))) == "2025-12-31T23:30:05Z"


def test_the_clock_tells_a_time() -> None:
    assert is_time(system_clock())


@pytest.mark.parametrize(
    "text", ["2026-01-10T00:00:00Z", "2024-02-29T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_real_times_are_times(text: str) -> None:
    assert is_time(text)
    assert is_date(text[:10])


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-01-10T24:00:00Z",
        "2026-01-10T00:60:00Z",
        "2026-01-10T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "2026-01-10T00:00:00",
        "2026-01-10T00:00:00+00:00",
        "2026-01-10T00:00:00.0Z",
        "2026-01-10t00:00:00z",
        "2026-01-10 00:00:00Z",
        "2026-01-10T00:00Z",
        "2026-1-10T00:00:00Z",
        "2026-01-10T00:00:00Z\n",
        "２026-01-10T00:00:00Z",
        "",
        None,
        5,
    ],
)
def test_everything_else_is_no_time(text: object) -> None:
    assert not is_time(text)


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-1-1", "20260101", "2026-01-01\n", "2026-W01-1", "0000-01-01", "", None, 5]
)
def test_everything_else_is_no_date(text: object) -> None:
    assert not is_date(text)


def test_time_goes_on_over_the_ends_of_months_and_years() -> None:
    assert after("2025-12-31T23:59:30Z", 60) == "2026-01-01T00:00:30Z"
    assert after("2026-01-01T00:00:00Z", -1) == "2025-12-31T23:59:59Z"
    assert days_after("2026-12-01", 180) == "2027-05-30"
    assert days_after("2024-02-28", 1) == "2024-02-29"
