"""Steps: impossibilities are refused, what is merely unusual is not."""

import pytest

from ledger.errors import Refused
from ledger.values.vocabulary import FORMING_STEPS, UNFORMABLE_MATERIALS
from tests.helpers.desk import Desk, Maker, entry, lot

WRONG = {("step-mismatch", "steps")}


@pytest.fixture
def maker() -> Maker:
    return Desk().maker()


@pytest.mark.parametrize("material", sorted(UNFORMABLE_MATERIALS))
@pytest.mark.parametrize("step", sorted(FORMING_STEPS))
def test_no_compound_is_formed_without_a_metal(maker: Maker, material: str, step: str) -> None:
    batch = maker.source(100, material=material)
    said = {"inputs": [entry(batch, 10)], "outputs": [lot("block", 10)]}
    assert maker.wrong("process", steps=[step], **said) == WRONG
    assert maker.wrong("process", steps=["reduce", step], **said) == set()
    assert maker.wrong("process", steps=["alloy", step], **said) == set()
    assert maker.wrong("process", steps=["press", step], **said) == WRONG


@pytest.mark.parametrize("material", ["metal", "alloy", "powder", "compact", "scrap", "in-process", "other"])
def test_anything_else_can_be_formed(maker: Maker, material: str) -> None:
    batch = maker.source(100, material=material)
    said = {"inputs": [entry(batch, 10)], "outputs": [lot("block", 10)]}
    assert maker.wrong("process", steps=["sinter"], **said) == set()


def test_one_metal_among_the_compounds_is_enough(maker: Maker) -> None:
    oxide, powder = maker.source(100, material="oxide"), maker.source(100, material="powder")
    said = {"steps": ["sinter"], "outputs": [lot("block", 10)]}
    assert maker.wrong("process", **said, inputs=[entry(oxide, 5), entry(powder, 5)]) == set()
    assert maker.wrong("process", **said, inputs=[entry(oxide, 5), entry(oxide, 5)]) == WRONG


def test_only_inputs_that_take_part_in_the_forming_are_asked(maker: Maker) -> None:
    oxide, powder = maker.source(100, material="oxide"), maker.source(100, material="powder")
    said = {"steps": ["sinter", "machine"], "outputs": [lot("block", 10)]}
    late_powder = [entry(oxide, 5), entry(powder, 5, step="machine")]
    assert maker.wrong("process", **said, inputs=late_powder) == WRONG
    late_oxide = [entry(powder, 5), entry(oxide, 5, step="machine")]
    assert maker.wrong("process", **said, inputs=late_oxide) == set()
    nobody = [entry(powder, 10, step="machine")]
    assert maker.wrong("process", **said, inputs=nobody) == set()


def test_nothing_is_magnetized_that_has_no_shape(maker: Maker) -> None:
    powder = maker.source(100, material="powder")
    said = {"inputs": [entry(powder, 10)], "outputs": [lot("magnet", 10)]}
    assert maker.wrong("process", steps=["magnetize"], **said) == WRONG
    assert maker.wrong("process", steps=["press", "magnetize"], **said) == WRONG
    assert maker.wrong("process", steps=["bond", "magnetize"], **said) == set()


@pytest.mark.parametrize("material", ["block", "magnet", "assembly", "product"])
def test_what_is_formed_by_its_material_can_be_magnetized(maker: Maker, material: str) -> None:
    batch = maker.source(100, material=material)
    said = {"steps": ["magnetize"], "inputs": [entry(batch, 10)], "outputs": [lot("magnet", 10)]}
    assert maker.wrong("process", **said) == set()


def test_what_was_formed_can_be_magnetized_whatever_it_is_called(maker: Maker) -> None:
    powder = maker.source(100, material="powder")
    formed = maker.process(["sinter"], [entry(powder, 50)], [lot("in-process", 50)])[0]
    said = {"steps": ["magnetize"], "outputs": [lot("magnet", 10)]}
    assert maker.wrong("process", **said, inputs=[entry(formed, 10)]) == set()
    crushed = maker.process(["decrepitate"], [entry(formed, 20)], [lot("powder", 20)])[0]
    assert maker.wrong("process", **said, inputs=[entry(crushed, 10)]) == WRONG


@pytest.mark.parametrize("step", ["split", "blend", "repack", "store"])
def test_handling_changes_no_material(maker: Maker, step: str) -> None:
    alloy, powder = maker.source(100), maker.source(100, material="powder")
    said = {"steps": [step], "inputs": [entry(alloy, 10), entry(powder, 10)]}
    kept = [lot("alloy", 5), lot("powder", 5)]
    assert maker.wrong("process", **said, outputs=kept) == set()
    changed = [lot("alloy", 5), lot("metal", 5), lot("scrap", 1)]
    assert maker.wrong("process", **said, outputs=changed) == {
        ("step-mismatch", "outputs[1].material"),
        ("step-mismatch", "outputs[2].material"),
    }


def test_handling_stands_alone(maker: Maker) -> None:
    batch = maker.source(100)
    said = {"inputs": [entry(batch, 10)], "outputs": [lot("alloy", 10)]}
    assert maker.wrong("process", steps=["split", "store"], **said) == set()
    with pytest.raises(Refused, match="never with other steps") as refused:
        maker.wrong("process", steps=["alloy", "blend"], **said)
    assert {violation.code for violation in refused.value.violations} == {"malformed"}


def test_the_step_of_an_input_is_one_of_the_records(maker: Maker) -> None:
    batch = maker.source(100)
    said = {"steps": ["alloy"], "inputs": [entry(batch, 10, step="sinter")], "outputs": [lot("alloy", 10)]}
    with pytest.raises(Refused, match="one of the record's steps"):
        maker.wrong("process", **said)


def test_rare_earths_come_as_batches_and_not_as_additions(maker: Maker) -> None:
    batch = maker.source(100)
    said = {"steps": ["alloy"], "inputs": [entry(batch, 10)], "outputs": [lot("alloy", 10)]}
    for element in ("Dy", "Y", "Sc"):
        addition = {"material": "flux", "mass_mg": 1, "composition": {element: 1, "Fe": 5}}
        with pytest.raises(Refused, match="rare earths come only as batches"):
            maker.wrong("process", **said, additions=[addition])
    none = {"material": "iron", "mass_mg": 1, "composition": {"Dy": 0, "Fe": 5}}
    assert maker.wrong("process", **said, additions=[none]) == set()


def test_a_strange_yield_is_a_remark(maker: Maker) -> None:
    batch = maker.source(1_000_000, {"Nd": 300_000})
    said = {"steps": ["machine"], "inputs": [entry(batch, 1_000_000)]}
    usual = [lot("block", 500_000, {"Nd": 300_000})]
    assert maker.remarks("process", **said, outputs=usual) == set()
    little = [lot("block", 100_000, {"Nd": 300_000})]
    assert maker.remarks("process", **said, outputs=little) == {"low-yield"}
    beneficiated = {"steps": ["beneficiate"], "inputs": [entry(batch, 1_000_000)]}
    all_of_it = [lot("concentrate", 1_000_000, {"Nd": 300_000})]
    assert maker.remarks("process", **beneficiated, outputs=all_of_it) == {"high-yield"}


def test_a_strange_magnet_is_a_remark(maker: Maker) -> None:
    batch = maker.source(1_000, {"Nd": 300_000})
    said = {"steps": ["sinter"], "inputs": [entry(batch, 1_000)]}
    for ppm, unusual in ((240_000, False), (239_999, True), (300_000, False)):
        magnet = lot("magnet", 1_000, {"Nd": ppm}, magnet_type="NdFeB")
        assert ("unusual-composition" in maker.remarks("process", **said, outputs=[magnet])) is unusual
