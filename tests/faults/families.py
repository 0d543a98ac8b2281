"""Every family of faults, in the order in which they are tried."""

from tests.faults import steps
from tests.faults.family import Family

__all__ = ["ALL"]

ALL: list[Family] = [*steps.FAMILIES]
