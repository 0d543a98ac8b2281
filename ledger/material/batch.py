"""A batch as the ledger knows it: what was made, what is left of it, who holds it, and where its elements have been.

Masses by route always sum to the mass of the element. The mass and the elements are those of the making record and
never change; a receiver's lower weighing lowers only what is left (docs/formats/routes-and-shares.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.material.routes import as_secondary
from ledger.material.table import Columns, RoutesByElement, RouteTable, Shape, as_table, gathered, shared_out
from ledger.values.quantity import PPM
from ledger.values.vocabulary import FORMED_MATERIALS

__all__ = [
    "Batch",
    "Carried",
    "Content",
    "Description",
    "Elements",
    "draw",
    "element_masses",
    "secondary",
]

Elements = Mapping[str, int]
"""Element (and `*` for the body) -> mass in mg."""
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

    @property
    def shape(self) -> Shape:
        """As that of a batch."""
        return self.material in FORMED_MATERIALS or self.routes


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
    def shape(self) -> Shape:
        """Whether the batch has a shape, or the table that tells: of a formed material, or made by a forming stage."""
        return self.material in FORMED_MATERIALS or self.made

    @property
    def formed(self) -> bool:
        """Whether the batch has a shape."""
        return self.material in FORMED_MATERIALS or self.made.formed

    @property
    def element_masses(self) -> Mapping[str, int]:
        """Element (and `*`) -> mass in mg, the sum of its routes."""
        return self.made.totals


def element_masses(mass_mg: int, composition: Mapping[str, int] | None) -> dict[str, int]:
    """`floor(mass * ppm / 1,000,000)` for each element; an unknown composition gives none."""
    return {element: mass_mg * ppm // PPM for element, ppm in (composition or {}).items()}


class _Drawn(NamedTuple):
    """The recipe of a draw."""

    totals: Mapping[str, int]
    source: RouteTable

    @property
    def needs(self) -> Sequence[RouteTable]:
        return (self.source,)

    def columns(self) -> Columns:
        return shared_out(self.totals, self.source.worked_out())


class _Sold(NamedTuple):
    """The recipe of scrap, swarf or residue after its sale."""

    source: RouteTable

    @property
    def needs(self) -> Sequence[RouteTable]:
        return (self.source,)

    def columns(self) -> Columns:
        routes, columns = self.source.worked_out()
        return gathered([([as_secondary(route) for route in routes], columns)])


def secondary(routes: RoutesByElement) -> RouteTable:
    """The routes of scrap, swarf or residue after its sale: what was mined or declared is pre-consumer from then on."""
    table = as_table(routes)
    return RouteTable(table.totals, _Sold(table))


def draw(routes: RoutesByElement, part_mg: int, whole_mg: int) -> RouteTable:
    """What a consumption of a part takes of each element: `floor(E * m / M)`, with routes in proportion.

    It depends on nothing that was drawn before; what rounding leaves, under 1 mg an element, is loss.
    """
    table = as_table(routes)
    if part_mg == whole_mg:
        return table
    totals = {element: mass * part_mg // whole_mg for element, mass in table.totals.items()}
    return RouteTable(totals, _Drawn(totals, table))
