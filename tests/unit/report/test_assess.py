"""The decision table for deliveries, row by row, on both sides of 1 January 2027."""

from dataclasses import replace

import pytest

from ledger.material.routes import BODY, Route
from ledger.report.assess import assess, judge
from ledger.report.context import Context, parse_context
from ledger.report.model import Reason
from ledger.report.packs import load_packs
from tests.unit.report.magnets import (
    AFTER,
    BEFORE,
    MAKING,
    NEODYMIUM,
    RARE_EARTH,
    codes,
    magnet,
    readings,
    route,
    verdict,
    with_step,
    without,
)

P, F, U = "PASS", "FAIL", "UNKNOWN"
MELT = ("alloy", "strip-cast", "melt-spin")
FORMING = ("sinter", "bond", "hot-deform", "hot-isostatic-press")
LATE = (*MELT, "decrepitate", "jet-mill", "press", *FORMING, "magnetize")
EARLY = ("mine", "beneficiate", "leach", "separate", "calcine", "fluorinate", "reduce", "dissolve")
IDLE = ("machine", "diffuse", "coat", "assemble", "collect", "dismantle", "demagnetize", "hydrogen-process")


# ---- which packs


def test_each_side_of_new_year_2027_has_its_own_pack() -> None:
    assert verdict(magnet(), BEFORE).rule_pack == "us-dfars-252.225-7052-through-2026"
    assert verdict(magnet(), AFTER).rule_pack == "us-dfars-252.225-7052-from-2027"


def test_the_allow_list_follows_for_samarium_cobalt_only() -> None:
    def ids(kind: str) -> list[str]:
        return [v.rule_pack for v in assess(magnet(kind), parse_context({"delivered": AFTER}))]

    assert ids("SmCo") == ["us-dfars-252.225-7052-from-2027", "us-dfars-252.225-7009"]
    assert ids("NdFeB") == ["us-dfars-252.225-7052-from-2027"]


@pytest.mark.parametrize("kind", [None, "ferrite", "AlNiCo", "SmFeN", "other"])
def test_no_verdict_is_given_on_what_is_not_said_to_be_such_a_magnet(kind: str | None) -> None:
    assert assess(magnet(kind), parse_context({"delivered": AFTER})) == []


def test_no_verdict_is_given_without_a_day_of_delivery() -> None:
    assert assess(magnet(), parse_context({"clause": False})) == []
    with pytest.raises(ValueError, match="day of delivery"):
        judge(load_packs()[0], magnet(), Context())


def test_a_verdict_names_its_pack_and_digest_and_repeats_the_context() -> None:
    context = {"delivered": AFTER, "clause": "252.225-7052 (MAY 2024)", "end_item": {"country": "US"}}
    (found,) = assess(magnet(), parse_context(context))
    shown = found.as_json()
    extras = {"pack_digest", "remarks", "assumed"}
    assert set(shown) == {"rule_pack", "delivered", "verdict", "strict", "ground", "reasons", "needs"} | extras
    assert shown["assumed"] == context
    assert str(shown["pack_digest"]).startswith("sha-256:")
    assert (shown["verdict"], shown["strict"], shown["ground"]) == (P, P, "chain")
    assert shown["reasons"] == shown["needs"] == []


# ---- rows 5 to 10: the chain


def test_a_chain_that_is_known_all_the_way_and_never_touched_a_covered_country_passes() -> None:
    assert readings(magnet()) == "PPPP"
    assert readings(magnet("SmCo")) == "PPPP"


@pytest.mark.parametrize("country", ["CN", "RU", "IR", "KP"])
@pytest.mark.parametrize("step", LATE)
def test_from_the_melt_on_a_covered_country_fails_on_any_element_s_route(step: str, country: str) -> None:
    for element in ("Nd", "Dy", "Co", "Fe", BODY):
        assert readings(with_step(magnet(), element, step, country)) == "FFFF", element
    assert readings(with_step(magnet("SmCo"), "Cu", step, country)) == "FFFF"


@pytest.mark.parametrize("step", EARLY)
def test_before_the_melt_only_named_elements_fail_and_only_from_2027(step: str) -> None:
    for element in ("Nd", "Fe", "B"):
        assert readings(with_step(magnet(), element, step, "CN")) == "PPFF", element
    for element in ("Pr", "Dy", "Co"):
        assert readings(with_step(magnet(), element, step, "CN")) == "PPPF", element
    for element in ("Sm", "Co"):
        assert readings(with_step(magnet("SmCo"), element, step, "CN")) == "PPFF", element
    for element in ("Fe", "Cu"):
        assert readings(with_step(magnet("SmCo"), element, step, "CN")) == "PPPF", element
    assert readings(with_step(magnet(), BODY, step, "CN")) == "PPPP"


@pytest.mark.parametrize("step", IDLE)
def test_machining_diffusion_coating_and_the_like_never_decide_but_are_listed(step: str) -> None:
    for element in ("Nd", BODY):
        subject = with_step(magnet(), element, step, "CN")
        assert readings(subject) == "PPPP"
        remarks = [r for r in verdict(subject, AFTER).remarks if r.code == "does-not-decide"]
        assert [(r.element, r.stages, r.country, r.share_ppm) for r in remarks] == [(element, (step,), "CN", 1_000_000)]


def test_what_is_listed_of_the_body_is_not_listed_again_of_each_element() -> None:
    subject = magnet()
    for element in (*NEODYMIUM, BODY):
        subject = with_step(subject, element, "coat", "CN")
    assert [r.element for r in verdict(subject, AFTER).remarks if r.code == "does-not-decide"] == [BODY]


def test_one_part_in_a_thousand_million_is_enough_to_fail_and_is_printed_as_1_ppm() -> None:
    clean, dirty = route({**RARE_EARTH, **MAKING}), route({**RARE_EARTH, **MAKING, "alloy": "CN"})
    found = verdict(magnet(routes={"Nd": {clean: 10**9, dirty: 1}}), BEFORE)
    assert found.verdict == F
    assert found.reasons == (Reason("Nd", "alloy", "CN", 1),)
    assert found.reasons[0].as_json() == {"element": "Nd", "stage": "alloy", "country": "CN", "share_ppm": 1}


def test_a_weight_of_nothing_does_not_count() -> None:
    subject = magnet()
    dirty = route({**RARE_EARTH, **MAKING, "alloy": "CN"})
    assert readings(replace(subject, routes={**subject.routes, "Nd": {**subject.routes["Nd"], dirty: 0}})) == "PPPP"


def test_of_two_countries_in_one_stage_the_covered_one_fails() -> None:
    subject = magnet(routes={"Nd": {route({**RARE_EARTH, **MAKING, "alloy": "CN JP"}): 1}})
    assert verdict(subject, BEFORE).reasons == (Reason("Nd", "alloy", "CN", 1_000_000),)


def test_every_reason_is_given_in_a_fixed_order() -> None:
    subject = with_step(with_step(with_step(magnet(), "Nd", "sinter", "RU"), "Nd", "mine", "CN"), BODY, "sinter", "CN")
    found = verdict(subject, AFTER, end_item={"country": "CN"})
    assert [(r.element, r.stage, r.country) for r in found.reasons] == [
        ("*", "end-item", "CN"),
        ("*", "sinter", "CN"),
        ("Nd", "mine", "CN"),
        ("Nd", "sinter", "RU"),
    ]


@pytest.mark.parametrize(
    ("kind", "element", "steps", "answers"),
    [
        ("NdFeB", "Nd", MELT, "UUUU"),
        ("NdFeB", "Fe", MELT, "UUUU"),
        ("NdFeB", "B", MELT, "UUUU"),
        ("NdFeB", "Dy", MELT, "PUPU"),
        ("NdFeB", "Co", MELT, "PUPU"),
        ("NdFeB", "Nd", ("strip-cast",), "PPPP"),
        ("NdFeB", "Nd", ("mine",), "PPUU"),
        ("NdFeB", "Fe", ("mine",), "PPUU"),
        ("NdFeB", "B", ("mine",), "PPUU"),
        ("NdFeB", "Dy", ("mine",), "PPPU"),
        ("NdFeB", "Co", ("mine",), "PPPU"),
        ("NdFeB", "Nd", ("separate",), "PPUU"),
        ("NdFeB", "Nd", ("reduce",), "PPUU"),
        ("NdFeB", "Dy", ("separate",), "PPPU"),
        ("NdFeB", "Dy", ("reduce",), "PPPU"),
        ("NdFeB", "Fe", ("separate", "reduce"), "PPPP"),
        ("NdFeB", "Co", ("separate", "reduce"), "PPPP"),
        ("NdFeB", "Nd", ("beneficiate", "leach", "calcine", "fluorinate"), "PPPP"),
        ("NdFeB", "Nd", (*FORMING, "magnetize", "jet-mill"), "PPPP"),
        ("NdFeB", BODY, FORMING, "UUUU"),
        ("NdFeB", BODY, ("magnetize",), "UUUU"),
        ("NdFeB", BODY, ("decrepitate", "jet-mill", "press"), "PPPP"),
        ("NdFeB", BODY, MELT, "PPPP"),
        ("SmCo", "Sm", MELT, "UUUU"),
        ("SmCo", "Co", MELT, "UUUU"),
        ("SmCo", "Fe", MELT, "PUPU"),
        ("SmCo", "Sm", ("mine",), "PPUU"),
        ("SmCo", "Co", ("mine",), "PPUU"),
        ("SmCo", "Cu", ("mine",), "PPPU"),
        ("SmCo", "Sm", ("separate",), "PPUU"),
        ("SmCo", "Sm", ("reduce",), "PPUU"),
        ("SmCo", "Co", ("separate", "reduce"), "PPPP"),
    ],
)
def test_what_must_be_known_and_is_not_makes_it_unknown(
    kind: str, element: str, steps: tuple[str, ...], answers: str
) -> None:
    assert readings(without(magnet(kind), element, *steps)) == answers


def test_a_failure_beats_what_is_unknown_and_then_nothing_is_asked_for() -> None:
    found = verdict(with_step(without(magnet(), "Fe", *MELT), "Dy", "alloy", "CN"), BEFORE)
    assert (found.verdict, found.needs) == (F, ())


@pytest.mark.parametrize("element", ["Nd", "Fe", "B"])
def test_a_named_element_that_the_composition_leaves_out_is_unknown_and_not_absent(element: str) -> None:
    subject = magnet()
    bare = replace(
        subject,
        composition={e: ppm for e, ppm in subject.composition.items() if e != element},
        elements={e: mass for e, mass in subject.elements.items() if e != element},
        routes={e: masses for e, masses in subject.routes.items() if e != element},
    )
    for day in (BEFORE, AFTER):
        found = verdict(bare, day)
        assert (found.verdict, found.strict) == (U, U)
        (need,) = found.needs
        assert (need.element, need.stages, need.share_ppm) == (element, (), 1_000_000)
        assert f"How much {element} the magnet holds" in need.what


def test_a_named_element_without_mass_is_unknown() -> None:
    subject = magnet()
    bare = replace(subject, elements={**subject.elements, "B": 0}, routes={**subject.routes, "B": {}})
    assert readings(bare) == "UUUU"


def test_a_magnet_of_whose_body_nothing_is_known_is_unknown() -> None:
    subject = magnet()
    bare = replace(subject, elements={}, routes={e: m for e, m in subject.routes.items() if e != BODY})
    assert readings(bare) == "UUUU"
    assert verdict(bare, BEFORE).needs[0].what.startswith("Nothing is known of the magnet's body.")


def test_weight_without_a_route_is_unknown() -> None:
    subject = magnet()
    assert readings(replace(subject, elements={**subject.elements, "Nd": 290_001})) == "UUUU"


def test_a_need_says_in_a_sentence_what_would_settle_it() -> None:
    half = magnet(routes={"Nd": {route({**RARE_EARTH, **MAKING}): 3, route({"mine": "AU", **MAKING}): 1}})
    found = verdict(half, AFTER)
    assert [need.as_json() for need in found.needs] == [
        {
            "element": "Nd",
            "stages": ["reduce"],
            "share_ppm": 250_000,
            "what": "Where 250,000 ppm of the Nd was made into metal is not known."
            " A record or a declaration with the country of reduce would settle it.",
        },
        {
            "element": "Nd",
            "stages": ["separate"],
            "share_ppm": 250_000,
            "what": "Where 250,000 ppm of the Nd was separated is not known."
            " A record or a declaration with the country of separate would settle it.",
        },
    ]
    (body,) = verdict(without(magnet(), BODY, *FORMING), BEFORE).needs
    assert body.what == (
        "Where all of the magnet's body was sintered, bonded or otherwise formed is not known. A record or a"
        " declaration with the country of sinter, bond, hot-deform or hot-isostatic-press would settle it."
    )


def test_what_is_declared_counts_as_known_and_is_listed_as_such() -> None:
    declared = magnet(routes={"Nd": {route({**RARE_EARTH, **MAKING, "mine": "AU?", "strip-cast": "JP?"}): 1}})
    assert readings(declared) == "PPPP"
    remarks = [r for r in verdict(declared, AFTER).remarks if r.code == "declared"]
    assert [(r.element, r.stages) for r in remarks] == [("Nd", MELT), ("Nd", ("mine",))]
    assert readings(magnet(routes={"Nd": {route({**RARE_EARTH, **MAKING, "mine": "CN?"}): 1}})) == "PPFF"


def test_iron_boron_and_cobalt_need_no_separation_and_a_remark_says_so() -> None:
    def remarked(kind: str, day: str) -> list[str]:
        return [r.element for r in verdict(magnet(kind), day).remarks if r.code == "no-separation"]

    assert remarked("NdFeB", AFTER) == ["B", "Fe"]
    assert remarked("SmCo", AFTER) == ["Co"]
    assert remarked("NdFeB", BEFORE) == []


def test_an_unnamed_element_from_a_covered_country_is_a_policy_flag() -> None:
    (flag,) = [
        r for r in verdict(with_step(magnet(), "Dy", "mine", "CN", 500_000), AFTER).remarks if "strict" in r.code
    ]
    assert (flag.code, flag.element, flag.stages, flag.country) == ("strict-refused", "Dy", ("mine",), "CN")
    assert flag.as_json()["share_ppm"] == 500_000
    (unknown,) = [r for r in verdict(without(magnet(), "Dy", "mine"), AFTER).remarks if "strict" in r.code]
    assert (unknown.code, unknown.element, unknown.stages) == ("strict-unknown", "Dy", ("mine",))


def test_hong_kong_and_macao_are_shown_as_an_open_question() -> None:
    subject = with_step(magnet(), "Nd", "alloy", "HK")
    assert readings(subject) == "PPPP"
    assert "open-question" in codes(verdict(subject, BEFORE))
    assert "open-question" not in codes(verdict(with_step(magnet(), "Nd", "alloy", "TW"), BEFORE))


def test_a_powder_step_that_nobody_recorded_is_remarked() -> None:
    assert "not-recorded" in codes(verdict(without(magnet(), BODY, "decrepitate", "jet-mill"), AFTER))
    assert "not-recorded" not in codes(verdict(magnet(), AFTER))


def test_origins_by_mass_balance_are_labelled() -> None:
    assert "mass-balance" in codes(verdict(magnet(custody=("mass-balance",)), AFTER))
    assert "mass-balance" not in codes(verdict(magnet(custody=("segregated",)), AFTER))


def test_an_end_item_manufactured_in_a_covered_country_fails_and_elsewhere_decides_nothing() -> None:
    for day in (BEFORE, AFTER):
        found = verdict(magnet(), day, end_item={"country": "CN"})
        assert (found.verdict, found.strict, found.ground) == (F, F, "chain")
        assert found.reasons == (Reason("*", "end-item", "CN", 1_000_000),)
        assert verdict(magnet(), day, end_item={"country": "VN"}).verdict == P
        assert "end-item-not-stated" in codes(verdict(magnet(), day))
        assert verdict(without(magnet(), "Nd", *MELT), day, end_item={"country": "US"}).verdict == U


def test_another_version_of_the_clause_and_an_older_delivery_are_remarked() -> None:
    assert "clause-version" in codes(verdict(magnet(), AFTER, clause="252.225-7052 (JAN 2023)"))
    assert "clause-version" not in codes(verdict(magnet(), AFTER, clause="252.225-7052 (MAY 2024)"))
    assert "earlier-text" in codes(verdict(magnet(), "2024-05-29"))
    assert "earlier-text" not in codes(verdict(magnet(), "2024-05-30"))


def test_an_undisclosed_magnet_is_unknown_throughout() -> None:
    subject = magnet()
    blank = replace(subject, routes={e: {Route("undisclosed"): 1} for e in subject.routes}, elements={})
    assert readings(blank) == "UUUU"
