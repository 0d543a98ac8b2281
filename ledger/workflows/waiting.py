"""Transfers that wait for an answer: what is offered to the viewer, with the record that receives it; what he sent."""

from collections.abc import Sequence

from sqlalchemy import Connection

from ledger.store.batches import batches_seen
from ledger.store.own import OwnTransfer, open_transfers
from ledger.store.queries import Viewer, names_of
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import Shown, shown_batch

__all__ = ["draft_receive", "draft_withdrawal", "waiting"]


def waiting(
    ledger: Ledger, viewer: Viewer, *, sent: bool, after: int | None = None, limit: int = 50
) -> tuple[list[Shown], int | None]:
    """A page of transfers that wait, newest first: offered to the viewer, or `sent` by him. The operator sees all.

    Who sent or is to receive one is told by the id of his organization: names are between the two.
    """
    with ledger.database.reading() as connection:
        found = open_transfers(connection, viewer.number, sent=sent, after=after, limit=limit + 1)
        shown = _shown(connection, viewer, found[:limit])
    return shown, found[limit - 1].index if len(found) > limit else None


def draft_receive(transfer: Shown, at: str) -> Shown:
    """The plain record by which a transfer is received whole at a time, to be completed and signed by its addressee."""
    return {
        "type": "receive",
        "at": at,
        "transfer": transfer["transfer"],
        "accepted": [{"batch": batch["batch"]} for batch in transfer["batches"]],
    }


def draft_withdrawal(transfer: Shown, at: str) -> Shown:
    """The plain record by which it is refused by its addressee, or withdrawn by its sender: nothing is accepted."""
    return {"type": "receive", "at": at, "transfer": transfer["transfer"], "accepted": []}


def _shown(connection: Connection, viewer: Viewer, found: Sequence[OwnTransfer]) -> list[Shown]:
    people = {n for each in found for n in (each.sender, each.recipient) if n is not None}
    names = names_of(connection, people)
    keys = [key for each in found for key in each.batches]
    seen = dict(zip(keys, batches_seen(connection, keys), strict=True))
    return [
        {
            "transfer": each.id,
            "at": each.at,
            "terms": each.terms,
            "from": names[each.sender][0],
            "to": names[each.recipient][0] if each.recipient is not None else None,
            "batches": [shown_batch(seen[key], viewer) for key in each.batches],
        }
        for each in found
    ]
