"""What records tell of where their material comes from, as routes; and what they leave untold."""

from collections.abc import Sequence

from ledger.bundle.graph import Graph, Node
from ledger.bundle.partial import PartLink, PartOrigin, PartOutput, PartProcess, PartSource, PartTransfer
from ledger.errors import VerificationError
from ledger.material.routes import Route, Stage
from ledger.records.batches import Declared
from ledger.rules.balance import origin_route

__all__ = ["HIDDEN", "addition_route", "check_steps", "is_hidden", "last_taken", "output_of", "source_route"]

HIDDEN = Route("undisclosed", reason="withheld")
"""The route of what the evidence does not tell."""


def is_hidden(route: Route) -> bool:
    """Whether a route is one of which something is withheld."""
    return route.reason == HIDDEN.reason


def last_taken(graph: Graph) -> dict[str, list[str]]:
    """For each record the batches that no later one takes anything of; the subject is never among them."""
    last = {link.batch: node.id for node in graph.nodes.values() for link in _links(node) if link and link.batch}
    last.pop(graph.subject, None)
    done: dict[str, list[str]] = {}
    for batch, record in last.items():
        done.setdefault(record, []).append(batch)
    return done


def _links(node: Node) -> Sequence[PartLink | None]:
    said = node.said
    if isinstance(said, PartSource):
        return ()
    return (said.batches if isinstance(said, PartTransfer) else said.inputs) or ()


def output_of(said: PartSource | PartProcess, place: int) -> PartOutput:
    """The output at a place, as far as it is disclosed."""
    return (said.outputs[place] if said.outputs else None) or PartOutput()


def addition_route(origin: PartOrigin | None, element: str) -> Route:
    """The route of what comes without a batch: declared, or undisclosed."""
    if origin is None or origin.kind != "declared":
        return origin_route(None, element)
    return origin_route(Declared(kind="declared", stages=origin.stages or {}), element)


def source_route(said: PartSource, element: str) -> Route:
    """The route on which a source brings an element (or the body) into the ledger."""
    origin = said.origin
    if origin is None or origin.kind is None or said.operated is None:
        return HIDDEN
    if origin.kind == "mined":
        return Route("mined", (Stage("mine", (said.country,), said.basis),)) if said.country else HIDDEN
    if origin.kind == "recycled":
        return Route(origin.feed, known=said.basis) if origin.feed else HIDDEN
    return addition_route(origin, element)


def check_steps(node: Node, said: PartProcess) -> None:
    """An input or addition takes part from one of the record's own steps on.

    Raises:
        VerificationError: one names another step.
    """
    for entry in (*(said.inputs or ()), *(said.additions or ())):
        if entry is not None and entry.step is not None and entry.step not in (said.steps or ()):
            raise VerificationError(f"{node.record.entry}: {entry.step} is no step of the record")
