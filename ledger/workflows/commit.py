"""The SUBMIT road: a group of records gets its place in the log, or is told everything that is wrong with it.

    gather -> check -> apply -> append (one transaction) -> publish -> receipts

One record, a bulk upload and the ledger's own first records take this one road.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from ledger.errors import LodestoneError, Refused, Violation
from ledger.log.leaf import LeafParts, leaf_parts, tags
from ledger.log.tree import Frontier
from ledger.material.routes import Route
from ledger.records import Inquiry, Key
from ledger.rules.apply import Effects, apply
from ledger.rules.facts import Facts
from ledger.rules.judge import judge
from ledger.rules.recompute import reach_back
from ledger.rules.remarks import Remark, remarks
from ledger.rules.state import State
from ledger.rules.submission import Submission, door, plain_leaf
from ledger.store.append import Accepted, append_group
from ledger.store.codec import RouteBook
from ledger.store.gather import Loader
from ledger.store.history import StoredHistory
from ledger.store.records import payload_of
from ledger.store.references import references
from ledger.store.warm import Warm
from ledger.workflows.ledger import Ledger
from ledger.workflows.publish import publish

__all__ = ["Outcome", "commit", "commit_one", "parts_of", "take_group"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one submission: its index, or what is wrong with it. `new` is false where it was there before."""

    id: str
    index: int | None
    violations: tuple[Violation, ...] = ()
    remarks: tuple[Remark, ...] = ()
    new: bool = True

    @property
    def accepted(self) -> bool:
        """Whether the record is in the log."""
        return self.index is not None


def commit(group: Sequence[Submission], ledger: Ledger, *, at_door: bool = True) -> list[Outcome]:
    """Give every record of the group its place in the log, or say everything that is wrong with it.

    When this returns, every accepted record is durable, in the tree, and under a published checkpoint.

    Raises:
        LedgerUnsafe: something failed between commit and publication; nothing is promised for the group.
    """
    outcomes: list[Outcome] = []
    for part in parts_of(group):
        ledger.must_be_safe()
        now = ledger.clock() if at_door else None
        with ledger.turn:
            with ledger.database.writing() as connection:
                taken, added = take_group(part, connection, ledger.book, now, ledger.warm)
            ledger.book.adopt(added)
            if any(outcome.index is not None and outcome.index >= ledger.tree.size for outcome in taken):
                publish(ledger)  # also what another process committed and did not live to publish
        outcomes += taken
    return outcomes


def parts_of(group: Sequence[Submission]) -> Iterator[Sequence[Submission]]:
    """The parts of a group that may share a transaction: a record that reaches back is alone in its own."""
    start = 0
    for place, entry in enumerate(group):
        if _reaches_back(entry):
            yield from (part for part in (group[start:place], group[place : place + 1]) if part)
            start = place + 1
    if start < len(group):
        yield group[start:]


def take_group(
    group: Sequence[Submission], connection: Connection, book: RouteBook, now: str | None, warm: Warm | None = None
) -> tuple[list[Outcome], Mapping[Route, int]]:
    """Judge the records of one transaction in order, and write what those that are accepted change.

    `now` is the time at the door; a replay has none. Nothing is durable before the caller's transaction, which holds
    the head's lock, commits; only then may the book adopt the numbers of new routes that are returned. What `warm`
    holds is used if it belongs to the head, and what this group knows is left there.
    """
    loader = Loader(connection, book, warm)
    state = loader.load(references((entry.id, entry.record) for entry in group))
    history = StoredHistory(connection, loader)
    frontier = Frontier.from_bytes(bytes(loader.head.frontier))
    accepted: list[Accepted] = []
    outcomes = []
    for entry in group:
        outcome, place = _accept(entry, state, now)
        outcomes.append(outcome)
        if place is not None:
            reach_back(state, place.effects, entry.record.chain.id, history)
            leaf = _leaf(place, entry, loader, accepted)
            frontier.append(leaf.hash)
            accepted.append(
                Accepted(
                    index=place.index,
                    facts=place.facts,
                    effects=place.effects,
                    envelope=entry.envelope.data,
                    leaf=leaf,
                    remarks=place.remarks,
                )
            )
    added = append_group(connection, loader, accepted, frontier.to_bytes(), book) if accepted else {}
    if warm is not None and not any(_reaches_back(entry) for entry in group):
        warm.leave(loader.head_after(frontier.to_bytes()), loader.known)
    return outcomes, added


def commit_one(entry: Submission, ledger: Ledger, *, at_door: bool = True) -> Outcome:
    """`commit` for a record that must be accepted.

    Raises:
        Refused: it is not.
    """
    outcome = commit([entry], ledger, at_door=at_door)[0]
    if not outcome.accepted:
        raise Refused(outcome.violations)
    return outcome


def _reaches_back(entry: Submission) -> bool:
    """Whether a record changes what is known of earlier ones, which must be stored before it comes."""
    return isinstance(entry.record, Inquiry) or (isinstance(entry.record, Key) and entry.record.op == "compromised")


@dataclass(slots=True)
class _Place:
    index: int
    facts: Facts
    effects: Effects
    remarks: tuple[Remark, ...]


def _accept(entry: Submission, state: State, now: str | None) -> tuple[Outcome, _Place | None]:
    known = state.records.get(entry.id)
    if known is not None:
        return Outcome(entry.id, known.index, new=False), None
    try:
        facts = judge(entry, state, door(entry, now) if now is not None else ())
    except Refused as refusal:
        return Outcome(entry.id, None, refusal.violations), None
    said = tuple(remarks(facts))
    index = state.size
    return Outcome(entry.id, index, remarks=said), _Place(index, facts, apply(facts), said)


def _leaf(place: _Place, entry: Submission, loader: Loader, before: Sequence[Accepted]) -> LeafParts:
    if place.effects.status_of is None:
        return entry.leaf or plain_leaf(entry)
    changed = (_payload(place.effects.status_of, loader, before), place.effects.status_number)
    both = tags(entry.record.chain.id, entry.record.chain.seq, changed)
    return leaf_parts(entry.id, entry.envelope.signatures_digest(), both)


def _payload(record: str, loader: Loader, before: Sequence[Accepted]) -> bytes:
    """The payload of the record whose standing changes: stored, or accepted earlier in this group."""
    for entry in before:
        if entry.facts.id == record:
            return payload_of(entry.envelope)
    stored = loader.envelope(record)
    if stored is None:
        raise LodestoneError(f"There is no record {record}.")
    return payload_of(stored)
