"""Past records out of the store, for when a record reaches back (`ledger.rules.recompute`)."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from ledger.records import Record, Transfer
from ledger.records.header import Chain
from ledger.records.transfers import Offered
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
_COLUMNS = (_record.c.idx, _record.c.id, _record.c.at, _record.c.envelope)


class StoredHistory:
    """The `History` of a ledger's database, inside the transaction that holds the head's lock.

    Sources and processes that were erased (they have no time) are left out: nothing can be made of them again. Of an
    erased transfer what its parts were cut from is still known.
    """

    def __init__(self, connection: Connection, loader: Loader) -> None:
        self._connection = connection
        self._loader = loader

    def of_chain(self, chain: str, after: int, before: int) -> Iterable[PastRecord]:
        """The records of a chain that make batches, with numbers between these two."""
        wanted = (
            select(*_COLUMNS)
            .join(_chain, _chain.c.no == _record.c.chain)
            .where(_chain.c.id == unb64u(chain), _record.c.seq > after, _record.c.seq < before)
            .where(_record.c.type.in_(("source", "process", "transfer")), _record.c.at != "")
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
                select(*_COLUMNS, _uses.c.batch, _uses.c.place)
                .join(_uses, _uses.c.record == _record.c.idx)
                .where(_uses.c.batch.in_(indexes[start : start + _CHUNK]))
                .where(or_(_record.c.type == "transfer", and_(_record.c.type == "process", _record.c.at != "")))
            )
            for row in self._connection.execute(wanted):
                if (row.batch, row.place) in keys:
                    found[row.idx] = row
        return self._read([found[index] for index in sorted(found)])

    def _read(self, rows: Collection[Any]) -> Iterator[PastRecord]:
        """The records themselves; the batches that they take from and made are put into the state."""
        for row in rows:
            record = self._erased_transfer(row.idx) if not row.at else self._record(row)
            named = references([(record_name(row.id), record)]).batches - {""}
            places = self._connection.execute(select(_batch.c.place).where(_batch.c.idx == row.idx)).scalars()
            name = record_name(row.id)
            self._loader.index[name], self._loader.name[row.idx] = row.idx, name
            made = {f"{name}#{place}" for place in places}
            known = self._loader.state.batches
            self._loader.batches_by_name(batch for batch in {*named, *made} if batch not in known)
            yield PastRecord(row.idx, name, record)

    def _record(self, row: Any) -> Record:
        return read_submission(bytes(row.envelope), self._loader.state.ledger, submission=False).record

    def _erased_transfer(self, index: int) -> Transfer:
        """What is left of a transfer: the parts that others rest on, each in its place."""
        cut = (
            select(_uses.c.at, _uses.c.batch, _uses.c.place, _batch.c.mass_mg)
            .join(_batch, and_(_batch.c.idx == _uses.c.record, _batch.c.place == _uses.c.at))
            .where(_uses.c.record == index, _uses.c.role == "part")
            .order_by(_uses.c.at)
        )
        rows = {row.at: row for row in self._connection.execute(cut)}
        self._loader.know({row.batch for row in rows.values()})
        gone = Offered.model_construct(batch="", mass_mg=None)
        entries = [gone] * (max(rows, default=-1) + 1)
        for at, row in rows.items():
            entries[at] = Offered.model_construct(
                batch=f"{self._loader.name[row.batch]}#{row.place}", mass_mg=row.mass_mg
            )
        place = Chain.model_construct(id="", seq=0)
        return Transfer.model_construct(
            v="lodestone-record/1",
            log=self._loader.state.ledger,
            type="transfer",
            chain=place,
            at="",
            to="",
            batches=entries,
        )
