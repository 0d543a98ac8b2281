"""Recycled content, completeness and open cells."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from ledger.material.routes import BODY, UNDETERMINED, Route
from ledger.report.content import against_target, completeness, gaps, recycled
from ledger.report.model import Inquiry, Subject
from tests.unit.report.magnets import magnet, recovered, route
from tests.unit.report.test_statement import MASSES, MATERIALS


def of(**masses: dict[Route, int]) -> Subject:
    return Subject("b#0", "magnet", composition=dict.fromkeys(masses, 1), routes=masses)


def test_each_source_is_printed_apart_and_sums_to_a_million() -> None:
    shown = recycled(
        of(
            Nd={
                route({}, "post-consumer"): 1,
                route({}, "pre-consumer"): 2,
                route({"mine": "AU"}): 3,
                Route("undisclosed"): 4,
            }
        )
    )
    assert shown["Nd"] == {
        "post_consumer_ppm": 100_000,
        "pre_consumer_ppm": 200_000,
        "primary_ppm": 300_000,
        "unknown_ppm": 400_000,
    }
    assert shown["total_rare_earth"] == shown["Nd"]


@pytest.mark.parametrize(
    ("found", "source"),
    [
        (route({"mine": "AU"}), "primary_ppm"),
        (Route("mined"), "primary_ppm"),
        (route({"mine": "AU?"}, "declared"), "primary_ppm"),
        (route({"separate": "AU?"}, "declared"), "unknown_ppm"),
        (route({"mine": "AU"}, "pre-consumer"), "pre_consumer_ppm"),
        (Route("undisclosed"), "unknown_ppm"),
        (UNDETERMINED, "unknown_ppm"),
    ],
)
def test_primary_is_mined_or_declared_with_a_country_of_mining(found: Route, source: str) -> None:
    assert recycled(of(Nd={found: 9}))["Nd"][source] == 1_000_000


def test_the_total_is_weighted_by_mass_and_counts_rare_earths_only() -> None:
    shown = recycled(
        of(Nd={route({}, "post-consumer"): 3}, Dy={route({"mine": "MM"}): 1}, Fe={route({"mine": "SE"}): 96})
    )
    assert shown["total_rare_earth"]["post_consumer_ppm"] == 750_000
    assert shown["total_rare_earth"]["primary_ppm"] == 250_000
    assert shown["Fe"]["primary_ppm"] == 1_000_000


def test_nothing_known_is_unknown_and_not_zero() -> None:
    unknown = {"post_consumer_ppm": 0, "pre_consumer_ppm": 0, "primary_ppm": 0, "unknown_ppm": 1_000_000}
    assert recycled(Subject("b#0", "magnet", composition={"Nd": 5})) == {"Nd": unknown, "total_rare_earth": unknown}
    assert recycled(of(Fe={route({"mine": "SE"}): 1}))["total_rare_earth"] == unknown


@pytest.mark.parametrize(
    ("post", "pre", "unknown", "met", "alone"),
    [
        (300_000, 0, 0, "yes", "yes"),
        (299_999, 0, 0, "no", "no"),
        (200_000, 100_000, 0, "yes", "no"),
        (200_000, 100_000, 100_000, "yes", "unknown"),
        (100_000, 100_000, 100_000, "unknown", "no"),
        (100_000, 100_000, 99_999, "no", "no"),
        (0, 0, 1_000_000, "unknown", "unknown"),
    ],
)
def test_a_target_is_met_missed_or_unknown(post: int, pre: int, unknown: int, met: str, alone: str) -> None:
    rest = 1_000_000 - post - pre - unknown
    shares = {"Nd": {"post_consumer_ppm": post, "pre_consumer_ppm": pre, "primary_ppm": rest, "unknown_ppm": unknown}}
    held = against_target(shares)
    assert held["target_ppm"] == 300_000
    assert held["shares"] == {
        "Nd": {
            "post_consumer_ppm": post,
            "pre_consumer_ppm": pre,
            "recovered_ppm": post + pre,
            "met": met,
            "post_consumer_met": alone,
        }
    }


def test_completeness_weighs_the_three_buckets_of_all_elements() -> None:
    nd = {route({"mine": "AU", "separate": "MY?", "alloy": "JP"}): 3}
    fe = {Route("undisclosed"): 1}
    # 3 traced + 3 declared + 3 traced + 1 + 1 + 1 unknown, of 12
    assert completeness(of(Nd=nd, Fe=fe)) == {"traced_ppm": 500_000, "declared_ppm": 250_000, "unknown_ppm": 250_000}


def test_recovered_material_counts_by_how_its_recovery_is_known() -> None:
    for known in ("traced", "declared"):
        shown = completeness(of(Nd={route({}, "post-consumer", known): 3}))
        assert shown[f"{known}_ppm"] == 1_000_000


def test_what_is_not_done_yet_is_left_out_of_completeness() -> None:
    ore = replace(of(Nd={route({"mine": "AU"}): 3}), material="ore")
    assert completeness(ore)["traced_ppm"] == 1_000_000
    assert completeness(replace(ore, composition={}))["unknown_ppm"] == 1_000_000


def test_open_cells_come_with_their_inquiries_and_the_clock_of_180_days() -> None:
    asked = Inquiry("sha-256:q", ("Fe",), ("mine",), outcome="no-reply", sent="2026-01-01", due="2026-02-01")
    subject = magnet(
        routes={"Fe": {Route("undisclosed"): 3, route({"mine": "SE", "alloy": "JP"}): 1}}, inquiries=(asked,)
    )
    shown = gaps(subject, "2027-01-01")
    assert (shown["delivered"], shown["due"]) == ("2027-01-01", "2027-06-30")
    found = shown["cells"]
    assert isinstance(found, list)
    assert {
        "element": "Fe",
        "bucket": "mined",
        "reason": "undisclosed",
        "share_ppm": 750_000,
        "inquiries": [{"record": "sha-256:q", "outcome": "no-reply", "sent": "2026-01-01", "due": "2026-02-01"}],
    } in found
    assert all(gap["inquiries"] == [] for gap in found if gap["bucket"] != "mined")
    assert not any(gap["element"] == "Nd" for gap in found)


def test_without_a_delivery_no_clock_runs() -> None:
    assert "due" not in gaps(magnet(), None)


def test_a_body_of_which_nothing_is_known_is_a_gap() -> None:
    shown = gaps(recovered(more={BODY: {}}), None)["cells"]
    assert isinstance(shown, list)
    assert {gap["bucket"] for gap in shown if gap["element"] == BODY} == {"sintered_or_bonded", "magnetized"}


@settings(deadline=None)
@given(MASSES, MASSES, MATERIALS)
def test_recycled_shares_and_completeness_sum_to_a_million_in_any_unit(nd: dict, fe: dict, material: str) -> None:
    subject = replace(of(Nd=nd, Fe=fe), material=material)
    scaled = replace(subject, routes={e: {r: m * 10**12 for r, m in x.items()} for e, x in subject.routes.items()})
    for shares in (*recycled(subject).values(), completeness(subject)):
        assert sum(shares.values()) == 1_000_000
    assert recycled(scaled) == recycled(subject)
    assert completeness(scaled) == completeness(subject)
