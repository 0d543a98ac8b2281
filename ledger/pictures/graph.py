"""The provenance graph near a batch: what the picture is made of. Batches as cards, crowds of them as one card.

Columns are stages, from ore to product; recycled feed has a column of its own. Cards of a crowd are told apart by what
a reader may open: a crowd says how many it stands for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["COLUMNS", "Card", "Graph", "Link", "column_of"]

COLUMNS = ("recycled", "ore", "oxide", "metal", "alloy", "magnet", "product", "other")
"""The columns in their order."""

_MATERIALS: Mapping[str, str] = {
    "recycled": "scrap swarf residue",
    "ore": "ore concentrate",
    "oxide": "mixed-compound solution oxide salt",
    "metal": "metal iron cobalt",
    "alloy": "alloy powder ferroboron",
    "magnet": "compact block magnet",
    "product": "assembly product",
}
_COLUMN_OF = {material: column for column, materials in _MATERIALS.items() for material in materials.split()}


def column_of(material: str, *, source: str = "") -> str:
    """The column of a batch of some material; recovered material enters in the first one."""
    if source in ("post-consumer", "pre-consumer"):
        return "recycled"
    return _COLUMN_OF.get(material, "other")


@dataclass(frozen=True, slots=True, order=True)
class Card:
    """A batch, or a crowd of them (`count` above 1), as far as the reader may see it.

    `name` is the batch's name, or the crowd's. `depth` is how many records away it is, below 0 upstream. `origin` is
    that of a source. `lot` and `mass_mg` are there where the batch is open to the reader. `opens` is what to ask for to
    see more of it, and `more` how many there are behind it; the last may be one more than were counted.
    """

    name: str
    depth: int
    column: str
    material: str
    country: str = ""
    count: int = 1
    origin: str = ""
    lot: str = ""
    mass_mg: int | None = None
    opens: str = ""
    more: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """One card was made of another; `part` where it was only cut off it."""

    start: str
    end: str
    part: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """Everything near a batch. `cut` says how many cards were left out because one picture holds no more."""

    subject: str
    cards: Sequence[Card]
    links: Sequence[Link]
    opened: tuple[str, ...] = ()
    cut: int = 0
