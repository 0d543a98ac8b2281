"""Assemblies keep their parts apart; dismantling gives them back; links are `contents` and never shares."""

import pytest

from tests.helpers.desk import Desk, Maker, entry, lot

NDFEB = {"Nd": 300_000, "Fe": 600_000}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def maker(desk: Desk) -> Maker:
    return desk.maker("DE")


def magnets(desk: Desk, maker: Maker, country: str, mass_mg: int) -> str:
    """Magnets sintered in a country, in the maker's hands."""
    there = desk.maker(country)
    powder = there.source(mass_mg, NDFEB, material="powder")
    made = lot("magnet", mass_mg, NDFEB, magnet_type="NdFeB")
    return there.hand_over(there.process(["sinter"], [entry(powder, mass_mg)], [made])[0], maker)


def contents(*parts: tuple[str, int]) -> list[dict[str, object]]:
    return [{"batch": batch, "mass_mg": mass} for batch, mass in parts]


def assembled(maker: Maker, parts: list[tuple[str, int]], mass_mg: int, count: int = 1) -> list[str]:
    """Assemblies of these parts each, in a housing."""
    put_in = [entry(batch, mass * count) for batch, mass in parts]
    housing = {"material": "housing", "mass_mg": 10_000}
    outputs = [lot("assembly", mass_mg, contents=contents(*parts)) for _ in range(count)]
    return maker.process(["assemble"], put_in, outputs, additions=[housing])


def test_an_assembly_has_its_parts_each_with_its_own_routes(desk: Desk, maker: Maker) -> None:
    jp, us = magnets(desk, maker, "JP", 1_000), magnets(desk, maker, "US", 1_000)
    motor = assembled(maker, [(jp, 100), (us, 50)], 900)[0]
    parts = desk.batch(motor).contents
    assert [(part.batch, part.mass_mg, part.material) for part in parts] == [(jp, 100, "magnet"), (us, 50, "magnet")]
    assert [part.description["magnet_type"] for part in parts] == ["NdFeB", "NdFeB"]
    stages = [{s.step: s.countries for r in part.routes["*"] for s in r.stages} for part in parts]
    assert [stage["sinter"] for stage in stages] == [("JP",), ("US",)]
    assert [stage["assemble"] for stage in stages] == [("DE",), ("DE",)]
    assert sum(parts[0].routes["Nd"].values()) == 30


def test_an_assembly_of_unknown_composition_has_the_elements_of_its_parts(desk: Desk, maker: Maker) -> None:
    jp, us = magnets(desk, maker, "JP", 1_000), magnets(desk, maker, "US", 1_000)
    motor = assembled(maker, [(jp, 100), (us, 50)], 900)[0]
    assert desk.routes(motor, "Nd") == {
        ("mined", "assemble:DE", "mine:JP", "sinter:JP"): 30,
        ("mined", "assemble:DE", "mine:US", "sinter:US"): 15,
    }
    assert sum(desk.routes(motor, "*").values()) == 900


def test_the_links_of_an_assembly_have_no_shares(desk: Desk, maker: Maker) -> None:
    jp = magnets(desk, maker, "JP", 1_000)
    said = {"steps": ["assemble"], "outputs": [lot("assembly", 100, contents=contents((jp, 100)))]}
    assert maker.wrong("process", **said, inputs=[entry(jp, 100)]) == set()
    shared = [entry(jp, 100, shares={"*": 1_000_000})]
    assert maker.wrong("process", **said, inputs=shared) == {("shares-mismatch", "inputs[0].shares")}


def test_contents_are_of_the_records_inputs_and_no_more_than_went_in(desk: Desk, maker: Maker) -> None:
    jp, us = magnets(desk, maker, "JP", 1_000), magnets(desk, maker, "US", 1_000)
    said = {"steps": ["assemble"], "inputs": [entry(jp, 60), entry(jp, 40)]}

    def wrong(*parts: tuple[str, int]) -> set[tuple[str, str]]:
        outputs = [lot("assembly", 50, contents=contents(part)) for part in parts]
        return maker.wrong("process", **said, outputs=outputs)

    assert wrong((jp, 100)) == set()
    assert wrong((jp, 50), (jp, 50)) == set()
    assert wrong((jp, 101)) == {("mass-exceeded", "outputs[0].contents[0].mass_mg")}
    assert wrong((jp, 50), (jp, 51)) == {("mass-exceeded", "outputs[1].contents[0].mass_mg")}
    assert wrong((jp, 1), (us, 1)) == {("unknown-batch", "outputs[1].contents[0].batch")}


def test_only_assembling_and_dismantling_state_contents(maker: Maker) -> None:
    batch = maker.source(100, NDFEB)
    outputs = [lot("alloy", 10, contents=contents((batch, 10)))]
    expected = {("malformed", "outputs[0].contents")}
    assert maker.wrong("process", steps=["machine"], inputs=[entry(batch, 10)], outputs=outputs) == expected
    assert maker.wrong("source", origin={"kind": "mined"}, outputs=outputs) == expected


def test_later_steps_stamp_each_part_inside(desk: Desk, maker: Maker) -> None:
    us = desk.maker("US")
    jp = magnets(desk, maker, "JP", 1_000)
    motor = maker.hand_over(assembled(maker, [(jp, 100)], 1_000)[0], us)
    done = us.process(["magnetize"], [entry(motor, 500)], [lot("product", 400)])[0]
    (part,) = desk.batch(done).contents
    assert (part.batch, part.mass_mg) == (jp, 50)
    (route,) = part.routes["Nd"]
    assert {s.step: s.countries for s in route.stages} == {
        "mine": ("JP",),
        "sinter": ("JP",),
        "assemble": ("DE",),
        "magnetize": ("US",),
    }


def test_parts_are_divided_over_the_outputs_that_still_hold_them(desk: Desk, maker: Maker) -> None:
    jp = magnets(desk, maker, "JP", 1_000)
    motor = assembled(maker, [(jp, 101)], 1_000)[0]
    outputs = [lot("assembly", 500), lot("assembly", 490), lot("scrap", 10)]
    one, two, scrap = maker.process(["machine"], [entry(motor, 1_000)], outputs)
    inside = [[part.mass_mg for part in desk.batch(name).contents] for name in (one, two, scrap)]
    assert inside == [[51], [50], []]


def test_an_assembly_in_an_assembly_shows_its_magnets(desk: Desk, maker: Maker) -> None:
    jp, us = magnets(desk, maker, "JP", 1_000), magnets(desk, maker, "US", 1_000)
    rotor = assembled(maker, [(jp, 100)], 200)[0]
    motor = assembled(maker, [(rotor, 100), (us, 30)], 500)[0]
    assert [(part.batch, part.mass_mg) for part in desk.batch(motor).contents] == [(jp, 50), (us, 30)]


def test_dismantling_gives_the_contents_back(desk: Desk, maker: Maker) -> None:
    us = desk.maker("US")
    jp = magnets(desk, maker, "JP", 1_000)
    motor = maker.hand_over(assembled(maker, [(jp, 100)], 1_000)[0], us)
    said = {"steps": ["collect", "dismantle"], "inputs": [entry(motor, 1_000)]}
    recovered = lot("magnet", 90, NDFEB, contents=contents((jp, 90)))
    assert us.wrong("process", **said, outputs=[recovered]) == set()
    name = us.process(["collect", "dismantle"], [entry(motor, 1_000)], [recovered])[0]
    assert desk.routes(name, "Nd") == {
        ("mined", "assemble:DE", "collect:US", "dismantle:US", "mine:JP", "sinter:JP"): 27
    }
    assert desk.batch(name).contents == ()


def test_no_more_is_taken_out_than_was_inside(desk: Desk, maker: Maker) -> None:
    jp, us = magnets(desk, maker, "JP", 1_000), magnets(desk, maker, "US", 1_000)
    motor = assembled(maker, [(jp, 101)], 1_000)[0]
    said = {"steps": ["dismantle"], "inputs": [entry(motor, 500)]}

    def wrong(batch: str, mass: int) -> set[tuple[str, str]]:
        return maker.wrong("process", **said, outputs=[lot("magnet", mass, contents=contents((batch, mass)))])

    assert wrong(jp, 50) == set()  # of 101 mg inside, half the motor has 50
    assert wrong(jp, 51) == {("mass-exceeded", "outputs[0].contents[0].mass_mg")}
    assert wrong(us, 1) == {("unknown-batch", "outputs[0].contents[0].batch")}
    assert wrong(motor, 1) == {("unknown-batch", "outputs[0].contents[0].batch")}


def test_a_product_of_unknown_contents_is_taken_apart_by_shares(desk: Desk, maker: Maker) -> None:
    motor = maker.source(
        1_000, {"Nd": 10_000, "Fe": 900_000}, material="product", origin={"kind": "recycled", "feed": "post-consumer"}
    )
    record = maker.record(
        "process",
        {
            "steps": ["dismantle"],
            "inputs": [entry(motor, 1_000)],
            "outputs": [lot("magnet", 30, NDFEB), lot("scrap", 900)],
        },
    )
    assert record.inputs[0].shares == {"Nd": 1_000_000, "Fe": 1_000_000, "*": 1_000_000}
    name = maker.process(["dismantle"], [entry(motor, 1_000)], [lot("magnet", 30, NDFEB), lot("scrap", 900)])[0]
    assert desk.routes(name, "Nd") == {("post-consumer(traced)", "dismantle:DE"): 9}


def test_a_part_of_an_assembly_that_is_sent_has_its_part_of_the_contents(desk: Desk, maker: Maker) -> None:
    jp = magnets(desk, maker, "JP", 1_000)
    motors = assembled(maker, [(jp, 101)], 1_000)[0]
    part = maker.hand_over(motors, desk.maker("US"), 500)
    assert [(inside.batch, inside.mass_mg) for inside in desk.batch(part).contents] == [(jp, 50)]
    assert sum(desk.batch(part).contents[0].routes["Nd"].values()) == 15  # 30 mg of 101 mg, half of it


def test_magnets_that_went_different_ways_come_out_as_both(desk: Desk, maker: Maker) -> None:
    """Else the magnetizing of some of them abroad would be forgotten when all are taken out together."""
    abroad = desk.maker("CN")
    jp = magnets(desk, maker, "JP", 1_000)
    here, there = assembled(maker, [(jp, 100)], 200)[0], assembled(maker, [(jp, 100)], 200)[0]
    maker.hand_over(there, abroad)
    there = abroad.process(["magnetize"], [entry(there, 200)], [lot("assembly", 200)])[0]
    abroad.hand_over(there, maker)
    taken = lot("magnet", 120, NDFEB, contents=contents((jp, 120)))
    name = maker.process(["dismantle"], [entry(here, 100), entry(there, 200)], [taken])[0]
    common = ("assemble:DE", "dismantle:DE")
    assert desk.routes(name, "Nd") == {  # 50 mg of magnets were in the one, 100 mg in the other
        ("mined", *common, "mine:JP", "sinter:JP"): 12,
        ("mined", *common, "magnetize:CN", "mine:JP", "sinter:JP"): 24,
    }
