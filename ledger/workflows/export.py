"""Exporting a log for an auditor: every entry in order, streamed. Who may not see a record gets its leaf alone."""

from typing import BinaryIO

import orjson

from ledger.signing.disclosure import envelope_with
from ledger.signing.envelope import parse_envelope
from ledger.store.evidence import stored_records
from ledger.store.log import read_head
from ledger.store.records import StoredRecord, record_by_id
from ledger.values.canonical import canonical
from ledger.workflows.evidence import leaf_of, published
from ledger.workflows.ledger import Ledger

__all__ = ["write_log_export"]


def write_log_export(ledger: Ledger, out: BinaryIO, caller: str | None = None) -> int:
    """Write the whole published log as canonical JSON and return the number of its entries.

    The operator (`caller` is None) exports every record wholly disclosed; an organization its own records so, and the
    leaves of all others. Of a record whose disclosures were erased there is the leaf, and the word `erased`.

    An auditor recomputes the tree from the leaves, so there are no paths.
    """
    under = published(ledger)
    with ledger.database.reading() as connection:
        own = record_by_id(connection, caller) if caller is not None else None
        head = {"checkpoint": under.note, "genesis": {"leaf": orjson.loads(read_head(connection).genesis)}}
        out.write(b'{"evidence":' + canonical(head)[:-1] + b',"records":[')
        for count, record in enumerate(stored_records(connection, range(1, under.size))):
            visible = caller is None or (own is not None and record.organization == own.index)
            out.write((b"," if count else b"") + canonical(_entry(record, visible=visible)))
        out.write(b']},"v":"lodestone-bundle/1"}')
    return under.size


def _entry(record: StoredRecord, *, visible: bool) -> dict[str, object]:
    entry: dict[str, object] = {"index": record.index, "leaf": leaf_of(record)}
    if visible and record.erased:
        entry["erased"] = True
    elif visible:
        entry["envelope"] = envelope_with(parse_envelope(record.envelope, submission=False), lambda _: True)
    return entry
