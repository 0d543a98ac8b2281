"""A process: what is put in is stamped, pooled by element, and given to the outputs in proportion.

The same code serves the log and an auditor with milligrams, and a buyer with signed shares on a scale of his own: it
never asks what a unit of mass is (docs/formats/routes-and-shares.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.material.batch import Elements, RouteTable, share_out_all
from ledger.material.routes import BODY, UNDETERMINED, Route, stamp, unformed
from ledger.values.quantity import to_ppm
from ledger.values.vocabulary import HANDLING_STEPS, REENTRY_STEPS

__all__ = ["Contribution", "Place", "enters_body", "give", "pool", "shares", "stamped", "undetermined"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how a process happens: its steps in order, its country, and how that is known."""

    steps: tuple[str, ...]
    country: str
    basis: str

    def steps_from(self, step: str | None) -> tuple[str, ...]:
        """The steps that an input of this first step takes part in."""
        return self.steps[self.steps.index(step) :] if step else self.steps


@dataclass(frozen=True, slots=True)
class Contribution:
    """Something that is put into a process: a draw on a batch, an addition, or an undetermined excess.

    `step` is the first step that it takes part in (None: the record's first). `formed` is said of batches only.
    """

    routes: RouteTable
    step: str | None = None
    formed: bool = False
    masses: Elements = field(init=False)
    """Element (and `*`) -> mass, the sum of its routes."""

    def __post_init__(self) -> None:
        sums = {element: sum(masses.values()) for element, masses in self.routes.items()}
        object.__setattr__(self, "masses", sums)


def enters_body(contributions: Sequence[Contribution], place: Place) -> list[bool]:
    """Which contributions enter the body `*` of what is made.

    All do, but in a process that diffuses or coats: there only formed ones if there is one, else only those that take
    part before both. What is diffused or coated on brings its element rows and no row of sintering.
    """
    late = [place.steps.index(step) for step in ("diffuse", "coat") if step in place.steps]
    if not late:
        return [True] * len(contributions)
    if any(contribution.formed for contribution in contributions):
        return [contribution.formed for contribution in contributions]
    return [place.steps.index(c.step) < min(late) if c.step else min(late) > 0 for c in contributions]


def stamped(contribution: Contribution, place: Place) -> dict[str, dict[Route, int]]:
    """What a contribution brings, with the stages that it takes part in; equal routes become one.

    Formed material that goes back to unformed material first loses its shaping.
    """
    steps = place.steps_from(contribution.step)
    loses_shape = contribution.formed and not REENTRY_STEPS.isdisjoint(steps)
    stages = steps if HANDLING_STEPS.isdisjoint(steps) else tuple(s for s in steps if s not in HANDLING_STEPS)
    table = {}
    listed: list[Route] = []
    renewed: list[Route] = []
    distinct = True
    for element, masses in contribution.routes.items():
        found = list(masses)
        if found != listed:  # elements mostly share their routes: those are stamped once
            listed = found
            before = [unformed(route) for route in found] if loses_shape else found
            renewed = [stamp(route, stages, place.country, place.basis) for route in before]
            distinct = len(set(renewed)) == len(renewed)
        new = zip(renewed, masses.values(), strict=False)
        table[element] = dict(new) if distinct else _summed(new, {})
    return table


def _summed(masses: Iterable[tuple[Route, int]], sums: dict[Route, int]) -> dict[Route, int]:
    """Masses added to sums by route."""
    for route, mass in masses:
        sums[route] = sums.get(route, 0) + mass
    return sums


def pool(contributions: Sequence[Contribution], place: Place) -> dict[str, dict[Route, int]]:
    """Everything that was put in, stamped and summed: element -> route -> mass."""
    pooled: dict[str, dict[Route, int]] = {}
    for contribution, body in zip(contributions, enters_body(contributions, place), strict=True):
        for element, masses in stamped(contribution, place).items():
            if element == BODY and not body:
                continue
            if element in pooled:
                _summed(masses.items(), pooled[element])
            else:
                pooled[element] = masses
    return pooled


def give(masses_out: Mapping[str, int], pooled: RouteTable) -> dict[str, dict[Route, int]]:
    """An output's routes: each element's mass apportioned over the pool; where the pool has none, undetermined."""
    given = share_out_all(masses_out, pooled)
    for element, routes in given.items():
        if not routes and masses_out[element]:
            given[element] = {UNDETERMINED: masses_out[element]}
    return given


def undetermined(excess: Mapping[str, int]) -> Contribution:
    """The excess of elements that nothing put in accounts for; it takes part in all steps."""
    return Contribution({element: {UNDETERMINED: mass} for element, mass in excess.items()})


def shares(contributions: Sequence[Contribution], place: Place) -> list[dict[str, int]]:
    """For each contribution and element, its share in ppm of what was put in; nothing put in, no entry.

    For each element the shares sum to 1,000,000; ties go to the earlier contribution.
    """
    weights = [
        c.masses if body else {element: mass for element, mass in c.masses.items() if element != BODY}
        for c, body in zip(contributions, enters_body(contributions, place), strict=True)
    ]
    result: list[dict[str, int]] = [{} for _ in contributions]
    for element in sorted(set().union(*weights)):
        column = [weight.get(element, 0) for weight in weights]
        if any(column):
            for row, weight, ppm in zip(result, column, to_ppm(column), strict=False):
                if weight:
                    row[element] = ppm
    return result
