"""The ledger: everything that is wired once and passed along. `open_ledger` is the one place that does the wiring."""

import threading
from dataclasses import dataclass, field

from ledger.errors import LedgerUnsafe
from ledger.log.signer import LogSigner
from ledger.log.tree import Tree
from ledger.signing.signer import LocalSigner
from ledger.store.checkpoints import CheckpointStore
from ledger.store.codec import RouteBook
from ledger.store.database import Database
from ledger.store.published import PublishedDirectory
from ledger.store.warm import Warm
from ledger.values.instant import Clock
from ledger.workflows.config import Config
from ledger.workflows.recent import RecentLeaves

__all__ = ["Ledger"]


@dataclass(slots=True)
class Ledger:
    """An open ledger. `tree` holds the leaves that were published; `turn` is held by whoever commits or publishes.

    `recent` are the newest leaves, and `warm` what the last group left in memory for the next; both may be empty.
    """

    config: Config
    clock: Clock
    database: Database
    second: CheckpointStore
    published: PublishedDirectory
    signer: LogSigner
    operator: tuple[LocalSigner, ...]
    reporter: tuple[LocalSigner, ...]
    book: RouteBook = field(default_factory=RouteBook)
    tree: Tree = field(default_factory=Tree)
    turn: threading.RLock = field(default_factory=threading.RLock)
    checkpoint: str = ""
    recent: RecentLeaves = field(default_factory=RecentLeaves)
    warm: Warm = field(default_factory=Warm)
    broken: str = ""

    def must_be_safe(self) -> None:
        """Refuse to go on after a failure in publishing: only a restart, which reads the stores again, clears it.

        Raises:
            LedgerUnsafe: something failed between commit and publication.
        """
        if self.broken:
            raise LedgerUnsafe(self.broken)

    def close(self) -> None:
        """Let go of files and connections."""
        self.database.close()
        self.second.close()
