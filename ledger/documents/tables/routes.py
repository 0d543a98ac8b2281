"""The routes of weighed batches: joint, by mass, and each route spelled out once."""

from collections.abc import Iterator

from ledger.documents.tables.cells import Row, Sink
from ledger.documents.tables.reasons import NOT_WEIGHED
from ledger.errors import VerificationError
from ledger.material.batch import Batch
from ledger.material.routes import Route
from ledger.material.table import RouteTable
from ledger.values.encoding import digest

__all__ = ["Routes"]


class Routes:
    """Writes routes, and the stages of each route when it is first met."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self._known: dict[bytes, str] = {}

    def add(self, batch: Batch) -> None:
        """The routes of a batch, and of what is inside an assembly.

        Raises:
            VerificationError: those of an element do not sum to its mass. That would be a fault of ours.
        """
        for row in self._rows(batch.id, None, batch.routes):
            self.sink.add("routes", row)
        for content in batch.contents:
            for row in self._rows(batch.id, content.batch, content.routes):
                self.sink.add("routes", row)

    def unknown(self, batch: str) -> None:
        """A batch whose routes nobody can work out from this file."""
        self.sink.add("routes", (batch, *(None,) * 8, "no", NOT_WEIGHED))

    def _rows(self, batch: str, part: str | None, table: RouteTable) -> Iterator[Row]:
        for element, masses in sorted(table.items()):
            if sum(masses.values()) != table.totals[element]:
                raise VerificationError(f"{batch}: the routes of {element} do not sum to its mass")
            for route, mass in masses.items():
                yield (
                    batch,
                    part,
                    element,
                    self._named(route),
                    mass,
                    route.origin,
                    route.known or None,
                    route.reason or None,
                    "; ".join(f"{s.step} {'+'.join(s.countries)} {s.basis}" for s in route.stages) or None,
                    "yes",
                    None,
                )

    def _named(self, route: Route) -> str:
        name = self._known.get(route.key)
        if name is None:
            name = self._known[route.key] = digest(route.key)
            for stage in route.stages:
                for country in stage.countries:
                    self.sink.add("route_stages", (name, stage.step, country, stage.basis))
        return name
