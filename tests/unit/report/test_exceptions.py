"""The exceptions: each with everything stated, with something unstated, and on both sides of 2027."""

from dataclasses import replace

import pytest

from ledger.errors import UsageError
from ledger.report.assess import assess
from ledger.report.context import parse_context
from ledger.report.model import Verdict
from tests.unit.report.magnets import AFTER, BEFORE, codes, magnet, verdict, with_step

BAD = with_step(magnet(), "Nd", "alloy", "CN")
BAD_SMCO = with_step(magnet("SmCo"), "Sm", "alloy", "CN")
BUILT_IN = {"cots": True, "mill_product": False, "mass_mg": 1000, "covered_mass_mg": 499}

APPLIED = [
    ("clause-not-applicable", {"clause": False}, True, True),
    ("clause-not-applicable", {"clause": "none"}, True, True),
    ("", {"clause": True}, False, False),
    ("", {"clause": "252.225-7052 (MAY 2024)"}, False, False),
    ("clause-not-applicable", {"above_sat": False}, True, True),
    ("", {"above_sat": True}, False, False),
    ("clause-not-applicable", {"outside_us": True}, True, True),
    ("", {"outside_us": False}, False, False),
    ("waiver", {"waiver": "NA-2026-17"}, True, True),
    ("waiver", {"waiver": {"id": "W", "until": "2027-12-31"}}, True, True),
    ("waiver", {"waiver": {"id": "W", "from": "2026-12-31", "until": "2027-01-01"}}, True, True),
    ("waiver", {"waiver": {"id": "W", "from": "2027-01-01", "until": "2027-01-01"}}, False, True),
    ("waiver", {"waiver": {"id": "W", "until": "2026-12-31"}}, True, False),
    ("", {"waiver": {"id": "W", "from": "2026-01-01"}}, False, False),
    ("", {"waiver": {"id": "W"}}, False, False),
    ("cots", {"end_item": BUILT_IN}, True, True),
    ("cots", {"end_item": {"cots": True}}, True, False),
    ("", {"end_item": {**BUILT_IN, "cots": False}}, False, False),
    ("", {"end_item": {k: v for k, v in BUILT_IN.items() if k != "cots"}}, False, False),
    ("cots", {"end_item": {**BUILT_IN, "mill_product": True}}, True, False),
    ("cots", {"end_item": {k: v for k, v in BUILT_IN.items() if k != "mill_product"}}, True, False),
    ("cots", {"end_item": {k: v for k, v in BUILT_IN.items() if k != "mass_mg"}}, True, False),
    ("cots", {"end_item": {k: v for k, v in BUILT_IN.items() if k != "covered_mass_mg"}}, True, False),
    ("cots", {"end_item": {**BUILT_IN, "covered_mass_mg": 500}}, True, False),
    ("cots", {"end_item": {**BUILT_IN, "covered_mass_mg": 1000}}, True, False),
    ("electronic-device", {"end_item": {"electronic_device": True}}, True, True),
    ("", {"end_item": {"electronic_device": False}}, False, False),
    ("", {}, False, False),
]


@pytest.mark.parametrize(("ground", "context", "before", "after"), APPLIED)
@pytest.mark.parametrize("subject", [BAD, BAD_SMCO], ids=["NdFeB", "SmCo"])
def test_an_exception_applies_only_with_everything_stated(
    subject: object, ground: str, context: dict, before: bool, after: bool
) -> None:
    for day, applied in ((BEFORE, before), (AFTER, after)):
        found = verdict(subject, day, **context)  # type: ignore[arg-type]
        if applied:
            assert (found.verdict, found.strict, found.ground) == ("PASS", "PASS", ground)
            assert (found.reasons, found.needs) == ((), ())
            assert "chain-alone" in codes(found)
        else:
            assert (found.verdict, found.ground) == ("FAIL", "chain")


def test_the_rows_are_tried_in_order_and_the_first_that_is_met_gives_the_ground() -> None:
    everything = {
        "clause": False,
        "waiver": "W",
        "end_item": {**BUILT_IN, "electronic_device": True, "country": "CN"},
    }
    grounds = ["clause-not-applicable", "waiver", "cots", "electronic-device"]
    for ground in grounds:
        found = verdict(BAD, AFTER, **everything)
        assert found.ground == ground
        if "clause" in everything:
            del everything["clause"]
        elif "waiver" in everything:
            del everything["waiver"]
        else:
            everything["end_item"] = {"electronic_device": True, "country": "CN"}


def test_why_an_exception_was_not_applied_is_remarked() -> None:
    assert "waiver-not-applied" in codes(verdict(BAD, AFTER, waiver={"id": "W"}))
    assert "waiver-not-applied" in codes(verdict(BAD, AFTER, waiver={"id": "W", "until": BEFORE}))
    assert "cots-not-applied" in codes(verdict(BAD, AFTER, end_item={"cots": True}))
    assert "cots-not-applied" not in codes(verdict(BAD, AFTER, end_item={"cots": False}))


def allow_list(**context: object) -> Verdict:
    return assess(BAD_SMCO, parse_context({"delivered": AFTER, **context}))[1]


@pytest.mark.parametrize(
    ("ground", "context"),
    [
        ("clause-not-applicable", {"above_sat": False}),
        ("clause-not-applicable", {"clause": False}),
        ("cots", {"end_item": {"cots": True, "mass_mg": 1000, "covered_mass_mg": 999}}),
    ],
)
def test_the_allow_list_knows_few_exceptions(ground: str, context: dict) -> None:
    assert (allow_list(**context).verdict, allow_list(**context).ground) == ("PASS", ground)


@pytest.mark.parametrize(
    "context",
    [
        {"end_item": {"cots": True}},
        {"end_item": {"cots": True, "mass_mg": 1000}},
        {"end_item": {"cots": True, "mass_mg": 1000, "covered_mass_mg": 1000}},
        {"end_item": {**BUILT_IN, "mill_product": True}},
        {"end_item": {"electronic_device": True}},
        {"outside_us": True},
        {"waiver": "W"},
        {"above_sat": True},
    ],
)
def test_the_allow_list_is_not_lifted_by_electronics_waivers_of_another_law_or_a_bare_magnet(context: dict) -> None:
    assert allow_list(**context).verdict == "FAIL"


def test_what_the_allow_list_does_not_know_as_an_exception_is_remarked() -> None:
    assert "no-such-exception" in codes(allow_list(waiver="W"))
    assert "no-such-exception" in codes(allow_list(end_item={"electronic_device": True}))
    assert "no-such-exception" not in codes(allow_list(end_item={"electronic_device": False}))


def test_an_exception_can_turn_even_what_is_unknown_into_a_pass_but_says_so() -> None:
    blank = replace(magnet(), routes={}, elements={})
    found = verdict(blank, AFTER, waiver="W")
    assert found.verdict == "PASS"
    assert "Without this exception the chain's own tests would give UNKNOWN." in [r.what for r in found.remarks]


# ---- the context itself


@pytest.mark.parametrize(
    ("context", "member"),
    [
        ({"delivery": "2027-01-01"}, "delivery"),
        ({"delivered": "2027-1-1"}, "delivered"),
        ({"delivered": "2027-02-30"}, "delivered"),
        ({"delivered": "2027-01-01T00:00:00Z"}, "delivered"),
        ({"delivered": None}, "delivered"),
        ({"delivered": 2027}, "delivered"),
        ({"clause": 1}, "clause"),
        ({"clause": ""}, "clause"),
        ({"clause": None}, "clause"),
        ({"clause": "x" * 201}, "clause"),
        ({"above_sat": "no"}, "above_sat"),
        ({"outside_us": 0}, "outside_us"),
        ({"end_item": []}, "end_item"),
        ({"end_item": None}, "end_item"),
        ({"end_item": {"colour": "red"}}, "end_item.colour"),
        ({"end_item": {"country": "USA"}}, "end_item.country"),
        ({"end_item": {"country": "us"}}, "end_item.country"),
        ({"end_item": {"country": ["US"]}}, "end_item.country"),
        ({"end_item": {"cots": "yes"}}, "end_item.cots"),
        ({"end_item": {"electronic_device": 1}}, "end_item.electronic_device"),
        ({"end_item": {"mill_product": None}}, "end_item.mill_product"),
        ({"end_item": {"mass_mg": 0}}, "end_item.mass_mg"),
        ({"end_item": {"mass_mg": True}}, "end_item.mass_mg"),
        ({"end_item": {"mass_mg": 1.5}}, "end_item.mass_mg"),
        ({"end_item": {"mass_mg": 10**15 + 1}}, "end_item.mass_mg"),
        ({"end_item": {"covered_mass_mg": -1}}, "end_item.covered_mass_mg"),
        ({"end_item": {"mass_mg": 5, "covered_mass_mg": 6}}, "end_item.covered_mass_mg"),
        ({"waiver": ""}, "waiver"),
        ({"waiver": 7}, "waiver"),
        ({"waiver": {}}, "waiver.id"),
        ({"waiver": {"id": "W", "to": "2027-01-01"}}, "waiver.to"),
        ({"waiver": {"id": "W", "until": "soon"}}, "waiver.until"),
        ({"waiver": {"id": "W", "from": "2027-01-02", "until": "2027-01-01"}}, "waiver.from"),
        (["delivered"], "context"),
        ("2027-01-01", "context"),
    ],
)
def test_a_context_with_anything_unknown_or_impossible_is_refused_by_the_member_s_name(
    context: object, member: str
) -> None:
    with pytest.raises(UsageError, match=member.replace(".", r"\.")):
        parse_context(context)


def test_an_empty_context_states_nothing() -> None:
    context = parse_context({})
    assert (context.delivered, context.clause, context.above_sat, context.waiver) == (None, None, None, None)
    assert context.end_item.cots is None


def test_a_context_keeps_its_own_copy_of_what_was_given() -> None:
    given = {"delivered": AFTER, "end_item": {"country": "US"}}
    context = parse_context(given)
    given["end_item"]["country"] = "CN"  # type: ignore[index]
    assert context.given == {"delivered": AFTER, "end_item": {"country": "US"}}
