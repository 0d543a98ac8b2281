"""Lanes: records of the mix for many connections at once, each lane acceptable in its own order whatever others do.

A lane is a small mix of its own, with producers of its own. Lanes are made on all cores, since making a record costs
about as much as taking it.
"""

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ledger.bench.lab import GROUP
from ledger.bench.mix import Mix
from ledger.errors import Refused
from ledger.rules.submission import read_submission
from ledger.store.log import read_head
from ledger.workflows.commit import commit
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import operator_issuer

__all__ = ["Lane", "commit_all", "make_lanes", "open_lanes", "write_lanes"]

_PRODUCERS = 4


@dataclass(frozen=True, slots=True)
class Lane:
    """The records of a lane: those that open its chains and facilities, and those to measure with."""

    organizations: Sequence[bytes]
    facilities: Sequence[bytes]
    records: Sequence[bytes]


def make_lanes(ledger: Ledger, lanes: int, records: int, *, seed: int = 1) -> Iterator[Lane]:
    """That many lanes of that many records each, made on all cores, in no ledger yet."""
    with ledger.database.reading() as connection:
        head = read_head(connection)
    workers = min(lanes, os.cpu_count() or 1)
    fresh = multiprocessing.get_context("forkserver")  # a fork would copy threads' locks
    with ProcessPoolExecutor(workers, mp_context=fresh) as pool:
        seeds = range(seed * 1_000_000, seed * 1_000_000 + lanes)
        waiting = iter(seeds)
        ahead = [pool.submit(_make_lane, head.ledger, head.operator, n, records) for n in islice(waiting, 2 * workers)]
        while ahead:
            lane = ahead.pop(0).result()
            ahead += [pool.submit(_make_lane, head.ledger, head.operator, n, records) for n in islice(waiting, 1)]
            yield lane


def _make_lane(ledger: str, operator: str, seed: int, records: int) -> Lane:
    mix = Mix(ledger, operator, producers=_PRODUCERS, seed=seed)
    return Lane(
        [entry.envelope.data for entry in mix.organizations()],
        [entry.envelope.data for entry in mix.facilities()],
        [entry.envelope.data for entry in islice(mix.records(records), records)],
    )


def open_lanes(ledger: Ledger, lanes: Iterable[Lane]) -> list[Lane]:
    """Admit the organizations of lanes and write their facilities; their records are for later."""
    opened = []
    operator = operator_issuer(ledger)
    for lane in lanes:
        group = []
        for data in lane.organizations:
            opening = read_submission(data, ledger.config.ledger)
            members = {"op": "admit", "record": opening.id, "organization": opening.id}
            admission = operator.submission("admission", ledger.clock(), members)
            operator.advance(admission.id)
            group += [admission.envelope.data, data]
        commit_all(ledger, [*group, *lane.facilities])
        opened.append(lane)
    return opened


def commit_all(ledger: Ledger, records: Iterable[bytes]) -> None:
    """Commit records through the one road in large groups, without HTTP; all must be accepted.

    Raises:
        Refused: one of them was not.
    """
    waiting = iter(records)
    while group := list(islice(waiting, GROUP)):
        for outcome in commit([read_submission(data, ledger.config.ledger) for data in group], ledger):
            if not outcome.accepted:
                raise Refused(outcome.violations)


def write_lanes(path: Path, lanes: Iterable[Sequence[bytes]]) -> int:
    """Write bodies for the load generator, an empty line after each lane; returns their bytes without line ends."""
    size = 0
    with path.open("wb") as file:
        for lane in lanes:
            file.writelines(part for body in lane for part in (body, b"\n"))
            file.write(b"\n")
            size += sum(map(len, lane))
    return size
