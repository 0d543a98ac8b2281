"""Random scenarios, long and wild: sources, refining, magnets, loops, custody, and every kind of mistake.

`generate` is a function of its seed alone. `scenarios` is the same as a hypothesis strategy.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.oracle.contexts import add_reports
from tests.oracle.custody import CUSTODY
from tests.oracle.lines import LINES
from tests.oracle.making import MAKING
from tests.oracle.mistakes import MISTAKES
from tests.oracle.sources import SOURCES, first_sources
from tests.oracle.story import Story

__all__ = ["generate", "scenarios"]

Move = Callable[[Story], None]


def generate(seed: int, size: int) -> dict[str, Any]:
    """A scenario of about `size` records."""
    rng = Random(seed)
    story = Story(rng, rng.randint(2, 7))
    first_sources(story)
    moves: list[tuple[Move, float]] = [
        *((move, 1.0) for move in SOURCES),
        *((move, 4.0) for move in MAKING),
        *((move, 0.8) for move in LINES),
        *((move, 3.0) for move in CUSTODY),
        *((move, 1.0) for move in MISTAKES),
    ]
    tame = rng.random() < 0.3
    kinds = [move for move, _ in moves]
    weights = [0.1 * weight if tame and move in MISTAKES else weight for move, weight in moves]
    for _ in range(20 * size):
        if len(story.scenario["records"]) >= size:
            break
        rng.choices(kinds, weights)[0](story)
    add_reports(story)
    return story.scenario


def scenarios(least: int = 20, most: int = 120) -> st.SearchStrategy[dict[str, Any]]:
    """Scenarios by seed and size."""
    return st.builds(generate, st.integers(0, 2**32 - 1), st.integers(least, most))
