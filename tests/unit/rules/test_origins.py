"""Where elements come from: sources, additions, what a sale of scrap changes, and blends computed by hand."""

from typing import Any

import pytest

from tests.helpers.desk import NOBODY, Desk, Maker, entry, lot

ALLOY = {"Nd": 300_000, "Fe": 600_000}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def maker(desk: Desk) -> Maker:
    return desk.maker("AU")


def test_what_is_mined_was_mined_in_the_country_of_the_facility(desk: Desk, maker: Maker) -> None:
    batch = maker.source(1_000, ALLOY)
    route = ("mined", "mine:AU")
    assert {e: desk.routes(batch, e) for e in ("Nd", "Fe", "*")} == {
        "Nd": {route: 300},
        "Fe": {route: 600},
        "*": {route: 1_000},
    }
    maker.facility("CD", operator={"name": "Somebody else"})
    assert desk.routes(maker.source(1_000, ALLOY), "Nd") == {("mined", "mine:CD?"): 300}


@pytest.mark.parametrize("feed", ["post-consumer", "pre-consumer"])
@pytest.mark.parametrize(("operator", "known"), [(None, "traced"), ({"name": "Somebody else"}, "declared")])
def test_what_is_recycled_has_no_stage_before_its_recovery(
    desk: Desk, maker: Maker, feed: str, operator: Any, known: str
) -> None:
    maker.facility("AU", operator=operator)
    batch = maker.source(1_000, ALLOY, origin={"kind": "recycled", "feed": feed, "collected": "DE"})
    assert desk.routes(batch, "Nd") == {(f"{feed}({known})",): 300}
    assert desk.routes(batch, "*") == {(f"{feed}({known})",): 1_000}


def test_a_declared_origin_speaks_for_all_elements_and_an_elements_own_entry_replaces_it(
    desk: Desk, maker: Maker
) -> None:
    stages = {"*": {"mine": ["CN", "AU", "CN"], "separate": ["MY"]}, "Dy": {"mine": ["MM"]}}
    composition = {"Nd": 300_000, "Dy": 10_000}
    batch = maker.source(1_000, composition, origin={"kind": "declared", "stages": stages})
    general = ("declared", "mine:AU,CN?", "separate:MY?")
    assert desk.routes(batch, "Nd") == {general: 300}
    assert desk.routes(batch, "*") == {general: 1_000}
    assert desk.routes(batch, "Dy") == {("declared", "mine:MM?"): 10}
    bare = maker.source(1_000, composition, origin={"kind": "declared", "stages": {"Dy": {"mine": ["MM"]}}})
    assert desk.routes(bare, "Nd") == {("declared",): 300}


def test_what_is_undisclosed_is_unknown_and_remembers_its_inquiry(desk: Desk, maker: Maker) -> None:
    batch = maker.source(1_000, ALLOY, origin={"kind": "undisclosed", "inquiry": NOBODY})
    assert desk.routes(batch, "Nd") == {("undisclosed",): 300}
    assert desk.batch(batch).carried.inquiries == {NOBODY}


def test_elements_of_less_than_a_milligram_have_no_route(desk: Desk, maker: Maker) -> None:
    batch = maker.source(10, {"Nd": 99_999, "Dy": 100_000})
    assert (desk.routes(batch, "Nd"), desk.routes(batch, "Dy")) == ({}, {("mined", "mine:AU"): 1})


def test_additions_come_with_their_declared_origin_or_as_undisclosed(desk: Desk, maker: Maker) -> None:
    batch = maker.source(600, {"Nd": 500_000})
    declared = {"kind": "declared", "stages": {"*": {"mine": ["BR"]}, "B": {"mine": ["TR"], "reduce": ["CN"]}}}
    additions = [
        {"material": "ferroboron", "mass_mg": 100, "composition": {"Fe": 800_000, "B": 200_000}, "origin": declared},
        {"material": "iron", "mass_mg": 300, "composition": {"Fe": 1_000_000}, "step": "strip-cast"},
    ]
    outputs = [lot("alloy", 1_000, {"Nd": 300_000, "Fe": 380_000, "B": 20_000})]
    name = maker.process(["alloy", "strip-cast"], [entry(batch, 600)], outputs, additions=additions)[0]
    stamped = ("alloy:AU", "strip-cast:AU")
    assert desk.routes(name, "B") == {("declared", "alloy:AU", "mine:TR?", "reduce:CN?", "strip-cast:AU"): 20}
    assert desk.routes(name, "Fe") == {
        ("declared", "alloy:AU", "mine:BR?", "strip-cast:AU"): 80,
        ("undisclosed", "strip-cast:AU"): 300,
    }
    assert desk.routes(name, "*") == {
        ("mined", "alloy:AU", "mine:AU", "strip-cast:AU"): 600,
        ("declared", *stamped[:1], "mine:BR?", "strip-cast:AU"): 100,
        ("undisclosed", "strip-cast:AU"): 300,
    }


def test_a_blend_has_every_route_in_proportion_and_two_countries_in_one_stage_form_a_set(desk: Desk) -> None:
    au, my = desk.maker("AU"), desk.maker("MY")
    one = au.source(1_000, {"Nd": 300_000})
    half_separated = au.process(["separate"], [entry(one, 500)], [lot("oxide", 500, {"Nd": 300_000})])[0]
    at_my = [au.hand_over(one, my, 500), au.hand_over(half_separated, my)]
    inputs = [entry(at_my[0], 400), entry(at_my[1], 200)]
    oxide = my.process(["separate"], inputs, [lot("oxide", 500, {"Nd": 300_000})])[0]
    assert desk.routes(oxide, "Nd") == {  # 120 mg and 60 mg went in; 150 mg come out
        ("mined", "mine:AU", "separate:MY"): 100,
        ("mined", "mine:AU", "separate:AU,MY"): 50,
    }


def test_each_output_gets_its_part_and_the_rest_is_loss(desk: Desk, maker: Maker) -> None:
    other = desk.maker("MY")
    one, two = maker.source(1_000, {"Nd": 100_000}), other.hand_over(other.source(1_000, {"Nd": 200_000}), maker)
    outputs = [lot("oxide", 100, {"Nd": 500_000}), lot("residue", 900, {"Nd": 100_000})]
    record = maker.process(["leach"], [entry(one, 1_000), entry(two, 500)], outputs)
    au, my = ("mined", "leach:AU", "mine:AU"), ("mined", "leach:AU", "mine:MY")
    assert [desk.routes(name, "Nd") for name in record] == [{au: 25, my: 25}, {au: 45, my: 45}]
    assert [desk.routes(name, "*") for name in record] == [{au: 67, my: 33}, {au: 600, my: 300}]


@pytest.mark.parametrize("material", ["scrap", "swarf", "residue"])
@pytest.mark.parametrize("terms", ["sale", "consignment", None])
@pytest.mark.parametrize("origin", ["mined", "declared"])
def test_scrap_becomes_pre_consumer_when_it_is_sold(
    desk: Desk, maker: Maker, material: str, terms: str | None, origin: str
) -> None:
    buyer = desk.maker("US")
    batch = maker.source(1_000, ALLOY, material=material, origin={"kind": origin})
    said = {} if terms is None else {"terms": terms}
    transfer = maker.accept("transfer", batches=[entry(batch)], to=buyer.organization, **said)
    assert {route[0] for route in desk.routes(batch, "Nd")} == {origin}  # not before it is received
    buyer.accept("receive", transfer=transfer, accepted=[entry(batch)])
    (route,) = desk.routes(batch, "Nd")
    known = "traced" if origin == "mined" else "declared"
    assert route == (f"pre-consumer({known})", *(("mine:AU",) if origin == "mined" else ()))
    again = buyer.process(["melt-spin"], [entry(batch, 1_000)], [lot("alloy", 1_000, ALLOY)])[0]
    assert {route[0] for route in desk.routes(again, "Nd")} == {f"pre-consumer({known})"}


@pytest.mark.parametrize("terms", ["toll", "return", "internal"])
def test_scrap_that_is_not_sold_stays_what_it_is(desk: Desk, maker: Maker, terms: str) -> None:
    batch = maker.source(1_000, ALLOY, material="swarf")
    maker.hand_over(batch, desk.maker("US"), terms=terms)
    assert desk.routes(batch, "Nd") == {("mined", "mine:AU"): 300}


@pytest.mark.parametrize("material", ["alloy", "powder", "magnet", "in-process", "product", "other"])
def test_goods_that_are_sold_stay_primary(desk: Desk, maker: Maker, material: str) -> None:
    batch = maker.source(1_000, ALLOY, material=material)
    maker.hand_over(batch, desk.maker("US"), terms="sale")
    assert desk.routes(batch, "Nd") == {("mined", "mine:AU"): 300}


def test_refused_and_exported_scrap_stays_what_it_is(desk: Desk, maker: Maker) -> None:
    buyer = desk.maker("US")
    batch = maker.source(1_000, ALLOY, material="scrap")
    transfer = maker.accept("transfer", batches=[entry(batch)], to=buyer.organization)
    buyer.accept("receive", transfer=transfer, accepted=[])
    assert desk.routes(batch, "Nd") == {("mined", "mine:AU"): 300}
    maker.accept("transfer", batches=[entry(batch)], to={"external": {"name": "A dealer"}})
    assert desk.routes(batch, "Nd") == {("mined", "mine:AU"): 300}


def test_unknown_and_post_consumer_scrap_stays_what_it_is(desk: Desk, maker: Maker) -> None:
    for origin, shown in (
        ({"kind": "undisclosed"}, "undisclosed"),
        ({"kind": "recycled", "feed": "post-consumer"}, "post-consumer(traced)"),
    ):
        batch = maker.source(1_000, ALLOY, material="scrap", origin=origin)
        maker.hand_over(batch, desk.maker("US"))
        assert desk.routes(batch, "Nd") == {(shown,): 300}


def test_what_was_drawn_before_the_sale_and_the_part_that_stays_are_not_changed_by_it(desk: Desk, maker: Maker) -> None:
    buyer = desk.maker("US")
    batch = maker.source(1_000, ALLOY, material="scrap")
    before = maker.process(["alloy"], [entry(batch, 100)], [lot("alloy", 100, ALLOY)])[0]
    part = maker.hand_over(batch, buyer, 500)
    assert desk.routes(before, "Nd") == {("mined", "alloy:AU", "mine:AU"): 30}
    assert desk.routes(batch, "Nd") == {("mined", "mine:AU"): 300}
    assert desk.routes(part, "Nd") == {("pre-consumer(traced)", "mine:AU"): 150}
    further = buyer.hand_over(part, maker, 100, terms="return")
    assert desk.routes(further, "Nd") == {("pre-consumer(traced)", "mine:AU"): 30}


def test_formed_scrap_keeps_where_it_was_sintered_until_it_is_broken_up(desk: Desk) -> None:
    jp, us = desk.maker("JP"), desk.maker("US")
    powder = jp.source(1_000, ALLOY, material="powder")
    block, swarf = jp.process(["sinter"], [entry(powder, 1_000)], [lot("block", 800, ALLOY), lot("swarf", 200, ALLOY)])
    assert desk.routes(swarf, "*") == {("mined", "mine:JP", "sinter:JP"): 200}
    jp.hand_over(swarf, us)
    crushed = us.process(["hydrogen-process"], [entry(swarf, 200)], [lot("powder", 200, ALLOY)])[0]
    assert desk.routes(crushed, "Nd") == {("pre-consumer(traced)", "hydrogen-process:US", "mine:JP"): 60}
    assert desk.batch(block).formed
    assert desk.batch(swarf).formed
    assert not desk.batch(crushed).formed


def test_own_returns_join_the_loop_as_what_they_are(desk: Desk, maker: Maker) -> None:
    powder = maker.source(1_000, ALLOY, material="powder")
    _, swarf = maker.process(
        ["press", "sinter"], [entry(powder, 600)], [lot("block", 400, ALLOY), lot("swarf", 200, ALLOY)]
    )
    inputs = [entry(powder, 400), entry(swarf, 200)]
    again = maker.process(["jet-mill"], inputs, [lot("powder", 600, ALLOY)])[0]
    assert desk.routes(again, "Nd") == {("mined", "jet-mill:AU", "mine:AU"): 180}


def test_diffusion_leaves_the_body_and_brings_its_dysprosium(desk: Desk, maker: Maker) -> None:
    powder = maker.source(1_000, ALLOY, material="powder")
    magnet = maker.process(["sinter"], [entry(powder, 1_000)], [lot("block", 1_000, ALLOY)])[0]
    source = maker.source(100, {"Dy": 800_000}, material="metal", origin={"kind": "undisclosed"})
    outputs = [lot("block", 1_005, {**ALLOY, "Dy": 4_000})]
    inputs = [entry(magnet, 1_000), entry(source, 10)]
    diffused = maker.process(["diffuse"], inputs, outputs)[0]
    assert desk.routes(diffused, "*") == {("mined", "diffuse:AU", "mine:AU", "sinter:AU"): 1_005}
    assert desk.routes(diffused, "Dy") == {("undisclosed", "diffuse:AU"): 4}


def test_a_continuous_plant_hands_its_cells_on_from_record_to_record(desk: Desk) -> None:
    au, my = desk.maker("AU"), desk.maker("MY")
    feed_au, feed_my = au.hand_over(au.source(1_000, {"Nd": 100_000}), my), my.source(1_000, {"Nd": 100_000})
    cells = [lot("solution", 100, {"Nd": 500_000}), lot("in-process", 300, {"Nd": 166_000})]
    first, inside = my.process(["separate"], [entry(feed_au, 1_000)], cells)
    assert desk.routes(first, "Nd") == {("mined", "mine:AU", "separate:MY"): 50}
    second = my.process(["separate"], [entry(inside, 300), entry(feed_my, 500)], cells)[0]
    assert desk.routes(second, "Nd") == {  # 49 mg from the cells and 50 mg of new feed went in
        ("mined", "mine:AU", "separate:MY"): 25,
        ("mined", "mine:MY", "separate:MY"): 25,
    }


def test_unions_of_custody_models_and_owners_come_along(desk: Desk) -> None:
    au, my = desk.maker("AU", owner="CN"), desk.maker("MY")
    ore = au.hand_over(au.source(1_000, {"Nd": 100_000}), my)
    oxide = my.process(["separate"], [entry(ore, 100)], [lot("oxide", 100)], custody="mass-balance")[0]
    carried = desk.batch(oxide).carried
    assert carried.custody == {"mass-balance"}
    assert carried.owners == {"mine": {"CN"}, "separate": {"unknown"}}
    stored = my.process(["store"], [entry(oxide, 50)], [lot("oxide", 50)])[0]
    assert desk.batch(stored).carried.custody == {"mass-balance", "segregated"}
    assert desk.batch(stored).carried.owners == carried.owners
