"""Moves that bring material into a story."""

from typing import Any

from tests.oracle.story import Story

__all__ = ["SOURCES", "first_sources"]

ORES: list[dict[str, str]] = [
    {"Nd": "6.2 %", "Pr": "1.9 %", "Ce": "18 %"},
    {"Nd": "3 %", "Sm": "2 %", "Dy": "0.4 %", "Tb": "800 ppm", "Y": "2 %"},
    {"Nd": "7 %", "Pr": "2 %", "La": "9 %", "Fe": "5 %"},
]
MAGNET = {"Nd": "23 %", "Pr": "7 %", "Dy": "1 %", "Fe": "66.5 %", "B": "1 %"}
SAMARIUM = {"Sm": "25 %", "Co": "50 %", "Fe": "17 %", "Cu": "6 %"}
STEPS = ("mine", "leach", "separate", "calcine", "reduce", "alloy", "strip-cast", "jet-mill", "sinter", "magnetize")


def _source(story: Story, origin: dict[str, Any], material: str, composition: dict[str, str], **more: Any) -> None:
    issuer = story.someone()
    mass = f"{story.rng.randint(1_000_000_000, 90_000_000_000)} mg"
    output = {"material": material, "mass": mass, "composition": composition, **more}
    record = {"by": issuer, "type": "source", "facility": story.place(issuer), "origin": origin, "outputs": [output]}
    if story.rng.random() < 0.1:
        record["operated"] = "other"
    story.add(record)


def mined(story: Story) -> None:
    """Ore of rare earths."""
    material = story.rng.choice(["ore", "concentrate", "mixed-compound"])
    _source(story, {"kind": "mined", "mineral": "bastnaesite"}, material, story.rng.choice(ORES))


def base_metals(story: Story) -> None:
    """Iron, boron or cobalt."""
    material, composition = story.rng.choice(
        [
            ("iron", {"Fe": "99.5 %"}),
            ("ferroboron", {"Fe": "82 %", "B": "17.5 %"}),
            ("cobalt", {"Co": "99.8 %"}),
            ("ore", {"Fe": "65 %"}),
        ]
    )
    _source(story, {"kind": "mined"}, material, composition)


def declared(story: Story) -> None:
    """Something bought outside the ledger, with what its supplier says."""
    countries = sorted({said["country"] for said in story.scenario["facilities"].values()})
    material, composition, kind = story.rng.choice(
        [
            ("oxide", {"Nd": "62 %", "Pr": "19 %"}, None),
            ("metal", {"Nd": "99 %"}, None),
            ("metal", {"Sm": "99 %"}, None),
            ("alloy", MAGNET, "NdFeB"),
            ("magnet", MAGNET, "NdFeB"),
            ("magnet", SAMARIUM, "SmCo"),
            ("salt", {"Dy": "74 %"}, None),
            ("scrap", MAGNET, "NdFeB"),
        ]
    )
    stages: dict[str, Any] = {}
    for element in story.rng.sample(["*", *composition], story.rng.randint(0, 2)):
        steps = story.rng.sample(STEPS, story.rng.randint(1, 6))
        stages[element] = {
            step: story.rng.sample(countries, story.rng.randint(1, min(2, len(countries)))) for step in steps
        }
    more = {"magnet_type": kind} if kind else {}
    _source(story, {"kind": "declared", "stages": stages, "supplier": "A trader"}, material, composition, **more)


def undisclosed(story: Story) -> None:
    """Something of which nothing is said."""
    material = story.rng.choice(["metal", "alloy", "oxide", "magnet", "powder"])
    more = {"magnet_type": "NdFeB"} if material in ("alloy", "magnet", "powder") else {}
    composition = MAGNET if more else {"Nd": "60 %", "Pr": "20 %"}
    _source(story, {"kind": "undisclosed"}, material, composition, **more)


def recycled(story: Story) -> None:
    """Old motors, swarf, scrap."""
    feed = story.rng.choice(["post-consumer", "post-consumer", "pre-consumer"])
    material = story.rng.choice(["product", "magnet", "scrap", "swarf"])
    _source(
        story, {"kind": "recycled", "feed": feed, "product": "traction motor"}, material, MAGNET, magnet_type="NdFeB"
    )


def first_sources(story: Story) -> None:
    """What every story begins with."""
    for move in (mined, base_metals, base_metals, recycled):
        move(story)


SOURCES = [mined, base_metals, declared, undisclosed, recycled]
