"""One verdict for the magnets of an assembly."""

from ledger.report.assess import assess_assembly
from ledger.report.context import parse_context
from ledger.report.packs import packs_for
from tests.unit.report.magnets import (
    AFTER,
    BEFORE,
    magnet,
    recovered,
    with_step,
    without,
)

MELT = ("alloy", "strip-cast", "melt-spin")
P, F, U = "PASS", "FAIL", "UNKNOWN"


def test_an_assembly_has_the_worst_verdict_of_its_magnets_and_names_the_batch() -> None:
    good, bad = magnet(batch="good#0"), with_step(magnet(batch="bad#0"), "Nd", "alloy", "CN")
    blind = without(magnet(batch="blind#0"), "Nd", *MELT)
    context = parse_context({"delivered": BEFORE})
    (failed,) = assess_assembly([good, bad, blind], context)
    assert (failed.verdict, failed.ground, failed.needs) == (F, "chain", ())
    assert [reason.batch for reason in failed.reasons] == ["bad#0"]
    (unknown,) = assess_assembly([good, blind], context)
    assert (unknown.verdict, [need.batch for need in unknown.needs]) == (U, ["blind#0"])
    assert unknown.needs[0].as_json()["batch"] == "blind#0"
    (passed,) = assess_assembly([good, good], context)
    assert passed.verdict == P
    assert assess_assembly([good], parse_context({})) == []


def test_the_ground_of_an_assembly_is_that_of_its_worst_magnet() -> None:
    context = parse_context({"delivered": AFTER})
    assert assess_assembly([recovered(), magnet()], context)[0].ground == "chain"
    assert assess_assembly([recovered(), recovered()], context)[0].ground == "recycled"


def test_a_magnet_of_an_unstated_type_never_lets_an_assembly_pass() -> None:
    untyped = magnet(None, batch="what#0")
    context = parse_context({"delivered": BEFORE})
    (found,) = assess_assembly([magnet(), untyped], context)
    assert (found.verdict, found.strict) == (U, U)
    assert [need.batch for need in found.needs] == ["what#0"]
    assert assess_assembly([untyped], context)[0].verdict == U
    assert assess_assembly([untyped], parse_context({"delivered": BEFORE, "clause": False}))[0].verdict == P


def test_a_ferrite_magnet_neither_helps_nor_harms_an_assembly() -> None:
    context = parse_context({"delivered": BEFORE})
    assert assess_assembly([magnet("ferrite")], context) == []
    assert assess_assembly([magnet("ferrite"), magnet()], context)[0].verdict == P


def test_samarium_cobalt_inside_brings_the_allow_list() -> None:
    found = assess_assembly([magnet(), magnet("SmCo")], parse_context({"delivered": BEFORE}))
    assert [v.rule_pack for v in found] == ["us-dfars-252.225-7052-through-2026", "us-dfars-252.225-7009"]
    assert [pack.id for pack in packs_for("SmCo", BEFORE)] == [v.rule_pack for v in found]


def test_a_magnet_of_an_unstated_type_may_be_of_samarium_cobalt_too_once_there_is_some() -> None:
    untyped = magnet(None, batch="what#0")
    found = assess_assembly([magnet("SmCo"), untyped], parse_context({"delivered": BEFORE}))
    assert [(v.rule_pack, v.verdict, v.strict) for v in found] == [
        ("us-dfars-252.225-7052-through-2026", U, U),
        ("us-dfars-252.225-7009", U, U),
    ]
    assert all("what#0" in [need.batch for need in v.needs] for v in found)
