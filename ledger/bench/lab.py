"""A ledger to measure in: real keys, real files, records of the mix committed through the one road."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from ledger.bench.mix import Mix, Producer
from ledger.errors import Refused
from ledger.rules.submission import Submission
from ledger.store.log import read_head
from ledger.workflows.commit import commit, commit_one
from ledger.workflows.config import Config
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger, operator_issuer

__all__ = ["GROUP", "Lab"]

GROUP = 500
"""Records committed together while a ledger is filled."""


class Lab:
    """A founded ledger with the producers of a mix in it."""

    def __init__(self, home: Path, *, producers: int = 12, seed: int = 1) -> None:
        self.ledger: Ledger = open_ledger(Config(home=home))
        with self.ledger.database.reading() as connection:
            head = read_head(connection)
        self.mix = Mix(head.ledger, head.operator, producers=producers, seed=seed)
        operator = operator_issuer(self.ledger)
        for opening in self.mix.organizations():
            members = {"op": "admit", "record": opening.id, "organization": opening.id}
            admission = operator.submission("admission", self.ledger.clock(), members)
            commit_one(admission, self.ledger)
            operator.advance(admission.id)
            commit_one(opening, self.ledger)
        self.fill(self.mix.facilities())

    def fill(self, records: Iterable[Submission]) -> None:
        """Commit records in groups, all of which must be accepted."""
        for group in _groups(records):
            for outcome in commit(group, self.ledger):
                if not outcome.accepted:
                    raise Refused(outcome.violations)

    def well_mixed(self, ancestors: int) -> tuple[Producer, str]:
        """A batch with about so many ancestors, each blended out of two that were blended before, over all countries.

        Returns the producer that holds it, and its name.
        """
        producer = self.mix.producers[0]
        self.fill(self._blends(producer, ancestors))
        return producer, producer.batches[-1]

    def _blends(self, producer: Producer, ancestors: int) -> Iterator[Submission]:
        yield from (self.mix.facility(producer, other.country) for other in self.mix.producers[1:])
        sources = min(12, max(2, ancestors // 4))
        yield from [self.mix.source(producer, 10**12) for _ in range(sources)]
        fresh = producer.batches[-sources:]
        for number in range(ancestors - sources):
            last, before = producer.batches[-1], producer.batches[-2]
            yield self.mix.blend(producer, last, fresh[number % sources] if number % 2 else before)
            self._forget(producer, keep={*fresh, *producer.batches[-3:]})

    def _forget(self, producer: Producer, keep: set[str]) -> None:
        """The mix's own books need only what is used again; the ledger keeps everything."""
        for name in producer.batches[-5:-3]:
            if name not in keep:
                self.mix.state.batches.pop(name, None)


def _groups(records: Iterable[Submission]) -> Iterator[list[Submission]]:
    waiting = iter(records)
    while group := list(islice(waiting, GROUP)):
        yield group
