"""The buyer's replay: every share of a statement out of signed shares, without one mass.

Each batch gets, for each element and for the body, a distribution over routes on a scale of our own. A process weighs
what was put in by its signed shares, stamps it and pools it, by the same code that the log uses with milligrams.

What is withheld takes part as a route of its own, `HIDDEN`, so that one always knows how much of an answer hangs on it.
Beside each distribution goes how far the rounding of shares can have moved it.

Inside the replay routes are numbers (`codes`), and the weights of all elements on one route lie side by side in one
large integer (`lanes`): elements that are shared alike are weighed by one multiplication. What shares are:
docs/formats/routes-and-shares.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import repeat

from ledger.bundle.codes import Codes, Stamp, Table, merged
from ledger.bundle.graph import Graph, Node
from ledger.bundle.lanes import SCALE, Lanes
from ledger.bundle.partial import PartInput, PartOutput, PartProcess, PartSource, PartTransfer
from ledger.bundle.told import HIDDEN, addition_route, check_steps, last_taken, output_of, source_route
from ledger.errors import VerificationError
from ledger.material.pool import Place
from ledger.material.routes import BODY, UNDETERMINED, Route
from ledger.material.table import RoutesByElement
from ledger.rules.recompute import COMPROMISED
from ledger.values.encoding import split_batch_id
from ledger.values.quantity import PPM
from ledger.values.vocabulary import FORMED_MATERIALS, SECONDARY_MATERIALS

__all__ = ["Lot", "Part", "replay_shares"]

_CARRIERS = frozenset({"assembly", "product"})
_EVER = 2**62
_QUARTER, _UNIT = 250, 1_000
"""Rounding is counted in thousandths of a ppm."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something inside an assembly, with its own routes.

    `opaque`: what it is, and what is inside of it, is not told here.
    """

    batch: str
    output: PartOutput
    table: RoutesByElement
    rounding: int
    depth: int
    opaque: bool = False


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch as a buyer can know it. `depth` counts the processes on the longest way to it.

    `rounding` bounds, in thousandths of a ppm, how far any sum of any element's shares is from that of the masses.
    """

    batch: str
    output: PartOutput
    table: RoutesByElement
    rounding: int
    depth: int
    parts: tuple[Part, ...] = ()
    opaque: bool = False


def replay_shares(graph: Graph, elements: Iterable[str]) -> Lot:
    """The subject of a graph: where these elements, and its body, come from by signed shares alone.

    Raises:
        VerificationError: signed shares do not sum to the whole, or a record contradicts itself.
    """
    replay = _Replay(graph, Lanes((*dict.fromkeys(elements), BODY)))
    done = last_taken(graph)
    for node in graph.nodes.values():
        replay.make(node)
        for batch in done.get(node.id, ()):  # of what nobody asks for again the memory is used again, still at hand
            replay.lots.pop(batch, None)
    subject = replay.as_taken(graph.subject, _EVER)
    parts = tuple(Part(p.batch, p.output, replay.read(p.table), p.rounding, p.depth, p.opaque) for p in subject.parts)
    table = replay.read(subject.table)
    return Lot(subject.batch, subject.output, table, subject.rounding, subject.depth, parts, subject.opaque)


@dataclass(frozen=True, slots=True)
class _Part:
    batch: str
    output: PartOutput
    table: Table
    rounding: int
    depth: int
    formed: bool
    opaque: bool = False


@dataclass(frozen=True, slots=True)
class _Lot(_Part):
    parts: tuple[_Part, ...] = ()


_Added = tuple[Table, Stamp | None, Mapping[str, int], int]
"""What was put in, what its routes become, its shares, and how far they may be moved."""


@dataclass(slots=True)
class _Replay:
    graph: Graph
    lanes: Lanes
    lots: dict[str, _Lot] = field(default_factory=dict)
    routes: Codes = field(default_factory=Codes)
    wholes: dict[Route, Table] = field(default_factory=dict)
    """The whole of each element on one route, by route."""

    def read(self, table: Table) -> RoutesByElement:
        """A table by elements and routes."""
        unpacked = self.lanes.unpack(table)
        return {
            e: {self.routes.route(number): mass for number, mass in masses.items()} for e, masses in unpacked.items()
        }

    def make(self, node: Node) -> None:
        """The batches that a record makes."""
        said = node.said
        names = self._names(node.id, said.batches if isinstance(said, PartTransfer) else said.outputs)
        if isinstance(said, PartTransfer):
            made = [self._cut(node, said, name, place) for name, place in names.items()]
        elif isinstance(said, PartSource):
            made = self._found(said, names)
        else:
            made = self._processed(node, said, names)
        doubt = self._doubt(node)
        for lot in made:
            self.lots[lot.batch] = lot if doubt is None else self._unknown(lot, doubt)

    def _names(self, record: str, listed: Sequence[object] | None) -> dict[str, int]:
        """The batches on the way that a record makes, each with its place; how many it makes may be withheld."""
        if listed is None:
            named = [name for name in sorted(self.graph.batches) if name.startswith(f"{record}#")]
            return {name: split_batch_id(name)[1] for name in named}
        return {name: place for place in range(len(listed)) if (name := f"{record}#{place}") in self.graph.batches}

    def as_taken(self, batch: str, index: int) -> _Lot:
        """A batch as it counts at an index: scrap that was sold before is pre-consumer."""
        if batch in self.graph.beyond:
            return self._opaque(batch, PartOutput(), 0)
        lot = self.lots[batch]
        if lot.output.material not in SECONDARY_MATERIALS or not self.graph.sold_before(batch, index):
            return lot
        return replace(lot, table=self.routes.sold(lot.table))

    def _lot(
        self,
        name: str,
        output: PartOutput,
        table: Table,
        rounding: int,
        depth: int,
        parts: Sequence[_Part] = (),
    ) -> _Lot:
        formed = self._is_formed(output, table)
        return _Lot(name, output, table, rounding, depth, formed, parts=tuple(parts))

    def _opaque(self, name: str, output: PartOutput, depth: int) -> _Lot:
        """A batch of which it is not told what it was made of, nor what is inside of it."""
        return replace(self._lot(name, output, self._all(HIDDEN), 0, depth), opaque=True)

    def _is_formed(self, output: PartOutput, table: Table) -> bool:
        forming, body = self.routes.forming, self.lanes.last
        if output.material in FORMED_MATERIALS:
            return True
        return forming > 0 and any(n & forming and packed >> body for n, packed in table.items())

    def _bare(self, route: Callable[[str], Route]) -> Table:
        """The whole of each element on one route."""
        table: dict[int, int] = {}
        for element, one in self.lanes.ones.items():
            number = self.routes.number(route(element))
            table[number] = table.get(number, 0) + one * SCALE
        return table

    def _found(self, said: PartSource, names: Mapping[str, int]) -> list[_Lot]:
        table = self._bare(lambda element: source_route(said, element))
        return [self._lot(name, output_of(said, place), table, 0, 0) for name, place in names.items()]

    def _cut(self, node: Node, said: PartTransfer, name: str, place: int) -> _Lot:
        link = said.batches[place] if said.batches else None
        if link is None or link.batch is None:
            return self._opaque(name, PartOutput(), 0)
        return replace(self.as_taken(link.batch, node.index), batch=name)

    def _processed(self, node: Node, said: PartProcess, names: Mapping[str, int]) -> list[_Lot]:
        inputs = said.inputs or []
        taken = [self.as_taken(e.batch, node.index) if e is not None and e.batch else None for e in inputs]
        depth = 1 + max((lot.depth for lot in taken if lot is not None), default=0)
        outputs = {name: output_of(said, place) for name, place in names.items()}
        if not said.steps or said.country is None or said.inputs is None:
            return [self._opaque(name, output, depth) for name, output in outputs.items()]
        where = Place(tuple(said.steps), said.country, said.basis)
        check_steps(node, said)
        pairs = [(e, lot) for e, lot in zip(inputs, taken, strict=True) if e is not None and lot is not None]
        parts = [part for entry, lot in pairs for part in self._stamped_parts(lot, where, entry.step)]
        if "assemble" in said.steps:
            return [self._assembled(node, name, o, pairs, where, depth) for name, o in outputs.items()]
        if "dismantle" in said.steps and _are_assemblies(pairs):
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
            return self._opaque(name, output, depth)
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
            return self._lot(name, output, self._all(HIDDEN), 0, depth)
        named = [link.batch if link is not None else None for link in output.contents]
        inside = [next((part for part in parts if part.batch == batch), None) for batch in named]
        opaque = any(part.opaque for part in parts)
        for batch, part in zip(named, inside, strict=True):
            if batch is not None and part is None and not opaque:
                raise VerificationError(f"{node.record.entry}: {name} names {batch}, which was not inside")
        known = [part for part in inside if part is not None]
        table = self._sum(known) if len(known) == len(inside) and not opaque else self._all(HIDDEN)
        return self._lot(name, output, table, _rounding(known), depth)

    def _pooled(self, node: Node, said: PartProcess, taken: Sequence[_Lot | None], where: Place) -> tuple[Table, int]:
        """What the record's outputs share in, for each element, and how far rounding can have moved it."""
        added, holes = self._put_in(said, taken, where)
        rows: dict[tuple[int, ...], list[str]] = {}
        elements = list(self.lanes.ones)
        columns = [[shares.get(element, 0) for element in elements] for _, _, shares, _ in added]
        for element, row in zip(elements, zip(*columns, strict=True) if columns else repeat(()), strict=False):
            rows.setdefault(row, []).append(element)
        rows = {(*row, self._left(node, row, alike[0], holes=holes)): alike for row, alike in rows.items()}
        rest = self._all(HIDDEN if holes else UNDETERMINED)
        ways = [*((table, after) for table, after, _, _ in added), (rest, None)]
        roundings = [rounding for *_, rounding in added]
        return self.lanes.weigh(ways, rows), max(_moved(row, roundings) for row in rows)

    def _left(self, node: Node, row: Sequence[int], element: str, *, holes: bool) -> int:
        """What no share accounts for: nothing or all of an element, unless something is withheld."""
        left = PPM - sum(row)
        if left < 0 or (0 < left < PPM and not holes):
            raise VerificationError(
                f"{node.record.entry}, shares: those of {element} sum to {PPM - left:,}, not to 1,000,000"
            )
        return left

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
                brought = self._bare(partial(addition_route, addition.origin))
                added.append((brought, self.routes.stamp(where, addition.step, formed=False), addition.shares, 0))
        if said.undetermined:
            after = self.routes.stamp(where, None, formed=False)
            added.append((self._all(UNDETERMINED), after, said.undetermined, 0))
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
        parts = tuple(replace(part, table=self._all(route), rounding=0) for part in lot.parts)
        return replace(lot, table=self._all(route), rounding=0, parts=parts)

    def _all(self, route: Route) -> Table:
        whole = self.wholes.get(route)
        if whole is None:
            whole = self.wholes[route] = self._bare(lambda _: route)
        return whole

    def _sum(self, parts: Sequence[_Part]) -> Table:
        """The sum of parts whose weights nobody tells: known only where all parts are alike."""
        if not parts:
            return self._all(UNDETERMINED)
        first = parts[0].table
        return first if all(part.table == first for part in parts) else self._all(HIDDEN)

    def _stamped_parts(self, lot: _Lot, where: Place, step: str | None) -> list[_Part]:
        """What is inside; where that is not told the lot stands for it."""
        return [self._stamped_part(part, where, step) for part in lot.parts or ((lot,) if lot.opaque else ())]

    def _stamped_part(self, part: _Part, where: Place, step: str | None) -> _Part:
        table = merged(part.table, self.routes.stamp(where, step, formed=part.formed))
        formed = self._is_formed(part.output, table)
        return _Part(part.batch, part.output, table, part.rounding, part.depth + 1, formed, part.opaque)


def _are_assemblies(pairs: Sequence[tuple[PartInput, _Lot]]) -> bool:
    """Whether what is dismantled has contents; where that is not told, it has if the record states no shares."""
    if any(lot.parts for _, lot in pairs):
        return True
    return any(lot.opaque for _, lot in pairs) and not any(entry.shares for entry, _ in pairs)


def _moved(shares: Sequence[int], roundings: Sequence[int]) -> int:
    """How far the rounding of these shares, and of those before them, can have moved any sum of them."""
    given = [(share, slip) for share, slip in zip(shares, roundings, strict=False) if share]
    slips = sum([share * slip // PPM + (_UNIT if share == 1 else 0) for share, slip in given])
    return slips + len(given) * _QUARTER if len(given) > 1 else slips


def _rounding(parts: Sequence[_Part]) -> int:
    return max((part.rounding for part in parts), default=0)
