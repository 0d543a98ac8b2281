"""Figures: the median of several rounds, beside the limit that was measured in the same run."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

__all__ = ["Figure", "rate", "seconds"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value. `ratio` is to `limit`, which was measured in the same run; 0 where there is no limit.

    `more` are further numbers of the same rounds, such as latencies; `note` says what a reader must know.
    """

    name: str
    value: float
    unit: str
    limit: float
    ratio: float
    rounds: int
    more: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    def as_json(self) -> dict[str, object]:
        """The figure as `lodestone bench --json` prints it."""
        shown: dict[str, object] = {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "limit": round(self.limit, 3),
            "ratio": round(self.ratio, 4),
            "rounds": self.rounds,
        }
        shown |= {name: round(number, 3) for name, number in self.more.items()}
        return {**shown, "note": self.note} if self.note else shown


def seconds(work: Callable[[], object], rounds: int) -> float:
    """The median duration of some work, in seconds. Garbage is collected before each round, not during it."""
    taken = []
    for _ in range(rounds):
        gc.collect()
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def rate(work: Callable[[], object], count: int, rounds: int) -> float:
    """How often a second something is done, where `work` does it `count` times."""
    return count / seconds(work, rounds)
