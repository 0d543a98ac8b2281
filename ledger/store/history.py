"""Past records out of the store, for when a record reaches back (`ledger.rules.recompute`)."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, select

from ledger.rules.recompute import PastRecord
from ledger.rules.submission import read_submission
from ledger.store.gather import Loader, record_name
from ledger.store.references import references
from ledger.store.tables import BatchRow, ChainRow, RecordRow, UseRow
from ledger.values.encoding import split_batch_id, unb64u

__all__ = ["StoredHistory"]

_record = RecordRow.__table__  # type: ignore[attr-defined]
_chain = ChainRow.__table__  # type: ignore[attr-defined]
_uses = UseRow.__table__  # type: ignore[attr-defined]
_batch = BatchRow.__table__  # type: ignore[attr-defined]

_CHUNK = 400


class StoredHistory:
    """The `History` of a ledger's database, inside the transaction that holds the head's lock."""

    def __init__(self, connection: Connection, loader: Loader) -> None:
        self._connection = connection
        self._loader = loader

    def of_chain(self, chain: str, after: int, before: int) -> Iterable[PastRecord]:
        """The records of a chain that make batches, with numbers between these two."""
        wanted = (
            select(_record.c.idx, _record.c.id, _record.c.envelope)
            .join(_chain, _chain.c.no == _record.c.chain)
            .where(_chain.c.id == unb64u(chain), _record.c.seq > after, _record.c.seq < before)
            .where(_record.c.type.in_(("source", "process", "transfer")))
            .order_by(_record.c.idx)
        )
        return self._read(self._connection.execute(wanted).all())

    def taking(self, batches: Collection[str]) -> Iterable[PastRecord]:
        """The processes and transfers that take from any of these batches."""
        keys = {(self._loader.index[record], place) for record, place in map(split_batch_id, batches)}
        indexes = sorted({index for index, _ in keys})
        found: dict[int, Any] = {}
        for start in range(0, len(indexes), _CHUNK):
            wanted = (
                select(_record.c.idx, _record.c.id, _record.c.envelope, _uses.c.batch, _uses.c.place)
                .join(_uses, _uses.c.record == _record.c.idx)
                .where(_uses.c.batch.in_(indexes[start : start + _CHUNK]))
                .where(_record.c.type.in_(("process", "transfer")))
            )
            for row in self._connection.execute(wanted):
                if (row.batch, row.place) in keys:
                    found[row.idx] = row
        return self._read([found[index] for index in sorted(found)])

    def _read(self, rows: Collection[Any]) -> Iterator[PastRecord]:
        """The records themselves; the batches that they take from and made are put into the state."""
        for row in rows:
            entry = read_submission(bytes(row.envelope), self._loader.state.ledger, submission=False)
            named = references([(entry.id, entry.record)]).batches
            places = self._connection.execute(select(_batch.c.place).where(_batch.c.idx == row.idx)).scalars()
            name = record_name(row.id)
            self._loader.index[name], self._loader.name[row.idx] = row.idx, name
            made = {f"{name}#{place}" for place in places}
            self._loader.batches_by_name({*named, *made} - self._loader.state.batches.keys())
            yield PastRecord(row.idx, name, entry.record)
