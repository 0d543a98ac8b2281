"""Questions put to a finished story: reports at many stages, for all audiences, dates and contexts."""

from typing import Any

from tests.oracle.batches import Batch
from tests.oracle.story import Story

__all__ = ["add_reports"]

DATES = ["2026-12-31", "2027-01-01", "2026-03-01", "2028-06-30"]
ITEMS: list[dict[str, Any]] = [
    {"country": "US"},
    {"country": "CN"},
    {"country": "US", "cots": True},
    {"country": "US", "cots": True, "mill_product": False, "mass_mg": 1000, "covered_mass_mg": 499},
    {"cots": True, "mill_product": False, "mass_mg": 1000, "covered_mass_mg": 500},
    {"cots": True, "mill_product": True, "mass_mg": 1000, "covered_mass_mg": 1},
    {"electronic_device": True},
    {"electronic_device": False, "cots": False, "country": "RU"},
]


def add_reports(story: Story, most: int = 10) -> None:
    """Some reports: nearly always of the magnets, else of anything."""
    made = list(story.world.batches.values())
    magnets = [batch for batch in made if batch.magnet_type]
    chosen = [*story.rng.sample(magnets, min(len(magnets), most - 3)), *story.rng.sample(made, min(len(made), 3))]
    for index, batch in enumerate(chosen):
        said: dict[str, Any] = {"as": f"q{index}", "by": _asker(story, batch), "batch": batch.name}
        said["audience"] = story.rng.choice(["public", "buyer", "buyer", "auditor"])
        if story.rng.random() < 0.9:
            said["delivered"] = story.rng.choice(DATES)
            if story.rng.random() < 0.5:
                said["context"] = _context(story)
        story.scenario["reports"].append(said)


def _asker(story: Story, batch: Batch) -> str:
    return batch.holder or story.makers[batch.name]


def _context(story: Story) -> dict[str, Any]:
    context: dict[str, Any] = {}
    for name in ("above_sat", "outside_us"):
        if story.rng.random() < 0.15:
            context[name] = story.rng.choice([True, False])
    if story.rng.random() < 0.7:
        context["end_item"] = dict(story.rng.choice(ITEMS))
    return context
