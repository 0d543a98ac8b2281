"""A batch as the ledger knows it: what was made, what is left of it, who holds it, and where its elements have been.

Masses by route always sum to the mass of the element. The mass and the elements are those of the making record and
never change; a receiver's lower weighing lowers only what is left (docs/formats/routes-and-shares.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from ledger.material.routes import BODY, Route, as_secondary, is_formed
from ledger.values.quantity import PPM, apportion
from ledger.values.vocabulary import FORMED_MATERIALS

__all__ = [
    "Batch",
    "Carried",
    "Content",
    "Description",
    "Elements",
    "RouteTable",
    "by_key",
    "draw",
    "element_masses",
    "secondary",
    "share_out",
    "share_out_all",
]

_KEY = attrgetter("key")

Elements = Mapping[str, int]
"""Element (and `*` for the body) -> mass in mg."""
RouteTable = Mapping[str, Mapping[Route, int]]
"""Element (and `*`) -> route -> mass in mg."""
Description = Mapping[str, object]
"""What the making record says of the output besides mass and composition: lot, form, grade, magnet_type, coating."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What is stored with a batch of everything upstream of it: unions that a report would otherwise walk for.

    `owners` maps a stage to the countries of its owners (`unknown` where a record says none).
    """

    custody: frozenset[str] = frozenset()
    owners: Mapping[str, frozenset[str]] = field(default_factory=dict)
    inquiries: frozenset[str] = frozenset()

    def joined(self, others: Iterable["Carried"]) -> "Carried":
        """The union with what others carry."""
        every = [self, *others]
        owners: dict[str, frozenset[str]] = {}
        for one in every:
            for stage, countries in one.owners.items():
                before = owners.get(stage)
                owners[stage] = countries if before is None or before <= countries else before | countries
        return Carried(
            frozenset().union(*[one.custody for one in every]),
            dict(sorted(owners.items())),
            frozenset().union(*[one.inquiries for one in every]),
        )


@dataclass(frozen=True, slots=True)
class Content:
    """A magnet or other part inside an assembly: it keeps its own routes."""

    batch: str
    material: str
    mass_mg: int
    composition: Mapping[str, int] | None
    description: Description
    routes: RouteTable


@dataclass(slots=True)
class Batch:
    """A quantity of one material, tracked as one thing.

    `holder` is an organization, or None once the material has left the ledger; `transit` is the transfer that offers
    it. `made` are the routes as the making record left them; from the log index `secondary_at` on, the receipt where
    scrap was sold, they count as pre-consumer.
    """

    id: str
    index: int
    made_at: str
    maker: str
    holder: str | None
    material: str
    mass_mg: int
    left_mg: int
    composition: Mapping[str, int] | None
    description: Description
    made: RouteTable
    contents: tuple[Content, ...] = ()
    carried: Carried = field(default_factory=Carried)
    transit: str | None = None
    secondary_at: int | None = None

    @property
    def routes(self) -> RouteTable:
        """The routes as they count now."""
        return self.made if self.secondary_at is None else secondary(self.made)

    @property
    def formed(self) -> bool:
        """Whether the batch has a shape: made by a forming stage, or of a formed material."""
        return self.material in FORMED_MATERIALS or is_formed(self.made.get(BODY, ()))

    @property
    def element_masses(self) -> dict[str, int]:
        """Element (and `*`) -> mass in mg, the sum of its routes."""
        return {element: sum(masses.values()) for element, masses in self.made.items()}


def element_masses(mass_mg: int, composition: Mapping[str, int] | None) -> dict[str, int]:
    """`floor(mass * ppm / 1,000,000)` for each element; an unknown composition gives none."""
    return {element: mass_mg * ppm // PPM for element, ppm in (composition or {}).items()}


def by_key(masses: Mapping[Route, int]) -> list[Route]:
    """Routes in canonical order, which decides ties."""
    return sorted(masses, key=_KEY)


def share_out(total: int, masses: Mapping[Route, int]) -> dict[Route, int]:
    """`apportion(total, masses)` over routes in canonical order; routes that get nothing are left out."""
    if len(masses) == 1:
        return dict.fromkeys(masses, total) if total and any(masses.values()) else {}
    ordered = by_key(masses)
    return _parted(total, ordered, [masses[route] for route in ordered])


def _parted(total: int, ordered: Sequence[Route], weights: Sequence[int]) -> dict[Route, int]:
    """`share_out` over routes in canonical order."""
    parts = apportion(total, weights)
    shared = dict(zip(ordered, parts, strict=False))
    return {route: part for route, part in shared.items() if part} if 0 in parts else shared


def share_out_all(totals: Mapping[str, int], routes: RouteTable) -> dict[str, dict[Route, int]]:
    """`share_out` of each element's total. Elements mostly share their routes: those are sorted once."""
    shared: dict[str, dict[Route, int]] = {}
    listed: list[Route] = []
    ordered: list[Route] = []
    for element, total in totals.items():
        masses = routes.get(element, {})
        if len(masses) == 1:
            shared[element] = dict.fromkeys(masses, total) if total and any(masses.values()) else {}
            continue
        found = list(masses)
        if found != listed:
            listed, ordered = found, sorted(found, key=_KEY)
        weights = list(masses.values()) if ordered == found else [masses[route] for route in ordered]
        shared[element] = _parted(total, ordered, weights)
    return shared


def secondary(routes: RouteTable) -> dict[str, dict[Route, int]]:
    """The routes of scrap, swarf or residue after its sale: what was mined or declared is pre-consumer from then on."""
    table = {}
    for element, masses in routes.items():
        after: dict[Route, int] = {}
        for route, mass in masses.items():
            new = as_secondary(route)
            after[new] = after.get(new, 0) + mass
        table[element] = after
    return table


def draw(routes: RouteTable, part_mg: int, whole_mg: int) -> dict[str, dict[Route, int]]:
    """What a consumption of a part takes of each element: `floor(E * m / M)`, with routes in proportion.

    It depends on nothing that was drawn before; what rounding leaves, under 1 mg an element, is loss.
    """
    if part_mg == whole_mg:
        return {element: dict(masses) for element, masses in routes.items()}
    return share_out_all({e: sum(masses.values()) * part_mg // whole_mg for e, masses in routes.items()}, routes)
