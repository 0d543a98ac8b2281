"""Records that reach back: what they say changes what is known of batches that were made long before.

Where keys turn out to have been compromised, what they signed counts as unknown, and so does what it was made into; in
the same way where an organization's disclosures are erased. An inquiry is told to everything that was made of the batch
it is about. Masses, custody and balances stay; what changes, changes in the transaction of what says so.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import Protocol

from ledger.material.batch import Batch, Carried
from ledger.material.routes import BODY, Route
from ledger.material.table import RouteTable, as_table
from ledger.records import Process, Record, Source, Transfer
from ledger.rules.apply import Asked, Effects
from ledger.rules.facts import Facts, gather
from ledger.rules.outputs import made_by_process, parts_of_transfer
from ledger.rules.state import State

__all__ = [
    "COMPROMISED",
    "ERASED",
    "History",
    "PastRecord",
    "count_as_erased",
    "count_as_unknown",
    "reach_back",
    "remade_from",
]

COMPROMISED = Route("undisclosed", reason="compromised")
"""The route of everything that a compromised key has said."""
ERASED = Route("undisclosed", reason="erased")
"""The route of everything that an organization had said whose disclosures were erased."""


@dataclass(frozen=True, slots=True)
class PastRecord:
    """An accepted record, read again."""

    index: int
    id: str
    record: Record


class History(Protocol):
    """Past records, wherever they are kept. Both also put the batches that the records name into the state."""

    def of_chain(self, chain: str, after: int, before: int) -> Iterable[PastRecord]:
        """The records of a chain that make batches, with numbers between these two."""

    def taking(self, batches: Collection[str]) -> Iterable[PastRecord]:
        """The processes and transfers that take from any of these batches."""


def reach_back(state: State, effects: Effects, chain: str, history: History) -> None:
    """Change what an accepted record of this chain changes of the past; the batches are added to its effects."""
    if effects.unknown is not None:
        effects.remade = count_as_unknown(state, chain, *effects.unknown, history)
    if effects.asked is not None:
        effects.touched += _tell(state, effects.asked, history)


def _tell(state: State, asked: Asked, history: History) -> list[Batch]:
    """Everything made of a batch, directly or not, learns of an inquiry about it, and of the one that it follows."""
    told: dict[str, Batch] = {}
    waiting = [asked.batch]
    while waiting:
        made = [name for past in history.taking(waiting) for name in _made_names(past)]
        waiting = [name for name in dict.fromkeys(made) if name not in told]
        for name in waiting:
            told[name] = state.batches[name]
            told[name].carried = asked.upon(told[name].carried)
    return list(told.values())


def count_as_unknown(state: State, chain: str, after: int, before: int, history: History) -> list[Batch]:
    """Recompute what the records of a chain between two numbers made, and all that was made of it.

    Returns the batches whose routes changed, each changed in place.
    """
    changed: dict[str, Batch] = {}
    for past in history.of_chain(chain, after, before):
        for name in _made_names(past):
            batch = state.batches[name]
            _replace(batch, _unknown(batch.made, COMPROMISED))
            changed[name] = batch
    for old, new in remade_from(state, changed, history):
        old.made, old.contents = new.made, new.contents
        changed[old.id] = old
    return list(changed.values())


def count_as_erased(state: State, erased: Collection[str], history: History) -> list[Batch]:
    """Forget what was said of batches besides material, mass and composition, and recompute all that was made of them.

    Returns the batches that changed, each changed in place: those that are named, and what was made of them. Inquiries
    about them stay.
    """
    changed: dict[str, Batch] = {}
    for name in erased:
        batch = state.batches[name]
        batch.made, batch.description = _unknown(batch.made, ERASED), {}
        batch.contents = tuple(
            replace(part, routes=_unknown(part.routes, ERASED), description={}) for part in batch.contents
        )
        batch.carried = Carried(inquiries=batch.carried.inquiries)
        changed[name] = batch
    for old, new in remade_from(state, set(changed), history):
        old.made, old.contents, old.description = new.made, new.contents, new.description
        old.carried = replace(new.carried, inquiries=old.carried.inquiries)
        changed[old.id] = old
    return list(changed.values())


def remade_from(state: State, batches: Collection[str], history: History) -> Iterator[tuple[Batch, Batch]]:
    """Every batch that was made of these, directly or not, in the order of the log, beside what it is made of them now.

    The caller changes the first of each pair before he asks for the next. Left out: what counts as unknown itself.
    """
    waiting: list[tuple[int, str, PastRecord]] = []
    met: set[str] = set()
    _push(waiting, met, history.taking(set(batches)))
    while waiting:
        _, _, past = heappop(waiting)
        again = _remade(past, state)
        for new in again:
            old = state.batches[new.id]
            body = old.made.get(BODY, {})
            if len(body) != 1 or not body.keys() & {COMPROMISED, ERASED}:
                yield old, new
        _push(waiting, met, history.taking({new.id for new in again}))


def _push(waiting: list[tuple[int, str, PastRecord]], met: set[str], found: Iterable[PastRecord]) -> None:
    for past in found:
        if past.id not in met:
            met.add(past.id)
            heappush(waiting, (past.index, past.id, past))


def _made_names(past: PastRecord) -> list[str]:
    record = past.record
    if isinstance(record, Source | Process):
        return [f"{past.id}#{place}" for place in range(len(record.outputs))]
    if isinstance(record, Transfer):
        return [f"{past.id}#{place}" for place, entry in enumerate(record.batches) if entry.mass_mg is not None]
    return []


def _unknown(table: RouteTable, route: Route) -> RouteTable:
    return as_table({element: ({route: mass} if mass else {}) for element, mass in table.totals.items()})


def _replace(batch: Batch, made: RouteTable) -> None:
    batch.made = made
    batch.contents = tuple(replace(part, routes=_unknown(part.routes, COMPROMISED)) for part in batch.contents)


def _remade(past: PastRecord, state: State) -> list[Batch]:
    """What a record makes of its inputs as they are known now, each as it stood when the record came."""
    facts = gather(past.record, past.id, frozenset(), _as_of(past.index, state))
    facts.taken = [taken._replace(batch=_batch_as_of(past.index, taken.batch)) for taken in facts.taken]
    return made_by_process(facts) if isinstance(past.record, Process) else _parts(facts)


def _parts(facts: Facts) -> list[Batch]:
    return parts_of_transfer(facts) if isinstance(facts.record, Transfer) else []


def _as_of(index: int, state: State) -> State:
    return replace(state, size=index)


def _batch_as_of(index: int, batch: Batch | None) -> Batch | None:
    if batch is None or batch.secondary_at is None or batch.secondary_at < index:
        return batch
    return replace(batch, secondary_at=None)
