"""What an audit hands on, record by record, to whoever writes down what it has proven (docs/tables.md)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ledger.material.batch import Batch
from ledger.records import Receive
from ledger.rules.facts import Facts
from ledger.signing.envelope import Signature

__all__ = ["CLOSED", "ERASED", "OPEN", "PARTLY", "Follower", "ProvenRecord", "Weighed", "left_of"]

OPEN = "open"
PARTLY = "partly"
CLOSED = "closed"
ERASED = "erased"
"""How much of a record its reader sees: all members, some, nothing; or nobody sees them any more."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A record that was replayed by mass: its facts, the batches that it made, and what was left of those received."""

    facts: Facts
    made: Sequence[Batch]
    left: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """A record of the log as its reader sees it, and as the audit has found it.

    `members` keeps the holes of what is withheld (`ledger.signing.disclosure.WITHHELD`); `withheld` counts them.
    `organization` is the record that opened the chain, or the organization's first one where that is known; empty where
    nothing tells. `weighed` is None where masses could not be replayed.
    """

    index: int
    id: str
    state: str
    type: str = ""
    organization: str = ""
    members: Mapping[str, object] = field(default_factory=dict)
    signatures: Sequence[Signature] = ()
    withheld: int = 0
    weighed: Weighed | None = None


class Follower(Protocol):
    """Whoever writes down what an audit proves. It is told before the end, which may still be a failure."""

    def record(self, seen: ProvenRecord) -> None:
        """The next record in the order of the log."""

    def batches(self, batches: Iterable[Batch], *, whole: bool) -> None:
        """Every batch whose routes are exact. `whole`: all records were seen, so what is left of each is known."""


def left_of(facts: Facts) -> dict[str, int]:
    """What is left of the batches of a transfer before it is received: less, when the receiver weighs less."""
    if not isinstance(facts.record, Receive) or facts.transfer is None:
        return {}
    return {name: facts.state.batches[name].left_mg for name in facts.transfer.batches}
