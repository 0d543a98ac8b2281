"""Several magnets as one subject, for the union statement of an assembly (docs/formats/report.md).

Assemblies do not pool: each magnet keeps its own entry. The union only adds up what the entries say.
"""

from collections.abc import Sequence

from ledger.material.routes import BODY, Route
from ledger.report.model import Subject
from ledger.values.quantity import PPM

__all__ = ["combine"]


def combine(batch: str, subjects: Sequence[Subject]) -> Subject:
    """The magnets of an assembly as one subject: their routes and weights added up, element by element.

    Weights must be in the same unit. An element of a composition whose weight nobody states counts with the least there
    is, as undetermined, so that what nobody traced never vanishes from the union.
    Not checked: that the magnets are all that the assembly holds.

    Raises:
        ValueError: there is nothing to combine.
    """
    if not subjects:
        raise ValueError("a union is of at least one magnet")
    elements = sorted({element for subject in subjects for element in (*subject.composition, *subject.routes)} - {BODY})
    routes = {element: _added(subjects, element) for element in (*elements, BODY)}
    weights = {element: sum(found.values()) for element, found in routes.items()}
    materials = {subject.material for subject in subjects}
    types = {subject.magnet_type for subject in subjects}
    return Subject(
        batch=batch,
        material=materials.pop() if len(materials) == 1 else "assembly",
        magnet_type=types.pop() if len(types) == 1 else None,
        composition={element: _content(subjects, element) for element in elements},
        elements=weights,
        routes=routes,
        custody=tuple(sorted({model for subject in subjects for model in subject.custody})),
        owners=_owners(subjects),
        inquiries=tuple(dict.fromkeys(inquiry for subject in subjects for inquiry in subject.inquiries)),
        parts=tuple(subjects),
    )


def _added(subjects: Sequence[Subject], element: str) -> dict[Route, int]:
    total: dict[Route, int] = {}
    for _, masses in Subject("", "", parts=tuple(subjects)).lots(element):
        for route, mass in masses.items():
            total[route] = total.get(route, 0) + mass
    return dict(sorted(total.items(), key=lambda pair: pair[0].key))


def _content(subjects: Sequence[Subject], element: str) -> int:
    """The element's share of the whole, by the weights of the bodies; at least 1 ppm, since some magnet has it."""
    bodies = [sum(subject.masses(BODY).values()) for subject in subjects]
    if not any(bodies):
        bodies = [1] * len(subjects)
    shares = [subject.composition.get(element, 0) for subject in subjects]
    content = sum(body * share for body, share in zip(bodies, shares, strict=True)) // sum(bodies)
    return min(PPM, max(1, content))


def _owners(subjects: Sequence[Subject]) -> dict[str, tuple[str, ...]]:
    stages = sorted({stage for subject in subjects for stage in subject.owners})
    return {
        stage: tuple(sorted({country for subject in subjects for country in subject.owners.get(stage, ())}))
        for stage in stages
    }
