"""No garbage collection while everything that is made stays: it would go through all of it again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["uncollected"]


@contextmanager
def uncollected() -> Iterator[None]:
    """Within it only what has no references left is freed. What is made in it should be let go before it ends.

    The collector is the whole process's: where several threads come here at once, the first one to end may turn it on
    again, which costs the others time and nothing else.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
