"""Submissions on a ledger that holds much already: the rate must not fall with its size."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from ledger.bench.lanes import commit_all, make_lanes, open_lanes
from ledger.bench.measure import Figure
from ledger.bench.serving import running
from ledger.bench.setting import Bench
from ledger.bench.submissions import Place, rate_of, submitted
from ledger.store.log import log_size
from ledger.workflows.config import Config
from ledger.workflows.open import open_ledger

__all__ = ["growth"]

_IN_A_LANE = 2_500


def growth(bench: Bench) -> Iterator[Figure]:
    """The rate at 64 connections by the number of records that were there before; the smallest is the limit."""
    each, rounds, base = max(4, bench.size.requests // 64), bench.size.rounds, 0.0
    for many in bench.size.grown:
        with ExitStack() as stack:
            kept = bench.kept / f"grown-{many}" if bench.kept else stack.enter_context(bench.scratch(f"grown-{many}"))
            there = _fill(kept, many, bench)
            bench.say(f"Submissions over 64 connections with {there:,} records in the ledger")
            place = Place(kept, 64, each * (rounds + 1), seed=there)
            with running(["api"], place.environment, kept / "log") as server:
                seen = submitted(place, [server], each, rounds)
        figure = rate_of(f"submit.c64.at_{many}", seen, bench.bare, rounds)
        base = base or figure.value
        more = {**figure.more, "records_before": float(there)}
        yield replace(figure, limit=base, ratio=figure.value / base, more=more)


def _fill(home: Path, many: int, bench: Bench) -> int:
    """Bring a ledger to so many records by the commit road in large groups; one that was kept goes on from there."""
    ledger = open_ledger(Config(home=home / "ledger"))
    with ledger.database.reading() as connection:
        there = log_size(connection)
    try:
        while there < many:
            bench.say(f"Filling a ledger: {there:,} of {many:,} records")
            batch = min(many - there, 20 * _IN_A_LANE)
            for lane in make_lanes(ledger, -(-batch // _IN_A_LANE), min(batch, _IN_A_LANE), seed=there + 1):
                open_lanes(ledger, [lane])
                commit_all(ledger, lane.records)
            with ledger.database.reading() as connection:
                there = log_size(connection)
    finally:
        ledger.close()
    return there
