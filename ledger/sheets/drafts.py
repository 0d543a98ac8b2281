"""What rows become: drafts of records, put as a scenario's entries, each member with the cell that it is from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from ledger.sheets.says import Where

__all__ = ["Draft", "Ref", "RefKind", "place_of"]

RefKind = Literal["batch", "facility", "organization", "transfer"]


@dataclass(slots=True)
class Ref:
    """A name in a cell that stands for something: `holder[key]` takes what it stands for."""

    kind: RefKind
    text: str
    where: Where
    holder: dict[str, Any]
    key: str


@dataclass(slots=True, eq=False)
class Draft:
    """A record as far as its rows say it. `places` are the cells by member, as violations name members."""

    kind: str
    where: Where
    entry: dict[str, Any]
    places: dict[str, Where] = field(default_factory=dict)
    refs: list[Ref] = field(default_factory=list)
    rows: list[Where] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name by which other rows call this record; empty where it has none."""
        return str(self.entry.get("as", ""))

    @property
    def at(self) -> str:
        """When it happened."""
        return str(self.entry.get("at", ""))

    @property
    def lots(self) -> Iterator[tuple[int, str]]:
        """The lots that it makes, with their places."""
        for place, output in enumerate(self.entry.get("outputs", ())):
            if "lot" in output:
                yield place, output["lot"]


def place_of(draft: Draft, member: str) -> Where:
    """The cell that a member is from; of what no cell says by itself the nearest around it; else the first row."""
    path = member
    while path:
        if path in draft.places:
            return draft.places[path]
        for said, written in (("_mg", ""), ("_ppm", "")):
            if path.endswith(said) and path.removesuffix(said) + written in draft.places:
                return draft.places[path.removesuffix(said) + written]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return draft.where
