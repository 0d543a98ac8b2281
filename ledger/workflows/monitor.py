"""Following a log from outside: whether it only grows, and whether anything is in it that its owner did not make.

checkpoint -> signatures of the log -> every new entry into the tree -> the signed root -> leaves that are watched for

Nothing is believed but what was signed and recomputed: a monitor keeps the right edge of the tree, so that every later
tree is proven to continue what it saw by hashing the entries themselves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ledger.bundle.trust import signed_by_log
from ledger.errors import PolicyUnmet, VerificationError
from ledger.log.checkpoint import Checkpoint
from ledger.log.leaf import GENESIS_VERSION, read_leaf
from ledger.log.merkle import leaf_hash, verify_consistency
from ledger.log.policy import Policy
from ledger.log.tiles import TileSource, read_entries
from ledger.log.tree import Frontier, consistency_path
from ledger.log.watch import Alarm, Seen, Watching
from ledger.values.canonical import NotCanonical, parse_canonical

__all__ = ["Followed", "MonitorState", "Round", "compare", "follow"]

Fetch = Callable[[str], bytes | None]
"""Reads a published object of the log by its path; None where there is none."""
_MOST_ALARMS = 1_000


@dataclass(slots=True)
class MonitorState:
    """What a monitor keeps: the last checkpoint that it accepted, the edge of the tree there, and what it has seen."""

    note: str = ""
    checkpoint: Checkpoint | None = None
    edge: bytes = b""
    seen: Seen = field(default_factory=Seen)
    alarms: list[Alarm] = field(default_factory=list)
    """What was wrong with leaves: it stays in the log, so it is told until its owner forgets it."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The log after a round: where it stands, who has witnessed that, and how many entries were new."""

    checkpoint: Checkpoint
    witnesses: tuple[str, ...]
    new: int


@dataclass(frozen=True, slots=True)
class Round:
    """What a round gave: where the log stands (None where that cannot be said), and what is wrong."""

    followed: Followed | None
    alarms: tuple[Alarm, ...]


def follow(fetch: Fetch, policy: Policy, state: MonitorState, watching: Watching, *, again: bool = False) -> Round:
    """Follow the log to its newest checkpoint.

    `again`: read it from its first entry on, for what was not watched for before. The state moves on only where the
    whole round held; `watching` has then seen every entry once.

    Raises:
        LodestoneError: the log cannot be reached; nothing is said of it then.
    """
    note = _note(fetch)
    if isinstance(note, Alarm):
        return Round(None, (note,))
    try:
        checkpoint = signed_by_log(note, policy)
    except VerificationError as error:
        return Round(None, (Alarm("bad-checkpoint", f"the published checkpoint is not one of the log: {error}"),))
    if checkpoint is None:
        return Round(None, (Alarm("bad-checkpoint", "the published checkpoint is of no log that the policy trusts"),))
    known = state.checkpoint
    if known is not None and (wrong := _not_larger(fetch, known, checkpoint, state.note, note)) is not None:
        return Round(None, tuple(wrong)) if wrong else Round(_followed(state.note, policy, known, 0), ())
    try:
        alarms, edge = _read(fetch, state, checkpoint, watching, again=again)
    except VerificationError as error:
        sentence = f"what the log serves does not lead from what was seen before to its signed checkpoint: {error}"
        return Round(None, (Alarm("inconsistent", sentence),))
    new = checkpoint.size - (known.size if known is not None else 0)
    state.note, state.checkpoint, state.edge, state.seen = note, checkpoint, edge, watching.seen
    state.alarms += [alarm for alarm in alarms if alarm.index is not None and alarm not in state.alarms]
    return Round(_followed(note, policy, checkpoint, new), tuple(alarms))


def compare(fetch: Fetch, policy: Policy, state: MonitorState, other: str) -> list[Alarm]:
    """Hold a checkpoint that somebody else was shown against the log as it is followed here.

    Raises:
        VerificationError: the other checkpoint is not signed by the log, so it says nothing.
    """
    theirs, ours = signed_by_log(other, policy), state.checkpoint
    if theirs is None or ours is None or theirs.origin != ours.origin:
        raise VerificationError("the other checkpoint is not one that this log has signed")
    if theirs.size > ours.size:
        sentence = f"somebody was shown {theirs.size} entries, but the log shows {ours.size} here"
        return [Alarm("split-view", sentence)]
    try:
        _prove(fetch, theirs, ours)
    except VerificationError as error:
        return [Alarm("split-view", f"somebody was shown another history of {theirs.size} entries: {error}")]
    return []


def _note(fetch: Fetch) -> str | Alarm:
    data = fetch("checkpoint")
    if data is None:
        return Alarm("bad-checkpoint", "the log publishes no checkpoint")
    return data.decode("utf-8", "replace")


def _not_larger(fetch: Fetch, known: Checkpoint, checkpoint: Checkpoint, before: str, note: str) -> list[Alarm] | None:
    """What a checkpoint means that is not larger than the known one; None where it is larger, or is the first again."""
    if checkpoint.origin != known.origin:
        return [Alarm("bad-checkpoint", f"the log was {known.origin}, and is {checkpoint.origin} now")]
    if checkpoint.size > known.size:
        return None
    if checkpoint.size == known.size:
        if checkpoint.root != known.root:
            return [Alarm("split-view", f"the log has signed two trees of {known.size} entries: {before}\n{note}")]
        return None
    try:
        _prove(fetch, checkpoint, known)
    except VerificationError:
        sentence = (
            f"the log has signed {checkpoint.size} entries that are not the first of the {known.size} seen before"
        )
        return [Alarm("split-view", f"{sentence}: {before}\n{note}")]
    return []  # an older checkpoint out of a cache


def _prove(fetch: Fetch, old: Checkpoint, new: Checkpoint) -> None:
    """That one checkpoint continues another, by the published tiles.

    Raises:
        VerificationError: it does not, or the tiles do not show it.
    """
    if old.size == 0:
        return
    path = [] if old.size == new.size else consistency_path(TileSource(fetch, new.size), old.size, new.size)
    verify_consistency(old.size, new.size, path, old.root, new.root)


def _read(
    fetch: Fetch, state: MonitorState, checkpoint: Checkpoint, watching: Watching, *, again: bool
) -> tuple[list[Alarm], bytes]:
    """Hash every new entry into the tree, and look at it."""
    known = state.checkpoint
    frontier = Frontier() if again or known is None else Frontier.from_bytes(state.edge)
    alarms: list[Alarm] = []
    for index, entry in read_entries(fetch, frontier.size, checkpoint.size):
        _continues(frontier, known)
        frontier.append(leaf_hash(entry))
        found = _look(index, entry, checkpoint.origin, watching)
        alarms += [alarm for alarm in found if len(alarms) < _MOST_ALARMS]
    _continues(frontier, known)
    if frontier.root() != checkpoint.root:
        raise VerificationError(f"the {checkpoint.size} entries that it serves do not give the root that it has signed")
    return [*alarms, *watching.missing()], frontier.to_bytes()


def _continues(frontier: Frontier, known: Checkpoint | None) -> None:
    if known is not None and frontier.size == known.size and frontier.root() != known.root:
        raise VerificationError(f"the first {known.size} entries are not those that were seen before")


def _look(index: int, entry: bytes, origin: str, watching: Watching) -> Iterator[Alarm]:
    try:
        if index == 0:
            _genesis(entry, origin)
        else:
            yield from watching.look(index, read_leaf(entry))
    except VerificationError as error:
        yield Alarm("malformed-leaf", f"the entry at index {index} is not as entries are: {error}", index)


def _genesis(entry: bytes, origin: str) -> None:
    try:
        said = parse_canonical(entry, max_depth=3)
    except NotCanonical as error:
        raise VerificationError(f"the first entry: {error}") from error
    if not isinstance(said, dict) or (said.get("t"), said.get("origin")) != (GENESIS_VERSION, origin):
        raise VerificationError("the first entry does not begin this log")


def _followed(note: str, policy: Policy, checkpoint: Checkpoint, new: int) -> Followed:
    try:
        times = policy.evaluate(note).witnesses
    except PolicyUnmet:
        times = {}
    return Followed(checkpoint, tuple(name for name, time in times.items() if time), new)
