"""Erasing what an organization disclosed, in one transaction: out of its envelopes, and out of every row made of them.

What stays is what others rest on. Of a batch that somebody else holds or held, or is offered: its material, mass and
composition, and by which transfer it came to him. Payloads, signatures and leaves stay as they are.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection, delete, or_, select, update

from ledger.material.batch import Batch
from ledger.material.table import NOTHING
from ledger.rules.recompute import count_as_erased
from ledger.signing.disclosure import envelope_with
from ledger.signing.envelope import parse_envelope
from ledger.store.codec import RouteBook, carried_bytes, contents_bytes, routes_of, table_bytes
from ledger.store.compare import table_named
from ledger.store.gather import Loader, record_name
from ledger.store.history import StoredHistory
from ledger.store.lineage import Key, chunks
from ledger.values.canonical import canonical
from ledger.values.encoding import split_batch_id

__all__ = ["erase_organization"]

_LISTED = re.compile(r"(outputs|batches|accepted)\[(\d+)\](?:\.(.*))?")
_OF_A_BATCH = frozenset({None, "batch", "material", "mass_mg", "composition"})


@dataclass(slots=True)
class _Kept:
    """What others rest on: batches, and by record the places of its outputs, batches or accepted entries."""

    batches: set[Key] = field(default_factory=set)
    places: dict[int, set[int]] = field(default_factory=dict)

    def sees(self, record: int, path: str) -> bool:
        """Whether a disclosure of a record stays."""
        places = self.places.get(record)
        if not places:
            return False
        if path in ("outputs", "batches", "accepted", "transfer"):
            return True
        found = _LISTED.fullmatch(path)
        return found is not None and int(found[2]) in places and found[3] in _OF_A_BATCH


def erase_organization(connection: Connection, organization: int, book: RouteBook) -> int:
    """Erase the disclosures of an organization (by number); how many records that were.

    Everything or nothing, with the caller's transaction, which holds the head's lock. Routes of all that was made of
    its batches count as unknown from then on. Not checked: that the organization can record nothing any more.
    """
    record = table_named("record")
    mine = list(connection.execute(select(record.c.idx).where(record.c.organization == organization)).scalars())
    kept = _kept_by(connection, organization, mine)
    _forget_batches(connection, mine, kept, book)
    _forget_rows(connection, organization, mine, kept)
    for part in chunks(sorted(mine)):
        found = connection.execute(select(record.c.idx, record.c.envelope).where(record.c.idx.in_(part))).all()
        for index, data in found:
            envelope = parse_envelope(bytes(data), submission=False)
            left = canonical(envelope_with(envelope, partial(kept.sees, index)))
            values = {"envelope": left, "at": "", "facility": None}
            connection.execute(update(record).where(record.c.idx == index).values(values))
    return len(mine)


def _kept_by(connection: Connection, organization: int, mine: Collection[int]) -> _Kept:
    """What others rest on, followed through every part that was cut off for them."""
    kept, own = _Kept(), set(mine)
    held, batch, uses = table_named("held"), table_named("batch"), table_named("uses")
    for part in chunks(sorted(own)):
        others = select(held.c.batch, held.c.place).where(held.c.batch.in_(part), held.c.organization != organization)
        kept.batches |= {(index, place) for index, place in connection.execute(others)}
        offered = select(batch.c.idx, batch.c.place).where(batch.c.transit.in_(part))
        kept.batches |= {(index, place) for index, place in connection.execute(offered)}
        moved = select(uses.c.record, uses.c.at, uses.c.batch, uses.c.place, uses.c.role).where(uses.c.record.in_(part))
        for row in connection.execute(moved.where(uses.c.role.in_(("offer", "accept")))).all():
            if _went_on(connection, own, row):
                kept.places.setdefault(row.record, set()).add(row.at)
    waiting = [key for key in kept.batches if key[0] in own]
    kept.batches = set(waiting)
    while waiting:
        index, place = waiting.pop()
        kept.places.setdefault(index, set()).add(place)
        cut = select(uses.c.batch, uses.c.place).where(
            uses.c.record == index, uses.c.at == place, uses.c.role == "part"
        )
        for parent in [(row.batch, row.place) for row in connection.execute(cut)]:
            if parent[0] in own and parent not in kept.batches:
                kept.batches.add(parent)
                waiting.append(parent)
    return kept


def _went_on(connection: Connection, own: set[int], row: Any) -> bool:
    """Whether somebody else has taken, or is offered, a batch that this entry moved."""
    uses, batch = table_named("uses"), table_named("batch")
    later = select(uses.c.record).where(
        uses.c.batch == row.batch, uses.c.place == row.place, uses.c.role == "accept", uses.c.record > row.record
    )
    if any(index not in own for index in connection.execute(later).scalars()):
        return True
    parts = select(uses.c.record, uses.c.at).where(
        uses.c.batch == row.batch, uses.c.place == row.place, uses.c.role == "part", uses.c.record > row.record
    )
    if row.role == "accept" and any(index in own for index, _ in connection.execute(parts)):
        return True
    offered = select(batch.c.transit).where(batch.c.idx == row.batch, batch.c.place == row.place)
    return connection.execute(offered).scalar_one_or_none() in own


def _forget_batches(connection: Connection, mine: Collection[int], kept: _Kept, book: RouteBook) -> None:
    """Batches of the organization, and the routes of all that was made of them.

    A part says nothing of its own but that it was cut off: its routes follow from those of the whole.
    """
    table = table_named("batch")
    loader = Loader(connection, book)
    kinds = _batches_of(connection, mine)
    loader.batches_by_name(kinds)
    said = [name for name, kind in kinds.items() if kind != "transfer"]
    changed = {each.id: each for each in count_as_erased(loader.state, said, StoredHistory(connection, loader))}
    for name in kinds:
        if _key(name, loader) not in kept.batches:
            changed[name] = loader.state.batches[name]
            _empty(changed[name])
    added = book.intern(connection, {route for each in changed.values() for route in routes_of(each)})
    for each in changed.values():
        key = _key(each.id, loader)
        told = {"made_at": each.made_at, "composition": each.composition, "said": dict(each.description)}
        values = {
            "lot": str(each.description.get("lot", "")),
            "material": each.material,
            "mass_mg": each.mass_mg,
            "left_mg": each.left_mg,
            "said": orjson.dumps(told),
            "routes": table_bytes(each.made, book.numbers(added)),
            "contents": contents_bytes(each.contents, book.numbers(added)),
            "carried": carried_bytes(each.carried),
        }
        connection.execute(update(table).where(table.c.idx == key[0], table.c.place == key[1]).values(values))


def _key(name: str, loader: Loader) -> Key:
    record, place = split_batch_id(name)
    return loader.index[record], place


def _empty(batch: Batch) -> None:
    """Nobody else knew of it: nothing of it stays, and nobody can take from it."""
    batch.material, batch.made_at, batch.mass_mg, batch.left_mg, batch.composition = "", "", 0, 0, {}
    batch.made, batch.contents = NOTHING, ()


def _batches_of(connection: Connection, records: Collection[int]) -> dict[str, str]:
    """The batches that records made, by name, with the type of the record."""
    record, batch = table_named("record"), table_named("batch")
    found: dict[str, str] = {}
    for part in chunks(sorted(records)):
        wanted = select(record.c.id, batch.c.place, record.c.type).join(batch, batch.c.idx == record.c.idx)
        for raw, place, kind in connection.execute(wanted.where(record.c.idx.in_(part))):
            found[f"{record_name(raw)}#{place}"] = kind
    return found


def _forget_rows(connection: Connection, organization: int, mine: Collection[int], kept: _Kept) -> None:
    """Every other row that says what the organization disclosed."""
    names = table_named("organization")
    blank: Mapping[str, Any] = {"name": "", "name_latin": None, "country": ""}
    connection.execute(update(names).where(names.c.no == organization).values(blank))
    chain = table_named("chain")
    connection.execute(update(chain).where(chain.c.organization == organization).values(head_at=""))
    for part in chunks(sorted(mine)):
        for name, column in (("facility", "idx"), ("cites", "record"), ("certificate", "record"), ("remark", "record")):
            table = table_named(name)
            connection.execute(delete(table).where(table.c[column].in_(part)))
        _forget_moves(connection, part, kept)


def _forget_moves(connection: Connection, part: Collection[int], kept: _Kept) -> None:
    uses, transfer = table_named("uses"), table_named("transfer")
    rows = connection.execute(select(uses.c.record, uses.c.at, uses.c.role).where(uses.c.record.in_(part))).all()
    for row in rows:
        if row.role in ("input", "adjust") or row.at not in kept.places.get(row.record, ()):
            connection.execute(delete(uses).where(uses.c.record == row.record, uses.c.at == row.at))
    closed = transfer.c.standing != "open"
    over = or_(closed, transfer.c.recipient.is_(None))
    connection.execute(
        update(transfer).where(transfer.c.idx.in_(part), over).values(terms="", at="", batches=orjson.dumps([]))
    )
