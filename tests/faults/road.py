"""The commit road with its points numbered: every call of a group on its way from the lock to the receipt.

Nothing in the road knows of this. The functions that it is made of are wrapped, calls are counted, and at one of them
the road stops: before the step has done anything ("failed"), or when all of it is done ("failed but persisted").
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.engine.default import DefaultDialect

from ledger.log.signer import LogSigner
from ledger.log.tree import Tree
from ledger.store.checkpoints import CheckpointStore
from ledger.store.codec import RouteBook
from ledger.store.gather import Loader
from ledger.store.published import PublishedDirectory
from ledger.workflows import commit as commit_module
from ledger.workflows import open as open_module
from ledger.workflows import publish as publish_module
from ledger.workflows import receipts as receipts_module

__all__ = ["DIED", "FAILED", "POINTS", "Died", "Failed", "Road", "walking"]

POINTS: list[tuple[str, Any, str]] = [
    ("lock the head and load the state", Loader, "load"),
    ("judge a record", commit_module, "judge"),
    ("apply a record", commit_module, "apply"),
    ("write the rows of the group", commit_module, "append_group"),
    ("begin a transaction", DefaultDialect, "do_begin"),
    ("commit a transaction", DefaultDialect, "do_commit"),
    ("adopt new routes", RouteBook, "adopt"),
    ("take the turn to publish", commit_module, "publish"),
    ("ask the second store", CheckpointStore, "latest"),
    ("read the head", publish_module, "read_head"),
    ("read the leaves back", publish_module, "read_leaves"),
    ("hash the leaves by the second path", Tree, "extend"),
    ("read what is published", PublishedDirectory, "checkpoint"),
    ("prove consistency", publish_module, "verify_consistency"),
    ("sign", LogSigner, "sign"),
    ("swap into the second store", CheckpointStore, "swap"),
    ("make tiles", publish_module, "hash_tiles"),
    ("write tiles", PublishedDirectory, "write_objects"),
    ("keep the checkpoint", publish_module, "keep_checkpoint"),
    ("publish the checkpoint", PublishedDirectory, "publish_checkpoint"),
    ("find the checkpoint of a receipt", receipts_module, "covering_checkpoint"),
    ("verify a receipt", receipts_module, "verify_inclusion"),
    ("publish at start", open_module, "publish"),
]
"""What each step is called, and where it is; a road walks most of them several times."""

FAILED, DIED = "the service goes on", "the process dies"


class Failed(OSError):
    """As the system reports that something did not work; the process goes on."""


class Died(BaseException):
    """The process is gone: nothing of ours catches it on purpose."""


class Road:
    """Counts the calls of the road, in order, and stops at one of them. `stopped` names where, if it came that far."""

    def __init__(self, stop: int = 0, *, persisted: bool = False, how: Callable[[str], BaseException] = Failed) -> None:
        self.walked: list[str] = []
        self.stopped = ""
        self.counting = True
        self._stop, self._persisted, self._how = stop, persisted, how

    def step(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """A step that counts, and stops where it must."""

        def counted(*arguments: Any, **named: Any) -> Any:
            if not self.counting or self.stopped:
                return real(*arguments, **named)
            self.walked.append(name)
            if len(self.walked) != self._stop:
                return real(*arguments, **named)
            self.stopped = f"{self._stop} {name}"
            if self._persisted:
                real(*arguments, **named)
            raise self._how(f"stopped at {self.stopped}")

        return counted


@contextmanager
def walking(road: Road) -> Iterator[Road]:
    """Let every call of the road inside the block be counted by this one."""
    with pytest.MonkeyPatch.context() as patch:
        for name, owner, attribute in POINTS:
            patch.setattr(owner, attribute, road.step(name, getattr(owner, attribute)))
        yield road
