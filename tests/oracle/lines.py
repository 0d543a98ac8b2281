"""Moves that run a whole line at once, so that stories have magnets of which everything is known, and recycled ones."""

from typing import Any

from tests.oracle.story import Story

__all__ = ["LINES"]

FEED = {"Nd": "29 %", "Fe": "66 %", "B": "1 %"}
COBALT = {"Sm": "25 %", "Co": "55 %"}


def _run(
    story: Story,
    issuer: str,
    place: str,
    said: list[tuple[list[str], str, list[str]]],
    kind: str,
    share: dict[str, str],
) -> None:
    """Each step of the line takes all of what it names and gives 95 % of it."""
    names: dict[str, str] = {}
    for steps, material, takes in said:
        inputs = [{"batch": names[name], "mass": f"{story.world.batches[names[name]].left} mg"} for name in takes]
        mass = sum(story.world.batches[names[name]].left for name in takes) * 95 // 100
        output: dict[str, Any] = {"material": material, "mass": f"{mass} mg", "composition": share, "magnet_type": kind}
        record: dict[str, Any] = {"by": issuer, "facility": place, "outputs": [output]}
        if not takes:
            record["outputs"] = [{**output, "mass": f"{story.rng.randint(10**9, 10**10)} mg"}]
            record |= {
                "type": "source",
                "origin": {"kind": steps[0]} | ({"feed": "post-consumer"} if steps[0] == "recycled" else {}),
            }
        else:
            record |= {"type": "process", "steps": steps, "inputs": inputs, "custody": "controlled-blending"}
        if story.add(record):
            return
        names[material] = f"{story.last}#0"


def _where(story: Story) -> tuple[str, str]:
    plants = [(said["of"], name) for name, said in story.scenario["facilities"].items() if "operator" not in said]
    at_home = [(issuer, name) for issuer, name in plants if story.scenario["facilities"][name]["country"] == "US"]
    return story.rng.choice(at_home if at_home and story.rng.random() < 0.5 else plants)


def straight(story: Story) -> None:
    """Ore to magnet on one site, now and then with a step left out."""
    kind, share = story.rng.choice([("NdFeB", FEED), ("SmCo", COBALT)])
    refined = story.rng.choice([["leach", "separate", "calcine", "reduce"]] * 3 + [["leach", "calcine", "reduce"]])
    line = [(["mined"], "ore", []), (refined, "metal", ["ore"]), (["alloy", "strip-cast"], "alloy", ["metal"])]
    line += [(["jet-mill", "press", "sinter"], "block", ["alloy"]), (["machine", "magnetize"], "magnet", ["block"])]
    _run(story, *_where(story), line, kind, share)


def short_loop(story: Story) -> None:
    """Old magnets to new ones, milled or not, melted or not."""
    broken = story.rng.choice(
        [["hydrogen-process", "jet-mill"]] * 3
        + [["hydrogen-process"], ["alloy", "strip-cast", "decrepitate", "jet-mill"]]
    )
    formed = story.rng.choice([["press", "sinter"]] * 3 + [["bond"]])
    line = [
        (["recycled"], "product", []),
        (broken, "powder", ["product"]),
        ([*formed, "machine", "magnetize"], "magnet", ["powder"]),
    ]
    _run(story, *_where(story), line, "NdFeB", FEED)


LINES = [straight, short_loop]
