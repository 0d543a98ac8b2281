"""Stories that several tests tell: an ore-to-magnet chain, and a motor with magnets in it."""

from dataclasses import dataclass

from tests.world import Lot, Organization, World

__all__ = ["MAGNET", "Chain", "ore_to_magnet", "rotor"]

CONCENTRATE = {"Nd": 62_000, "Pr": 19_000, "Ce": 150_000}
OXIDE = {"Nd": 640_000, "Pr": 190_000}
METAL = {"Nd": 750_000, "Pr": 230_000}
MAGNET = {"Nd": 250_000, "Pr": 70_000, "Fe": 650_000, "B": 10_000}
IRON = {
    "material": "iron",
    "mass_mg": 170_000_000,
    "composition": {"Fe": 1_000_000},
    "origin": {"kind": "declared", "stages": {"*": {"mine": ["SE"]}}, "supplier": "Northern Iron AB"},
}
BORON = {"material": "ferroboron", "mass_mg": 20_000_000, "composition": {"Fe": 800_000, "B": 180_000}}
MAKING = ["alloy", "strip-cast", "decrepitate", "jet-mill", "press", "sinter", "machine", "coat", "magnetize"]


@dataclass(frozen=True, slots=True)
class Chain:
    """Who and what is in the story. `part` is the oxide that was cut off and sold; `magnet` is with the buyer."""

    mine: Organization
    works: Organization
    metal_maker: Organization
    magnet_maker: Organization
    buyer: Organization
    stranger: Organization
    concentrate: str
    oxide: str
    cerium: str
    part: str
    metal: str
    magnet: str
    swarf: str


def ore_to_magnet(world: World) -> Chain:
    """Mined in Australia, refined in Malaysia, reduced in Viet Nam, made into magnets in Germany, bought in America."""
    mine, works = world.organization("mine", "AU", owner="CA"), world.organization("works", "MY")
    metal_maker, magnet_maker = world.organization("metal", "VN"), world.organization("magnets", "DE", owner="DE")
    buyer, stranger = world.organization("buyer", "US"), world.organization("stranger", "US")
    concentrate = mine.mines("concentrate", 10_000_000, CONCENTRATE)
    world.hand_over(concentrate, mine, works)
    lots = [Lot("oxide", 700_000, OXIDE, lot="NDPR-1"), Lot("oxide", 1_500_000, {"Ce": 800_000}, lot="CE-1")]
    oxide, cerium = works.process(["leach", "separate", "calcine"], {concentrate: 10_000_000}, lots)
    part = world.hand_over(oxide, works, metal_maker, grams=500_000)
    (metal,) = metal_maker.process(["reduce"], {part: 500_000}, [Lot("metal", 400_000, METAL)])
    world.hand_over(metal, metal_maker, magnet_maker)
    magnets = Lot("magnet", 240_000, MAGNET, {"magnet_type": "NdFeB", "consolidation": "sintered", "grade": "42SH"})
    lots = [magnets, Lot("swarf", 10_000, MAGNET)]
    magnet, swarf = magnet_maker.process(MAKING, {metal: 100_000}, lots, additions=[IRON, BORON])
    world.hand_over(magnet, magnet_maker, buyer)
    return Chain(
        mine,
        works,
        metal_maker,
        magnet_maker,
        buyer,
        stranger,
        concentrate,
        oxide,
        cerium,
        part,
        metal,
        magnet,
        swarf,
    )


def rotor(world: World, chain: Chain) -> tuple[str, str]:
    """A rotor of the chain's magnets, of magnets that nobody traced, and of a steel shaft; and those magnets' batch."""
    maker = chain.buyer
    said = {"magnet_type": "NdFeB", "consolidation": "sintered"}
    (bought,) = maker.source({"kind": "undisclosed"}, [Lot("magnet", 10_000, MAGNET, said)])
    (shaft,) = maker.source({"kind": "undisclosed"}, [Lot("other", 50_000, {"Fe": 980_000})])
    parts = {chain.magnet: 20_000, bought: 10_000, shaft: 50_000}
    contents = [{"batch": batch, "mass_mg": grams * 1_000} for batch, grams in parts.items()]
    (made,) = maker.process(["assemble"], parts, [Lot("assembly", 80_000, None, {"contents": contents})])
    return made, bought
