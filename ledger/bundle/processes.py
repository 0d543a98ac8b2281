"""Forking a few processes for a while, where the system does that cheaply; each answers by a pipe.

A process that dies is no answer: whoever waits for it does its work himself.
"""

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

__all__ = ["can_fork", "forked", "processors"]


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Whether this process can be forked without harm: on Linux, as long as it has one thread and is no fork itself."""
    alone = threading.active_count() == 1 and not multiprocessing.current_process().daemon
    return alone and sys.platform.startswith("linux")


@contextmanager
def forked(many: int, task: Callable[[int, Connection], None]) -> Iterator[list[Connection]]:
    """That many processes, each at `task` with its number and the pipe to write to; one pipe to read from each.

    They share what is there already. When the block ends they are ended, done or not.
    """
    fork = multiprocessing.get_context("fork")
    pipes: list[Connection] = []
    started = []
    gc.freeze()  # what is there stays shared as long as nobody touches it
    try:
        for number in range(many):
            here, there = fork.Pipe(duplex=False)
            process = fork.Process(target=_run, args=(task, number, there), daemon=True)
            process.start()
            there.close()
            pipes.append(here)
            started.append(process)
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()
        for process in started:
            process.kill()
            process.join()
        gc.unfreeze()


def _run(task: Callable[[int, Connection], None], number: int, out: Connection) -> None:
    try:
        task(number, out)
        out.close()
    except OSError:
        pass  # nobody listens any more
    finally:
        os._exit(0)  # nothing of the parent's is to be tidied up here
