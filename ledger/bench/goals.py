"""What the figures are meant to reach: first the floor, then the aim. Ratios, because machines differ."""

from dataclasses import dataclass

from ledger.bench.measure import Figure

__all__ = ["GOALS", "Goal", "reached"]


@dataclass(frozen=True, slots=True)
class Goal:
    """A floor and an aim for a figure's ratio; `less` where less is better."""

    floor: float
    aim: float
    less: bool = False

    def __str__(self) -> str:
        return f"{'below' if self.less else 'at least'} {self.floor:g}, aim {self.aim:g}"


GOALS = {
    "submit.c1.p50": Goal(8, 4, less=True),
    "submit.c64": Goal(0.20, 0.35),
    "submit.c64.over_naive": Goal(8, 15),
    "submit.bulk": Goal(0.30, 0.60),
    "submit.c64.at_1000000": Goal(0.70, 0.90),
    "audit.one_core": Goal(0.35, 0.70),
    "audit.all_cores": Goal(0.35, 0.70),
    "disk.per_byte": Goal(2.5, 1.6, less=True),
}
"""By the name of the figure."""


def reached(figure: Figure) -> str:
    """`aim`, `floor` or `no`; empty where the figure has no goal, or nothing was measured."""
    goal = GOALS.get(figure.name)
    if goal is None or not figure.rounds:
        return ""
    sign = -1 if goal.less else 1
    got, floor, aim = figure.ratio * sign, goal.floor * sign, goal.aim * sign
    return "aim" if got >= aim else "floor" if got >= floor else "no"
