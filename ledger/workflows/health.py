"""Whether a running service may go on: its stores agree, as far as a quick look tells. `lodestone fsck` tells all."""

from ledger.errors import LedgerUnsafe
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.note import parse_note
from ledger.store.log import log_size
from ledger.workflows.ledger import Ledger

__all__ = ["stores_agree"]


def stores_agree(ledger: Ledger) -> None:
    """Compare the sizes of what was published, signed and stored; each may be ahead of the one before.

    Raises:
        LedgerUnsafe: one of them is behind, or publishing has failed in this process.
    """
    ledger.must_be_safe()
    note = ledger.published.checkpoint()
    published = parse_checkpoint(parse_note(note).text).size if note else 0
    second = ledger.second.latest(ledger.config.origin)
    signed = second.size if second else 0
    with ledger.database.reading() as connection:
        stored = log_size(connection)
    if not published <= signed <= stored:
        raise LedgerUnsafe(f"{published} entries are published, {signed} signed, {stored} stored: that cannot be.")
