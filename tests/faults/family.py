"""What a family of faults is: a place to make them in, and one trial for each seed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.seen import Checked

__all__ = ["Family", "LeftOut", "Trial"]

Trial = Callable[[int], Checked]
"""One fault, decided by the seed alone as far as chance is ours, and what was found after it."""


class LeftOut(Exception):
    """This family cannot be tried on this machine; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of fault. `trials` are those of the full form; seeds that follow each other try different faults.

    `open` makes everything that the trials share in an empty folder, and raises `LeftOut` where it cannot.
    """

    name: str
    says: str
    trials: int
    open: Callable[[Path], AbstractContextManager[Trial]]
