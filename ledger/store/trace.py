"""A batch's genealogy in both directions, level by level, so that a reader can stop early and go on later.

Unlike `ledger.store.lineage`, which collects everything for a report, this asks the database for one level at a time.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select, tuple_

from ledger.store.lineage import Key, chunks
from ledger.store.tables import BatchRow, UseRow

__all__ = ["Step", "levels_down", "levels_up", "made_out_of"]

_batch = BatchRow.__table__  # type: ignore[attr-defined]
_uses = UseRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Step:
    """A record made `made`, out of `taken` (None: it is a source), so many levels away from where the walk began."""

    depth: int
    record: int
    made: Key
    taken: Key | None

    @property
    def order(self) -> tuple[int, ...]:
        """Where the step stands in its walk; the log only grows, so the order of what is there never changes."""
        return self.depth, self.record, *self.made, *(self.taken or (-1, -1))


def levels_up(connection: Connection, start: Key, depth: int) -> Iterator[list[Step]]:
    """What went into a batch and its ancestors, nearest first."""
    seen, level = {start}, {start}
    for number in range(1, depth + 1):
        steps = sorted(_into(connection, level, number), key=lambda step: step.order)
        yield steps
        level = {step.taken for step in steps if step.taken is not None} - seen
        seen |= level
        if not level:
            return


def levels_down(
    connection: Connection, start: Collection[Key], depth: int | None = None, newest: int | None = None
) -> Iterator[list[Step]]:
    """What was made out of batches and their descendants, nearest first; up to a log index, where one is given."""
    seen, level = set(start), set(start)
    number = 0
    while level and (depth is None or number < depth):
        number += 1
        steps = sorted(_out_of(connection, level, number, newest), key=lambda step: step.order)
        yield steps
        level = {step.made for step in steps} - seen
        seen |= level


def made_out_of(connection: Connection, taken: Key, after: Key | None, limit: int) -> list[Key]:
    """What was made out of a batch in one step, in the order of the log, behind a key: no more than so many."""
    out_of = or_(_uses.c.role == "input", and_(_uses.c.role == "part", _batch.c.place == _uses.c.at))
    wanted = (
        select(_batch.c.idx, _batch.c.place)
        .join(_uses, and_(_batch.c.idx == _uses.c.record, out_of))
        .where(_uses.c.batch == taken[0], _uses.c.place == taken[1])
        .distinct()
    )
    if after is not None:
        wanted = wanted.where(_uses.c.record >= after[0], tuple_(_batch.c.idx, _batch.c.place) > after)
    rows = connection.execute(wanted.order_by(_batch.c.idx, _batch.c.place).limit(limit))
    return [(row.idx, row.place) for row in rows]


def _into(connection: Connection, made: Collection[Key], depth: int) -> list[Step]:
    inputs: dict[int, set[Key]] = {}
    parts: dict[Key, Key] = {}
    for part in chunks(sorted({index for index, _ in made})):
        wanted = select(_uses).where(_uses.c.record.in_(part), _uses.c.role.in_(("input", "part")))
        for row in connection.execute(wanted):
            if row.role == "input":
                inputs.setdefault(row.record, set()).add((row.batch, row.place))
            else:
                parts[row.record, row.at] = (row.batch, row.place)
    steps = []
    for key in made:
        taken: set[Key] = {parts[key]} if key in parts else inputs.get(key[0], set())
        steps += [Step(depth, key[0], key, source) for source in taken] or [Step(depth, key[0], key, None)]
    return steps


def _out_of(connection: Connection, taken: Collection[Key], depth: int, newest: int | None) -> set[Step]:
    """All outputs of a process; of a transfer only the part that was cut from the batch."""
    wanted = set(taken)
    out_of = or_(_uses.c.role == "input", and_(_uses.c.role == "part", _batch.c.place == _uses.c.at))
    found = set()
    for part in chunks(sorted({index for index, _ in wanted})):
        made = (
            select(_uses.c.batch, _uses.c.place, _batch.c.idx, _batch.c.place)
            .join(_batch, and_(_batch.c.idx == _uses.c.record, out_of))
            .where(_uses.c.batch.in_(part))
        )
        if newest is not None:
            made = made.where(_uses.c.record <= newest)
        for index, place, record, output in connection.execute(made):
            if (index, place) in wanted:
                found.add(Step(depth, record, (record, output), (index, place)))
    return found
