"""Pages of batches by how many there are: what they cost must not grow."""

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ledger.bench.lab import Lab
from ledger.bench.measure import Figure
from ledger.bench.mix import Producer
from ledger.bench.setting import Bench
from ledger.rules.submission import Submission
from ledger.store.browsing import WINDOW
from ledger.store.queries import Viewer
from ledger.store.tokens import organization_number
from ledger.workflows.browsing import BatchQuery, list_batches

__all__ = ["pages"]

_IN_A_RECORD = 500


def pages(bench: Bench) -> Iterator[Figure]:
    """CPU time of a page of one's newest batches with its facets, and of a search that finds nothing in the window.

    The limit is what it costs when the window is just full.
    """
    first: dict[str, float] = {}
    most = max(bench.size.grown)
    for many in sorted({min(WINDOW, most), most}):
        bench.say(f"Pages of an organization with {many:,} batches")
        with bench.scratch(f"pages-{many}") as home:
            for name, taken in _measured(home, many, bench.size.rounds):
                base = first.setdefault(name, taken)
                figure = f"pages.{name}.at_{many}"
                yield Figure(figure, taken * 1_000, "ms of CPU", base * 1_000, taken / base, bench.size.rounds)


def _measured(home: Path, many: int, rounds: int) -> Iterator[tuple[str, float]]:
    lab = Lab(home, producers=2)
    producer = lab.mix.producers[0]
    lab.fill(_batches(lab, producer, many))
    with lab.ledger.database.reading() as connection:
        viewer = Viewer(organization_number(connection, producer.organization))
    for name, query in (("newest", BatchQuery()), ("nothing_found", BatchQuery(material="swarf"))):
        yield name, _cpu_seconds(partial(list_batches, lab.ledger, viewer, query), rounds)
    lab.ledger.close()


def _batches(lab: Lab, producer: Producer, many: int) -> Iterator[Submission]:
    for _ in range(-(-many // _IN_A_RECORD)):
        yield lab.mix.source(producer, outputs=_IN_A_RECORD)
        lab.mix.state.batches.clear()  # the mix needs none of them again


def _cpu_seconds(work: Callable[[], object], rounds: int) -> float:
    """The median CPU time of some work, which other work on the machine does not change much."""
    work()
    taken = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return statistics.median(taken)
