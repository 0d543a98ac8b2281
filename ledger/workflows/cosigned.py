"""What the witnesses have signed of this log: on a checkpoint, on the newest that met the quorum, and on from there."""

from collections.abc import Iterable

from ledger.errors import LedgerUnsafe, VerificationError
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import SignatureLine, parse_note
from ledger.log.policy import parse_policy
from ledger.log.tiles import TileSource
from ledger.log.tree import consistency_path, root_at
from ledger.log.witness import AddCheckpoint, continues
from ledger.store.log import checkpoint_at
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import policy_of

__all__ = ["continuation", "keep_cosignatures", "on_checkpoint", "witnessed_note"]


def on_checkpoint(ledger: Ledger, size: int, note: str) -> str:
    """A checkpoint of this log with every cosignature on it that was collected."""
    if ledger.cosigned is None:
        return note
    return str(parse_note(note).renewed(ledger.cosigned.lines(size)))


def keep_cosignatures(ledger: Ledger, checkpoint: Checkpoint, note: str, lines: Iterable[SignatureLine]) -> bool:
    """Keep verified cosignatures, publish the checkpoint with them, and say whether it meets the quorum now.

    Where a larger checkpoint is published already, that one stays.
    """
    assert ledger.cosigned is not None
    ledger.cosigned.add(checkpoint.size, lines)
    whole = on_checkpoint(ledger, checkpoint.size, note)
    met = _meets(ledger, whole)
    if met:
        ledger.cosigned.mark_met(checkpoint.size)
    ledger.published.publish_checkpoint(whole)
    return met


def witnessed_note(ledger: Ledger, size: int | None) -> str | None:
    """The checkpoint of a size with its cosignatures, if it meets the quorum; None where it does not."""
    if size is None:
        return None
    with ledger.database.reading() as connection:
        note = checkpoint_at(connection, size)
    whole = on_checkpoint(ledger, size, note) if note else ""
    return whole if whole and _meets(ledger, whole) else None


def continuation(ledger: Ledger, size: int) -> str | None:
    """The newest witnessed checkpoint with the proof that it continues the first `size` entries; None where none does.

    It is what a report of that size needs beside it under a policy that demands witnesses: the form in which witnesses
    are asked (docs/formats/witness.md). It is proven here before it is given away.

    Raises:
        LedgerUnsafe: the published tiles do not prove it.
    """
    newest = ledger.cosigned.newest_met() if ledger.cosigned is not None else None
    note = witnessed_note(ledger, newest)
    if note is None or newest is None or not 0 < size <= newest:
        return None
    source = TileSource(ledger.published.read_object, newest)
    later = AddCheckpoint(size, tuple(consistency_path(source, size, newest)), note)
    try:
        continues(later, Checkpoint(ledger.config.origin, size, root_at(source, size)))
    except VerificationError as error:
        raise LedgerUnsafe("The published tiles do not prove that the log only grew.") from error
    return later.text


def _meets(ledger: Ledger, note: str) -> bool:
    try:
        parse_policy(policy_of(ledger)).evaluate(note)
    except VerificationError:  # not enough of them, or a line that was altered where it is kept
        return False
    return True
