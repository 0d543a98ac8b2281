"""Columns for a directed graph: from left to right along its edges, the same for the same graph."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

__all__ = ["Sortable", "circles", "columns", "ordered"]


class Sortable(Protocol):
    """What can be told apart and put in order."""

    def __lt__(self, other: Any, /) -> bool: ...


N = TypeVar("N", bound=Sortable)
Edges = Sequence[tuple[N, N]]


def circles(nodes: Iterable[N], edges: Edges[N]) -> list[list[N]]:
    """The nodes that lead to each other in circles, each circle sorted; nodes in none are left out."""
    after = _neighbours(nodes, edges)
    before = _neighbours(after, [(end, start) for start, end in edges])
    done: set[N] = set()
    finished: list[N] = []
    for node in sorted(after):
        finished += _finished(node, after, done)
    found, done = [], set()
    for node in reversed(finished):
        circle = _finished(node, before, done)
        if len(circle) > 1:
            found.append(sorted(circle))
    return sorted(found)


def columns(nodes: Iterable[N], edges: Edges[N], least: Mapping[N, int] | None = None) -> dict[N, int]:
    """The column of each node of a graph without circles: behind all before it, and not before its `least`.

    A node that nothing leads to stands just before the first that it leads to. Columns are 0, 1, 2, ... without gaps.
    """
    after = _neighbours(nodes, edges)
    before = _neighbours(after, [(end, start) for start, end in edges])
    least = least or {}
    column: dict[N, int] = {}
    for node in _in_order(after, before):
        column[node] = max([least.get(node, 0), *(column[each] + 1 for each in before[node])])
    for node in sorted(after):
        if not before[node] and after[node] and node not in least:
            column[node] = min(column[each] for each in after[node]) - 1
    used = {value: place for place, value in enumerate(sorted(set(column.values())))}
    return {node: used[value] for node, value in column.items()}


def ordered(layers: Sequence[Sequence[N]], weights: Mapping[tuple[N, N], int]) -> list[list[N]]:
    """Each column's nodes in an order in which edges cross little: by the weighted middle of what they touch."""
    near: dict[N, list[tuple[N, int]]] = {node: [] for layer in layers for node in layer}
    for (start, end), weight in sorted(weights.items()):
        near[start].append((end, weight))
        near[end].append((start, weight))
    best = [list(layer) for layer in layers]
    for _ in range(4):
        for turn in (range(len(best)), range(len(best) - 1, -1, -1)):
            for place in turn:
                best[place] = _by_middle(best, place, near)
    return best


def _by_middle(layers: Sequence[Sequence[N]], place: int, near: Mapping[N, Sequence[tuple[N, int]]]) -> list[N]:
    where = {node: (2 * row + 1) * 10**6 // (2 * len(layer)) for layer in layers for row, node in enumerate(layer)}
    own = set(layers[place])

    def middle(node: N) -> int:
        around = [(where[each], weight) for each, weight in near[node] if each not in own]
        total = sum(weight for _, weight in around)
        return sum(at * weight for at, weight in around) // total if total else where[node]

    return sorted(layers[place], key=lambda node: (middle(node), where[node]))


def _neighbours(nodes: Iterable[N], edges: Edges[N]) -> dict[N, list[N]]:
    found: dict[N, set[N]] = {node: set() for node in nodes}
    for start, end in edges:
        found[start].add(end)
    return {node: sorted(ends) for node, ends in found.items()}


def _finished(start: N, after: Mapping[N, Sequence[N]], done: set[N]) -> list[N]:
    """What can be reached from a node and was not yet, each after all that it leads to."""
    if start in done:
        return []
    done.add(start)
    found: list[N] = []
    path = [(start, iter(after[start]))]
    while path:
        node, rest = path[-1]
        following = next((each for each in rest if each not in done), None)
        if following is None:
            found.append(node)
            path.pop()
        else:
            done.add(following)
            path.append((following, iter(after[following])))
    return found


def _in_order(after: Mapping[N, Sequence[N]], before: Mapping[N, Sequence[N]]) -> list[N]:
    """Each node after all that lead to it."""
    missing = {node: len(each) for node, each in before.items()}
    ready = sorted((node for node, count in missing.items() if not count), reverse=True)
    found: list[N] = []
    while ready:
        node = ready.pop()
        found.append(node)
        for each in after[node]:
            missing[each] -= 1
            if not missing[each]:
                ready.append(each)
    return found
