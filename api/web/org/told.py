"""Routes in plain words: the stages in the order in which they are done, those of one place together."""

from collections.abc import Iterable, Mapping
from typing import Any

from ledger.values.vocabulary import STEPS

__all__ = ["Told", "route_rows", "told_stages"]

Told = dict[str, Any]
_RECOVERY = ("collect", "dismantle", "demagnetize", "hydrogen-process", "dissolve")
_ORDER = {step: place for place, step in enumerate(dict.fromkeys(("mine", *_RECOVERY, *STEPS)))}
"""Recovery comes before what is made of what was recovered."""


def told_stages(stages: Mapping[str, Mapping[str, Any]]) -> list[Told]:
    """Stages in the order of the steps; neighbours in the same countries, known in the same way, are one entry."""
    found: list[Told] = []
    for step in sorted(stages, key=lambda step: _ORDER.get(step, len(_ORDER))):
        place = {"countries": list(stages[step]["countries"]), "basis": stages[step]["basis"]}
        if found and {name: found[-1][name] for name in place} == place:
            found[-1]["steps"].append(step)
        else:
            found.append({"steps": [step], **place})
    return found


def route_rows(elements: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[Told]:
    """A row for each element and route, the largest share first."""
    rows = []
    for element, routes in elements.items():
        for each in sorted(routes, key=lambda each: -each["mass_mg"]):
            route = each["route"]
            rows.append(
                {
                    "element": element,
                    "share_ppm": each["share_ppm"],
                    "mass_mg": each["mass_mg"],
                    "origin": route["origin"],
                    "known": route.get("known", ""),
                    "reason": route.get("reason", ""),
                    "stages": told_stages(route["stages"]),
                }
            )
    return rows
