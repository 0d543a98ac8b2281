"""Routes of material: where each stage happened, and where the material came from. Shares are exact fractions."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from tests.oracle.vocabulary import LOST_IN_LOOP

__all__ = ["UNDETERMINED", "Mix", "Route", "blend", "origin_route", "recover", "stamp", "strip"]


class Stage(NamedTuple):
    """One stage of a route: its countries, and whether any of them is only declared."""

    name: str
    countries: tuple[str, ...]
    declared: bool


class Route(NamedTuple):
    """One way that a share of material has come: its stages, its origin, and whether that is only declared."""

    stages: tuple[Stage, ...]
    origin: str
    declared: bool

    def of(self, names: Iterable[str]) -> list[Stage]:
        """The stages out of `names` that happened on this route."""
        wanted = frozenset(names)
        return [stage for stage in self.stages if stage.name in wanted]

    @property
    def recovered(self) -> bool:
        """Whether the material is recycled."""
        return self.origin in ("post-consumer", "pre-consumer")


Mix = Mapping[Route, Fraction]
"""Route -> share; shares sum to one."""

UNDETERMINED = Route((), "undetermined", False)


def origin_route(origin: Mapping[str, Any] | None, element: str, country: str, *, other: bool) -> Route:
    """The route that a source or an addition begins with, for an element or for the body (`*`)."""
    origin = origin or {"kind": "undisclosed"}
    if origin["kind"] == "mined":
        return Route((Stage("mine", (country,), other),), "mined", other)
    if origin["kind"] == "recycled":
        return Route((), origin["feed"], other)
    if origin["kind"] == "undisclosed":
        return Route((), "undisclosed", False)
    entries = origin.get("stages", {})
    said = entries.get(element, entries.get("*", {}))
    stages = (Stage(name, tuple(sorted(set(where))), True) for name, where in said.items())
    return Route(tuple(sorted(stages)), "declared", True)


@cache
def stamp(route: Route, steps: tuple[str, ...], country: str, declared: bool) -> Route:
    """The route after the steps at a facility in the country."""
    stages = {stage.name: stage for stage in route.stages}
    for step in steps:
        before = stages.get(step, Stage(step, (), False))
        stages[step] = Stage(step, tuple(sorted({*before.countries, country})), before.declared or declared)
    return route._replace(stages=tuple(sorted(stages.values())))


@cache
def strip(route: Route) -> Route:
    """The route of a formed body that goes back into powder, melt or solution."""
    return route._replace(stages=tuple(stage for stage in route.stages if stage.name not in LOST_IN_LOOP))


@cache
def recover(route: Route) -> Route:
    """The route of waste at its sale: what was mined or declared is pre-consumer from here on."""
    return route._replace(origin="pre-consumer") if route.origin in ("mined", "declared") else route


def blend(parts: Iterable[tuple[int | Fraction, Mix]]) -> dict[Route, Fraction]:
    """Mixes pooled by their masses; a pool of nothing is undetermined."""
    pool: dict[Route, Fraction] = {}
    total = Fraction(0)
    for mass, mix in parts:
        total += mass
        if mass:
            for route, share in mix.items():
                pool[route] = pool.get(route, Fraction(0)) + share * mass
    if not total:
        return {UNDETERMINED: Fraction(1)}
    return {route: mass / total for route, mass in pool.items()}
