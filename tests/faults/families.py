"""Every family of faults, in the order in which they are tried."""

from tests.faults import files, killed, power, standby, steps
from tests.faults.family import Family

__all__ = ["ALL"]

ALL: list[Family] = [
    *steps.FAMILIES,
    *files.FAMILIES,
    *power.FAMILIES,
    *killed.FAMILIES,
    *standby.FAMILIES,
]
