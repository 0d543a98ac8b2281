"""Where a batch came from and what became of it: the provenance graph, walked in the database.

A whole walk is two queries, however deep the chain; one that stops at a depth asks level by level. What comes back are
numbers only (log indexes and places), so that 100,000 ancestors fit in memory while their envelopes are streamed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import CTE, BigInteger, ColumnElement, Connection, Integer, and_, cast, or_, select

from ledger.store.tables import BatchRow, HeldRow, UseRow

__all__ = ["Edge", "Key", "Lineage", "chunks", "downstream", "nearest_upstream", "upstream", "upstream_of_held"]

Key = tuple[int, int]
"""A batch: the log index of the record that made it, and its place there."""

_uses = UseRow.__table__  # type: ignore[attr-defined]
_batch = BatchRow.__table__  # type: ignore[attr-defined]
_held = HeldRow.__table__  # type: ignore[attr-defined]
_CHUNK = 400
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Edge:
    """A record took from one batch and made another."""

    batch: Key
    record: int
    made: Key


@dataclass(slots=True)
class Lineage:
    """The records that lead to a batch: for each, by log index, the places of its outputs, batches or accepted entries.

    `before` says of each batch on the way up to which log index its story matters: that of the last record on the way
    that takes from it.
    """

    places: dict[int, set[int]] = field(default_factory=dict)
    before: dict[Key, int] = field(default_factory=dict)

    @property
    def records(self) -> list[int]:
        """The log indexes, ascending."""
        return sorted(self.places)

    def meet(self, batch: Key, before: int) -> None:
        """The batch is on the way, and what happens to it counts up to, not including, an index."""
        self.places.setdefault(batch[0], set()).add(batch[1])
        self.before[batch] = max(before, self.before.get(batch, 0))


def upstream(connection: Connection, batch: Key, size: int, depth: int | None = None) -> Lineage:
    """Everything that leads to a batch in the log of a size: what made it and its ancestors, and their ways in custody.

    For each batch on the way that is the record that made it, and the transfer and receive of every change of custody
    before the record on the way that takes from it. With a depth, ancestors that many records away are the last.
    """
    lineage = Lineage()
    lineage.meet(batch, size)
    edges = _all_edges(connection, batch) if depth is None else _edges_to(connection, batch, depth)
    for consumer, index, place in edges:
        lineage.meet((index, place), consumer)
    _add_custody(connection, lineage)
    return lineage


def nearest_upstream(connection: Connection, batch: Key, most: int) -> list[Key]:
    """Some batches that lead to a batch, the nearest as far as the database finds them first; so many at most."""
    start = select(cast(batch[0], BigInteger).label("idx"), cast(batch[1], Integer).label("place"))
    way = start.cte("way", recursive=True)
    way = way.union(select(_uses.c.batch, _uses.c.place).join(way, _made(way)))
    return [(row.idx, row.place) for row in connection.execute(select(way).limit(most))]


def downstream(connection: Connection, batch: Key, size: int, depth: int | None = None) -> list[Edge]:
    """Every record that took from a batch or from what was made of it, with what it made; in order, level by level."""
    found: list[Edge] = []
    seen, frontier = {batch}, {batch}
    while frontier and (depth is None or depth > 0):
        level = [edge for part in chunks(sorted(frontier)) for edge in _made_from(connection, part, size)]
        found += sorted(level, key=lambda edge: (edge.record, edge.made, edge.batch))
        frontier = {edge.made for edge in level} - seen
        seen |= frontier
        depth = None if depth is None else depth - 1
    return found


def upstream_of_held(organization: int) -> CTE:
    """Every batch that an organization holds or held, and all that these were made of: `idx` and `place`."""
    had = select(_held.c.batch.label("idx"), _held.c.place.label("place"))
    way = had.where(_held.c.organization == organization).cte("way", recursive=True)
    return way.union(select(_uses.c.batch, _uses.c.place).join(way, _made(way)))


def chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """A long list in parts that fit into one query."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def _all_edges(connection: Connection, batch: Key) -> Iterator[tuple[int, int, int]]:
    """(consumer, index, place) for every batch that was taken from on the way, by one recursive query."""
    start = select(cast(batch[0], BigInteger).label("idx"), cast(batch[1], Integer).label("place"))
    way = start.cte("way", recursive=True)
    way = way.union(select(_uses.c.batch, _uses.c.place).join(way, _made(way)))
    edges = select(_uses.c.record, _uses.c.batch, _uses.c.place).join(way, _made(way)).distinct()
    yield from connection.execute(edges)


def _made(way: CTE) -> ColumnElement[bool]:
    """What a record took to make a batch: all inputs of a process; of a transfer only what the part was cut from."""
    cut = and_(_uses.c.role == "part", _uses.c.at == way.c.place)
    return and_(_uses.c.record == way.c.idx, or_(_uses.c.role == "input", cut))


def _edges_to(connection: Connection, batch: Key, depth: int) -> Iterator[tuple[int, int, int]]:
    """As `_all_edges`, level by level down to a depth."""
    seen, frontier = {batch}, {batch}
    for _ in range(depth):
        above: set[Key] = set()
        for part in chunks(sorted({index for index, _ in frontier})):
            taken = select(_uses).where(_uses.c.record.in_(part), _uses.c.role.in_(("input", "part")))
            for row in connection.execute(taken):
                if row.role == "input" or (row.record, row.at) in frontier:
                    above.add((row.batch, row.place))
                    yield row.record, row.batch, row.place
        frontier = above - seen
        seen |= frontier


def _add_custody(connection: Connection, lineage: Lineage) -> None:
    """The transfer and receive of every change of custody that counts. What was refused or withdrawn changed nothing.

    A batch on the road can be offered to nobody else, so the offer that was accepted is the last one before.
    """
    for part in chunks(sorted({index for index, _ in lineage.before})):
        offered: dict[Key, tuple[int, int]] = {}
        moves = select(_uses).where(_uses.c.batch.in_(part), _uses.c.role.in_(("offer", "accept")))
        for row in connection.execute(moves.order_by(_uses.c.record, _uses.c.at)):
            batch = (row.batch, row.place)
            if row.record >= lineage.before.get(batch, 0):
                continue
            if row.role == "offer":
                offered[batch] = row.record, row.at
                continue
            lineage.places.setdefault(row.record, set()).add(row.at)
            if batch in offered:  # else it is a part, and the transfer that made it offered it
                record, at = offered.pop(batch)
                lineage.places.setdefault(record, set()).add(at)


def _made_from(connection: Connection, batches: Sequence[Key], size: int) -> Iterator[Edge]:
    wanted = set(batches)
    out_of = or_(_uses.c.role == "input", and_(_uses.c.role == "part", _batch.c.place == _uses.c.at))
    made = (
        select(_uses.c.batch, _uses.c.place, _batch.c.idx, _batch.c.place)
        .join(_batch, and_(_batch.c.idx == _uses.c.record, out_of))
        .where(_uses.c.batch.in_(sorted({index for index, _ in wanted})), _uses.c.record < size)
        .distinct()
    )
    for index, place, record, output in connection.execute(made):
        if (index, place) in wanted:
            yield Edge((index, place), record, (record, output))
