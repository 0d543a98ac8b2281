"""Loading: the part of the ledger's state that a group of records needs, in a few queries however large the group."""

from collections.abc import Container, Iterable, Sequence
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection

from ledger.material.batch import Batch
from ledger.rules.ruleset import known_rule_sets
from ledger.rules.state import Admission, ChainState, FacilityState, KeySetAt, RecordRef, State, TransferState
from ledger.store.codec import RouteBook, carried_from, contents_from, route_numbers, table_from
from ledger.store.prepared import Lookup
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
from ledger.store.warm import Known, Warm
from ledger.values.encoding import b64u, digest_bytes, split_batch_id, unb64u

__all__ = ["Loader", "record_name"]

_Name = TypeVar("_Name", str, int)

_record = RecordRow.__table__  # type: ignore[attr-defined]
_chain = ChainRow.__table__  # type: ignore[attr-defined]
_admission = AdmissionRow.__table__  # type: ignore[attr-defined]
_facility = FacilityRow.__table__  # type: ignore[attr-defined]
_transfer = TransferRow.__table__  # type: ignore[attr-defined]
_batch = BatchRow.__table__  # type: ignore[attr-defined]
_held = HeldRow.__table__  # type: ignore[attr-defined]

_HEAD = Lookup(*HeadRow.__table__.columns)  # type: ignore[attr-defined]
_ID_OF = Lookup(_record.c.idx, _record.c.id, by=_record.c.idx)
_INDEX_OF = Lookup(_record.c.idx, _record.c.id, by=_record.c.id)
_ENVELOPE_OF = Lookup(_record.c.envelope, by=_record.c.id)
_RECORDS = Lookup(
    *(_record.c[name] for name in ("idx", "id", "type", "seq", "organization", "at")),
    _chain.c.id,
    by=_record.c.id,
    joined=_record.join(_chain, _chain.c.no == _record.c.chain),
)
_ADMISSIONS = Lookup(*_admission.columns, by=_admission.c.record)
_TRANSFERS = Lookup(*_transfer.columns, by=_transfer.c.idx)
_CHAINS_BY_ID = Lookup(*_chain.columns, by=_chain.c.id)
_CHAINS_BY_OPENER = Lookup(*_chain.columns, by=_chain.c.no)
_CHAINS_OF = Lookup(_chain.c.organization, by=_chain.c.organization)
_FACILITIES = Lookup(*_facility.columns, by=_facility.c.idx)
_BATCHES = Lookup(*_batch.columns, by=_batch.c.idx)
_HELD = Lookup(*_held.columns, by=_held.c.batch)


def record_name(raw: bytes) -> str:
    """A record id in its text form."""
    return "sha-256:" + b64u(bytes(raw))


class Loader:
    """Fills a `State` from the tables. `index` remembers the log index of every record id it met, `name` the way back.

    `whole` says of every batch it met which batch of a source or process it is a part of.
    """

    def __init__(self, connection: Connection, book: RouteBook, warm: Warm | None = None) -> None:
        self._connection = connection
        self._book = book
        self.head: Any = _HEAD.all(connection)[0]
        known = warm.take(self.head) if warm is not None else None
        self.known = known or Known(_beginning(self.head), {}, {}, {})
        self.state, self.index, self.name, self.whole = (
            self.known.state,
            self.known.index,
            self.known.name,
            self.known.whole,
        )
        if known is None:
            self._meet([self.head.operator])

    def head_after(self, frontier: bytes) -> tuple[Any, ...]:
        """The row of the head as it is once everything that was applied to the state is written."""
        after: tuple[Any, ...] = self.head._replace(
            size=self.state.size, frontier=frontier, rules=self.state.rules.digest
        )
        return after

    def load(self, wanted: References) -> State:
        """The state that rules need to judge records with these references."""
        ids = {*wanted.records, *wanted.organizations, *wanted.opened, *wanted.facilities, *wanted.transfers}
        ids |= {split_batch_id(batch)[0] for batch in wanted.batches}
        self._meet(ids)
        state = self.state
        self._records(_not_in(state.records, wanted.records))
        self._admissions(_not_in(state.admissions, wanted.opened))
        self._transfers(wanted.transfers)
        offered = [
            batch for name in wanted.transfers & state.transfers.keys() for batch in state.transfers[name].batches
        ]
        self.batches(_not_in(state.batches, {*wanted.batches, *offered}))
        self._chains(wanted)
        self._facilities(_not_in(state.facilities, wanted.facilities))
        self._organizations(wanted.organizations - state.organizations)
        return state

    def batches_by_name(self, names: Iterable[str]) -> None:
        """Load batches whose records were not met yet."""
        wanted = list(names)
        self._meet([split_batch_id(name)[0] for name in wanted])
        self.batches(wanted)

    def batches(self, names: Iterable[str]) -> None:
        """Load batches by name, with the transfers that offer them."""
        keys = [(self.index[record], place) for record, place in map(split_batch_id, names) if record in self.index]
        exact = set(keys)
        rows = _BATCHES.rows(self._connection, {index for index, _ in keys})
        rows = [row for row in rows if (row.idx, row.place) in exact]
        self.know({n for row in rows for n in (row.maker, row.holder, row.transit, row.idx) if n is not None})
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
        found = _ENVELOPE_OF.rows(self._connection, [digest_bytes(record)])
        return bytes(found[0].envelope) if found else None

    def _meet(self, names: Iterable[str]) -> None:
        for index, raw in _INDEX_OF.rows(self._connection, [digest_bytes(n) for n in names if n not in self.index]):
            self._name(index, raw)

    def know(self, indexes: set[int]) -> None:
        """Learn the names of records by their log indexes."""
        for index, raw in _ID_OF.rows(self._connection, _not_in(self.name, indexes)):
            self._name(index, raw)

    def _name(self, index: int, raw: bytes) -> None:
        name = record_name(raw)
        self.index[name], self.name[index] = index, name

    def _records(self, ids: set[str]) -> None:
        rows = _RECORDS.rows(self._connection, [digest_bytes(text) for text in ids if text in self.index])
        self.know({row.organization for row in rows})
        for index, raw, kind, seq, organization, at, chain in rows:
            name = record_name(raw)
            self.state.records[name] = RecordRef(
                name, index, kind, b64u(bytes(chain)), seq, self.name[organization], at
            )

    def _admissions(self, ids: set[str]) -> None:
        rows = _ADMISSIONS.rows(self._connection, [digest_bytes(text) for text in ids])
        self._meet([self.state.operator, *(record_name(row.organization) for row in rows)])
        for row in rows:
            name = record_name(row.record)
            succeeds = record_name(row.succeeds) if row.succeeds else None
            self.state.admissions[name] = Admission(name, record_name(row.organization), succeeds)

    def _transfers(self, ids: set[str]) -> None:
        wanted = [self.index[text] for text in ids if text in self.index and text not in self.state.transfers]
        for row in _TRANSFERS.rows(self._connection, wanted):
            places = orjson.loads(row.batches)
            self.know({index for index, _ in places} | {row.sender} | ({row.recipient} - {None}))
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
        state = self.state
        rows = _CHAINS_BY_ID.rows(self._connection, [unb64u(text) for text in _not_in(state.chains, wanted.chains)])
        openers = [self.index[text] for text in _not_in(state.opened, wanted.opened) if text in self.index]
        rows += _CHAINS_BY_OPENER.rows(self._connection, openers)
        self.know({row.no for row in rows} | {row.organization for row in rows})
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
        rows = _FACILITIES.rows(self._connection, [self.index[text] for text in ids if text in self.index])
        self.know({n for row in rows for n in (row.organization, row.operator) if n is not None})
        for row in rows:
            operator = self.name[row.operator] if row.operator is not None else ""
            self.state.facilities[self.name[row.idx]] = FacilityState(
                self.name[row.idx], self.name[row.organization], operator, row.country, row.owner_country
            )

    def _organizations(self, ids: set[str]) -> None:
        rows = _CHAINS_OF.rows(self._connection, [self.index[text] for text in ids if text in self.index])
        self.state.organizations |= {self.name[row.organization] for row in rows}

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
        found = _HELD.rows(self._connection, {index for index, _ in exact})
        found = [row for row in found if (row.batch, row.place) in exact]
        self.know({row.organization for row in found})
        for row in found:
            self.state.held.add((f"{self.name[row.batch]}#{row.place}", self.name[row.organization]))


def _not_in(known: Container[_Name], names: Iterable[_Name]) -> set[_Name]:
    """The names that are not known. `names - known.keys()` would go through all that is known, which is much."""
    return {name for name in names if name not in known}


def _beginning(head: Any) -> State:
    """The state before anything was looked up."""
    state = State(head.ledger, head.operator, known_rule_sets()[head.rules], head.size)
    state.admissions[head.operator] = Admission(head.operator, head.operator)
    return state
