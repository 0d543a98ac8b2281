"""Publishing: what was committed becomes a signed checkpoint. Start-up and recovery take this same road.

1 read back   2 rehash by a second path   3 consistency with what was signed before   4 sign
5 compare-and-swap into the second store (the point of no return)   6 tiles   7 checkpoint
"""

from collections.abc import Sequence

from ledger.errors import LedgerUnsafe
from ledger.log.checkpoint import Checkpoint, checkpoint_of
from ledger.log.merkle import leaf_hash, verify_consistency
from ledger.log.tiles import entry_bundles, filled_tiles, hash_tiles
from ledger.log.tree import Frontier
from ledger.store.checkpoints import StoredCheckpoint
from ledger.store.log import StoredLeaf, keep_checkpoint, publishing, read_head, read_leaves
from ledger.workflows.ledger import Covering, Ledger

__all__ = ["leaves", "publish"]

_AT_ONCE = 5_000
"""Records read back together: of a large ledger not all at once, when it is opened."""


def publish(ledger: Ledger) -> str:
    """Publish everything that is committed, and return the checkpoint that covers it.

    Idempotent: called again after any crash, it goes on from where the stores say that it stopped.

    Raises:
        LedgerUnsafe: the stores disagree. Nothing more is signed by this process.
    """
    with ledger.turn, publishing(ledger.database):
        ledger.must_be_safe()
        try:
            return _publish(ledger)
        except BaseException as error:
            ledger.broken = f"Publishing stopped ({error}): start the service again."
            raise


def _publish(ledger: Ledger) -> str:
    origin = ledger.config.origin
    before = ledger.second.latest(origin)
    with ledger.database.reading() as connection:
        head = read_head(connection)
        for start in range(ledger.tree.size, head.size, _AT_ONCE):
            _read_back(ledger, start, read_leaves(connection, start, min(start + _AT_ONCE, head.size)))  # 1
    root = ledger.tree.root()
    if Frontier.from_bytes(head.frontier).root() != root:  # 2
        raise LedgerUnsafe("The leaves read back do not give the root that was committed.")
    published = _published(ledger)
    for signed in (before, published):
        _consistent(ledger, signed, head.size, root)  # 3
    covering = None
    if before is not None and before.size == head.size:
        note = before.note
    else:
        checkpoint = Checkpoint(origin, head.size, root)
        note = ledger.signer.sign(checkpoint)  # 4
        covering = Covering(before.size if before else 0, checkpoint, note)
        ledger.second.swap(origin, before.size if before else 0, StoredCheckpoint(head.size, root, note))  # 5
    _write_tiles(ledger, published.size if published else 0, head.size)  # 6
    with ledger.database.writing(locked=False) as connection:
        keep_checkpoint(connection, head.size, note)
    ledger.published.publish_checkpoint(note)  # 7
    for tile in filled_tiles(published.size if published else 0, head.size):
        ledger.published.drop_partials(tile.path)
    ledger.checkpoint, ledger.covering = note, covering
    with ledger.news:
        ledger.news.notify_all()
    return note


def _read_back(ledger: Ledger, start: int, rows: Sequence[StoredLeaf]) -> None:
    """Grow the tree by what the database holds, hashing the stored bytes anew."""
    hashes = []
    for row in rows:
        row.must_be_whole()
        hashes.append(leaf_hash(row.leaf))
    ledger.tree.extend(hashes)
    ledger.recent.add(start, [row.leaf for row in rows])


def _published(ledger: Ledger) -> StoredCheckpoint | None:
    """The checkpoint that readers see: it counts as signed even where the second store was lost."""
    note = ledger.published.checkpoint()
    if note is None:
        return None
    seen = checkpoint_of(note)
    if seen.origin != ledger.config.origin:
        raise LedgerUnsafe(f"The published files are those of the log {seen.origin}.")
    return StoredCheckpoint(seen.size, seen.root, note)


def _consistent(ledger: Ledger, before: StoredCheckpoint | None, size: int, root: bytes) -> None:
    if before is None:
        return
    if size < before.size:
        raise LedgerUnsafe(
            f"The database holds {size} entries, but {before.size} were signed: it is an older copy. "
            "Restore a newer one; signing on from this one would fork the log."
        )
    if before.size == size:
        if before.root != root:
            raise LedgerUnsafe("The database disagrees with the last signed checkpoint.")
        return
    verify_consistency(before.size, size, ledger.tree.consistency_path(before.size, size), before.root, root)


def _write_tiles(ledger: Ledger, old: int, size: int) -> None:
    """Write the tiles that the last published checkpoint does not cover. Tiles are a pure function of the leaves."""
    if old >= size:
        return

    def entries(start: int, count: int) -> Sequence[bytes]:
        return leaves(ledger, start, start + count)

    ledger.published.write_objects([*hash_tiles(ledger.tree, old, size), *entry_bundles(entries, old, size)])


def leaves(ledger: Ledger, start: int, end: int) -> Sequence[bytes]:
    """The bytes of the leaves from index `start` up to, not including, `end`."""
    kept = ledger.recent.between(start, end)
    if kept is not None:
        return kept
    with ledger.database.reading() as connection:
        return [row.leaf for row in read_leaves(connection, start, end)]
