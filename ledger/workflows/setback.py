"""Whether this ledger was set back behind what a witness has cosigned: a restored backup must not fork the log.

A witness cannot make us believe it: what counts is a checkpoint with both signatures of our own log.
"""

from concurrent.futures import ThreadPoolExecutor

from ledger.errors import LedgerUnsafe, LodestoneError, VerificationError
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.note import MAX_NOTE, parse_note
from ledger.log.signatures import open_checkpoint
from ledger.log.tiles import TileSource
from ledger.log.tree import root_at
from ledger.log.witness import origin_hash
from ledger.store.log import log_size
from ledger.workflows.asking import ask
from ledger.workflows.ledger import Ledger
from ledger.workflows.witnesses import Asked

__all__ = ["must_not_be_set_back", "must_not_be_set_back_behind"]

_PATIENCE = 5.0


def must_not_be_set_back(ledger: Ledger) -> None:
    """Ask every witness what it cosigned last. Those that do not answer are passed over.

    Raises:
        LedgerUnsafe: one of them holds a checkpoint that this log has signed and that this ledger does not continue.
    """
    asked = ledger.witnesses.asked if ledger.witnesses is not None else ()
    if not asked:
        return
    with ThreadPoolExecutor(len(asked)) as pool:
        held = [found for found in pool.map(lambda each: _held(ledger, each), asked) if found is not None]
    for name, checkpoint in held:
        _compare(ledger, name, checkpoint)


def must_not_be_set_back_behind(ledger: Ledger, witness: Asked) -> None:
    """The same for one witness.

    Raises:
        LedgerUnsafe: as `must_not_be_set_back`.
    """
    held = _held(ledger, witness)
    if held is not None:
        _compare(ledger, *held)


def _held(ledger: Ledger, witness: Asked) -> tuple[str, Checkpoint] | None:
    """The last checkpoint that a witness cosigned, if our log has signed it too."""
    url = f"{witness.url}/{origin_hash(ledger.config.origin)}/checkpoint"
    try:
        answer = ask("GET", url, seconds=_PATIENCE, most=MAX_NOTE)
        if answer.status != 200:
            return None
        checkpoint, opened = open_checkpoint(answer.body, ledger.signer.keys)
    except LodestoneError:
        return None
    if {signed.key for signed in opened.signed} != set(ledger.signer.keys):
        return None
    return (witness.name, checkpoint) if checkpoint.origin == ledger.config.origin else None


def _compare(ledger: Ledger, name: str, held: Checkpoint) -> None:
    with ledger.database.reading() as connection:
        size = log_size(connection)
    if held.size > size:
        raise LedgerUnsafe(
            f"The database holds {size} entries, but a witness has cosigned more: {held.size}, which this log has "
            f"signed (the witness is {name}). Restore a newer copy; signing on from this one would fork the log."
        )
    note = ledger.published.checkpoint()
    published = parse_checkpoint(parse_note(note).text).size if note else 0
    if held.size > published:
        return  # another process is publishing it just now
    try:
        root = root_at(TileSource(ledger.published.read_object, published), held.size)
    except VerificationError as error:
        raise LedgerUnsafe("The published tiles cannot be read.") from error
    if root != held.root:
        raise LedgerUnsafe(
            f"A witness has cosigned another history of this log: the witness {name} holds {held.size} entries with "
            "another root."
        )
