"""From the replay to what a judgement needs: the batch, or the magnets inside an assembly, with their tolerances."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ledger.bundle.compare import Tolerance, known_part
from ledger.bundle.graph import Graph
from ledger.bundle.lanes import SCALE
from ledger.bundle.partial import PartOutput, PartProcess, PartSource
from ledger.bundle.printed import PrintedEntry, PrintedSubject
from ledger.bundle.shares import Lot, Part
from ledger.bundle.told import HIDDEN, is_hidden
from ledger.errors import VerificationError
from ledger.material.routes import BODY
from ledger.material.table import RoutesByElement
from ledger.report.model import Subject
from ledger.values.quantity import PPM
from ledger.values.vocabulary import HANDLING_STEPS

__all__ = ["Judged", "carried_upstream", "check_description", "elements_asked", "inside", "judged", "without_traces"]

_MAGNETS = frozenset({"magnet", "block"})
_OPAQUE = frozenset({"assembly", "product"})
_SAID = ("material", "magnet_type", "consolidation", "coating", "grade", "form", "lot", "composition")


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch or magnet lot as the replay knows it, in the unit of the replay, and how exact that is."""

    subject: Subject
    tolerance: Tolerance
    described: PartOutput


def elements_asked(graph: Graph, printed: PrintedSubject) -> list[str]:
    """Every element that a composition on the way, or the report itself, names."""
    asked = set(printed.statement.elements)
    for magnet in printed.magnets or ():
        asked |= set(magnet.statement.elements)
    for node in graph.nodes.values():
        if isinstance(node.said, PartSource | PartProcess):
            asked |= {e for o in node.said.outputs or () if o is not None and o.composition for e in o.composition}
    return sorted(asked)


def judged(lot: Lot | Part, printed: PrintedEntry, graph: Graph) -> Judged:
    """The batch or part as a subject. Where its composition is withheld, the printed one is taken."""
    output = lot.output
    composition = output.composition if output.composition is not None else printed.composition
    if composition is None:
        composition = dict.fromkeys(printed.statement.elements, 1)
    custody, owners = carried_upstream(graph)
    subject = Subject(
        batch=lot.batch,
        material=output.material or printed.material,
        magnet_type=output.magnet_type,
        composition=composition,
        elements={**dict(composition), BODY: PPM},
        routes=_weighted(lot.table, composition),
        custody=custody,
        owners=owners,
    )
    subject = replace(subject, elements={e: sum(masses.values()) for e, masses in subject.routes.items()})
    return Judged(subject, _tolerance(lot), output)


def inside(lot: Lot) -> list[Part]:
    """The magnet lots inside an assembly, each once, in order of their names.

    The same lot in two places is one entry; where its routes differ, how they add up hangs on masses.
    """
    lots: dict[str, Part] = {}
    for part in lot.parts:
        if part.output.material in _MAGNETS | _OPAQUE or part.output.magnet_type:
            before = lots.setdefault(part.batch, part)
            if before.table != part.table:
                hidden = {e: {HIDDEN: SCALE} for e in part.table}
                lots[part.batch] = replace(part, table=hidden)
    return [part for _, part in sorted(lots.items())]


def without_traces(subject: Subject, tolerance: Tolerance) -> Subject:
    """The subject without what is withheld, and without routes whose share is below what shares can tell."""
    known = known_part(subject)
    routes = {}
    for element, masses in known.routes.items():
        least = (tolerance.of(element) + 1) * sum(masses.values())
        routes[element] = {route: mass for route, mass in masses.items() if mass * PPM > least}
    weights = {e: sum(masses.values()) for e, masses in routes.items()}
    return replace(known, routes=routes, elements=weights, partly_withheld=tolerance.most_hidden > 0)


def carried_upstream(graph: Graph) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Custody models, and owners' countries by stage, of everything upstream."""
    custody: set[str] = set()
    owners: dict[str, set[str]] = {}
    for node in graph.nodes.values():
        said = node.said
        if isinstance(said, PartProcess):
            custody |= {str(said.custody)} if said.custody else set()
            stages: Iterable[str] = [step for step in said.steps or () if step not in HANDLING_STEPS]
        elif isinstance(said, PartSource) and said.origin is not None and said.origin.kind == "mined":
            stages = ["mine"]
        else:
            continue
        for stage in stages:
            owners.setdefault(stage, set()).add(said.owner_country or "unknown")
    return tuple(sorted(custody)), {stage: tuple(sorted(found)) for stage, found in sorted(owners.items())}


def check_description(printed: PrintedEntry, described: PartOutput, where: str) -> list[str]:
    """Which printed members the maker's record confirms.

    Raises:
        VerificationError: one is not what the record says.
    """
    confirmed = []
    for name in _SAID:
        stated, said = getattr(described, name), getattr(printed, name, None)
        if stated is None or (said is None and name not in ("material", "magnet_type")):
            continue
        if stated != said:
            raise VerificationError(f"{where}{name}: the maker's record says something else")
        confirmed.append(name)
    return confirmed


def _weighted(table: RoutesByElement, composition: Mapping[str, int]) -> RoutesByElement:
    """The distributions, each with the weight that its element has in the batch."""
    weights = {**composition, BODY: PPM}
    return {e: {r: m * weights[e] for r, m in table[e].items()} for e in weights if e in table}


def _tolerance(lot: Lot | Part) -> Tolerance:
    """1 ppm for each process on the way, or what the rounding of many shares can come to if that is more."""
    ppm = dict.fromkeys(lot.table, max(1, lot.depth, -(-lot.rounding // 1_000)))
    hidden = {}
    for element, masses in lot.table.items():
        withheld = sum(mass for route, mass in masses.items() if is_hidden(route))
        if withheld:
            hidden[element] = -(-withheld * PPM // sum(masses.values()))
    return Tolerance(ppm, hidden)
