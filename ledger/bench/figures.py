"""One run of the bench: groups of figures, those that are asked for, each beside a limit measured in the same run."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from ledger.bench.growth import growth
from ledger.bench.measure import Figure
from ledger.bench.pages import pages
from ledger.bench.reports import audits, reports
from ledger.bench.setting import Bench, Say, Size, bare_verifications
from ledger.bench.shared import shared
from ledger.bench.submissions import bulk, connections, limits
from ledger.bench.trees import receipts, trees

__all__ = ["GROUPS", "run"]

Group = Callable[[Bench], Iterator[Figure]]

GROUPS: dict[str, Group] = {
    "http.noop naive.c64 submit.c64.over_naive": limits,
    "submit.c1 submit.c1.p50": partial(connections, many=1),
    "submit.c16": partial(connections, many=16),
    "submit.c64 submit.c64.over_naive disk.": partial(connections, many=64),
    "submit.c256": partial(connections, many=256),
    "submit.bulk": bulk,
    "submit.c64.postgresql": shared,
    "submit.c64.at_": growth,
    "receipts": receipts,
    "log.": trees,
    "report. picture. bundle. routes.": reports,
    "audit.": audits,
    "pages.": pages,
}
"""What makes figures, by the beginnings of their names."""

_LARGE = {"submit.c64.at_1000000": "records/s", "report.ancestors_100000": "ms"}
"""Figures that are looked for in every run, and take long."""


def run(say: Say, size: Size, *, only: Sequence[str] = (), keep: Path | None = None) -> Iterator[Figure]:
    """Measure, one figure after the other; `say` is told what is being done.

    `only` names figures, or beginnings of names that end in a full stop; everything else is left out. Large figures
    that this size leaves out are measured where they are named, else they are there with a note and no rounds.
    """
    size = _named_too(size, only)
    bare = bare_verifications(size.rounds)
    rates: dict[str, float] = {}
    yield from _wanted(Figure("verify.bare", bare, "verifications/s", bare, 1, size.rounds), only)
    with tempfile.TemporaryDirectory(prefix="lodestone-bench-") as folder:
        bench = Bench(size, Path(folder), keep, bare, say)
        for names, group in GROUPS.items():
            if not only or any(_meets(asked, name) for asked in only for name in names.split()):
                for figure in group(bench):
                    rates[figure.name] = figure.value
                    yield from _wanted(figure, only)
                    if figure.name == "submit.c64" and rates.get("naive.c64"):
                        yield from _wanted(_over_naive(figure, rates["naive.c64"]), only)
    for name, unit in _LARGE.items():
        if name not in rates:
            yield from _wanted(
                Figure(name, 0, unit, 0, 0, 0, note=f"{name}: not measured, name it or say --full."), only
            )


def _named_too(size: Size, only: Sequence[str]) -> Size:
    """The size with the large figures that are named."""
    for name in only:
        what, _, number = name.rpartition("_")
        if what == "submit.c64.at" and number.isdecimal() and int(number) not in size.grown:
            size = replace(size, grown=(*size.grown[:1], int(number)))
        if what == "report.ancestors" and number.isdecimal() and int(number) not in size.ancestors:
            size = replace(size, ancestors=(int(number),))
    return size


def _meets(asked: str, name: str) -> bool:
    """Whether a group that makes this name, or names that begin so, is asked for."""
    open_ended = name.endswith((".", "_"))
    return asked == name or (open_ended and asked.startswith(name)) or (asked.endswith(".") and name.startswith(asked))


def _wanted(figure: Figure, only: Sequence[str]) -> Iterator[Figure]:
    if not only or any(figure.name == name or (name.endswith(".") and figure.name.startswith(name)) for name in only):
        yield figure


def _over_naive(figure: Figure, naive: float) -> Figure:
    """The same measurement beside the naive service."""
    times = figure.value / naive
    return Figure("submit.c64.over_naive", figure.value, figure.unit, naive, times, figure.rounds)
