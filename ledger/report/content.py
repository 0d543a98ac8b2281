"""Recycled content, completeness, and what is still open (docs/formats/report.md).

All shares are by weight and sum to exactly 1,000,000 ppm. Post-consumer and pre-consumer are never printed as one.
"""

from collections.abc import Iterator, Mapping

from ledger.material.routes import BODY, DECLARED, TRACED, Route
from ledger.report.model import Subject
from ledger.report.statement import (
    BODY_BUCKETS,
    ELEMENT_BUCKETS,
    NOT_DONE,
    RECYCLED,
    UNKNOWN_BASIS,
    Bucket,
    answer,
    cells,
)
from ledger.values.chemistry import RARE_EARTHS
from ledger.values.instant import days_after
from ledger.values.quantity import to_ppm

__all__ = [
    "CLOSED_LOOP_PPM",
    "FOLLOW_UP_DAYS",
    "TOTAL",
    "against_target",
    "completeness",
    "gaps",
    "recycled",
    "sources",
]

TOTAL = "total_rare_earth"
CLOSED_LOOP_PPM = 300_000
"""The target of a closed loop: 30 % recovered."""
FOLLOW_UP_DAYS = 180
"""From delivery, to state what could not be stated (section 857(a)(3))."""

_SOURCES = ("post_consumer_ppm", "pre_consumer_ppm", "primary_ppm", "unknown_ppm")
_KNOWN = ("traced_ppm", "declared_ppm", "unknown_ppm")


def recycled(subject: Subject) -> dict[str, dict[str, int]]:
    """Where each element of the composition came from, and all rare earths together, weighted by mass.

    Primary is what was mined, or was declared together with a country of mining; what is neither that nor recovered
    is unknown.
    """
    weights = {element: sources(subject.masses(element)) for element in sorted(subject.composition)}
    rare = [weights[element] for element in weights if element in RARE_EARTHS]
    shown = {element: _shares(_SOURCES, found) for element, found in weights.items()}
    shown[TOTAL] = _shares(_SOURCES, {name: sum(found.get(name, 0) for found in rare) for name in _SOURCES})
    return shown


def against_target(shares: Mapping[str, Mapping[str, int]], target_ppm: int = CLOSED_LOOP_PPM) -> dict[str, object]:
    """Recycled content held against a target, with post-consumer and pre-consumer apart.

    `met` counts both together, since a closed loop takes back production scrap as well; `post_consumer_met` counts
    post-consumer material alone. Each is `yes`, `no`, or `unknown` where unknown material could still decide.
    """
    return {
        "target_ppm": target_ppm,
        "counts": ["post-consumer", "pre-consumer"],
        "shares": {name: _held_against(found, target_ppm) for name, found in shares.items()},
    }


def completeness(subject: Subject) -> dict[str, int]:
    """How much of what the statement asks of the elements is traced, declared or unknown, by mass over the buckets.

    Recovered material without a later step counts by how its recovery is known; what is not done yet is left out.
    """
    weights = dict.fromkeys(_KNOWN, 0)
    for element in subject.composition:
        for material, masses in subject.lots(element):
            for route, mass in masses.items():
                for known in _known(route, material, element):
                    weights[known] += mass
    return _shares(_KNOWN, weights)


def _known(route: Route, material: str, element: str) -> Iterator[str]:
    """How each bucket of a route is known; what is not done yet is left out."""
    for bucket in ELEMENT_BUCKETS:
        basis = answer(route, bucket, material, element).basis
        known = route.known if basis == RECYCLED else basis
        if known != NOT_DONE:
            yield f"{known}_ppm" if known in (TRACED, DECLARED) else "unknown_ppm"


def gaps(subject: Subject, delivered: str | None) -> dict[str, object]:
    """What the statement leaves open, each with its inquiries, and the day by which the statute wants it followed up.

    Without a day of delivery no clock runs, and the day is left out.
    """
    asked = [(element, bucket) for element in sorted(subject.composition) for bucket in ELEMENT_BUCKETS]
    asked += [(BODY, bucket) for bucket in BODY_BUCKETS]
    shown: dict[str, object] = {"cells": [gap for e, b in asked for gap in _open(subject, e, b)]}
    if delivered is not None:
        shown |= {"delivered": delivered, "due": days_after(delivered, FOLLOW_UP_DAYS)}
    return shown


def _open(subject: Subject, element: str, bucket: Bucket) -> list[dict[str, object]]:
    inquiries = sorted(subject.inquiries, key=lambda inquiry: inquiry.record)
    return [
        {
            "element": element,
            "bucket": bucket.name,
            "reason": cell.reason,
            "share_ppm": cell.share_ppm,
            "inquiries": [i.as_json() for i in inquiries if i.record in cell.inquiries],
        }
        for cell in cells(subject, element, bucket)
        if cell.basis == UNKNOWN_BASIS
    ]


def sources(masses: Mapping[Route, int]) -> dict[str, int]:
    """The weight of an element by where it came from; the names are those of the shares that are made of it."""
    weights = dict.fromkeys(_SOURCES, 0)
    for route, mass in masses.items():
        weights[_source(route)] += mass
    return weights


def _source(route: Route) -> str:
    if route.origin == "post-consumer":
        return "post_consumer_ppm"
    if route.origin == "pre-consumer":
        return "pre_consumer_ppm"
    mine = route.stage("mine")
    if route.origin == "mined" or (route.origin == "declared" and mine is not None and mine.countries):
        return "primary_ppm"
    return "unknown_ppm"


def _held_against(found: Mapping[str, int], target: int) -> dict[str, object]:
    post, pre, unknown = found["post_consumer_ppm"], found["pre_consumer_ppm"], found["unknown_ppm"]
    return {
        "post_consumer_ppm": post,
        "pre_consumer_ppm": pre,
        "recovered_ppm": post + pre,
        "met": _met(post + pre, unknown, target),
        "post_consumer_met": _met(post, unknown, target),
    }


def _met(share: int, unknown: int, target: int) -> str:
    if share >= target:
        return "yes"
    return "no" if share + unknown < target else "unknown"


def _shares(names: tuple[str, ...], weights: Mapping[str, int]) -> dict[str, int]:
    """The weights as ppm in the order of their names; nothing to weigh is unknown."""
    if not any(weights.values()):
        weights = {"unknown_ppm": 1}
    return dict(zip(names, to_ppm([weights.get(name, 0) for name in names]), strict=True))
