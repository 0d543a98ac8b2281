"""Mass: nothing is taken that is not left, nothing comes out that did not go in. Boundaries to the milligram."""

import pytest

from tests.helpers.desk import Desk, Maker, entry, lot

KG = 1_000_000


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def maker(desk: Desk) -> Maker:
    return desk.maker()


def taking(batch: str, mass_mg: int) -> dict[str, object]:
    return {"steps": ["alloy"], "inputs": [entry(batch, mass_mg)], "outputs": [lot("alloy", mass_mg)]}


def test_the_last_milligram_can_be_taken_and_no_more(maker: Maker) -> None:
    batch = maker.source(KG)
    assert maker.wrong("process", **taking(batch, KG + 1)) == {("mass-exceeded", "inputs[0].mass_mg")}
    maker.accept("process", **taking(batch, KG - 1))
    assert maker.wrong("process", **taking(batch, 2)) == {("mass-exceeded", "inputs[0].mass_mg")}
    maker.accept("process", **taking(batch, 1))
    assert maker.wrong("process", **taking(batch, 1)) == {("mass-exceeded", "inputs[0].mass_mg")}


def test_one_record_cannot_take_the_same_kilogram_twice(maker: Maker) -> None:
    batch = maker.source(KG)
    twice = {"steps": ["alloy"], "outputs": [lot("alloy", KG)]}
    fits = [entry(batch, KG // 2), entry(batch, KG // 2)]
    assert maker.wrong("process", **twice, inputs=fits) == set()
    over = [entry(batch, KG // 2), entry(batch, KG // 2 + 1)]
    assert maker.wrong("process", **twice, inputs=over) == {("mass-exceeded", "inputs[1].mass_mg")}


def test_transfers_and_adjustments_take_from_the_same_mass(desk: Desk, maker: Maker) -> None:
    other = desk.maker("US")
    batch = maker.source(100)
    maker.accept("adjust", batch=batch, mass_mg=40, reason="sample")
    maker.accept("transfer", batches=[entry(batch, 30)], to=other.organization)
    assert desk.batch(batch).left_mg == 30
    assert maker.wrong("adjust", batch=batch, mass_mg=31, reason="spill") == {("mass-exceeded", "mass_mg")}
    part = {"batches": [entry(batch, 31)], "to": other.organization}
    assert maker.wrong("transfer", **part) == {("mass-exceeded", "batches[0].mass_mg")}
    assert maker.wrong("adjust", batch=batch, mass_mg=30, reason="spill") == set()


def test_parts_of_one_transfer_add_up_and_what_is_left_moves_whole(desk: Desk, maker: Maker) -> None:
    to = desk.maker("US").organization
    batch = maker.source(100)
    over = maker.wrong("transfer", batches=[entry(batch, 60), entry(batch, 41)], to=to)
    assert over == {("mass-exceeded", "batches[1].mass_mg")}
    none_left = maker.wrong("transfer", batches=[entry(batch, 100), entry(batch)], to=to)
    assert none_left == {("mass-exceeded", "batches[1].mass_mg")}
    assert maker.wrong("transfer", batches=[entry(batch), entry(batch)], to=to) == none_left
    transfer = maker.accept("transfer", batches=[entry(batch, 60), entry(batch)], to=to)
    assert desk.batch(f"{transfer}#0").mass_mg == 60
    assert desk.batch(batch).left_mg == 40
    assert desk.state.transfers[transfer].batches == (f"{transfer}#0", batch)


def test_a_batch_that_is_used_up_cannot_be_offered(desk: Desk, maker: Maker) -> None:
    batch = maker.source(100)
    maker.accept("adjust", batch=batch, mass_mg=100, reason="destroyed")
    offer = {"batches": [entry(batch)], "to": desk.maker("US").organization}
    assert maker.wrong("transfer", **offer) == {("mass-exceeded", "batches[0].mass_mg")}


def test_a_receivers_lower_weighing_lowers_what_is_left_and_nothing_else(desk: Desk, maker: Maker) -> None:
    other = desk.maker("US")
    batch = maker.source(1_000, {"Nd": 300_000})
    transfer = maker.accept("transfer", batches=[entry(batch)], to=other.organization)
    other.accept("receive", transfer=transfer, accepted=[entry(batch, 900)])
    assert (desk.batch(batch).mass_mg, desk.batch(batch).left_mg) == (1_000, 900)
    assert other.codes("process", **taking(batch, 901)) == {"mass-exceeded"}
    half = other.process(["alloy"], [entry(batch, 450)], [lot("alloy", 450, {"Nd": 300_000})])[0]
    assert desk.batch(half).element_masses["Nd"] == 135  # 300 * 450 / 1000: E and M are those of the making record
    assert desk.batch(batch).left_mg == 450


def test_mass_never_grows_on_the_road_and_the_receiver_is_told(desk: Desk, maker: Maker) -> None:
    other = desk.maker("US")
    batch = maker.source(1_000)
    transfer = maker.accept("transfer", batches=[entry(batch)], to=other.organization)
    same = {"transfer": transfer, "accepted": [entry(batch, 1_000)]}
    assert other.remarks("receive", **same) == set()
    more = {"transfer": transfer, "accepted": [entry(batch, 1_001)]}
    assert other.remarks("receive", **more) == {"weighed-more"}
    other.accept("receive", **more)
    assert desk.batch(batch).left_mg == 1_000


def test_an_earlier_weighing_and_a_later_draw_both_count(desk: Desk, maker: Maker) -> None:
    other = desk.maker("US")
    batch = maker.source(1_000)
    maker.accept("adjust", batch=batch, mass_mg=200, reason="sample")
    maker.hand_over(batch, other)
    assert desk.batch(batch).left_mg == 800
    transfer = other.accept("transfer", batches=[entry(batch)], to=maker.organization)
    maker.accept("receive", transfer=transfer, accepted=[entry(batch, 900)])  # a remark, not a gift
    assert desk.batch(batch).left_mg == 800


def test_what_comes_out_in_all_weighs_no_more_than_what_went_in(maker: Maker) -> None:
    batch = maker.source(100)
    inputs = [entry(batch, 60)]
    exactly = [lot("alloy", 50), lot("scrap", 10)]
    assert maker.wrong("process", steps=["alloy"], inputs=inputs, outputs=exactly) == set()
    over = [lot("alloy", 50), lot("scrap", 11)]
    expected = {("output-exceeds-input", "outputs")}
    assert maker.wrong("process", steps=["alloy"], inputs=inputs, outputs=over) == expected
    iron = [{"material": "iron", "mass_mg": 1}]
    assert maker.wrong("process", steps=["alloy"], inputs=inputs, additions=iron, outputs=over) == set()


@pytest.mark.parametrize(
    "step", ["leach", "separate", "calcine", "fluorinate", "dissolve", "decrepitate", "hydrogen-process", "coat"]
)
def test_air_and_acid_and_baths_add_mass(maker: Maker, step: str) -> None:
    batch = maker.source(100)
    said = {"inputs": [entry(batch, 50)], "outputs": [lot("alloy", 80)]}
    assert maker.wrong("process", steps=[step], **said) == set()
    assert maker.wrong("process", steps=["alloy", step], **said) == set()
    assert maker.codes("process", steps=["alloy"], **said) == {"output-exceeds-input"}


@pytest.mark.parametrize("step", ["split", "blend", "repack", "store"])
def test_handling_adds_not_a_milligram(maker: Maker, step: str) -> None:
    batch = maker.source(100)
    over = {"inputs": [entry(batch, 50)], "outputs": [lot("alloy", 51)]}
    assert maker.codes("process", steps=[step], **over) == {"output-exceeds-input"}
    fits = {"inputs": [entry(batch, 50)], "outputs": [lot("alloy", 50)]}
    assert maker.codes("process", steps=[step], **fits) == set()


def test_a_composition_fills_the_whole_and_not_one_ppm_more(maker: Maker) -> None:
    whole = [lot("alloy", 100, {"Nd": 300_000, "Fe": 700_000})]
    assert maker.wrong("source", origin={"kind": "mined"}, outputs=whole) == set()
    over = [lot("alloy", 100, {"Nd": 1}), lot("alloy", 100, {"Nd": 300_000, "Fe": 700_001})]
    expected = {("composition-exceeded", "outputs[1].composition")}
    assert maker.wrong("source", origin={"kind": "mined"}, outputs=over) == expected
    batch = maker.source(100)
    addition = [{"material": "ferroboron", "mass_mg": 10, "composition": {"Fe": 900_000, "B": 100_001}}]
    outputs = [lot("alloy", 100)]
    said = {"steps": ["alloy"], "inputs": [entry(batch, 100)], "outputs": outputs, "additions": addition}
    assert maker.wrong("process", **said) == {("composition-exceeded", "additions[0].composition")}


def test_refusals_of_an_unreceived_batch_carry_no_figure_of_what_is_left(desk: Desk, maker: Maker) -> None:
    other = desk.maker("US")
    batch = maker.source(123_457)
    maker.accept("adjust", batch=batch, mass_mg=457, reason="sample")
    maker.accept("transfer", batches=[entry(batch)], to=other.organization)
    for violation in other.violations("process", **taking(batch, 999_999_999)):
        assert "123" not in violation.sentence
