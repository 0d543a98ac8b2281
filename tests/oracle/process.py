"""A process computed once: what goes in, in whole milligrams, and where its routes lead."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.oracle.batches import Batch, element_mass
from tests.oracle.routes import Mix, Route, origin_route, stamp, strip
from tests.oracle.units import MILLION, composition, mass_mg
from tests.oracle.vocabulary import HANDLING, LOOP_STEPS

__all__ = ["Charge", "Flow", "charges", "flow", "stamped"]


@dataclass(eq=False)
class Charge:
    """An input or an addition: its mass, its elements' masses, its steps, its routes before the steps."""

    mass: int
    elements: dict[str, int]
    steps: tuple[str, ...]
    routes: dict[str, Mix]
    batch: Batch | None = None

    @property
    def formed(self) -> bool:
        """Whether a body goes in."""
        return self.batch is not None and self.batch.formed


@dataclass(eq=False)
class Flow:
    """All that goes into a process and comes out, per element; `*` is the body."""

    record: dict[str, Any]
    charges: list[Charge]
    outputs: list[tuple[int, dict[str, int]]]

    @property
    def steps(self) -> tuple[str, ...]:
        """The record's steps."""
        return tuple(self.record["steps"])

    @property
    def handling(self) -> bool:
        """Whether the record only handles."""
        return self.steps[0] in HANDLING

    @property
    def opened(self) -> bool:
        """Whether an assembly is taken apart: then only `contents` say what comes out."""
        return "dismantle" in self.steps and any(charge.batch and charge.batch.pieces for charge in self.charges)

    @property
    def inputs(self) -> list[Charge]:
        """The charges that are batches."""
        return [charge for charge in self.charges if charge.batch is not None]

    def body(self) -> list[Charge]:
        """The charges that enter the body: what is diffused or coated on does not."""
        onto = [index for index, step in enumerate(self.steps) if step in ("diffuse", "coat")]
        if not onto:
            return self.charges
        if any(charge.formed for charge in self.charges):
            return [charge for charge in self.charges if charge.formed]
        return [charge for charge in self.charges if len(self.steps) - len(charge.steps) < onto[0]]

    def put_in(self, element: str) -> int:
        """Milligrams of an element that go in."""
        return sum(charge.elements.get(element, 0) for charge in self.charges)

    def come_out(self, element: str) -> int:
        """Milligrams of an element in all outputs."""
        return sum(elements.get(element, 0) for _, elements in self.outputs)

    def bound(self, element: str) -> int:
        """By how many milligrams more than goes in may come out."""
        assay = 0 if self.handling else self.put_in(element) * 5_000 // MILLION
        return len(self.inputs) + len(self.outputs) + assay

    def excess(self, element: str) -> int:
        """Milligrams that come out beyond what goes in, where that is more than the bound; else zero."""
        more = self.come_out(element) - self.put_in(element)
        return more if more > self.bound(element) else 0

    def elements(self) -> list[str]:
        """Every element that goes in or comes out."""
        there = [*(charge.elements for charge in self.charges), *(elements for _, elements in self.outputs)]
        return sorted({element for elements in there for element in elements})


def charges(record: dict[str, Any], batches: list[Batch], country: str) -> list[Charge]:
    """The inputs, then the additions, of a process whose inputs are all known."""
    steps = tuple(record["steps"])
    found = []
    for said, batch in zip(record["inputs"], batches, strict=True):
        mass = mass_mg(said) or 0
        drawn = {element: batch.drawn(element, mass) for element in batch.elements}
        found.append(Charge(mass, drawn, _from(steps, said), batch.routes, batch))
    for said in record.get("additions", []):
        mass = mass_mg(said) or 0
        ppm = composition(said)
        routes: dict[str, Mix] = {
            element: {origin_route(said.get("origin"), element, country, other=True): Fraction(1)}
            for element in [*ppm, "*"]
        }
        found.append(
            Charge(
                mass, {element: element_mass(mass, share) for element, share in ppm.items()}, _from(steps, said), routes
            )
        )
    return found


def flow(record: dict[str, Any], batches: list[Batch], country: str) -> Flow:
    """The whole process in masses."""
    outputs = []
    for said in record["outputs"]:
        mass = mass_mg(said) or 0
        outputs.append((mass, {element: element_mass(mass, share) for element, share in composition(said).items()}))
    return Flow(record, charges(record, batches, country), outputs)


def stamped(charge: Charge, element: str, country: str, declared: bool) -> Mix:
    """The routes of a charge after its steps; a formed one loses its forming first where it is broken up again."""
    mix = charge.routes[element]
    if charge.steps[0] in HANDLING:
        return mix
    result: dict[Route, Fraction] = {}
    for route, share in mix.items():
        broken = charge.formed and LOOP_STEPS & set(charge.steps)
        after = stamp(strip(route) if broken else route, charge.steps, country, declared)
        result[after] = result.get(after, Fraction(0)) + share
    return result


def _from(steps: tuple[str, ...], said: dict[str, Any]) -> tuple[str, ...]:
    first = said.get("step")
    return steps if first is None else steps[steps.index(first) :]
