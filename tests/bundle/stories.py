"""Chains to verify: from ore and recycled feed to magnets, over several countries and hands."""

from tests.world import Lot, Organization, World

MAGNET = {"Nd": 240_000, "Pr": 55_000, "Dy": 9_000, "Fe": 660_000, "B": 10_000}
SAYS = {"magnet_type": "NdFeB", "consolidation": "sintered"}


def small(world: World) -> str:
    """Two records deep: the shortest story that has a share in it."""
    mine, works = world.organization("mine", "AU"), world.organization("works", "MY")
    ore = mine.mines("concentrate", 100_000, {"Nd": 62_000})
    world.hand_over(ore, mine, works)
    return works.process(["leach", "separate"], {ore: 40_000}, [Lot("oxide", 2_000, {"Nd": 620_000})])[0]


def magnet(world: World, grams: int = 40_000) -> tuple[str, Organization]:
    """Ore of two countries, recycled feed, sold swarf, a part of a lot, declared dysprosium diffused in."""
    mine, other = world.organization("mine", "AU"), world.organization("other mine", "CN", owner="CN")
    works, maker = world.organization("works", "MY", owner="AU"), world.organization("maker", "JP")
    ore = mine.mines("concentrate", 10 * grams, {"Nd": 62_000, "Pr": 19_000})
    ore2 = other.mines("concentrate", 10 * grams, {"Nd": 50_000, "Pr": 21_000})
    world.hand_over(ore, mine, works)
    part = world.hand_over(ore2, other, works, grams=4 * grams)
    oxide = works.process(
        ["leach", "separate", "calcine"],
        {ore: 8 * grams, part: 3 * grams},
        [Lot("oxide", grams, {"Nd": 500_000, "Pr": 150_000})],
    )[0]
    metal = works.process(["reduce"], {oxide: grams}, [Lot("metal", grams // 2, {"Nd": 750_000, "Pr": 220_000})])[0]
    world.hand_over(metal, works, maker)
    old = maker.source(
        {"kind": "recycled", "feed": "post-consumer", "product": "hard disk"}, [Lot("scrap", grams, MAGNET)]
    )
    dysprosium = maker.source(
        {"kind": "declared", "stages": {"*": {"mine": ["MM"], "separate": ["CN"]}}},
        [Lot("metal", grams, {"Dy": 990_000})],
    )
    iron = {"material": "iron", "mass_mg": grams * 500, "composition": {"Fe": 980_000, "B": 15_000}}
    alloy = maker.process(
        ["alloy", "strip-cast"],
        {metal: grams // 3, old[0]: grams // 3},
        [Lot("alloy", grams, {"Nd": 300_000, "Pr": 80_000, "Fe": 600_000, "B": 10_000})],
        additions=[iron],
    )[0]
    block = maker.process(
        ["decrepitate", "jet-mill", "press", "sinter"],
        {alloy: 9 * grams // 10},
        [Lot("block", 8 * grams // 10, {"Nd": 290_000, "Pr": 78_000, "Fe": 600_000, "B": 10_000})],
        custody="controlled-blending",
    )[0]
    made = maker.process(
        ["machine", "diffuse", "coat", "magnetize"],
        {block: 7 * grams // 10, dysprosium[0]: {"grams": grams // 100, "step": "diffuse"}},
        [Lot("magnet", grams // 2, {"Nd": 280_000, "Pr": 76_000, "Dy": 9_000, "Fe": 600_000, "B": 10_000}, SAYS)],
    )[0]
    return made, maker
