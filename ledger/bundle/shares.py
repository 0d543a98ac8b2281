"""The buyer's replay: every share of a statement out of signed shares, without one mass (design.md section 5).

Each batch gets, for each element and for the body, a distribution over routes on a scale of our own. A process weighs
what was put in by its signed shares, stamps it and pools it, by the same code that the log uses with milligrams.

What is withheld takes part as a route of its own, `HIDDEN`, so that one always knows how much of an answer hangs on it.
Beside each distribution goes how far the rounding of shares can have moved it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.bundle.graph import Graph, Node
from ledger.bundle.partial import PartAddition, PartInput, PartOrigin, PartOutput, PartProcess, PartSource, PartTransfer
from ledger.errors import VerificationError
from ledger.material.batch import RouteTable, secondary, share_out
from ledger.material.pool import Contribution, Place, stamped
from ledger.material.routes import BODY, UNDETERMINED, Route, Stage, is_formed
from ledger.records.batches import Declared
from ledger.rules.balance import origin_route
from ledger.rules.recompute import COMPROMISED
from ledger.values.quantity import PPM
from ledger.values.vocabulary import FORMED_MATERIALS, SECONDARY_MATERIALS

__all__ = ["HIDDEN", "SCALE", "Lot", "Part", "is_hidden", "replay_shares"]

SCALE = 10**30
"""What the shares of each element sum to: fine enough that twenty steps of 1 ppm each do not vanish by rounding."""
HIDDEN = Route("undisclosed", reason="withheld")
"""The route of what the evidence does not tell."""
_CARRIERS = frozenset({"assembly", "product"})
_EVER = 2**62
_QUARTER, _UNIT = 250, 1_000
"""Rounding is counted in thousandths of a ppm."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something inside an assembly, with its own routes."""

    batch: str
    output: PartOutput
    table: RouteTable
    rounding: Mapping[str, int]
    depth: int

    @property
    def formed(self) -> bool:
        """Whether it has a shape."""
        return self.output.material in FORMED_MATERIALS or is_formed(self.table.get(BODY, ()))


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch as a buyer can know it. `depth` counts the processes on the longest way to it.

    `rounding` bounds, in thousandths of a ppm, how far any sum of an element's shares is from that of the masses.
    """

    batch: str
    output: PartOutput
    table: RouteTable
    rounding: Mapping[str, int]
    depth: int
    parts: tuple[Part, ...] = ()

    @property
    def formed(self) -> bool:
        """Whether it has a shape."""
        return self.output.material in FORMED_MATERIALS or is_formed(self.table.get(BODY, ()))


def is_hidden(route: Route) -> bool:
    """Whether a route is one of which something is withheld."""
    return route.reason == HIDDEN.reason


def replay_shares(graph: Graph, elements: Iterable[str]) -> dict[str, Lot]:
    """The distribution of these elements, and of the body, in every batch that leads to the subject.

    Raises:
        VerificationError: signed shares do not sum to the whole, or a record contradicts itself.
    """
    replay = _Replay(graph, tuple(dict.fromkeys((*elements, BODY))))
    for node in graph.nodes.values():
        replay.make(node)
    replay.lots[graph.subject] = replay.as_taken(graph.subject, _EVER)
    return replay.lots


@dataclass(slots=True)
class _Replay:
    graph: Graph
    elements: tuple[str, ...]
    lots: dict[str, Lot] = field(default_factory=dict)
    sold: dict[str, Lot] = field(default_factory=dict)

    def make(self, node: Node) -> None:
        """The batches that a record makes."""
        said = node.said
        places = range(len((said.batches if isinstance(said, PartTransfer) else said.outputs) or ()))
        names = {f"{node.id}#{place}": place for place in places if f"{node.id}#{place}" in self.graph.batches}
        if isinstance(said, PartTransfer):
            made = [self._cut(node, said, name, place) for name, place in names.items()]
        elif isinstance(said, PartSource):
            made = [self._found(said, name, _output(said, place)) for name, place in names.items()]
        else:
            made = self._processed(node, said, names)
        doubt = self._doubt(node)
        for lot in made:
            self.lots[lot.batch] = lot if doubt is None else self._unknown(lot, doubt)

    def as_taken(self, batch: str, index: int) -> Lot:
        """A batch as it counts at an index: scrap that was sold before is pre-consumer."""
        lot = self.lots[batch]
        if lot.output.material not in SECONDARY_MATERIALS or not self.graph.sold_before(batch, index):
            return lot
        if batch not in self.sold:
            self.sold[batch] = Lot(batch, lot.output, secondary(lot.table), lot.rounding, lot.depth, lot.parts)
        return self.sold[batch]

    def _found(self, said: PartSource, name: str, output: PartOutput) -> Lot:
        table = {element: {_source_route(said, element): SCALE} for element in self.elements}
        return Lot(name, output, table, {}, 0)

    def _cut(self, node: Node, said: PartTransfer, name: str, place: int) -> Lot:
        link = (said.batches or [])[place]
        if link is None or link.batch is None:
            return Lot(name, PartOutput(), self._all(HIDDEN), {}, 0)
        whole = self.as_taken(link.batch, node.index)
        return Lot(name, whole.output, whole.table, whole.rounding, whole.depth, whole.parts)

    def _processed(self, node: Node, said: PartProcess, names: Mapping[str, int]) -> list[Lot]:
        inputs = said.inputs or []
        taken = [self.as_taken(e.batch, node.index) if e is not None and e.batch else None for e in inputs]
        depth = 1 + max((lot.depth for lot in taken if lot is not None), default=0)
        outputs = {name: _output(said, place) for name, place in names.items()}
        if not said.steps or said.country is None or said.inputs is None:
            return [Lot(name, output, self._all(HIDDEN), {}, depth) for name, output in outputs.items()]
        where = Place(tuple(said.steps), said.country, said.basis)
        _check_steps(node, said)
        pairs = [
            (entry, lot) for entry, lot in zip(inputs, taken, strict=True) if entry is not None and lot is not None
        ]
        parts = [part for entry, lot in pairs for part in _stamped_parts(lot, where, entry.step)]
        if "assemble" in said.steps:
            return [self._assembled(node, name, o, pairs, where, depth) for name, o in outputs.items()]
        if "dismantle" in said.steps and any(lot.parts for _, lot in pairs):
            return [self._dismantled(node, name, o, parts, depth) for name, o in outputs.items()]
        table, rounding = self._pooled(node, said, taken, where)
        return [
            Lot(name, o, table, rounding, depth, tuple(parts) if o.material in _CARRIERS else ())
            for name, o in outputs.items()
        ]

    def _assembled(
        self,
        node: Node,
        name: str,
        output: PartOutput,
        pairs: Sequence[tuple[PartInput, Lot]],
        where: Place,
        depth: int,
    ) -> Lot:
        """An assembly keeps its parts apart. How much each weighs is no buyer's business, so its sum is hidden."""
        if output.contents is None or None in output.contents:
            return Lot(name, output, self._all(HIDDEN), {}, depth)
        inside: list[Part] = []
        for link in output.contents:
            found = next(((e, lot) for e, lot in pairs if link is not None and e.batch == link.batch), None)
            if found is None:
                raise VerificationError(f"{node.record.entry}: {name} contains a batch that is no input of the record")
            entry, lot = found
            if lot.parts:
                inside += _stamped_parts(lot, where, entry.step)
            else:
                whole = Part(lot.batch, lot.output, lot.table, lot.rounding, lot.depth)
                inside.append(_stamped_part(whole, where, entry.step))
        return Lot(name, output, self._sum(inside), _rounding(inside), depth, tuple(inside))

    def _dismantled(self, node: Node, name: str, output: PartOutput, parts: Sequence[Part], depth: int) -> Lot:
        if output.contents is None:  # an output without contents, or one whose contents are withheld
            return Lot(name, output, self._all(HIDDEN), {}, depth)
        named = [link.batch if link is not None else None for link in output.contents]
        inside = [next((part for part in parts if part.batch == batch), None) for batch in named]
        for batch, part in zip(named, inside, strict=True):
            if batch is not None and part is None:
                raise VerificationError(f"{node.record.entry}: {name} names {batch}, which was not inside")
        known = [part for part in inside if part is not None]
        table = self._sum(known) if len(known) == len(inside) else self._all(HIDDEN)
        return Lot(name, output, table, _rounding(known), depth)

    def _pooled(
        self, node: Node, said: PartProcess, taken: Sequence[Lot | None], where: Place
    ) -> tuple[dict[str, dict[Route, int]], dict[str, int]]:
        """What the record's outputs share in, for each element, and how far rounding can have moved it."""
        additions = said.additions or []
        holes = any(entry is None or lot is None for entry, lot in zip(said.inputs or (), taken, strict=True))
        holes = holes or any(addition is None for addition in additions)
        pooled: dict[str, dict[Route, int]] = {element: {} for element in self.elements}
        sums = dict.fromkeys(self.elements, 0)
        count = dict.fromkeys(self.elements, 0)
        moved = dict.fromkeys(self.elements, 0)
        contributions: list[tuple[Contribution, Mapping[str, int], Mapping[str, int]]] = []
        shares: Mapping[str, int]
        for entry, lot in zip(said.inputs or (), taken, strict=True):
            if entry is not None and lot is not None and entry.shares:
                shares = {e: entry.shares[e] for e in self.elements if e in entry.shares}
                given = {e: lot.table[e] for e in shares}
                contributions.append((Contribution(given, entry.step, lot.formed), shares, lot.rounding))
        contributions += [_added(a, self.elements) for a in additions if a is not None and a.shares]
        if said.undetermined:
            shares = {e: said.undetermined[e] for e in self.elements if e in said.undetermined}
            contributions.append((Contribution({e: {UNDETERMINED: SCALE} for e in shares}), shares, {}))
        for contribution, shares, rounding in contributions:
            for element, routes in stamped(contribution, where).items():
                share = shares[element]
                into = pooled[element]
                for route, mass in routes.items():
                    into[route] = into.get(route, 0) + mass * share
                sums[element] += share
                count[element] += 1
                moved[element] += share * rounding.get(element, 0) // PPM + (_UNIT if share == 1 else 0)
        table = {}
        for element in self.elements:
            missing = PPM - sums[element]
            if holes and missing > 0:
                pooled[element][HIDDEN] = pooled[element].get(HIDDEN, 0) + missing * SCALE
            elif sums[element] not in (0, PPM):
                raise VerificationError(
                    f"{node.record.entry}, shares: those of {element} sum to {sums[element]:,}, not to 1,000,000"
                )
            table[element] = share_out(SCALE, pooled[element]) or {UNDETERMINED: SCALE}
        return table, {e: moved[e] + (count[e] * _QUARTER if count[e] > 1 else 0) for e in self.elements}

    def _doubt(self, node: Node) -> Route | None:
        """The route of what a compromised key has said; hidden where it is not told since when it was compromised."""
        for chain in node.record.chains:
            for index, since in chain.compromised:
                if node.index < index:
                    last = self.graph.indexes.get(since) if isinstance(since, str) else None
                    if last is None or len(node.record.chains) > 1:
                        return HIDDEN
                    if last < node.index:
                        return COMPROMISED
        return None

    def _unknown(self, lot: Lot, route: Route) -> Lot:
        parts = tuple(Part(p.batch, p.output, self._all(route), {}, p.depth) for p in lot.parts)
        return Lot(lot.batch, lot.output, self._all(route), {}, lot.depth, parts)

    def _all(self, route: Route) -> dict[str, dict[Route, int]]:
        return {element: {route: SCALE} for element in self.elements}

    def _sum(self, parts: Sequence[Part]) -> RouteTable:
        """The sum of parts whose weights nobody tells: known only where all parts are alike."""
        if not parts:
            return self._all(UNDETERMINED)
        first = parts[0].table
        return first if all(part.table == first for part in parts) else self._all(HIDDEN)


def _output(said: PartSource | PartProcess, place: int) -> PartOutput:
    return (said.outputs or [])[place] or PartOutput()


def _rounding(parts: Sequence[Part]) -> dict[str, int]:
    return {element: max(p.rounding.get(element, 0) for p in parts) for p in parts for element in p.rounding}


def _stamped_parts(lot: Lot, where: Place, step: str | None) -> list[Part]:
    return [_stamped_part(part, where, step) for part in lot.parts]


def _stamped_part(part: Part, where: Place, step: str | None) -> Part:
    table = stamped(Contribution(part.table, step, part.formed), where)
    return Part(part.batch, part.output, table, part.rounding, part.depth + 1)


def _added(
    addition: PartAddition, elements: Sequence[str]
) -> tuple[Contribution, Mapping[str, int], Mapping[str, int]]:
    shares = {e: addition.shares[e] for e in elements if e in addition.shares} if addition.shares else {}
    routes = {element: {_origin_route(addition.origin, element): SCALE} for element in shares}
    return Contribution(routes, addition.step), shares, {}


def _origin_route(origin: PartOrigin | None, element: str) -> Route:
    if origin is None or origin.kind != "declared":
        return origin_route(None, element)
    return origin_route(Declared(kind="declared", stages=origin.stages or {}), element)


def _source_route(said: PartSource, element: str) -> Route:
    origin = said.origin
    if origin is None or origin.kind is None or said.operated is None:
        return HIDDEN
    if origin.kind == "mined":
        return Route("mined", (Stage("mine", (said.country,), said.basis),)) if said.country else HIDDEN
    if origin.kind == "recycled":
        return Route(origin.feed, known=said.basis) if origin.feed else HIDDEN
    return _origin_route(origin, element)


def _check_steps(node: Node, said: PartProcess) -> None:
    """An input or addition takes part from one of the record's own steps on."""
    for entry in (*(said.inputs or ()), *(said.additions or ())):
        if entry is not None and entry.step is not None and entry.step not in (said.steps or ()):
            raise VerificationError(f"{node.record.entry}: {entry.step} is no step of the record")
