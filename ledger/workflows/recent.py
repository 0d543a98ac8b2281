"""The newest leaves, kept in memory: the last entry bundle is written again with every group until it is full."""

from collections.abc import Sequence

__all__ = ["RecentLeaves"]

_KEPT = 4_096


class RecentLeaves:
    """Leaves by index, as they were read back from the database; more than an entry bundle has, and few.

    One thread adds, any may read.
    """

    def __init__(self) -> None:
        self._kept: tuple[int, list[bytes]] = 0, []

    def add(self, start: int, leaves: Sequence[bytes]) -> None:
        """Keep the leaves that were read back from `start` on, and let old ones go."""
        first, kept = self._kept
        if start != first + len(kept):
            first, kept = start, []
        kept.extend(leaves)
        if len(kept) > 2 * _KEPT:
            first, kept = first + len(kept) - _KEPT, kept[-_KEPT:]
        self._kept = first, kept

    def between(self, start: int, end: int) -> Sequence[bytes] | None:
        """The leaves from `start` up to, not including, `end`; None where one of them is not kept."""
        first, kept = self._kept
        if start < first or end > first + len(kept):
            return None
        return kept[start - first : end - first]
