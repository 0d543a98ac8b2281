"""A scenario while it is being written: the oracle is asked after every record, so what is held is known."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.oracle.apply import accept
from tests.oracle.batches import Batch
from tests.oracle.rules import violations
from tests.oracle.units import MILLION
from tests.oracle.world import World

__all__ = ["POOLS", "Story"]

POOLS = (
    ("AU", "MY", "US", "VN", "EE", "DE", "JP"),
    ("US", "US", "US", "CA", "DE"),
    ("AU", "CN", "MY", "US", "RU", "DE", "BR", "IN", "JP", "GB"),
)
"""Countries out of which a world is made: friendly, nearly all at home, and mixed with covered ones."""


class Story:
    """A growing scenario with its own chance, its own clock, and what the oracle makes of it so far."""

    def __init__(self, rng: Random, organizations: int) -> None:
        self.rng = rng
        pool = rng.choice(POOLS)
        self.scenario: dict[str, Any] = {"organizations": {}, "facilities": {}, "records": [], "reports": []}
        for index in range(organizations):
            self._organization(f"o{index}", pool)
        self.now = datetime(2025, 1, 1, tzinfo=UTC)
        self.world = World.of({**self.scenario, "records": [{"at": self.at()}]})
        self.makers: dict[str, str] = {}
        self.count = 0

    def _organization(self, name: str, pool: tuple[str, ...]) -> None:
        home = self.rng.choice(pool)
        self.scenario["organizations"][name] = {"name": f"Organization {name}", "country": home}
        for place in range(self.rng.randint(1, 3)):
            country = home if self.rng.random() < 0.6 else self.rng.choice(pool)
            said: dict[str, Any] = {"of": name, "name": f"Plant {name}-{place}", "country": country}
            if self.rng.random() < 0.2:
                said["owner_country"] = self.rng.choice(pool)
            if place and self.rng.random() < 0.3:
                said["operator"] = {"name": "A toller", "country": country}
            self.scenario["facilities"][f"{name}-f{place}"] = said

    def at(self, hours: int = 0) -> str:
        """The story's present, or some hours from it."""
        return (self.now + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def someone(self, besides: str = "") -> str:
        """An organization."""
        return str(self.rng.choice([name for name in self.scenario["organizations"] if name != besides]))

    def place(self, issuer: str) -> str:
        """A facility of an organization."""
        facilities = self.scenario["facilities"].items()
        return str(self.rng.choice([name for name, said in facilities if said["of"] == issuer]))

    def held(self, *materials: str, by: str = "") -> list[Batch]:
        """What somebody holds and can use now, of some materials."""
        return [
            batch
            for batch in self.world.batches.values()
            if batch.left > 0
            and batch.holder is not None
            and batch.offered is None
            and (not materials or batch.material in materials)
            and (not by or batch.holder == by)
        ]

    def add(self, record: dict[str, Any]) -> set[str]:
        """One more record; its codes, none if it is accepted."""
        self.now += timedelta(minutes=self.rng.choice([0, 7, 60, 600]))
        name = f"r{self.count}"
        self.count += 1
        record = {"as": name, "at": self.at(), **record}
        codes = violations(record, self.world)
        if codes:
            record |= {"expect": "refused", "violations": sorted(codes)}
        else:
            before = set(self.world.batches)
            accept(record, name, self.world)
            self.makers |= dict.fromkeys(self.world.batches.keys() - before, record["by"])
        self.scenario["records"].append(record)
        return codes

    @property
    def last(self) -> str:
        """The name of the newest record."""
        return str(self.scenario["records"][-1]["as"])

    def share(self, of: int, least: float = 0.1, most: float = 0.9) -> int:
        """A random part of a mass, at least a milligram."""
        return max(1, int(of * self.rng.uniform(least, most)))

    def draw(self, batch: Batch) -> dict[str, Any]:
        """An input: a part of what is left, or all of it."""
        mass = batch.left if self.rng.random() < 0.3 else self.share(batch.left, 0.1, 0.7)
        return {"batch": batch.name, "mass": f"{mass} mg"}

    def ppm(self, element: int, mass: int) -> int:
        """The highest share that claims no more of an element than there is."""
        return min(MILLION, element * MILLION // mass)
