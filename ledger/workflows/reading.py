"""Reading: records, chains and batches as a caller may see them, as plain JSON values.

What a caller may not see is not found: whether it exists is nobody else's business.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection

from ledger.errors import NotFound
from ledger.report.disclose import BUYER, disclosed
from ledger.report.opened import either
from ledger.signing.disclosure import envelope_with
from ledger.signing.envelope import parse_envelope
from ledger.store.batches import BatchSeen, batches_seen, places_made
from ledger.store.grants import openings
from ledger.store.lineage import Key
from ledger.store.queries import (
    Viewer,
    batch_page,
    chain_position,
    citing,
    had_of,
    key_of,
    latin_name,
    names_of,
    organization_names,
    remarks_of,
    sees_batch,
    sees_passing,
    sees_record_whole,
    sees_upstream,
)
from ledger.store.records import StoredRecord, record_by_id
from ledger.store.tokens import organization_number
from ledger.values.encoding import is_digest, unb64u
from ledger.workflows.ledger import Ledger
from ledger.workflows.opened import opened_to
from ledger.workflows.receipts import Receipt, receipt_now

__all__ = [
    "Shown",
    "browse",
    "find_batch",
    "find_whole_batch",
    "read_batch",
    "read_chain",
    "read_me",
    "read_names",
    "read_receipt",
    "read_record",
    "search_digest",
    "shown_batch",
]

Shown = dict[str, Any]
"""A JSON object that a caller may see."""

OPERATOR_NUMBER = 1
"""The operator's organization: its record is the entry after the genesis."""
_NO_RECORD = "There is no record of this id that you may see."
_ALWAYS = frozenset({"batch", "record", "material"})
_NO_BATCH = "There is no batch of this name that you may see."


def read_record(ledger: Ledger, viewer: Viewer, record_id: str) -> Shown:
    """A record: whole to its issuer and to whom a transfer is addressed; upstream of one's batches as a buyer sees it.

    What grants open of it is shown beside that.

    Raises:
        NotFound: there is none that the viewer may see.
    """
    with ledger.database.reading() as connection:
        record = _record(connection, record_id)
        opened = opened_to(connection, viewer.number, viewer.at, record)
        if viewer.owns(record.organization):
            shown: Shown = {"seen_as": "own", "envelope": orjson.loads(record.envelope)}
            shown["remarks"] = orjson.loads(remarks_of(connection, record.index))
            shown["at"] = record.at
        elif sees_record_whole(connection, record, viewer):
            envelope = parse_envelope(record.envelope, submission=False)
            keep = either("chain".__ne__, opened or _nothing)
            kept = envelope_with(envelope, keep)
            shown = {"seen_as": "addressee", "at": record.at, "envelope": kept}
        else:
            places = sees_upstream(connection, places_made(connection, record.index), viewer)
            places |= sees_passing(connection, record.index, viewer)
            if not places and opened is None:
                raise NotFound(_NO_RECORD)
            envelope = parse_envelope(record.envelope, submission=False)
            keep = either(disclosed(BUYER, record.type, places) if places else _nothing, opened or _nothing)
            shown = {"seen_as": "buyer" if opened is None else "granted", "envelope": envelope_with(envelope, keep)}
    return {"record": record.id, "index": record.index, "type": record.type, **shown}


def read_receipt(ledger: Ledger, viewer: Viewer, record_id: str) -> Receipt:
    """The receipt of a record that the viewer may see in any way.

    Raises:
        NotFound: there is none that the viewer may see.
    """
    return receipt_now(ledger, read_record(ledger, viewer, record_id)["index"])


def read_chain(ledger: Ledger, viewer: Viewer, chain: str) -> Shown:
    """Where a chain stands: for its owner alone.

    Raises:
        NotFound: there is no chain of this id, or it is somebody else's.
    """
    try:
        raw = unb64u(chain)
    except ValueError:
        raw = b""
    with ledger.database.reading() as connection:
        found = chain_position(connection, chain) if len(raw) == 32 else None
    if found is None or not viewer.owns(found.organization):
        raise NotFound("You have no chain of this id.")
    standing = "retired" if found.retired else found.standing
    return {
        "chain": found.id,
        "seq": found.seq,
        "head": found.head,
        "at": found.head_at,
        "use": found.use,
        "standing": standing,
    }


def read_me(ledger: Ledger, viewer: Viewer) -> Shown:
    """The organization that a token speaks for; empty for the operator's own."""
    if viewer.number is None:
        return {}
    with ledger.database.reading() as connection:
        found = organization_names(connection, viewer.number)
    assert found is not None
    return dict(zip(("organization", "name", "country"), found, strict=True))


def read_names(ledger: Ledger, viewer: Viewer) -> Shown:
    """The organization that the viewer speaks for, with its name in both scripts; for the operator his own."""
    with ledger.database.reading() as connection:
        number = viewer.number if viewer.number is not None else OPERATOR_NUMBER
        found = organization_names(connection, number)
        latin = latin_name(connection, number)
    assert found is not None
    return {**dict(zip(("organization", "name", "country"), found, strict=True)), "name_latin": latin}


def browse(
    ledger: Ledger,
    viewer: Viewer,
    *,
    lot: str | None = None,
    material: str | None = None,
    holder: str | None = None,
    after: Key | None = None,
    limit: int = 50,
) -> tuple[list[Shown], Key | None]:
    """A page of batches that the viewer holds, held, is offered or was granted, and where the next page begins."""
    with ledger.database.reading() as connection:
        number = None
        if holder is not None:
            number = organization_number(connection, holder) if is_digest(holder) else None
            if number is None:
                return [], None
        page = batch_page(connection, viewer, lot=lot, material=material, holder=number, after=after, limit=limit)
        shown = [shown_batch(seen, viewer) for seen in _seen(connection, page.keys)]
        had = had_of(connection, page.keys, viewer)
        for key, batch in zip(page.keys, shown, strict=True):
            if key not in had:
                batch["seen_as"] = "granted"
        return shown, page.after


def read_batch(ledger: Ledger, viewer: Viewer, batch: tuple[str, int]) -> Shown:
    """A batch: whole to whom it belongs, belonged or is offered; upstream of one's own batches as a buyer sees it.

    Raises:
        NotFound: there is none that the viewer may see.
    """
    with ledger.database.reading() as connection:
        key = key_of(connection, batch) if is_digest(batch[0]) else None
        members = _members_granted(connection, viewer, key) if key is not None else set()
        whole = False
        if key is None or not members:
            key, whole = find_batch(connection, viewer, batch)
        seen = _seen(connection, [key])[0]
        if members:
            told = {name: value for name, value in shown_batch(seen, viewer).items() if name in members | _ALWAYS}
            return {**told, "seen_as": "granted"}
        if not whole:
            told = {name: seen.said[name] for name in ("magnet_type", "consolidation") if name in seen.said}
            return {"batch": seen.name, "record": seen.record, "seen_as": "buyer", "material": seen.material, **told}
        shown = shown_batch(seen, viewer)
        if not had_of(connection, [key], viewer):
            shown["seen_as"] = "granted"
        if viewer.owns(seen.maker):
            shown["remarks"] = orjson.loads(remarks_of(connection, key[0]))
        return shown


def find_batch(connection: Connection, viewer: Viewer, batch: tuple[str, int]) -> tuple[Key, bool]:
    """The key of a batch, and whether the viewer may see all of it, or only what a buyer sees.

    Raises:
        NotFound: there is none that the viewer may see.
    """
    key = key_of(connection, batch) if is_digest(batch[0]) else None
    if key is not None and sees_batch(connection, key, viewer):
        return key, True
    if key is not None and sees_upstream(connection, [key], viewer):
        return key, False
    raise NotFound(_NO_BATCH)


def find_whole_batch(connection: Connection, viewer: Viewer, batch: tuple[str, int]) -> Key:
    """The key of a batch that the viewer may see all of.

    Raises:
        NotFound: there is none, or he may see less of it.
    """
    key, whole = find_batch(connection, viewer, batch)
    if not whole:
        raise NotFound(_NO_BATCH)
    return key


def search_digest(
    ledger: Ledger, viewer: Viewer, digest: str, after: int, limit: int
) -> tuple[list[Shown], int | None]:
    """Records that cite a document by its digest, among what the viewer sees wholly, and where the next page begins."""
    with ledger.database.reading() as connection:
        found = citing(connection, digest, viewer, after, limit + 1)
        names = names_of(connection, found[:limit])
    shown = [{"record": names[index][0], "index": index, "type": names[index][1]} for index in found[:limit]]
    return shown, found[limit - 1] if len(found) > limit else None


def shown_batch(seen: BatchSeen, viewer: Viewer) -> Shown:
    """A batch as whoever had it sees it. What is left and who holds it now is told to the present holder only."""
    shown: Shown = {
        "batch": seen.name,
        "record": seen.record,
        "seen_as": "own" if viewer.owns(seen.maker) else "holder",
        "made_at": seen.made_at,
        "mass_mg": seen.mass_mg,
        "composition": seen.composition or {},
        "holds": seen.holder is not None and seen.holder == viewer.number,
        **{name: value for name, value in seen.said.items() if name != "contents"},
        "material": seen.material,
    }
    present = viewer.number is None or seen.holder == viewer.number
    if present:
        shown["left_mg"] = seen.left_mg
        shown["custody"] = list(seen.custody)
        if seen.holder_name:
            shown["holder"] = seen.holder_name
    if seen.transit and (present or viewer.number == seen.transit_to):
        shown["in_transit"] = seen.transit
        shown.setdefault("left_mg", seen.left_mg)
    if seen.contents:
        shown["contents"] = [dict(content) for content in seen.contents]
    return shown


def _members_granted(connection: Connection, viewer: Viewer, key: Key) -> set[str]:
    """The members of a batch that grants open to who sees it in no better way; those of `outputs[0]` are a batch's."""
    if viewer.number is None or sees_batch(connection, key, viewer):
        return set()
    found = openings(connection, viewer.number, viewer.at, [key[0]]).get(key[0], [])
    return {
        member.partition("[")[0].partition(".")[0] for each in found if each.place == key[1] for member in each.members
    }


def _nothing(_: str) -> bool:
    return False


def _record(connection: Connection, record_id: str) -> StoredRecord:
    record = record_by_id(connection, record_id) if is_digest(record_id) else None
    if record is None:
        raise NotFound(_NO_RECORD)
    return record


def _seen(connection: Connection, keys: Sequence[Key]) -> list[BatchSeen]:
    return batches_seen(connection, keys)
