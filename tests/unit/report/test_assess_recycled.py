"""Recycled feed, and samarium-cobalt as a specialty metal."""

from dataclasses import replace

import pytest

from ledger.material.routes import UNDETERMINED
from ledger.report.assess import assess
from ledger.report.context import parse_context
from ledger.report.model import Subject, Verdict
from tests.unit.report.magnets import (
    AFTER,
    BEFORE,
    CARRIER,
    MAKING,
    RARE_EARTH,
    RECOVERED,
    codes,
    magnet,
    readings,
    recovered,
    route,
    verdict,
    with_step,
    without,
)

MELT = ("alloy", "strip-cast", "melt-spin")
P, F, U = "PASS", "FAIL", "UNKNOWN"


# ---- recycled feed


@pytest.mark.parametrize(
    ("what", "subject", "answers", "ground"),
    [
        ("all recovered, milled and sintered in the US", recovered(), "PPPP", "recycled"),
        ("pre-consumer as well", recovered(origin="pre-consumer"), "PPPP", "recycled"),
        ("of Chinese origin", recovered({**RECOVERED, "mine": "CN", "alloy": "CN"}), "PPPP", "recycled"),
        ("sintered abroad", recovered({**RECOVERED, "sinter": "JP"}), "UUUU", "chain"),
        ("sintered in China", recovered({**RECOVERED, "sinter": "CN"}), "FFFF", "chain"),
        ("milled abroad", recovered({**RECOVERED, "jet-mill": "JP"}), "UUUU", "chain"),
        ("milled in the US and elsewhere", recovered({**RECOVERED, "jet-mill": "JP US"}), "UUUU", "chain"),
        ("milling only declared", recovered({**RECOVERED, "jet-mill": "US?"}), "UUUU", "chain"),
        ("sintering only declared", recovered({**RECOVERED, "sinter": "US?"}), "UUUU", "chain"),
        (
            "HPMS powder without milling",
            recovered({s: c for s, c in RECOVERED.items() if s != "jet-mill"}),
            "UUUU",
            "chain",
        ),
        (
            "bonded",
            recovered({"hydrogen-process": "US", "jet-mill": "US", "bond": "US", "magnetize": "US"}),
            "UUUU",
            "chain",
        ),
        ("scrap once melted in China", recovered({**RECOVERED, "sinter": "JP", "alloy": "CN"}), "FFFF", "chain"),
        (
            "hydrometallurgical, melted anew outside",
            recovered({"dissolve": "EE", "separate": "EE", "reduce": "EE", **MAKING}),
            "PPUU",
            "chain",
        ),
    ],
)  # fmt: skip
def test_recycled_feed(what: str, subject: Subject, answers: str, ground: str) -> None:
    assert readings(subject) == answers, what
    assert verdict(subject, AFTER).ground == verdict(subject, BEFORE).ground == ground


def test_a_blend_with_virgin_rare_earth_does_not_meet_the_exception() -> None:
    virgin = route({**RARE_EARTH, **MAKING, "jet-mill": "US", "sinter": "US"})
    blend = recovered(more={"Dy": {route(RECOVERED, "post-consumer"): 9_999, virgin: 1}})
    found = verdict(blend, AFTER)
    assert (found.verdict, found.ground) == (U, "chain")
    assert "some of its Dy was not recovered" in " ".join(r.what for r in found.remarks)


def test_virgin_iron_does_not_break_the_exception_and_an_unknown_rare_earth_does() -> None:
    iron = {route({**CARRIER, "jet-mill": "US", "sinter": "US"}): 670_000}
    assert verdict(recovered(more={"Fe": iron}), AFTER).ground == "recycled"
    assert verdict(recovered(more={"Dy": {UNDETERMINED: 10_000}}), AFTER).ground == "chain"
    subject = recovered()
    unrouted = replace(subject, elements={}, routes={e: m for e, m in subject.routes.items() if e != "Dy"})
    assert verdict(unrouted, AFTER).ground == "chain"


def test_an_exception_that_is_met_says_what_the_chain_alone_would_give() -> None:
    found = verdict(recovered({**RECOVERED, "alloy": "CN"}), AFTER)
    assert found.verdict == P
    assert [r.what for r in found.remarks if r.code == "chain-alone"] == [
        "Without this exception the chain's own tests would give FAIL."
    ]


def test_the_recycled_exception_is_for_neodymium_magnets_and_only_a_remark_for_samarium_cobalt() -> None:
    subject = magnet("SmCo")
    routes = {element: {route(RECOVERED, "post-consumer"): 5} for element in subject.routes}
    found = verdict(magnet("SmCo", routes), AFTER)
    assert (found.verdict, found.ground) == (U, "chain")
    assert "recycled-by-statute-only" in codes(found)
    assert not {"recycled-by-statute-only", "recycled-not-applied"} & codes(verdict(magnet(), AFTER))


# ---- samarium-cobalt as a specialty metal


def allow_list(subject: Subject, **context: object) -> Verdict:
    return assess(subject, parse_context({"delivered": AFTER, **context}))[1]


@pytest.mark.parametrize(
    ("country", "expected"),
    [("US", P), ("PR", P), ("JP", P), ("GB", P), ("KR", F), ("VN", F), ("IN", F), ("CN", F), ("HK", F)],
)
def test_samarium_cobalt_must_be_melted_in_the_united_states_or_a_qualifying_country(
    country: str, expected: str
) -> None:
    for element in ("Sm", "Co"):
        found = allow_list(with_step(magnet("SmCo"), element, "alloy", country))
        assert (found.verdict, found.strict) == (expected, expected)
    iron = allow_list(with_step(magnet("SmCo"), "Fe", "alloy", country))
    assert (iron.verdict, iron.strict) == (P, expected)


def test_a_melt_that_is_not_known_is_unknown_under_the_allow_list() -> None:
    assert allow_list(without(magnet("SmCo"), "Sm", *MELT)).verdict == U
    iron = allow_list(without(magnet("SmCo"), "Fe", *MELT))
    assert (iron.verdict, iron.strict) == (P, U)


def test_the_allow_list_tests_the_melt_only() -> None:
    assert allow_list(with_step(magnet("SmCo"), "Sm", "sinter", "CN")).verdict == P
    assert allow_list(magnet("SmCo"), end_item={"country": "CN"}).verdict == P
    assert "end-item-not-stated" not in codes(allow_list(magnet("SmCo")))
