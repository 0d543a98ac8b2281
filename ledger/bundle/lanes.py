"""Weights of many elements side by side in one large integer, each in a lane of 104 bits.

Elements that were shared alike are weighed by one multiplication for each route, whatever their number. A weight is at
most `SCALE`, and shares are turned into parts of 2^40: their product fits a lane, and shifting it back loses less than
one part in 2^60.
"""

from collections.abc import Mapping, Sequence

from ledger.bundle.codes import Stamp, Table, merged
from ledger.values.quantity import PPM

__all__ = ["SCALE", "Lanes"]

SCALE = 2**60
"""What the weights of each element sum to, but for what rounding leaves: finer than 1 mg of a million tonnes."""

_WIDTH = 104
_SHIFT = 40
_ONE = 1 << _SHIFT

Way = tuple[Table, Stamp | None]
"""Something that was put in, and what is done to its routes; None where they stay what they are."""


class Lanes:
    """The lanes of some elements; `last` is where the lane of the last of them begins, above which nothing lies."""

    def __init__(self, elements: Sequence[str]) -> None:
        self.ones = {element: 1 << (_WIDTH * place) for place, element in enumerate(elements)}
        self.last = _WIDTH * (len(elements) - 1)
        self._keep = sum(self.ones.values()) * ((1 << (_WIDTH - _SHIFT)) - 1)

    def unpack(self, table: Table) -> dict[str, dict[int, int]]:
        """Element -> number of a route -> weight above zero."""
        lane = (1 << _WIDTH) - 1
        return {
            element: {number: mass for number, packed in table.items() if (mass := packed >> _WIDTH * place & lane)}
            for place, element in enumerate(self.ones)
        }

    def weigh(self, ways: Sequence[Way], shares: Mapping[tuple[int, ...], Sequence[str]]) -> Table:
        """What everything that was put in comes to.

        `shares` maps the shares of the ways, in ppm and in their order, to the elements that were shared so; each such
        row sums to the whole.
        """
        if len(shares) == 1:
            (row,) = shares
            if PPM in row:
                return merged(*ways[row.index(PPM)])
        sums: dict[int, int] = {}
        for row, elements in shares.items():
            mask = -1  # all lanes
            if len(elements) < len(self.ones):
                mask = sum([self.ones[element] for element in elements]) * ((1 << _WIDTH) - 1)
            for (table, stamp), weight in zip(ways, _weights(row), strict=True):
                if weight:
                    sums = _added(sums, table, stamp, weight, mask)
        keep = self._keep
        return {number: part for number, packed in sums.items() if (part := packed >> _SHIFT & keep)}


def _added(sums: dict[int, int], table: Table, stamp: Stamp | None, weight: int, mask: int) -> dict[int, int]:
    """The sums with what one way brings; they are changed, or new."""
    keep, gained = stamp or (-1, 0)
    if keep == mask == -1:  # most processes: nothing is lost, and all elements are shared alike
        if not sums:
            first = {number | gained: packed * weight for number, packed in table.items()}
            if len(first) == len(table):  # no two routes became one
                return first
        before = sums.get
        for number, packed in table.items():
            new = number | gained
            sums[new] = before(new, 0) + packed * weight
        return sums
    for number, packed in table.items():
        part = packed & mask
        if part:
            new = number & keep | gained
            sums[new] = sums.get(new, 0) + part * weight
    return sums


def _weights(shares: Sequence[int]) -> list[int]:
    """Shares as parts of 2^40, to which they sum; what rounding leaves goes to the largest."""
    weights = [share * _ONE // PPM for share in shares]
    weights[weights.index(max(weights))] += _ONE - sum(weights)
    return weights
