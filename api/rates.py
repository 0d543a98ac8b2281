"""How often somebody may ask: buckets that fill again at a steady rate, one for each name, in bounded memory.

The arithmetic is GCRA (ITU-T I.371): for each name one number, the time at which its bucket would be full again.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

__all__ = ["Buckets"]

_MOST_NAMES = 100_000
_BURST_SECONDS = 5


class Buckets:
    """So many a second for each name, and five seconds' worth at once. A rate of 0 limits nothing.

    Names that were not met for longest are forgotten first; a forgotten name has a full bucket. Not thread-safe: it
    belongs to one event loop.
    """

    def __init__(
        self, per_second: int, *, clock: Callable[[], float] = time.monotonic, most_names: int = _MOST_NAMES
    ) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._most_ahead = float(_BURST_SECONDS)
        self._clock = clock
        self._most_names = most_names
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        """How many names are remembered."""
        return len(self._full_at)

    def wait(self, name: str) -> float:
        """How many seconds this name must wait before it may ask again; 0 if it may now. Nothing is taken."""
        if not self._interval:
            return 0.0
        return max(0.0, self._full_at.get(name, 0.0) + self._interval - self._clock() - self._most_ahead)

    def take(self, name: str) -> float:
        """Take one out of the name's bucket and return 0, or take nothing and return how many seconds to wait."""
        if not self._interval:
            return 0.0
        now = self._clock()
        full_at = max(self._full_at.get(name, 0.0), now) + self._interval
        too_early = full_at - now - self._most_ahead
        if too_early > 0:
            return too_early
        self._full_at[name] = full_at
        self._full_at.move_to_end(name)
        if len(self._full_at) > self._most_names:
            self._full_at.popitem(last=False)
        return 0.0
