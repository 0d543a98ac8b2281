"""The Sankey picture of one element: from its sources over the stages to the batch, every width in proportion.

Bands are as wide as their milligrams, strand by strand of one origin; a loss is a band of its own. Nothing is scaled,
left out or rounded away but to the tenth of a pixel.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ledger.pictures.flows import LOSS, ORIGINS, STAGE, Flow, Flows, Node
from ledger.pictures.layers import circles, columns, ordered

__all__ = ["Band", "Bar", "Layout", "laid_out", "simplified"]

MOST_NODES = 9
"""The most nodes of one kind and stage; what is smaller is drawn together."""
TALL = 3_600
"""The height of the widest column's mass."""
BAR, STEP, GAP, SLOT = 110, 1_950, 180, 380
MARGIN = 120
Ends = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Bar:
    """A node as drawn."""

    node: Node
    x: int
    y: int
    height: int
    mass_mg: int


@dataclass(frozen=True, slots=True)
class Band:
    """A strand as drawn: where it leaves, where it arrives, and how wide it is at both ends."""

    flow: Flow
    x1: int
    top1: int
    bottom1: int
    x2: int
    top2: int
    bottom2: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything goes. `scale_mg` milligrams are `TALL` high."""

    bars: Sequence[Bar]
    bands: Sequence[Band]
    width: int
    height: int
    scale_mg: int


def simplified(flows: Flows) -> Flows:
    """With the smallest nodes of a crowded stage put together, and stages that lead to each other in circles.

    What is put together still closes: only what flowed inside is no longer seen.
    """
    thinned = flows.renamed(_renaming(_few(flows)))
    edges = [(flow.start, flow.end) for flow in thinned.flows]
    joined = {node: _joined(circle) for circle in circles(thinned.nodes(), edges) for node in circle}
    return thinned.renamed(_renaming(joined))


def laid_out(flows: Flows, top: int) -> Layout:
    """Every node and strand in its place, beginning at a height."""
    nodes = flows.nodes()
    if not nodes:
        return Layout((), (), 2 * MARGIN, top, 1)
    weights: dict[tuple[Node, Node], int] = {}
    for flow in flows.flows:
        weights[flow.start, flow.end] = weights.get((flow.start, flow.end), 0) + flow.mass_mg
    column = columns(nodes, list(weights))
    layers = [sorted(node for node in nodes if column[node] == place) for place in range(max(column.values()) + 1)]
    layers = [sorted(layer, key=lambda node: node.kind == LOSS) for layer in ordered(layers, weights)]
    masses = {node: max(flows.into(node), flows.out_of(node)) for node in nodes}
    scale = max(sum(masses[node] for node in layer) for layer in layers)
    heights = {node: masses[node] * TALL // scale for node in nodes}
    tops, bottom = _tops(layers, heights, weights, top)
    bars = [
        Bar(node, MARGIN + column[node] * STEP, tops[node], heights[node], masses[node])
        for layer in layers
        for node in layer
    ]
    return Layout(bars, _bands(flows.flows, bars, scale), 2 * MARGIN + len(layers) * STEP, bottom, scale)


def _few(flows: Flows) -> dict[Node, Node]:
    """The small nodes of a crowd, and what they are drawn as."""
    names: dict[Node, Node] = {}
    stages = [node for node in flows.nodes() if node.kind != LOSS]
    for (kind, stage), group in groupby(stages, key=lambda node: (node.kind, node.stage)):
        crowd = sorted(group, key=lambda node: (-max(flows.into(node), flows.out_of(node)), node))
        if len(crowd) > MOST_NODES:
            small = crowd[MOST_NODES - 1 :]
            names |= dict.fromkeys(small, Node(kind, stage, _countries(small)))
    return names


def _renaming(names: Mapping[Node, Node]) -> Callable[[Node], Node]:
    """Nodes as what they are drawn as; the loss at a stage goes where the stage does."""

    def renamed(node: Node) -> Node:
        if node.kind == LOSS:
            stage = names.get(Node(STAGE, node.stage, node.countries))
            return Node(LOSS, stage.stage, stage.countries) if stage else node
        return names.get(node, node)

    return renamed


def _joined(circle: Sequence[Node]) -> Node:
    stages = dict.fromkeys(stage for node in circle for stage in node.stage.split("+"))
    return Node(STAGE, "+".join(stages), _countries(circle))


def _countries(nodes: Sequence[Node]) -> tuple[str, ...]:
    return tuple(sorted({country for node in nodes for country in node.countries}))


def _tops(
    layers: Sequence[Sequence[Node]], heights: Mapping[Node, int], weights: Mapping[tuple[Node, Node], int], top: int
) -> tuple[dict[Node, int], int]:
    """The top of every node: near the middle of what it touches, never nearer to its neighbour than a label needs."""
    slots = {node: max(height, SLOT) for node, height in heights.items()}
    tall = max(sum(slots[node] + GAP for node in layer) - GAP for layer in layers)
    tops: dict[Node, int] = {}
    for layer in layers:
        at = top + (tall - sum(slots[node] + GAP for node in layer) + GAP) // 2
        for node in layer:
            tops[node] = at
            at += slots[node] + GAP
    for _ in range(6):
        for layer in layers:
            wanted = {node: _wanted(node, tops, heights, weights) for node in layer}
            _settle(layer, wanted, slots, tops, (top, top + tall))
    return tops, top + tall


def _wanted(
    node: Node, tops: Mapping[Node, int], heights: Mapping[Node, int], weights: Mapping[tuple[Node, Node], int]
) -> int:
    total = moment = 0
    for (start, end), weight in weights.items():
        other = end if start == node else start if end == node else None
        if other is not None:
            total += weight
            moment += weight * (tops[other] + heights[other] // 2)
    return moment // total - heights[node] // 2 if total else tops[node]


def _settle(
    layer: Sequence[Node],
    wanted: Mapping[Node, int],
    slots: Mapping[Node, int],
    tops: dict[Node, int],
    between: tuple[int, int],
) -> None:
    low, high = between
    at = low
    for node in layer:
        tops[node] = max(at, wanted[node])
        at = tops[node] + slots[node] + GAP
    at = high
    for node in reversed(layer):
        tops[node] = min(tops[node], at - slots[node])
        at = tops[node] - GAP


def _bands(flows: Sequence[Flow], bars: Sequence[Bar], scale: int) -> list[Band]:
    bar = {each.node: each for each in bars}
    leaves: dict[Flow, Ends] = {}
    arrives: dict[Flow, Ends] = {}
    for node, at in bar.items():
        out = sorted(
            (f for f in flows if f.start == node), key=lambda f: (bar[f.end].y, f.end, ORIGINS.index(f.origin))
        )
        into = [flow for flow in flows if flow.end == node]
        into = sorted(into, key=lambda f: (bar[f.start].y, f.start, ORIGINS.index(f.origin)))
        leaves |= dict(_stacked(out, at.y, scale))
        arrives |= dict(_stacked(into, at.y, scale))
    return [
        Band(flow, bar[flow.start].x + BAR, *leaves[flow], bar[flow.end].x, *arrives[flow])
        for flow in sorted(flows, key=lambda flow: (-flow.mass_mg, flow))
    ]


def _stacked(flows: Sequence[Flow], top: int, scale: int) -> Iterator[tuple[Flow, Ends]]:
    """One beneath the other without a gap: each ends where the next begins, so rounding never adds up."""
    so_far = 0
    for flow in flows:
        start = top + so_far * TALL // scale
        so_far += flow.mass_mg
        yield flow, (start, top + so_far * TALL // scale)
