"""What the oracle remembers while it reads a scenario: places, batches, transfers."""

from dataclasses import dataclass, field
from typing import Any

from tests.oracle.batches import Batch

__all__ = ["Offer", "Place", "World"]


@dataclass(frozen=True)
class Place:
    """A facility as recorded: whose record, where, and whether that organization operates it."""

    of: str
    country: str
    owner_country: str | None
    own: bool


@dataclass
class Offer:
    """A transfer: what was offered to whom, and whether it was answered."""

    sender: str
    to: str | None
    at: str
    terms: str
    batches: list[str]
    answered: bool = False


@dataclass
class World:
    """Everything accepted so far."""

    organizations: dict[str, Any]
    places: dict[str, Place]
    batches: dict[str, Batch] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    clock: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, scenario: dict[str, Any]) -> "World":
        """The world before the first record."""
        places = {}
        for name, said in scenario.get("facilities", {}).items():
            operator = said.get("operator", said["of"])
            places[name] = Place(said["of"], said["country"], said.get("owner_country"), operator == said["of"])
        earliest = min((record["at"] for record in scenario["records"]), default="2026-01-01T00:00:00Z")
        clock = dict.fromkeys(scenario["organizations"], earliest)
        return cls(scenario["organizations"], places, clock=clock)

    def visible(self, batch: str, issuer: str) -> Batch | None:
        """The batch, if the issuer holds it or it was offered to him."""
        found = self.batches.get(batch)
        if found is None:
            return None
        offered = found.offered is not None and self.offers[found.offered].to == issuer
        return found if found.holder == issuer or offered else None
