"""What a monitor watches for among the public leaves: chains and records of somebody's own, by their tags.

Whoever knows a chain's id knows the tag of each of its numbers; whoever holds a record knows the tag that any change of
its standing will carry. Nobody is told which.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ledger.log.leaf import PublicLeaf, chain_tag, status_tag

__all__ = ["Alarm", "Seen", "WatchedChain", "WatchedRecord", "Watching", "status_tags"]

_AHEAD = 10_000
"""Numbers of a chain that are watched beyond the last one known: a stranger's leaf may have any of them."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that the owner must look at: a stable code, a sentence, and where it is in the log."""

    code: str
    sentence: str
    index: int | None = None
    record: str = ""

    def as_json(self) -> dict[str, object]:
        """The alarm as programs read it."""
        shown: dict[str, object] = {"code": self.code, "sentence": self.sentence}
        if self.index is not None:
            shown["index"] = self.index
        return shown | ({"record": self.record} if self.record else {})


@dataclass(frozen=True, slots=True)
class WatchedChain:
    """A chain. `made` are its owner's own records by number, `last` the last number that he has made, where he says."""

    id: str
    made: Mapping[int, str] = field(default_factory=dict)
    last: int | None = None


@dataclass(frozen=True, slots=True)
class WatchedRecord:
    """A record by its id, and the tags that the first, second, ... change of its standing would carry."""

    id: str
    tags: tuple[str, ...]


@dataclass(slots=True)
class Seen:
    """What was found so far: of each chain the leaves by number, of each record how many changes."""

    chains: dict[str, dict[int, tuple[int, str]]] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Seen":
        """The same, to be changed apart."""
        return Seen({chain: dict(found) for chain, found in self.chains.items()}, dict(self.changes))


def status_tags(payload: bytes, count: int) -> tuple[str, ...]:
    """The tags of the first so many changes of the standing of the record with this payload."""
    return tuple(status_tag(payload, number) for number in range(count))


class Watching:
    """Looks at leaves, one after the other. What was seen before is in `seen`, and grows."""

    def __init__(self, chains: Iterable[WatchedChain], records: Iterable[WatchedRecord], seen: Seen) -> None:
        self.seen = seen
        self._chains = {chain.id: chain for chain in chains}
        self._records = {record.id: record for record in records}
        self._numbers: dict[str, tuple[str, int]] = {}
        self._horizon: dict[str, int] = {}
        self._changes: dict[str, str] = {}
        for chain in self._chains.values():
            known = seen.chains.setdefault(chain.id, {})
            self._extend(chain.id, max(chain.last or 0, *known, 0))
        for record in self._records.values():
            seen.changes.setdefault(record.id, 0)
            self._next_change(record)

    def look(self, index: int, leaf: PublicLeaf) -> Iterator[Alarm]:
        """What is wrong with a leaf, if it is one of those that are watched for."""
        own = False
        for tag in leaf.tags:
            place = self._numbers.get(tag)
            if place is not None:
                own = True
                yield from self._of_chain(index, leaf, *place)
        for tag in leaf.tags:
            changed = self._changes.pop(tag, None)
            if changed is not None:
                self.seen.changes[changed] += 1
                self._next_change(self._records[changed])
                if not own:
                    yield Alarm(
                        "status-changed",
                        f"the standing of the record {changed} was changed by another record (a correction, a hold, "
                        "a key's end or a suspension), which is not in a chain that is watched",
                        index,
                        leaf.record,
                    )

    def missing(self) -> Iterator[Alarm]:
        """Numbers that a chain's owner has made, and that no leaf has."""
        for chain in self._chains.values():
            if chain.last is None:
                continue
            there = self.seen.chains[chain.id]
            gaps = [seq for seq in range(chain.last + 1) if seq not in there]
            if gaps:
                yield Alarm(
                    "missing-leaf",
                    f"the log has no leaf for {_numbers(gaps)} of the chain {chain.id}, though a receipt was given",
                )

    def _of_chain(self, index: int, leaf: PublicLeaf, chain_id: str, seq: int) -> Iterator[Alarm]:
        chain, there = self._chains[chain_id], self.seen.chains[chain_id]
        before = there.get(seq)
        if before is not None and before[0] != index:
            sentence = f"there are two leaves for number {seq} of the chain {chain_id}: at {before[0]} and {index}"
            yield Alarm("second-leaf", sentence, index, leaf.record)
            return
        there[seq] = (index, leaf.record)
        self._extend(chain_id, seq)
        if chain.last is None:
            return
        if seq > chain.last or chain.made.get(seq, leaf.record) != leaf.record:
            sentence = f"the leaf for number {seq} of the chain {chain_id} is of a record that its owner did not make"
            yield Alarm("foreign-leaf", sentence, index, leaf.record)

    def _extend(self, chain: str, to: int) -> None:
        horizon = to + _AHEAD
        for seq in range(self._horizon.get(chain, -1) + 1, horizon + 1):
            self._numbers[chain_tag(chain, seq)] = (chain, seq)
        self._horizon[chain] = max(horizon, self._horizon.get(chain, -1))

    def _next_change(self, record: WatchedRecord) -> None:
        number = self.seen.changes[record.id]
        if number < len(record.tags):
            self._changes[record.tags[number]] = record.id


def _numbers(gaps: list[int]) -> str:
    shown = ", ".join(map(str, gaps[:5]))
    return f"the numbers {shown} and {len(gaps) - 5} more" if len(gaps) > 5 else f"the numbers {shown}"
