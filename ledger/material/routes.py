"""Routes: for one element of a batch, where it has been, and how that is known (docs/formats/routes-and-shares.md).

A route is joint, not a set of marginals: "the share that never touched a covered country" is a question about whole
routes. Routes are compared and ordered by their canonical JSON; equal routes are one route.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from threading import Lock
from typing import NamedTuple
from weakref import WeakValueDictionary

from ledger.values.canonical import canonical
from ledger.values.vocabulary import FORMING_STEPS, LOST_IN_LOOP

__all__ = [
    "BODY",
    "DECLARED",
    "RECYCLED_ORIGINS",
    "TRACED",
    "UNDETERMINED",
    "Masses",
    "Route",
    "Stage",
    "as_secondary",
    "is_formed",
    "route_from_json",
    "stamp",
    "stamps",
    "unformed",
]

BODY = "*"
"""The batch as a whole, beside its elements."""

TRACED = "traced"
DECLARED = "declared"

ORIGINS = ("mined", "post-consumer", "pre-consumer", "declared", "undisclosed", "undetermined")
RECYCLED_ORIGINS = frozenset({"post-consumer", "pre-consumer"})


class Stage(NamedTuple):
    """A stage of a route: its step, the sorted countries where it happened, and how that is known.

    `basis` is `declared` as soon as any part of it is.
    """

    step: str
    countries: tuple[str, ...]
    basis: str


class Route:
    """Where some mass of an element has been; immutable, and equal routes are one object, so that comparing is cheap.

    `stages` are sorted by step, each step once. `known` says how a recycled origin is known (`traced`, `declared`) and
    is empty otherwise. `reason` says why an undisclosed origin is unknown where that is more than its maker's silence
    (`compromised`, `erased`, `corrected-below-use`). `key` is the route's canonical JSON, which orders routes; `formed`
    says whether it has a forming stage.
    """

    __slots__ = ("__weakref__", "formed", "key", "known", "origin", "reason", "stages")
    origin: str
    stages: tuple[Stage, ...]
    known: str
    reason: str
    key: bytes
    formed: bool

    def __new__(  # noqa: PYI034 - a route is never subclassed: equal routes are one object
        cls, origin: str, stages: tuple[Stage, ...] = (), known: str = "", reason: str = ""
    ) -> "Route":
        """The one route of these values."""
        identity = (origin, stages, known, reason)
        route = _ROUTES.get(identity)
        if route is None:
            route = super().__new__(cls)
            for name, value in zip(("origin", "stages", "known", "reason"), identity, strict=True):
                object.__setattr__(route, name, value)
            object.__setattr__(route, "key", canonical(route.as_json()))
            object.__setattr__(route, "formed", any(stage.step in FORMING_STEPS for stage in stages))
            with _ONE_AT_A_TIME:
                route = _ROUTES.setdefault(identity, route)
        return route

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a route does not change")

    def __reduce__(self) -> tuple[type["Route"], tuple[object, ...]]:
        return Route, (self.origin, self.stages, self.known, self.reason)

    def __repr__(self) -> str:
        return f"Route({self.key.decode()})"

    def as_json(self) -> dict[str, object]:
        """The route as stored and compared."""
        shown: dict[str, object] = {
            "origin": self.origin,
            "stages": {s.step: {"basis": s.basis, "countries": list(s.countries)} for s in self.stages},
        }
        if self.known:
            shown["known"] = self.known
        if self.reason:
            shown["reason"] = self.reason
        return shown

    def stage(self, step: str) -> Stage | None:
        """The stage of that step, or None where the route does not say that it happened."""
        for stage in self.stages:
            if stage.step == step:
                return stage
        return None


_ROUTES: WeakValueDictionary[tuple[object, ...], Route] = WeakValueDictionary()
_ONE_AT_A_TIME = Lock()

Masses = Mapping[Route, int]
"""route -> mass in mg, for one element; in canonical order of the routes wherever order matters."""

UNDETERMINED = Route("undetermined")
"""The route of mass that no input accounts for."""


def route_from_json(shown: Mapping[str, object]) -> Route:
    """A stored route. Not checked: its vocabulary; what is read here was written by us."""
    stages = shown["stages"]
    assert isinstance(stages, Mapping)
    return Route(
        origin=str(shown["origin"]),
        stages=tuple(Stage(step, tuple(s["countries"]), str(s["basis"])) for step, s in sorted(stages.items())),
        known=str(shown.get("known", "")),
        reason=str(shown.get("reason", "")),
    )


def stamp(route: Route, steps: tuple[str, ...], country: str, basis: str) -> Route:
    """The route after these steps in this country: two countries in one stage form a set."""
    stages = {stage.step: stage for stage in route.stages}
    for step in steps:
        before = stages.get(step)
        if before is None:
            stages[step] = Stage(step, (country,), basis)
        else:
            countries = tuple(sorted({*before.countries, country}))
            known = TRACED if before.basis == basis == TRACED else DECLARED
            stages[step] = Stage(step, countries, known)
    return Route(route.origin, tuple(sorted(stages.values())), route.known, route.reason)


class _Stamps(dict[Route, Route]):
    """What routes become by the same steps at the same place; each is worked out when it is first asked for."""

    __slots__ = ("basis", "country", "loses_shape", "steps")

    def __init__(self, steps: tuple[str, ...], country: str, basis: str, *, loses_shape: bool) -> None:
        super().__init__()
        self.steps, self.country, self.basis, self.loses_shape = steps, country, basis, loses_shape

    def __missing__(self, route: Route) -> Route:
        if len(self) >= _MOST_STAMPS:
            self.clear()
        before = unformed(route) if self.loses_shape else route
        after = self[route] = stamp(before, self.steps, self.country, self.basis)
        return after


_MOST_STAMPS = 16_384


@lru_cache(maxsize=256)
def stamps(steps: tuple[str, ...], country: str, basis: str, *, loses_shape: bool) -> Mapping[Route, Route]:
    """Route -> the route after these steps in this country, without its shaping first where that is lost."""
    return _Stamps(steps, country, basis, loses_shape=loses_shape)


def unformed(route: Route) -> Route:
    """The route of formed material that goes back to powder, alloy or further: its shaping no longer counts."""
    kept = tuple(stage for stage in route.stages if stage.step not in LOST_IN_LOOP)
    return Route(route.origin, kept, route.known, route.reason)


@lru_cache(maxsize=65_536)
def as_secondary(route: Route) -> Route:
    """The route of scrap, swarf or residue at the receipt where it was sold: mined or declared becomes pre-consumer.

    Its stages stay. What is unknown stays unknown, and post-consumer stays post-consumer.
    """
    if route.origin == "mined":
        mine = route.stage("mine")
        return Route("pre-consumer", route.stages, mine.basis if mine else DECLARED, route.reason)
    if route.origin == "declared":
        return Route("pre-consumer", route.stages, DECLARED, route.reason)
    return route


def is_formed(body: Iterable[Route]) -> bool:
    """Whether some of a body's routes have a forming stage."""
    return any(route.formed for route in body)
