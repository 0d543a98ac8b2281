"""Batches as the oracle keeps them: masses in whole milligrams, routes in exact fractions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracle.routes import Mix, Route
from tests.oracle.units import MILLION
from tests.oracle.vocabulary import FORMED_MATERIALS, FORMING

__all__ = ["Batch", "Piece", "element_mass"]


@dataclass(eq=False)
class Batch:
    """A batch: what the record that made it says, what is known of it, and where it is now."""

    name: str
    material: str
    mass: int
    composition: dict[str, int]
    made_at: str
    holder: str | None
    magnet_type: str | None = None
    left: int = 0
    offered: str | None = None
    elements: dict[str, int] = field(default_factory=dict)
    routes: dict[str, Mix] = field(default_factory=dict)
    blur: dict[str, float] = field(default_factory=dict)
    depth: int = 0
    pieces: "list[Piece]" = field(default_factory=list)

    @property
    def formed(self) -> bool:
        """Whether it is a body: by its material, or by a forming stage on any route of it."""
        return self.material in FORMED_MATERIALS or any(route.of(FORMING) for route in self.routes["*"])

    @property
    def magnets(self) -> "list[Piece]":
        """The magnet lots inside an assembly."""
        return [
            piece for piece in self.pieces if piece.batch.magnet_type or piece.batch.material in ("magnet", "block")
        ]

    def drawn(self, element: str, mass: int) -> int:
        """What a consumption of `mass` takes of an element, in whole milligrams, whatever was drawn before."""
        return self.elements.get(element, 0) * mass // self.mass

    def draw_blur(self, element: str, mass: int) -> float:
        """How far, in ppm, whole-milligram routes of such a draw may lie from exact ones."""
        taken = self.drawn(element, mass)
        return self.blur.get(element, 0.0) + (MILLION * len(self.routes[element]) / taken if taken else 0.0)

    def change_routes(self, change: Callable[[Route], Route]) -> None:
        """Every route, of the elements and of the body, becomes another; equal ones are merged."""
        self.routes = {element: _changed(mix, change) for element, mix in self.routes.items()}


@dataclass(eq=False)
class Piece:
    """A lot that an assembly keeps apart: the batch it was, its mass here, and its own routes."""

    batch: Batch
    mass: int
    routes: dict[str, Mix]
    origin: str


def element_mass(mass: int, ppm: int) -> int:
    """Mass of an element in whole milligrams, rounded down."""
    return mass * ppm // MILLION


def _changed(mix: Mix, change: Callable[[Route], Route]) -> Mix:
    merged: dict[Route, Fraction] = {}
    for route, share in mix.items():
        merged[change(route)] = merged.get(change(route), Fraction(0)) + share
    return merged
