"""What a batch took of each step on its way, for one element, in whole milligrams: the numbers of the Sankey picture.

Every record upstream is asked for the part that led to the batch, and for that part of its loss. So each node closes
exactly: what flows in is what flows out and what is lost. Where the walk ends (at a source, at what is not open to the
reader, at a limit, at returned scrap) the routes stored with the batch say where that part came from.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ledger.material.routes import Masses, Route
from ledger.values.quantity import apportion
from ledger.values.vocabulary import STEPS

__all__ = [
    "BATCH",
    "ENDINGS",
    "LOSS",
    "ORIGINS",
    "STAGE",
    "STAGES",
    "UNKNOWN",
    "Asked",
    "Flow",
    "Flows",
    "Node",
    "Work",
    "flows_of",
    "origin_of",
    "stage_of",
]

ORIGINS = ("mined", "declared", "post-consumer", "pre-consumer", "unknown")
"""Where mass is from, as far as anybody knows: the strands of the picture, in their order."""
UNKNOWN = "unknown"
STAGES = ("concentrate", "recycling", "oxide", "metal", "alloy", "magnet", "assembly", "handling")
"""Groups of steps, as the picture shows them."""
STAGE = "stage"
BATCH = "batch"
LOSS = "loss"
ENDINGS = ("source", "returned", "withheld", "limit", "apart", "erased")
"""Why a walk ends at a batch: it is a source; it is scrap of another product; its maker's masses are not open to the
reader; it is beyond what one picture walks; it comes out of an assembly, which keeps its parts; it was erased."""

_MEMBERS: Mapping[str, str] = {
    "concentrate": "beneficiate",
    "oxide": "leach separate calcine fluorinate dissolve",
    "metal": "reduce",
    "alloy": "alloy strip-cast melt-spin",
    "magnet": "decrepitate jet-mill press sinter bond hot-deform hot-isostatic-press machine diffuse coat magnetize",
    "assembly": "assemble",
    "recycling": "collect dismantle demagnetize hydrogen-process",
    "handling": "split blend repack store",
}
_STAGE_OF = {step: stage for stage, steps in _MEMBERS.items() for step in steps.split()}
_ORDER = {step: place for place, step in enumerate(STEPS)}


def stage_of(steps: Sequence[str]) -> str:
    """The stage of a record with these steps: that of its last one."""
    return _STAGE_OF[steps[-1]]


def origin_of(route: Route) -> str:
    """Where mass on a route is from, one of `ORIGINS`."""
    return route.origin if route.origin in ORIGINS else UNKNOWN


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A place in the picture: a source (`kind` is what it is), a stage in some countries, the batch, or a loss there.

    Of a source from the ledger's edge `stage` may say more: the reason why it is unknown, the material of an addition.
    """

    kind: str
    stage: str = ""
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """So many milligrams, all of one origin, from one node to another."""

    start: Node
    end: Node
    origin: str
    mass_mg: int


@dataclass(frozen=True, slots=True)
class Work:
    """A process, as whoever may see its masses knows it: mg of the element in each input, addition and output.

    Of an addition the origin and the material are told. `index` is its place in the log.
    """

    index: int
    node: Node
    inputs: Mapping[str, int]
    additions: Sequence[tuple[Node, str, int]]
    outputs: dict[str, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """A batch on the way. Its routes are those of the element; `work` is what made it, None where the walk ends.

    A part is `part_of` the batch that it was cut off.
    """

    index: int
    routes: Masses
    work: int | None = None
    part_of: str = ""
    ending: str = ""


@dataclass(slots=True)
class Flows:
    """All flows of an element into a batch. `ended` says how much came in where the walk ended, and why.

    `unweighed` are the nodes that are drawn after routes alone, where no loss is known.
    """

    element: str
    mass_mg: int
    flows: list[Flow] = field(default_factory=list)
    ended: dict[str, int] = field(default_factory=dict)
    unweighed: frozenset[Node] = frozenset()

    def nodes(self) -> list[Node]:
        """Every node, in order."""
        return sorted({node for flow in self.flows for node in (flow.start, flow.end)})

    def into(self, node: Node) -> int:
        """What flows into a node."""
        return sum(flow.mass_mg for flow in self.flows if flow.end == node)

    def out_of(self, node: Node) -> int:
        """What flows out of a node, losses too."""
        return sum(flow.mass_mg for flow in self.flows if flow.start == node)

    def lost_at(self, node: Node) -> int:
        """What of it is loss."""
        return sum(flow.mass_mg for flow in self.flows if flow.start == node and flow.end.kind == LOSS)

    def renamed(self, name: Callable[[Node], Node]) -> "Flows":
        """With nodes put together; what flows inside such a group is no longer seen, and the rest closes as before."""
        sums = _Sums()
        for flow in self.flows:
            sums.add(name(flow.start), name(flow.end), flow.origin, flow.mass_mg)
        return Flows(
            self.element, self.mass_mg, sums.flows(), self.ended, frozenset(name(node) for node in self.unweighed)
        )


class _Sums:
    """Flows being added up."""

    def __init__(self) -> None:
        self._masses: dict[tuple[Node, Node, str], int] = {}

    def add(self, start: Node, end: Node, origin: str, mass_mg: int) -> None:
        if mass_mg and start != end:
            key = (start, end, origin)
            self._masses[key] = self._masses.get(key, 0) + mass_mg

    def flows(self) -> list[Flow]:
        return sorted(Flow(*key, mass) for key, mass in self._masses.items())


def flows_of(element: str, subject: str, batches: Mapping[str, Asked], works: Mapping[int, Work]) -> Flows:
    """The flows of an element into a batch, over the batches and records that were walked.

    What each record put in, and what it lost, is asked for in proportion to the outputs that led to the batch, split
    by the largest remainder. Not checked: that the walk is whole; a batch without `work` counts as its end.
    """
    walk = _Walk(batches, works)
    mass = sum(batches[subject].routes.values())
    walk.ask(subject, Node(BATCH), mass)
    while walk.waiting:
        walk.answer(max(walk.waiting, key=lambda name: (batches[name].index, name)))
    flows = Flows(element, mass, walk.sums.flows(), walk.ended)
    weighed = {works[number].node for number in walk.done}
    stages = {node for node in flows.nodes() if node.kind == STAGE}
    flows.unweighed = frozenset((stages - weighed) | walk.partly)
    return flows


class _Walk:
    """Batches that something was asked of, answered from the newest to the oldest: so each is asked for all at once."""

    def __init__(self, batches: Mapping[str, Asked], works: Mapping[int, Work]) -> None:
        self.batches, self.works = batches, works
        self.waiting: dict[str, dict[Node, int]] = {}
        self.sums = _Sums()
        self.ended: dict[str, int] = {}
        self.done: set[int] = set()
        self.partly: set[Node] = set()

    def ask(self, name: str, node: Node, mass_mg: int) -> None:
        """Somebody took so much of a batch."""
        if mass_mg:
            asking = self.waiting.setdefault(name, {})
            asking[node] = asking.get(node, 0) + mass_mg

    def answer(self, name: str) -> None:
        """Where what was asked of a batch came from."""
        asked = self.batches[name]
        if asked.part_of:
            for node, mass in self.waiting.pop(name).items():
                self.ask(asked.part_of, node, mass)
        elif asked.work is None:
            for node, mass in self.waiting.pop(name).items():
                self._end(asked, node, mass)
        else:
            self._work(self.works[asked.work])

    def _work(self, work: Work) -> None:
        """What a record made for the batch, all its outputs together, and what that took."""
        out = 0
        for name in sorted(work.outputs):
            asked = self.batches.get(name)
            if asked is None or asked.work != work.index:
                continue  # nothing was asked of it, or its own walk ends
            for node, mass in self.waiting.pop(name, {}).items():
                out += mass
                self._strands(work.node, node, asked.routes, mass)
        self.done.add(work.index)
        put_in = sum(work.inputs.values()) + sum(mass for _, _, mass in work.additions)
        taken_out = sum(work.outputs.values())
        lost = max(0, put_in - taken_out) * out // taken_out
        gained = max(0, taken_out - put_in)
        names = sorted(work.inputs)
        weights = [*(work.inputs[name] for name in names), *(mass for _, _, mass in work.additions), gained]
        parts = apportion(out + lost, weights)
        if lost:
            pooled = _pooled(
                [(self.batches[name].routes, part) for name, part in zip(names, parts, strict=False)],
                [(origin, part) for (_, origin, _), part in zip(work.additions, parts[len(names) :], strict=False)],
            )
            self._lose(work.node, pooled, lost)
        for name, part in zip(names, parts, strict=False):
            self.ask(name, work.node, part)
        for (source, origin, _), part in zip(work.additions, parts[len(names) :], strict=False):
            self.sums.add(source, work.node, origin, part)
        self.sums.add(Node("undetermined"), work.node, UNKNOWN, parts[-1])

    def _end(self, asked: Asked, end: Node, mass: int) -> None:
        """A walk ends: from here on the routes say where this part has been."""
        self.ended[asked.ending] = self.ended.get(asked.ending, 0) + mass
        routes = sorted(asked.routes, key=lambda route: route.key)
        for route, part in zip(routes, apportion(mass, [asked.routes[route] for route in routes]), strict=True):
            way = [*_way(route), end]
            if part:
                self.partly.update(way[1:-1])
            for start, after in pairwise(way):
                self.sums.add(start, after, origin_of(route), part)

    def _strands(self, start: Node, end: Node, routes: Masses, mass: int) -> None:
        for origin, part in zip(ORIGINS, apportion(mass, _by_origin(routes)), strict=True):
            self.sums.add(start, end, origin, part)

    def _lose(self, node: Node, weights: Sequence[int], mass: int) -> None:
        for origin, part in zip(ORIGINS, apportion(mass, weights), strict=True):
            self.sums.add(node, Node(LOSS, node.stage, node.countries), origin, part)


def _pooled(inputs: Iterable[tuple[Masses, int]], additions: Iterable[tuple[str, int]]) -> list[int]:
    """The origins of what was put in, by mass."""
    sums = [0] * len(ORIGINS)
    for routes, mass in inputs:
        sums = [so_far + part for so_far, part in zip(sums, apportion(mass, _by_origin(routes)), strict=True)]
    for origin, mass in additions:
        sums[ORIGINS.index(origin)] += mass
    return sums if any(sums) else [0, 0, 0, 0, 1]


def _by_origin(routes: Masses) -> list[int]:
    sums = dict.fromkeys(ORIGINS, 0)
    for route, mass in routes.items():
        sums[origin_of(route)] += mass
    return list(sums.values())


def _way(route: Route) -> list[Node]:
    """The nodes of a route: where it began, then its stages in the order of the vocabulary."""
    mine = route.stage("mine")
    began = mine.countries if mine and route.origin in ("mined", "declared") else ()
    way = [Node(route.origin, route.reason, began)]
    for stage in sorted(route.stages, key=lambda stage: _ORDER.get(stage.step, -1)):
        group = _STAGE_OF.get(stage.step)
        if group is None:
            continue
        if way[-1].stage == group and way[-1].kind == STAGE:
            both = tuple(sorted({*way.pop().countries, *stage.countries}))
            way.append(Node(STAGE, group, both))
        else:
            way.append(Node(STAGE, group, stage.countries))
    return way
