"""Which published checkpoint was the first over an entry: that is the one of its receipt, whoever asks and whenever."""

from sqlalchemy import Connection, select

from ledger.store.tables import CheckpointRow

__all__ = ["covering_checkpoint"]

_checkpoint = CheckpointRow.__table__  # type: ignore[attr-defined]


def covering_checkpoint(connection: Connection, index: int) -> tuple[int, str] | None:
    """Size and note of the first published checkpoint over an index, or None while there is none."""
    found = select(_checkpoint.c.size, _checkpoint.c.note).where(_checkpoint.c.size > index)
    row = connection.execute(found.order_by(_checkpoint.c.size).limit(1)).first()
    return (row.size, row.note) if row else None
