"""The buyer's replay: every share of a statement out of signed shares, without one mass.

Each batch gets, for each element and for the body, a distribution over routes on a scale of our own. A process weighs
what was put in by its signed shares, stamps it and pools it, by the same code that the log uses with milligrams.

What is withheld takes part as a route of its own, `HIDDEN`, so that one always knows how much of an answer hangs on it.
Beside each distribution goes how far the rounding of shares can have moved it.

Inside the replay a route is a number and a stamp is a table of numbers: most of the work is done once for each kind of
process, not once for each batch. What shares are: docs/formats/routes-and-shares.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ledger.bundle.graph import Graph, Node
from ledger.bundle.partial import PartInput, PartOrigin, PartOutput, PartProcess, PartSource, PartTransfer
from ledger.errors import VerificationError
from ledger.material.batch import RouteTable
from ledger.material.pool import Place
from ledger.material.routes import BODY, UNDETERMINED, Route, Stage, as_secondary, is_formed, stamp, unformed
from ledger.records.batches import Declared
from ledger.rules.balance import origin_route
from ledger.rules.recompute import COMPROMISED
from ledger.values.quantity import PPM
from ledger.values.vocabulary import FORMED_MATERIALS, HANDLING_STEPS, REENTRY_STEPS, SECONDARY_MATERIALS

__all__ = ["HIDDEN", "SCALE", "Lot", "Part", "is_hidden", "replay_shares"]

SCALE = 10**30
"""What the shares of each element sum to: fine enough that twenty steps of 1 ppm each do not vanish by rounding."""
HIDDEN = Route("undisclosed", reason="withheld")
"""The route of what the evidence does not tell."""
_CARRIERS = frozenset({"assembly", "product"})
_EVER = 2**62
_QUARTER, _UNIT = 250, 1_000
"""Rounding is counted in thousandths of a ppm."""

_Table = Mapping[str, Mapping[int, int]]
"""Element (and `*`) -> number of a route -> weight."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something inside an assembly, with its own routes."""

    batch: str
    output: PartOutput
    table: RouteTable
    rounding: Mapping[str, int]
    depth: int


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


def is_hidden(route: Route) -> bool:
    """Whether a route is one of which something is withheld."""
    return route.reason == HIDDEN.reason


def replay_shares(graph: Graph, elements: Iterable[str]) -> Lot:
    """The subject of a graph: where these elements, and its body, come from by signed shares alone.

    Raises:
        VerificationError: signed shares do not sum to the whole, or a record contradicts itself.
    """
    replay = _Replay(graph, tuple(dict.fromkeys((*elements, BODY))))
    for node in graph.nodes.values():
        replay.make(node)
    subject = replay.as_taken(graph.subject, _EVER)
    routes = replay.routes
    parts = tuple(Part(p.batch, p.output, routes.table(p.table), p.rounding, p.depth) for p in subject.parts)
    return Lot(subject.batch, subject.output, routes.table(subject.table), subject.rounding, subject.depth, parts)


class _Becomes(dict[int, int]):
    """What each route becomes, by number; worked out when it is first asked for."""

    def __init__(self, change: Callable[[int], int]) -> None:
        super().__init__()
        self._change = change

    def __missing__(self, number: int) -> int:
        after = self[number] = self._change(number)
        return after


class _Routes:
    """Routes by number, and what becomes of each under the stamps that were met.

    Distributions that are equal because they came about in the same way are one object: `alone` and `mapped` see to it.
    """

    def __init__(self) -> None:
        self._numbers: dict[Route, int] = {}
        self._routes: list[Route] = []
        self._formed: list[bool] = []
        self._alone: dict[Route, Mapping[int, int]] = {}
        self._stamps: dict[tuple[tuple[str, ...], str, str, bool], _Becomes] = {}
        self._sold = _Becomes(lambda number: self.number(as_secondary(self._routes[number])))

    def number(self, route: Route) -> int:
        number = self._numbers.get(route)
        if number is None:
            number = self._numbers[route] = len(self._routes)
            self._routes.append(route)
            self._formed.append(is_formed([route]))
        return number

    def alone(self, route: Route) -> Mapping[int, int]:
        """The whole on one route."""
        if route not in self._alone:
            self._alone[route] = {self.number(route): SCALE}
        return self._alone[route]

    def table(self, table: _Table) -> RouteTable:
        """A table with its routes."""
        return {e: {self._routes[number]: mass for number, mass in masses.items()} for e, masses in table.items()}

    def formed(self, body: Iterable[int]) -> bool:
        """Whether a body on these routes has a shape."""
        known = self._formed
        return any(known[number] for number in body)

    def stamp(self, where: Place, step: str | None, *, formed: bool) -> _Becomes | None:
        """What routes become as in `ledger.material.pool.stamped`; None where they stay what they are."""
        steps = where.steps_from(step)
        stages = tuple(each for each in steps if each not in HANDLING_STEPS)
        loses_shape = formed and any(each in REENTRY_STEPS for each in steps)
        if not stages and not loses_shape:
            return None
        key = (stages, where.country, where.basis, loses_shape)
        if key not in self._stamps:

            def change(number: int) -> int:
                route = self._routes[number]
                return self.number(stamp(unformed(route) if loses_shape else route, stages, where.country, where.basis))

            self._stamps[key] = _Becomes(change)
        return self._stamps[key]

    def stamped(self, table: _Table, where: Place, step: str | None, *, formed: bool) -> _Table:
        """As `ledger.material.pool.stamped`, on numbers."""
        return _mapped(table, self.stamp(where, step, formed=formed))

    def sold(self, table: _Table) -> _Table:
        """As `ledger.material.batch.secondary`, on numbers."""
        return _mapped(table, self._sold)


def _mapped(table: _Table, after: _Becomes | None) -> _Table:
    if after is None:
        return table
    known: dict[int, Mapping[int, int]] = {}
    for masses in table.values():
        if id(masses) not in known:
            known[id(masses)] = _merged(masses, after)
    return {element: known[id(masses)] for element, masses in table.items()}


def _merged(masses: Mapping[int, int], after: _Becomes) -> dict[int, int]:
    merged: dict[int, int] = {}
    for number, mass in masses.items():
        new = after[number]
        merged[new] = merged.get(new, 0) + mass
    return merged


@dataclass(frozen=True, slots=True)
class _Part:
    batch: str
    output: PartOutput
    table: _Table
    rounding: Mapping[str, int]
    depth: int
    formed: bool


@dataclass(frozen=True, slots=True)
class _Lot(_Part):
    parts: tuple[_Part, ...] = ()


_Added = tuple[_Table, _Becomes | None, Mapping[str, int], Mapping[str, int]]
"""What was put in, what its routes become, its shares, and how far they may be moved."""
_Way = tuple[Mapping[int, int], _Becomes | None, int]
"""The distribution of one element in what was put in, what its routes become, and its share."""


@dataclass(slots=True)
class _Replay:
    graph: Graph
    elements: tuple[str, ...]
    lots: dict[str, _Lot] = field(default_factory=dict)
    routes: _Routes = field(default_factory=_Routes)

    def make(self, node: Node) -> None:
        """The batches that a record makes."""
        said = node.said
        places = range(len((said.batches if isinstance(said, PartTransfer) else said.outputs) or ()))
        names = {f"{node.id}#{place}": place for place in places if f"{node.id}#{place}" in self.graph.batches}
        if isinstance(said, PartTransfer):
            made = [self._cut(node, said, name, place) for name, place in names.items()]
        elif isinstance(said, PartSource):
            made = self._found(said, names)
        else:
            made = self._processed(node, said, names)
        doubt = self._doubt(node)
        for lot in made:
            self.lots[lot.batch] = lot if doubt is None else self._unknown(lot, doubt)

    def as_taken(self, batch: str, index: int) -> _Lot:
        """A batch as it counts at an index: scrap that was sold before is pre-consumer."""
        lot = self.lots[batch]
        if lot.output.material not in SECONDARY_MATERIALS or not self.graph.sold_before(batch, index):
            return lot
        return replace(lot, table=self.routes.sold(lot.table))

    def _lot(
        self,
        name: str,
        output: PartOutput,
        table: _Table,
        rounding: Mapping[str, int],
        depth: int,
        parts: Sequence[_Part] = (),
    ) -> _Lot:
        formed = output.material in FORMED_MATERIALS or self.routes.formed(table.get(BODY, ()))
        return _Lot(name, output, table, rounding, depth, formed, tuple(parts))

    def _found(self, said: PartSource, names: Mapping[str, int]) -> list[_Lot]:
        table = {element: self.routes.alone(_source_route(said, element)) for element in self.elements}
        return [self._lot(name, _output(said, place), table, {}, 0) for name, place in names.items()]

    def _cut(self, node: Node, said: PartTransfer, name: str, place: int) -> _Lot:
        link = (said.batches or [])[place]
        if link is None or link.batch is None:
            return self._lot(name, PartOutput(), self._all(HIDDEN), {}, 0)
        return replace(self.as_taken(link.batch, node.index), batch=name)

    def _processed(self, node: Node, said: PartProcess, names: Mapping[str, int]) -> list[_Lot]:
        inputs = said.inputs or []
        taken = [self.as_taken(e.batch, node.index) if e is not None and e.batch else None for e in inputs]
        depth = 1 + max((lot.depth for lot in taken if lot is not None), default=0)
        outputs = {name: _output(said, place) for name, place in names.items()}
        if not said.steps or said.country is None or said.inputs is None:
            return [self._lot(name, output, self._all(HIDDEN), {}, depth) for name, output in outputs.items()]
        where = Place(tuple(said.steps), said.country, said.basis)
        _check_steps(node, said)
        pairs = [(e, lot) for e, lot in zip(inputs, taken, strict=True) if e is not None and lot is not None]
        parts = [part for entry, lot in pairs for part in self._stamped_parts(lot, where, entry.step)]
        if "assemble" in said.steps:
            return [self._assembled(node, name, o, pairs, where, depth) for name, o in outputs.items()]
        if "dismantle" in said.steps and any(lot.parts for _, lot in pairs):
            return [self._dismantled(node, name, o, parts, depth) for name, o in outputs.items()]
        table, rounding = self._pooled(node, said, taken, where)
        return [
            self._lot(name, o, table, rounding, depth, parts if o.material in _CARRIERS else ())
            for name, o in outputs.items()
        ]

    def _assembled(
        self,
        node: Node,
        name: str,
        output: PartOutput,
        pairs: Sequence[tuple[PartInput, _Lot]],
        where: Place,
        depth: int,
    ) -> _Lot:
        """An assembly keeps its parts apart. How much each weighs is no buyer's business, so its sum is hidden."""
        if output.contents is None or None in output.contents:
            return self._lot(name, output, self._all(HIDDEN), {}, depth)
        inside: list[_Part] = []
        for link in output.contents:
            found = next(((e, lot) for e, lot in pairs if link is not None and e.batch == link.batch), None)
            if found is None:
                raise VerificationError(f"{node.record.entry}: {name} contains a batch that is no input of the record")
            entry, lot = found
            inside += self._stamped_parts(lot, where, entry.step) or [self._stamped_part(lot, where, entry.step)]
        return self._lot(name, output, self._sum(inside), _rounding(inside), depth, inside)

    def _dismantled(self, node: Node, name: str, output: PartOutput, parts: Sequence[_Part], depth: int) -> _Lot:
        if output.contents is None:  # an output without contents, or one whose contents are withheld
            return self._lot(name, output, self._all(HIDDEN), {}, depth)
        named = [link.batch if link is not None else None for link in output.contents]
        inside = [next((part for part in parts if part.batch == batch), None) for batch in named]
        for batch, part in zip(named, inside, strict=True):
            if batch is not None and part is None:
                raise VerificationError(f"{node.record.entry}: {name} names {batch}, which was not inside")
        known = [part for part in inside if part is not None]
        table = self._sum(known) if len(known) == len(inside) else self._all(HIDDEN)
        return self._lot(name, output, table, _rounding(known), depth)

    def _pooled(
        self, node: Node, said: PartProcess, taken: Sequence[_Lot | None], where: Place
    ) -> tuple[_Table, dict[str, int]]:
        """What the record's outputs share in, for each element, and how far rounding can have moved it."""
        added, holes = self._put_in(said, taken, where)
        table: dict[str, Mapping[int, int]] = {}
        moved: dict[str, int] = {}
        known: dict[tuple[tuple[int, int, int], ...], Mapping[int, int]] = {}
        for element in self.elements:
            ways: list[_Way] = []
            slips = 0
            for masses, after, shares, rounding in added:
                share = shares.get(element)
                if share:
                    ways.append((masses[element], after, share))
                    slips += share * rounding.get(element, 0) // PPM + _UNIT * (share == 1)
            whole = sum([share for _, _, share in ways])
            if holes and whole < PPM:
                ways.append((self.routes.alone(HIDDEN), None, PPM - whole))
            elif not ways:
                ways.append((self.routes.alone(UNDETERMINED), None, PPM))
            elif whole != PPM:
                raise VerificationError(
                    f"{node.record.entry}, shares: those of {element} sum to {whole:,}, not to 1,000,000"
                )
            moved[element] = slips + len(ways) * _QUARTER if len(ways) > 1 else slips
            key = tuple([(id(masses), id(after), share) for masses, after, share in ways])
            if key not in known:
                known[key] = _weighed(ways)
            table[element] = known[key]
        return table, moved

    def _put_in(self, said: PartProcess, taken: Sequence[_Lot | None], where: Place) -> tuple[list[_Added], bool]:
        """Everything with shares, stamped; and whether something that was put in is withheld."""
        added: list[_Added] = []
        holes = False
        for entry, lot in zip(said.inputs or (), taken, strict=True):
            if entry is None or lot is None:
                holes = True
            elif entry.shares:
                after = self.routes.stamp(where, entry.step, formed=lot.formed)
                added.append((lot.table, after, entry.shares, lot.rounding))
        for addition in said.additions or ():
            if addition is None:
                holes = True
            elif addition.shares:
                brought = {e: self.routes.alone(_origin_route(addition.origin, e)) for e in self.elements}
                added.append((brought, self.routes.stamp(where, addition.step, formed=False), addition.shares, {}))
        if said.undetermined:
            after = self.routes.stamp(where, None, formed=False)
            added.append((self._all(UNDETERMINED), after, said.undetermined, {}))
        return added, holes

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

    def _unknown(self, lot: _Lot, route: Route) -> _Lot:
        parts = tuple(replace(part, table=self._all(route), rounding={}) for part in lot.parts)
        return replace(lot, table=self._all(route), rounding={}, parts=parts)

    def _all(self, route: Route) -> _Table:
        return dict.fromkeys(self.elements, self.routes.alone(route))

    def _sum(self, parts: Sequence[_Part]) -> _Table:
        """The sum of parts whose weights nobody tells: known only where all parts are alike."""
        if not parts:
            return self._all(UNDETERMINED)
        first = parts[0].table
        return first if all(part.table == first for part in parts) else self._all(HIDDEN)

    def _stamped_parts(self, lot: _Lot, where: Place, step: str | None) -> list[_Part]:
        return [self._stamped_part(part, where, step) for part in lot.parts]

    def _stamped_part(self, part: _Part, where: Place, step: str | None) -> _Part:
        table = self.routes.stamped(part.table, where, step, formed=part.formed)
        formed = part.output.material in FORMED_MATERIALS or self.routes.formed(table.get(BODY, ()))
        return _Part(part.batch, part.output, table, part.rounding, part.depth + 1, formed)


def _weighed(ways: Sequence[_Way]) -> Mapping[int, int]:
    """Distributions weighed by shares that sum to the whole; what rounding leaves goes to the largest."""
    if len(ways) == 1:
        masses, after, _ = ways[0]
        return masses if after is None else _merged(masses, after)
    pooled: dict[int, int] = {}
    for masses, after, share in ways:
        if after is None:
            for number, mass in masses.items():
                pooled[number] = pooled.get(number, 0) + mass * share
        else:
            for number, mass in masses.items():
                new = after[number]
                pooled[new] = pooled.get(new, 0) + mass * share
    table = {number: part for number, mass in pooled.items() if (part := mass // PPM)}
    missing = SCALE - sum(table.values())
    if missing:
        table[max(table, key=table.__getitem__)] += missing
    return table


def _output(said: PartSource | PartProcess, place: int) -> PartOutput:
    return (said.outputs or [])[place] or PartOutput()


def _rounding(parts: Sequence[_Part]) -> dict[str, int]:
    return {element: max(p.rounding.get(element, 0) for p in parts) for p in parts for element in p.rounding}


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
