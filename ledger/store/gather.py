"""Loading: the part of the ledger's state that a group of records needs, in a few queries however large the group."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, select

from ledger.material.batch import Batch
from ledger.rules.ruleset import known_rule_sets
from ledger.rules.state import Admission, ChainState, FacilityState, KeySetAt, RecordRef, State, TransferState
from ledger.store.codec import RouteBook, carried_from, contents_from, route_numbers, table_from
from ledger.store.references import References
from ledger.store.tables import (
    AdmissionRow,
    BatchRow,
    ChainRow,
    FacilityRow,
    HeadRow,
    HeldRow,
    RecordRow,
    TransferRow,
)
from ledger.values.encoding import b64u, digest_bytes, split_batch_id, unb64u

__all__ = ["Loader", "record_name"]

_head = HeadRow.__table__  # type: ignore[attr-defined]
_record = RecordRow.__table__  # type: ignore[attr-defined]
_chain = ChainRow.__table__  # type: ignore[attr-defined]
_admission = AdmissionRow.__table__  # type: ignore[attr-defined]
_facility = FacilityRow.__table__  # type: ignore[attr-defined]
_transfer = TransferRow.__table__  # type: ignore[attr-defined]
_batch = BatchRow.__table__  # type: ignore[attr-defined]
_held = HeldRow.__table__  # type: ignore[attr-defined]

_CHUNK = 400


def record_name(raw: bytes) -> str:
    """A record id in its text form."""
    return "sha-256:" + b64u(bytes(raw))


class Loader:
    """Fills a `State` from the tables. `index` remembers the log index of every record id it met, `name` the way back.

    `whole` says of every batch it met which batch of a source or process it is a part of.
    """

    def __init__(self, connection: Connection, book: RouteBook) -> None:
        self._connection = connection
        self._book = book
        self.index: dict[str, int] = {}
        self.name: dict[int, str] = {}
        self.whole: dict[str, tuple[int, int]] = {}
        self.head: Any = connection.execute(select(_head)).one()
        self.state = State(
            ledger=self.head.ledger,
            operator=self.head.operator,
            rules=known_rule_sets()[self.head.rules],
            size=self.head.size,
        )
        self.state.admissions[self.head.operator] = Admission(self.head.operator, self.head.operator)
        self._meet([digest_bytes(self.head.operator)])

    def load(self, wanted: References) -> State:
        """The state that rules need to judge records with these references."""
        ids = {*wanted.records, *wanted.organizations, *wanted.opened, *wanted.facilities, *wanted.transfers}
        ids |= {split_batch_id(batch)[0] for batch in wanted.batches}
        self._meet([digest_bytes(text) for text in ids])
        self._records(wanted.records)
        self._admissions(wanted.opened)
        self._transfers(wanted.transfers)
        offered = [batch for transfer in self.state.transfers.values() for batch in transfer.batches]
        self.batches({*wanted.batches, *offered})
        self._chains(wanted)
        self._facilities(wanted.facilities)
        self._organizations(wanted.organizations)
        return self.state

    def batches_by_name(self, names: Iterable[str]) -> None:
        """Load batches whose records were not met yet."""
        wanted = list(names)
        self._meet([digest_bytes(split_batch_id(name)[0]) for name in wanted])
        self.batches(wanted)

    def batches(self, names: Iterable[str]) -> None:
        """Load batches by name, with the transfers that offer them."""
        keys = [(self.index[record], place) for record, place in map(split_batch_id, names) if record in self.index]
        rows: list[Any] = []
        for chunk in _chunks(sorted({index for index, _ in keys})):
            rows += self._connection.execute(select(_batch).where(_batch.c.idx.in_(chunk))).all()
        exact = set(keys)
        rows = [row for row in rows if (row.idx, row.place) in exact]
        self._know({n for row in rows for n in (row.maker, row.holder, row.transit, row.idx) if n is not None})
        self._learn_routes(rows)
        for row in rows:
            batch = self._as_batch(row)
            self.state.batches[batch.id] = batch
            self.whole[batch.id] = row.whole, row.whole_place
        self._holders(rows)
        missing = {row.transit for row in rows if row.transit is not None}
        self._transfers({self.name[index] for index in missing})

    def envelope(self, record: str) -> bytes | None:
        """The stored envelope of a record."""
        found = select(_record.c.envelope).where(_record.c.id == digest_bytes(record))
        stored = self._connection.execute(found).scalar_one_or_none()
        return None if stored is None else bytes(stored)

    def _meet(self, ids: Sequence[bytes]) -> None:
        for chunk in _chunks([raw for raw in ids if record_name(raw) not in self.index]):
            for index, raw in self._connection.execute(
                select(_record.c.idx, _record.c.id).where(_record.c.id.in_(chunk))
            ):
                self._name(index, raw)

    def _know(self, indexes: set[int]) -> None:
        for chunk in _chunks(sorted(indexes - self.name.keys())):
            for index, raw in self._connection.execute(
                select(_record.c.idx, _record.c.id).where(_record.c.idx.in_(chunk))
            ):
                self._name(index, raw)

    def _name(self, index: int, raw: bytes) -> None:
        name = record_name(raw)
        self.index[name], self.name[index] = index, name

    def _records(self, ids: set[str]) -> None:
        for chunk in _chunks([digest_bytes(text) for text in ids if text in self.index]):
            columns = select(
                _record.c.idx,
                _record.c.id,
                _record.c.type,
                _record.c.seq,
                _record.c.organization,
                _record.c.at,
                _chain.c.id,
            )
            joined = columns.join(_chain, _chain.c.no == _record.c.chain).where(_record.c.id.in_(chunk))
            for index, raw, kind, seq, organization, at, chain in self._connection.execute(joined):
                self._know({organization})
                name = record_name(raw)
                self.state.records[name] = RecordRef(
                    name, index, kind, b64u(bytes(chain)), seq, self.name[organization], at
                )

    def _admissions(self, ids: set[str]) -> None:
        for chunk in _chunks([digest_bytes(text) for text in ids]):
            for row in self._connection.execute(select(_admission).where(_admission.c.record.in_(chunk))):
                name = record_name(row.record)
                succeeds = record_name(row.succeeds) if row.succeeds else None
                self.state.admissions[name] = Admission(name, record_name(row.organization), succeeds)
        self._meet([digest_bytes(admission.organization) for admission in self.state.admissions.values()])

    def _transfers(self, ids: set[str]) -> None:
        wanted = [self.index[text] for text in ids if text in self.index and text not in self.state.transfers]
        for chunk in _chunks(wanted):
            for row in self._connection.execute(select(_transfer).where(_transfer.c.idx.in_(chunk))).all():
                places = orjson.loads(row.batches)
                self._know({index for index, _ in places} | {row.sender} | ({row.recipient} - {None}))
                self.state.transfers[self.name[row.idx]] = TransferState(
                    id=self.name[row.idx],
                    sender=self.name[row.sender],
                    to=self.name[row.recipient] if row.recipient is not None else "",
                    terms=row.terms,
                    at=row.at,
                    batches=tuple(f"{self.name[index]}#{place}" for index, place in places),
                    standing=row.standing,
                )

    def _chains(self, wanted: References) -> None:
        ids = [unb64u(text) for text in wanted.chains]
        openers = [self.index[text] for text in wanted.opened if text in self.index]
        for chunk in _chunks(ids):
            self._chain_rows(_chain.c.id.in_(chunk))
        for chunk in _chunks(openers):
            self._chain_rows(_chain.c.no.in_(chunk))

    def _chain_rows(self, condition: Any) -> None:
        rows = self._connection.execute(select(_chain).where(condition)).all()
        self._know({row.no for row in rows} | {row.organization for row in rows})
        for row in rows:
            chain = ChainState(
                id=b64u(bytes(row.id)),
                organization=self.name[row.organization],
                opened_by=self.name[row.no],
                use=row.use,
                head_seq=row.head_seq,
                head_id=record_name(row.head_id),
                head_at=row.head_at,
                sets=tuple(KeySetAt(s["index"], tuple(s["kids"]), tuple(s["jwks"])) for s in orjson.loads(row.sets)),
                standing=row.standing,
                retired=bool(row.retired),
                standing_changes=row.standing_changes,
                untrusted=tuple((after, before) for after, before in orjson.loads(row.untrusted)),
            )
            self.state.chains[chain.id] = chain
            self.state.opened[chain.opened_by] = chain.id
            self.state.organizations.add(chain.organization)

    def _facilities(self, ids: set[str]) -> None:
        for chunk in _chunks([self.index[text] for text in ids if text in self.index]):
            rows = self._connection.execute(select(_facility).where(_facility.c.idx.in_(chunk))).all()
            self._know({n for row in rows for n in (row.organization, row.operator) if n is not None})
            for row in rows:
                operator = self.name[row.operator] if row.operator is not None else ""
                self.state.facilities[self.name[row.idx]] = FacilityState(
                    self.name[row.idx], self.name[row.organization], operator, row.country, row.owner_country
                )

    def _organizations(self, ids: set[str]) -> None:
        for chunk in _chunks([self.index[text] for text in ids if text in self.index]):
            found = select(_chain.c.organization).where(_chain.c.organization.in_(chunk))
            self.state.organizations |= {self.name[number] for (number,) in self._connection.execute(found)}

    def _learn_routes(self, rows: Sequence[Any]) -> None:
        numbers: set[int] = set()
        for row in rows:
            numbers |= route_numbers(orjson.loads(row.routes))
            for part in orjson.loads(row.contents) if row.contents else ():
                numbers |= route_numbers(part["routes"])
        self._book.learn(self._connection, numbers)

    def _as_batch(self, row: Any) -> Batch:
        said = orjson.loads(row.said)
        return Batch(
            id=f"{self.name[row.idx]}#{row.place}",
            index=row.idx,
            made_at=said["made_at"],
            maker=self.name[row.maker],
            holder=self.name[row.holder] if row.holder is not None else None,
            material=row.material,
            mass_mg=row.mass_mg,
            left_mg=row.left_mg,
            composition=said["composition"],
            description=said["said"],
            made=table_from(orjson.loads(row.routes), self._book),
            contents=contents_from(orjson.loads(row.contents), self._book) if row.contents else (),
            carried=carried_from(row.carried),
            transit=self.name[row.transit] if row.transit is not None else None,
            secondary_at=row.secondary_at,
        )

    def _holders(self, rows: Sequence[Any]) -> None:
        exact = {(row.idx, row.place) for row in rows}
        for chunk in _chunks(sorted({index for index, _ in exact})):
            found = self._connection.execute(select(_held).where(_held.c.batch.in_(chunk))).all()
            self._know({row.organization for row in found})
            for row in found:
                if (row.batch, row.place) in exact:
                    self.state.held.add((f"{self.name[row.batch]}#{row.place}", self.name[row.organization]))


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
