"""A process: what is put in is stamped, pooled by element, and given to the outputs in proportion.

The same code serves the log and an auditor with milligrams, and a buyer with signed shares on a scale of his own: it
never asks what a unit of mass is (docs/formats/routes-and-shares.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ledger.material.batch import Elements
from ledger.material.routes import BODY, UNDETERMINED, stamps
from ledger.material.table import Columns, RoutesByElement, RouteTable, Shape, as_table, gathered, shared_out
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


class Contribution:
    """Something that is put into a process: a draw on a batch, an addition, or an undetermined excess.

    `step` is the first step that it takes part in (None: the record's first). `shape` is said of batches only: whether
    it is formed, or the table of which its body tells.
    """

    __slots__ = ("routes", "shape", "step")

    def __init__(self, routes: RoutesByElement, step: str | None = None, *, shape: Shape = False) -> None:
        self.routes = as_table(routes)
        self.step = step
        self.shape = shape

    @property
    def masses(self) -> Elements:
        """Element (and `*`) -> mass, the sum of its routes."""
        return self.routes.totals

    @property
    def formed(self) -> bool:
        """Whether it has a shape."""
        return self.shape if isinstance(self.shape, bool) else self.shape.formed


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


class _Pooled(NamedTuple):
    """The recipe of a pool: what was put in, each with the word whether it enters the body."""

    parts: Sequence[tuple[Contribution, bool]]
    place: Place

    @property
    def needs(self) -> Sequence[RouteTable]:
        shapes = [each.shape for each, _ in self.parts if isinstance(each.shape, RouteTable)]
        return [*(each.routes for each, _ in self.parts), *shapes]

    def columns(self) -> Columns:
        return gathered([_stamped(each, self.place, body=body) for each, body in self.parts])


def _stamped(contribution: Contribution, place: Place, *, body: bool) -> Columns:
    """Routes with the stages that a contribution takes part in, in no order; some may have become equal.

    Formed material that goes back to unformed material first loses its shaping.
    """
    steps = place.steps_from(contribution.step)
    loses_shape = not REENTRY_STEPS.isdisjoint(steps) and contribution.formed
    stages = steps if HANDLING_STEPS.isdisjoint(steps) else tuple(s for s in steps if s not in HANDLING_STEPS)
    routes, columns = contribution.routes.worked_out()
    after = stamps(stages, place.country, place.basis, loses_shape=loses_shape)
    if not body:
        columns = {element: column for element, column in columns.items() if element != BODY}
    return [after[route] for route in routes], columns


def stamped(contribution: Contribution, place: Place) -> RouteTable:
    """What a contribution brings, with the stages that it takes part in; equal routes become one."""
    return RouteTable(contribution.masses, _Pooled([(contribution, True)], place))


def pool(contributions: Sequence[Contribution], place: Place) -> RouteTable:
    """Everything that was put in, stamped and summed."""
    parts = list(zip(contributions, enters_body(contributions, place), strict=True))
    totals: dict[str, int] = {}
    for contribution, body in parts:
        for element, mass in contribution.masses.items():
            if body or element != BODY:
                totals[element] = totals.get(element, 0) + mass
    return RouteTable(totals, _Pooled(parts, place))


class _Given(NamedTuple):
    """The recipe of an output."""

    totals: Mapping[str, int]
    pooled: RouteTable

    @property
    def needs(self) -> Sequence[RouteTable]:
        return (self.pooled,)

    def columns(self) -> Columns:
        shared = shared_out(self.totals, self.pooled.worked_out())
        bare = {e: [mass] for e, mass in self.totals.items() if mass and not self.pooled.totals.get(e)}
        if not bare:
            return shared
        return gathered([shared, ([UNDETERMINED], bare)])


def give(masses_out: Mapping[str, int], pooled: RoutesByElement) -> RouteTable:
    """An output's routes: each element's mass apportioned over the pool; where the pool has none, undetermined."""
    return RouteTable(masses_out, _Given(masses_out, as_table(pooled)))


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
