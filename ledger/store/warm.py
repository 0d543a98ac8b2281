"""What one group leaves in memory for the next: the part of the state that it loaded and changed.

It counts only while the head in the database, read under its lock, is the very one that the group left: a group that
failed after all, another process, or a repair (`ledger.store.log.rewritten`) makes it worthless. What is absent here is
not absent from the ledger: it is looked up.
"""

from dataclasses import dataclass
from typing import Any

from ledger.rules.state import State

__all__ = ["Known", "Warm"]

_MOST_BATCHES = 10_000
_MOST_NAMES = 100_000


@dataclass(slots=True)
class Known:
    """A state with the log indexes of the records that it names, both ways, and the wholes of its batches."""

    state: State
    index: dict[str, int]
    name: dict[int, str]
    whole: dict[str, tuple[int, int]]


class Warm:
    """The place where it is left. Taking it empties the place, so that a group that fails leaves nothing."""

    def __init__(self) -> None:
        self._left: tuple[tuple[Any, ...], Known] | None = None

    def take(self, head: tuple[Any, ...]) -> Known | None:
        """What the group before left, if it belongs to this head and is not too large to go on with."""
        left, self._left = self._left, None
        if left is None or left[0] != head:
            return None
        known = left[1]
        return known if len(known.state.batches) < _MOST_BATCHES and len(known.name) < _MOST_NAMES else None

    def leave(self, head: tuple[Any, ...], known: Known) -> None:
        """Leave what belongs to a head, once its transaction has committed; before, nobody else may take it."""
        self._left = head, known
