"""Work for a processor that somebody else waits for: so much at a time, and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from api.problems import Rejected

__all__ = ["judged", "pressed"]

_PRESSED, _JUDGED = BoundedSemaphore(8), BoundedSemaphore(4)


@contextmanager
def pressed() -> Iterator[None]:
    """A place at the press, for as long as something is printed: one page at a time, and a few that wait.

    Raises:
        Rejected: `busy`, with Retry-After: all places are taken.
    """
    with _place(_PRESSED, "Too much is being printed; ask again in a moment."):
        yield


@contextmanager
def judged() -> Iterator[None]:
    """A place for a verification that nobody has signed in for, so that strangers never hold all threads.

    Raises:
        Rejected: `busy`, with Retry-After: all places are taken.
    """
    with _place(_JUDGED, "Too many files are being verified; ask again in a moment, or verify on your own machine."):
        yield


@contextmanager
def _place(places: BoundedSemaphore, sentence: str) -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise Rejected("busy", sentence)
    try:
        yield
    finally:
        places.release()
