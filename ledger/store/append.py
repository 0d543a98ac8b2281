"""Writing what a group of accepted records changed: one statement a table, in the transaction that locks the head."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection

from ledger.log.leaf import LeafParts
from ledger.material.batch import Batch
from ledger.material.routes import Route
from ledger.records import (
    Adjust,
    Admission,
    Certificate,
    Facility,
    Key,
    Organization,
    Process,
    Receive,
    Record,
    Source,
    Transfer,
)
from ledger.rules.apply import Effects
from ledger.rules.facts import Facts
from ledger.rules.remarks import Remark
from ledger.rules.state import ChainState, State
from ledger.store.codec import RouteBook, carried_bytes, contents_bytes, routes_of, table_bytes
from ledger.store.gather import Loader
from ledger.store.statements import CARRIED, CHAIN_HEAD, HEAD, INSERT, RECEIVED, ROUTES, STANDING
from ledger.values.encoding import digest_bytes, split_batch_id, unb64u

__all__ = ["Accepted", "append_group"]


@dataclass(slots=True)
class Accepted:
    """A record with its place in the log: what it changed, and the parts of its leaf that are stored."""

    index: int
    facts: Facts
    effects: Effects
    envelope: bytes
    leaf: LeafParts
    remarks: tuple[Remark, ...] = ()


@dataclass(slots=True)
class _Rows:
    """Rows to write, by table."""

    inserts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, row: dict[str, Any]) -> None:
        self.inserts.setdefault(table, []).append(row)


def append_group(
    connection: Connection, loader: Loader, accepted: Iterable[Accepted], frontier: bytes, book: RouteBook
) -> Mapping[Route, int]:
    """Write a group and the new head. Durable and visible, all of it or nothing, once the caller's transaction commits.

    Returns the numbers of routes that were new; the book adopts them after the commit, not before.
    """
    group = list(accepted)
    for entry in group:
        loader.index[entry.facts.id], loader.name[entry.index] = entry.index, entry.facts.id
    batches = {batch.id: batch for entry in group for batch in [*entry.effects.made, *entry.effects.touched]}
    remade = {batch.id: batch for entry in group for batch in entry.effects.remade}
    added = book.intern(
        connection, {route for batch in [*batches.values(), *remade.values()] for route in routes_of(batch)}
    )
    numbers = book.numbers(added)
    made = {batch.id for entry in group for batch in entry.effects.made}
    _find_wholes(group, loader)
    rows = _Rows()
    for entry in group:
        _record_rows(entry, loader, rows)
    for batch_id in made:
        rows.add("batch", {**_batch_key(batch_id, loader), **_batch_row(batches[batch_id], loader, numbers)})
    for name, listed in rows.inserts.items():
        INSERT[name].run(connection, listed)
    _update_batches(connection, [b for b in batches.values() if b.id not in made], loader)
    _update_carried(connection, group, batches, loader)
    _update_routes(connection, [b for entry in group for b in entry.effects.remade], loader, numbers)
    _update_chains(connection, group, loader)
    _write_head(connection, loader.state, frontier)
    return added


_ROLES = {"process": "input", "adjust": "adjust"}


def _record_rows(entry: Accepted, loader: Loader, rows: _Rows) -> None:
    facts, record = entry.facts, entry.facts.record
    chain = facts.state.chains[record.chain.id]
    opener, organization = loader.index[chain.opened_by], loader.index[chain.organization]
    rows.add(
        "record",
        {
            "idx": entry.index,
            "id": entry.leaf.record,
            "type": record.type,
            "chain": opener,
            "seq": record.chain.seq,
            "organization": organization,
            "facility": loader.index[record.facility] if isinstance(record, Source | Process) else None,
            "at": record.at,
            "tags": entry.leaf.tags,
            "signatures": entry.leaf.signatures,
            "envelope": entry.envelope,
        },
    )
    if isinstance(record, Process | Transfer | Adjust):
        for at, taken in enumerate(facts.taken):
            role = _ROLES.get(record.type) or ("offer" if taken.mass_mg is None else "part")
            rows.add("uses", _use_row(entry.index, at, taken.batch_id, role, loader))
    for batch in entry.effects.made:
        rows.add("held", _held_row(batch.id, organization, loader))
    if entry.remarks:
        said = [{"code": r.code, "sentence": r.sentence, "member": r.member} for r in entry.remarks]
        rows.add("remark", {"record": entry.index, "remarks": orjson.dumps(said)})
    for digest in sorted(_cited(record)):
        rows.add("cites", {"digest": digest_bytes(digest), "record": entry.index})
    _typed_rows(entry, record, organization, loader, rows)


def _typed_rows(entry: Accepted, record: Record, organization: int, loader: Loader, rows: _Rows) -> None:
    state = entry.facts.state
    if isinstance(record, Organization):
        chain = state.chains[record.chain.id]
        rows.add("chain", _chain_row(chain, loader))
        names = {"name": record.name, "name_latin": record.name_latin, "country": record.country}
        rows.add("organization", {"no": organization, **names})
        rows.add("standing", {"opener": digest_bytes(entry.facts.id), "record": entry.index})
    elif isinstance(record, Key):
        opener = state.chains[record.chain.id].opened_by
        rows.add("standing", {"opener": digest_bytes(opener), "record": entry.index})
    elif isinstance(record, Admission):
        _admission_rows(record, entry.index, rows)
    elif isinstance(record, Certificate):
        rows.add("certificate", _certificate_row(record, entry.index, loader))
    elif isinstance(record, Facility):
        facility = state.facilities[entry.facts.id]
        rows.add(
            "facility",
            {
                "idx": entry.index,
                "organization": organization,
                "operator": loader.index[facility.operator] if facility.operator else None,
                "name": record.name,
                "country": record.country,
                "owner_country": record.owner_country,
            },
        )
    elif isinstance(record, Transfer):
        rows.add("transfer", _transfer_row(entry, loader))
    elif isinstance(record, Receive):
        for at, accepted in enumerate(record.accepted):
            rows.add("uses", _use_row(entry.index, at, accepted.batch, "accept", loader))
            rows.add("held", _held_row(accepted.batch, organization, loader))


def _admission_rows(record: Admission, index: int, rows: _Rows) -> None:
    rows.add("standing", {"opener": digest_bytes(record.record), "record": index})
    if record.op == "admit" and record.organization:
        rows.add(
            "admission",
            {
                "record": digest_bytes(record.record),
                "organization": digest_bytes(record.organization),
                "succeeds": digest_bytes(record.succeeds) if record.succeeds else None,
            },
        )


def _certificate_row(record: Certificate, index: int, loader: Loader) -> dict[str, Any]:
    subject, valid = record.subject, record.valid
    place = None
    about = subject.facility or subject.transfer or subject.organization or ""
    if subject.batch is not None:
        about, place = split_batch_id(subject.batch)
    return {
        "record": index,
        "subject": loader.index[about],
        "place": place,
        "valid_from": valid.from_ if valid else None,
        "valid_to": valid.to if valid else None,
    }


def _find_wholes(group: list[Accepted], loader: Loader) -> None:
    """Of every new batch, the batch of a source or process that it is a part of: itself, or that of its parent."""
    for entry in group:
        cut = isinstance(entry.facts.record, Transfer)
        for batch in entry.effects.made:
            key = _batch_key(batch.id, loader)
            parent = entry.facts.taken[key["place"]].batch_id if cut else ""
            loader.whole[batch.id] = loader.whole[parent] if cut else (key["idx"], key["place"])


def _transfer_row(entry: Accepted, loader: Loader) -> dict[str, Any]:
    transfer = entry.facts.state.transfers[entry.facts.id]
    places = [[loader.index[record], place] for record, place in map(split_batch_id, transfer.batches)]
    return {
        "idx": entry.index,
        "sender": loader.index[transfer.sender],
        "recipient": loader.index[transfer.to] if transfer.to else None,
        "terms": transfer.terms,
        "at": transfer.at,
        "batches": orjson.dumps(places),
        "standing": transfer.standing,
    }


def _cited(record: Record) -> set[str]:
    member = _evidence_member(type(record))
    evidence = (getattr(record, member) if member else None) or ()
    found = {entry.digest for entry in evidence}
    if isinstance(record, Certificate) and record.document is not None:
        found.add(record.document if isinstance(record.document, str) else record.document.digest)
    return found


@lru_cache(maxsize=64)
def _evidence_member(kind: type[Record]) -> str | None:
    """Where a type of record cites documents. Asking a record for a member that its type has not is slow."""
    return next((member for member in ("evidence", "documents") if member in kind.model_fields), None)


def _use_row(record: int, at: int, batch_id: str, role: str, loader: Loader) -> dict[str, Any]:
    return {"record": record, "at": at, **_use_key(batch_id, loader), "role": role}


def _use_key(batch_id: str, loader: Loader) -> dict[str, int]:
    record, place = split_batch_id(batch_id)
    return {"batch": loader.index[record], "place": place}


def _batch_key(batch_id: str, loader: Loader) -> dict[str, int]:
    record, place = split_batch_id(batch_id)
    return {"idx": loader.index[record], "place": place}


def _held_row(batch_id: str, organization: int, loader: Loader) -> dict[str, int]:
    return {**_use_key(batch_id, loader), "organization": organization}


def _standing_of(batch: Batch, loader: Loader) -> dict[str, Any]:
    """The columns of a batch that change after it was made."""
    return {
        "holder": loader.index[batch.holder] if batch.holder else None,
        "transit": loader.index[batch.transit] if batch.transit else None,
        "secondary_at": batch.secondary_at,
        "left_mg": batch.left_mg,
    }


def _batch_row(batch: Batch, loader: Loader, numbers: Mapping[Route, int]) -> dict[str, Any]:
    said = {"made_at": batch.made_at, "composition": batch.composition, "said": dict(batch.description)}
    whole, whole_place = loader.whole[batch.id]
    return {
        **_standing_of(batch, loader),
        "whole": whole,
        "whole_place": whole_place,
        "maker": loader.index[batch.maker],
        "lot": str(batch.description.get("lot", "")),
        "material": batch.material,
        "mass_mg": batch.mass_mg,
        "said": orjson.dumps(said),
        "routes": table_bytes(batch.made, numbers),
        "contents": contents_bytes(batch.contents, numbers),
        "carried": carried_bytes(batch.carried),
    }


def _update_batches(connection: Connection, batches: list[Batch], loader: Loader) -> None:
    rows = [{**_batch_key(batch.id, loader), **_standing_of(batch, loader)} for batch in batches]
    STANDING.run(connection, [_parameters(row) for row in rows])


def _update_carried(
    connection: Connection, group: list[Accepted], batches: Mapping[str, Batch], loader: Loader
) -> None:
    """Batches that an inquiry was made about, and what was made of them: nothing else changes what is carried along."""
    asked = [batch.id for entry in group if entry.effects.asked is not None for batch in entry.effects.touched]
    rows = [{**_batch_key(name, loader), "carried": carried_bytes(batches[name].carried)} for name in asked]
    CARRIED.run(connection, [_parameters(row) for row in rows])


def _update_routes(connection: Connection, batches: list[Batch], loader: Loader, numbers: Mapping[Route, int]) -> None:
    """Batches whose past is known less well than before."""
    rows = [
        {
            **_batch_key(batch.id, loader),
            "routes": table_bytes(batch.made, numbers),
            "contents": contents_bytes(batch.contents, numbers),
        }
        for batch in batches
    ]
    ROUTES.run(connection, [_parameters(row) for row in rows])


def _parameters(row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"_{name}": value for name, value in row.items()}


def _chain_row(chain: ChainState, loader: Loader) -> dict[str, Any]:
    sets = [{"index": s.index, "kids": list(s.kids), "jwks": [dict(jwk) for jwk in s.jwks]} for s in chain.sets]
    return {
        "no": loader.index[chain.opened_by],
        "id": unb64u(chain.id),
        "organization": loader.index[chain.organization],
        "use": chain.use,
        "head_seq": chain.head_seq,
        "head_id": digest_bytes(chain.head_id),
        "head_at": chain.head_at,
        "sets": orjson.dumps(sets),
        "standing": chain.standing,
        "retired": chain.retired,
        "standing_changes": chain.standing_changes,
        "untrusted": orjson.dumps(chain.untrusted),
    }


def _update_chains(connection: Connection, group: list[Accepted], loader: Loader) -> None:
    """Chains that went on, and chains of which keys or standing changed."""
    state = loader.state
    changed: set[str] = set()
    for entry in group:
        record = entry.facts.record
        if isinstance(record, Organization | Key):
            changed.add(record.chain.id)
        elif isinstance(record, Admission) and record.record in state.opened:
            changed.add(state.opened[record.record])
    went_on = {entry.facts.record.chain.id for entry in group} - changed
    INSERT["chain"].run(connection, [_chain_row(state.chains[chain], loader) for chain in sorted(changed)])
    CHAIN_HEAD.run(connection, [_chain_head(state.chains[chain], loader) for chain in sorted(went_on)])
    receipts = [entry for entry in group if isinstance(entry.facts.record, Receive)]
    _update_transfers(
        connection, {e.facts.record.transfer for e in receipts if isinstance(e.facts.record, Receive)}, loader
    )


def _chain_head(chain: ChainState, loader: Loader) -> dict[str, Any]:
    return {
        "_no": loader.index[chain.opened_by],
        "_head_seq": chain.head_seq,
        "_head_id": digest_bytes(chain.head_id),
        "_head_at": chain.head_at,
    }


def _update_transfers(connection: Connection, transfers: set[str], loader: Loader) -> None:
    rows = [{"idx": loader.index[t], "standing": loader.state.transfers[t].standing} for t in sorted(transfers)]
    RECEIVED.run(connection, [_parameters(row) for row in rows])


def _write_head(connection: Connection, state: State, frontier: bytes) -> None:
    row = {"size": state.size, "frontier": frontier, "rules": state.rules.digest}
    HEAD.run(connection, [_parameters(row)])
