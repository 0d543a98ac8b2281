"""The ledger: everything that is wired once and passed along. `open_ledger` is the one place that does the wiring."""

import threading
from dataclasses import dataclass, field

from ledger.errors import LedgerUnsafe
from ledger.log.checkpoint import Checkpoint
from ledger.log.signer import LogSigner
from ledger.log.tree import Tree
from ledger.signing.signer import Signer
from ledger.store.checkpoints import CheckpointStore
from ledger.store.codec import RouteBook
from ledger.store.cosigned import CosignedStore
from ledger.store.database import Database
from ledger.store.published import PublishedDirectory
from ledger.store.warm import Warm
from ledger.values.instant import Clock
from ledger.workflows.config import Config
from ledger.workflows.recent import RecentLeaves
from ledger.workflows.witnesses import Witnesses

__all__ = ["Covering", "Ledger"]


@dataclass(frozen=True, slots=True)
class Covering:
    """A checkpoint that this process has signed and published: the first one over the entries from `start` on."""

    start: int
    checkpoint: Checkpoint
    note: str


@dataclass(slots=True)
class Ledger:
    """An open ledger. `tree` holds the leaves that were published; `turn` is held by whoever commits or publishes.

    `recent` are the newest leaves, and `warm` what the last group left in memory for the next; both may be empty.
    `news` is told of every new checkpoint. `witnesses` and `cosigned` are there where the settings name witnesses.
    """

    config: Config
    clock: Clock
    database: Database
    second: CheckpointStore
    published: PublishedDirectory
    signer: LogSigner
    operator: tuple[Signer, ...]
    reporter: tuple[Signer, ...]
    book: RouteBook = field(default_factory=RouteBook)
    tree: Tree = field(default_factory=Tree)
    turn: threading.RLock = field(default_factory=threading.RLock)
    news: threading.Condition = field(default_factory=threading.Condition)
    witnesses: Witnesses | None = None
    cosigned: CosignedStore | None = None
    checkpoint: str = ""
    covering: Covering | None = None
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
