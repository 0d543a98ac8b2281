"""Typesetting is work for a processor: one page at a time, a few that wait, and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from api.problems import Rejected

__all__ = ["pressed"]

_PLACES = BoundedSemaphore(8)


@contextmanager
def pressed() -> Iterator[None]:
    """A place at the press, for as long as something is printed.

    Raises:
        Rejected: `busy`, with Retry-After: all places are taken.
    """
    if not _PLACES.acquire(blocking=False):
        raise Rejected("busy", "Too much is being printed; ask again in a moment.")
    try:
        yield
    finally:
        _PLACES.release()
