"""Routes to the cells of the section 857 statement (docs/formats/report.md).

The statute asks in which countries an element was mined, refined into oxides and made into metals and alloys, and the
magnet sintered or bonded and magnetized. Each answer is a list of cells that sums to exactly 1,000,000 ppm; what is not
known is a cell of its own, never left out.
"""

from typing import NamedTuple

from ledger.material.routes import BODY, DECLARED, RECYCLED_ORIGINS, TRACED, Route
from ledger.report.model import Cell, Subject
from ledger.values.canonical import canonical
from ledger.values.quantity import to_ppm
from ledger.values.vocabulary import FORMING_STEPS, MATERIALS

__all__ = [
    "BENEATH",
    "BODY_BUCKETS",
    "ELEMENT_BUCKETS",
    "NOT_DONE",
    "RECYCLED",
    "TITLE",
    "UNKNOWN_BASIS",
    "Answer",
    "Bucket",
    "answer",
    "cells",
    "owner_countries",
    "statement",
]

TITLE = (
    "prepared against section 857(a)(2) of the James M. Inhofe National Defense Authorization Act for Fiscal Year 2023"
    " (Public Law 117-263)"
)
"""Never "filed under": no rule says how to file, and whoever files is not us."""

RECYCLED = "recycled"
UNKNOWN_BASIS = "unknown"
NOT_DONE = "not-done"

_CRUDE = frozenset({"ore", "concentrate"})
_COMPOUNDS = _CRUDE | {"mixed-compound", "solution", "oxide", "salt"}
_BEFORE_BLOCK = frozenset(MATERIALS[: MATERIALS.index("block")])


class Bucket(NamedTuple):
    """One statutory step: the stages that count as it, and the materials that still have it ahead of them."""

    name: str
    steps: frozenset[str]
    ahead: frozenset[str] = frozenset()


ELEMENT_BUCKETS = (
    Bucket("mined", frozenset({"mine"})),
    Bucket("refined", frozenset({"leach", "separate", "calcine", "dissolve"}), _CRUDE),
    Bucket("metals_and_alloys", frozenset({"reduce", "alloy", "strip-cast", "melt-spin"}), _COMPOUNDS),
)
BODY_BUCKETS = (
    Bucket("sintered_or_bonded", FORMING_STEPS, _BEFORE_BLOCK),
    Bucket("magnetized", frozenset({"magnetize"}), _BEFORE_BLOCK | {"block"}),
)
BENEATH = (
    Bucket("beneficiated", frozenset({"beneficiate"})),
    Bucket("fluorinated", frozenset({"fluorinate"})),
)
"""Shown apart beneath `mined` and `refined`, and only where they occur: the statute does not name these steps."""


class Answer(NamedTuple):
    """What one route says of one bucket."""

    countries: tuple[str, ...]
    basis: str
    reason: str = ""


def answer(route: Route, bucket: Bucket, material: str, element: str) -> Answer:
    """What a route says of a bucket: where, or why not.

    Stages decide first; a bucket with any declared stage is declared. Without a stage: not done yet, else recycled
    (never for the body), else unknown.
    """
    stages = [stage for stage in route.stages if stage.step in bucket.steps and stage.countries]
    if stages:
        countries = {country for stage in stages for country in stage.countries}
        traced = all(stage.basis == TRACED for stage in stages)
        return Answer(tuple(sorted(countries)), TRACED if traced else DECLARED)
    if material in bucket.ahead:
        return Answer((), NOT_DONE)
    if element != BODY and route.origin in RECYCLED_ORIGINS:
        return Answer((), RECYCLED)
    return Answer((), UNKNOWN_BASIS, route.reason or _silence(route.origin))


def cells(subject: Subject, element: str, bucket: Bucket) -> tuple[Cell, ...]:
    """The cells of one bucket for an element, or for the body (`*`); they sum to exactly 1,000,000 ppm.

    Cells that say the same are merged by weight before they become ppm, so that merging rounds nothing away.
    """
    weights: dict[Answer, int] = {}
    for material, masses in subject.lots(element):
        for route, mass in masses.items():
            said = answer(route, bucket, material, element)
            weights[said] = weights.get(said, 0) + mass
    if not weights:
        weights = {Answer((), UNKNOWN_BASIS, "undetermined"): 1}
    open_inquiries = _inquiries(subject, element, bucket)
    blanks = [Cell(a.countries, 0, a.basis, a.reason, open_inquiries if a.reason else ()) for a in weights]
    ordered = sorted(zip(blanks, weights.values(), strict=True), key=lambda pair: _order(pair[0]))
    shares = to_ppm([weight for _, weight in ordered])
    return tuple(
        Cell(cell.countries, share, cell.basis, cell.reason, cell.inquiries)
        for (cell, _), share in zip(ordered, shares, strict=True)
    )


def statement(subject: Subject) -> dict[str, object]:
    """The statement of a batch, as printed under `credentialSubject.statement`."""
    elements = sorted(subject.composition)
    shown: dict[str, object] = {
        "title": TITLE,
        "elements": {e: {b.name: _printed(subject, e, b) for b in ELEMENT_BUCKETS} for e in elements},
    }
    shown |= {bucket.name: _printed(subject, BODY, bucket) for bucket in BODY_BUCKETS}
    beneath = {e: lists for e in elements if (lists := _beneath(subject, e))}
    return shown | ({"beneath": beneath} if beneath else {})


def owner_countries(subject: Subject) -> dict[str, list[str]]:
    """The owners' countries by stage: a fact apart from territory, never mixed into the statement."""
    return {stage: sorted(set(countries)) for stage, countries in sorted(subject.owners.items())}


def _beneath(subject: Subject, element: str) -> dict[str, list[dict[str, object]]]:
    steps = {stage.step for route in subject.masses(element) for stage in route.stages}
    return {bucket.name: _printed(subject, element, bucket) for bucket in BENEATH if bucket.steps & steps}


def _printed(subject: Subject, element: str, bucket: Bucket) -> list[dict[str, object]]:
    return [cell.as_json() for cell in cells(subject, element, bucket)]


def _silence(origin: str) -> str:
    """Why a stage is unknown where the route itself gives no reason."""
    return {"undisclosed": "undisclosed", "undetermined": "undetermined", "declared": "not-declared"}.get(
        origin, "not-recorded"
    )


def _inquiries(subject: Subject, element: str, bucket: Bucket) -> tuple[str, ...]:
    return tuple(sorted({i.record for i in subject.inquiries if i.concerns(element, bucket.steps)}))


def _order(cell: Cell) -> bytes:
    shown = cell.as_json()
    del shown["share_ppm"]
    return canonical(shown)
