"""Element balance: rounding and the assay's tolerance, traces, and what of iron and boron may be undetermined."""

import pytest

from ledger.material.routes import UNDETERMINED
from ledger.rules.ruleset import current_rule_set
from tests.helpers.desk import Desk, Maker, entry, lot

KG = 1_000_000


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def maker(desk: Desk) -> Maker:
    return desk.maker()


def claimed(
    maker: Maker, batch: str, out: list[int], *, steps: tuple[str, ...] = ("alloy",), parts: int = 1
) -> set[str]:
    """Codes for a process that takes a kilogram in so many parts and claims these masses of Nd in as many outputs."""
    inputs = [entry(batch, KG // parts)] * parts
    outputs = [lot("alloy", KG // len(out), {"Nd": mass * len(out)}) for mass in out]
    assert all(outputs[i]["mass_mg"] * outputs[i]["composition"]["Nd"] // KG == mass for i, mass in enumerate(out))
    return maker.codes("process", steps=list(steps), inputs=inputs, outputs=outputs)


def test_the_tolerances_are_those_of_the_rule_set() -> None:
    rules = current_rule_set()
    assert (rules.rounding_mg, rules.assay_tolerance_ppm, rules.trace_ppm) == (1, 5_000, 1_000)


def test_more_comes_out_by_rounding_and_assay_tolerance_and_not_by_a_milligram_more(maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 300_000})  # 300,000 mg; 5,000 ppm of them are 1,500 mg
    assert claimed(maker, batch, [301_502]) == set()  # 1 mg for one input, 1 mg for one output
    assert claimed(maker, batch, [301_503]) == {"element-exceeded"}


def test_each_input_and_each_output_brings_a_milligram(maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 300_000})
    assert claimed(maker, batch, [150_752, 150_752], parts=2) == set()  # 301,504 of 300,000 + 1,500 + 4
    assert claimed(maker, batch, [150_752, 150_753], parts=2) == {"element-exceeded"}
    assert claimed(maker, batch, [150_752, 150_752]) == {"element-exceeded"}


def test_additions_bring_no_milligram_and_the_tolerance_is_cut_to_whole_milligrams(maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 399})  # 399 mg; 5,000 ppm of them are 1.995 mg
    said = {"steps": ["alloy"], "inputs": [entry(batch, KG)], "additions": [{"material": "iron", "mass_mg": KG}]}
    fits = [lot("alloy", KG, {"Nd": 402})]
    assert maker.codes("process", **said, outputs=fits) == set()
    over = [lot("alloy", KG, {"Nd": 403})]
    assert maker.codes("process", **said, outputs=over) == {"element-exceeded"}


@pytest.mark.parametrize("step", ["split", "blend", "repack", "store"])
def test_handling_has_rounding_and_no_assay_tolerance(maker: Maker, step: str) -> None:
    batch = maker.source(KG, {"Nd": 300_000})
    assert claimed(maker, batch, [300_002], steps=(step,)) == set()
    assert claimed(maker, batch, [300_003], steps=(step,)) == {"element-exceeded"}


def test_every_output_that_claims_the_element_is_named(maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 100_000, "Pr": 100_000})
    outputs = [lot("alloy", 500_000, {"Nd": 300_000, "Pr": 100_000}), lot("residue", 400_000, {"Nd": 1})]
    wrong = maker.wrong("process", steps=["alloy"], inputs=[entry(batch, KG)], outputs=outputs)
    assert wrong == {
        ("element-exceeded", "outputs[0].composition.Nd"),
        ("element-exceeded", "outputs[1].composition.Nd"),
    }


@pytest.mark.parametrize("element", ["La", "Lu", "Y", "Sc", "Dy"])
def test_a_trace_of_an_unlisted_rare_earth_passes_with_its_route_unknown(
    desk: Desk, maker: Maker, element: str
) -> None:
    batch = maker.source(KG, {"Nd": 300_000})
    said = {"steps": ["alloy"], "inputs": [entry(batch, KG)]}
    trace = [lot("alloy", KG, {element: 1_000})]
    name = maker.accept("process", **said, outputs=trace) + "#0"
    assert desk.batch(name).made[element] == {UNDETERMINED: 1_000}
    assert desk.batch(name).left_mg == KG


def test_one_ppm_more_is_no_trace_and_only_the_output_that_claims_it_is_named(maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 300_000})
    outputs = [lot("alloy", 400_000, {"Dy": 1_000}), lot("alloy", 400_000, {"Dy": 1_001})]
    wrong = maker.wrong("process", steps=["alloy"], inputs=[entry(batch, KG)], outputs=outputs)
    assert wrong == {("element-exceeded", "outputs[1].composition.Dy")}


def test_a_listed_rare_earth_is_no_trace_however_little_there_is(maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 300_000, "Dy": 10})
    said = {"steps": ["alloy"], "inputs": [entry(batch, KG)]}
    assert maker.codes("process", **said, outputs=[lot("alloy", KG, {"Dy": 12})]) == set()
    assert maker.codes("process", **said, outputs=[lot("alloy", KG, {"Dy": 13})]) == {"element-exceeded"}
    listed_below_a_milligram = maker.source(1_000, {"Dy": 10})  # 0.01 mg, so none; but it is listed
    little = {"steps": ["alloy"], "inputs": [entry(listed_below_a_milligram, 1_000)]}
    assert maker.codes("process", **little, outputs=[lot("alloy", 1_000, {"Dy": 1_000})]) == set()  # 1 mg by rounding
    more = [lot("alloy", 1_000, {"Dy": 3_000})]
    assert maker.codes("process", **little, outputs=more) == {"element-exceeded"}


def test_iron_may_exceed_and_then_the_whole_excess_is_undetermined(desk: Desk, maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 300_000, "Fe": 600_000})
    said = {"steps": ["alloy"], "inputs": [entry(batch, KG)]}
    within = [lot("alloy", KG, {"Nd": 300_000, "Fe": 603_002})]  # 600,000 + 3,000 + 2: only stretches the pool
    record = maker.record("process", {**said, "outputs": within})
    assert record.undetermined is None
    assert maker.remarks("process", **said, outputs=within) == set()
    beyond = [lot("alloy", KG, {"Nd": 300_000, "Fe": 603_003})]
    record = maker.record("process", {**said, "outputs": beyond})
    assert record.undetermined == {"Fe": 4_980}  # 3,003 of 603,003
    assert record.inputs[0].shares == {"Nd": 1_000_000, "Fe": 995_020, "*": 1_000_000}
    assert maker.remarks("process", **said, outputs=beyond) == {"undetermined-excess"}
    name = maker.accept("process", **said, outputs=beyond) + "#0"
    masses = {route.origin: mass for route, mass in desk.batch(name).made["Fe"].items()}
    assert masses == {"mined": 600_000, "undetermined": 3_003}


def test_an_undetermined_excess_takes_part_in_all_steps(desk: Desk, maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 300_000})
    name = maker.process(["reduce", "alloy"], [entry(batch, KG)], [lot("alloy", KG, {"Fe": 500_000})])[0]
    assert desk.routes(name, "Fe") == {("undetermined", "alloy:AU", "reduce:AU"): 500_000}
    assert desk.routes(name, "*") == {("mined", "alloy:AU", "mine:AU", "reduce:AU"): KG}


def test_handling_makes_no_iron(maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 300_000, "Fe": 600_000})
    said = {"steps": ["repack"], "inputs": [entry(batch, KG)]}
    assert maker.codes("process", **said, outputs=[lot("alloy", KG, {"Fe": 600_002})]) == set()
    wrong = maker.wrong("process", **said, outputs=[lot("alloy", KG, {"Fe": 600_003})])
    assert wrong == {("element-exceeded", "outputs[0].composition.Fe")}


def test_elements_of_additions_count_as_input(desk: Desk, maker: Maker) -> None:
    batch = maker.source(700_000, {"Nd": 300_000})
    iron = {"material": "iron", "mass_mg": 300_000, "composition": {"Fe": 990_000}}
    said = {"steps": ["alloy"], "inputs": [entry(batch, 700_000)], "additions": [iron]}
    outputs = [lot("alloy", KG, {"Nd": 210_000, "Fe": 297_000})]
    record = maker.record("process", {**said, "outputs": outputs})
    assert record.undetermined is None
    assert record.additions[0].shares == {"Fe": 1_000_000, "*": 300_000}
    name = maker.accept("process", **said, outputs=outputs) + "#0"
    assert desk.routes(name, "Fe") == {("undisclosed", "alloy:AU"): 297_000}


def test_total_mass_and_elements_are_both_told(maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 300_000})
    outputs = [lot("alloy", KG + 1, {"Nd": 400_000})]
    codes = maker.codes("process", steps=["alloy"], inputs=[entry(batch, KG)], outputs=outputs)
    assert codes == {"element-exceeded", "output-exceeds-input"}


def test_air_adds_mass_and_no_rare_earth(maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 300_000})
    outputs = [lot("oxide", 2 * KG, {"Nd": 200_000})]
    assert maker.codes("process", steps=["calcine"], inputs=[entry(batch, KG)], outputs=outputs) == {"element-exceeded"}


def test_an_output_of_unknown_composition_claims_nothing(desk: Desk, maker: Maker) -> None:
    batch = maker.source(KG, {"Nd": 300_000})
    name = maker.process(["alloy"], [entry(batch, KG)], [lot("residue", KG)])[0]
    assert set(desk.batch(name).made) == {"*"}


def test_an_input_of_unknown_composition_brings_nothing(maker: Maker) -> None:
    batch = maker.source(KG)
    outputs = [lot("alloy", KG, {"Nd": 300_000})]
    assert maker.codes("process", steps=["alloy"], inputs=[entry(batch, KG)], outputs=outputs) == {"element-exceeded"}
