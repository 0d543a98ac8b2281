"""Evidence: records with their leaves and inclusion paths under one published checkpoint, for reports and bundles.

Records are yielded in the order of the log, one at a time, so that a bundle of any size can be streamed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from ledger.errors import LedgerUnsafe
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.leaf import LEAF_VERSION
from ledger.log.note import parse_note
from ledger.report.credential import AsOf
from ledger.report.disclose import Keep
from ledger.signing.disclosure import envelope_with
from ledger.signing.envelope import parse_envelope
from ledger.store.evidence import chains_of, report_chain, standing_of, stored_records
from ledger.store.log import read_head
from ledger.store.records import StoredRecord, record_by_id
from ledger.store.reports import newest_checkpoint
from ledger.values.encoding import b64u
from ledger.workflows.cosigned import on_checkpoint
from ledger.workflows.ledger import Ledger
from ledger.workflows.publish import publish

__all__ = [
    "Published",
    "View",
    "evidence",
    "evidence_records",
    "genesis",
    "leaf_of",
    "published",
    "published_at",
    "trust_indexes",
    "with_standing",
]

View = Callable[[StoredRecord], Keep]
"""Which disclosures of a record are shown."""


@dataclass(frozen=True, slots=True)
class Published:
    """A published checkpoint: the note as signed, and what it says."""

    note: str
    checkpoint: Checkpoint

    @property
    def size(self) -> int:
        """How many entries it covers."""
        return self.checkpoint.size

    @property
    def as_of(self) -> AsOf:
        """What a report says of it."""
        return AsOf(self.checkpoint.origin, self.checkpoint.size, b64u(self.checkpoint.root))


def published(ledger: Ledger) -> Published:
    """The newest published checkpoint, with the cosignatures that were collected on it.

    The tree in memory covers it on return, also if another process published it.
    """
    with ledger.database.reading() as connection:
        size, _ = newest_checkpoint(connection)
    if size > ledger.tree.size or not ledger.checkpoint:
        publish(ledger)
    found = published_at(ledger.checkpoint)
    return Published(on_checkpoint(ledger, found.size, found.note), found.checkpoint)


def published_at(note: str) -> Published:
    """What a checkpoint of our own says."""
    return Published(note, parse_checkpoint(parse_note(note).text))


def genesis(ledger: Ledger, connection: Connection, size: int) -> dict[str, object]:
    """Entry 0 of the log with its path."""
    return {"leaf": orjson.loads(read_head(connection).genesis), "path": _path(ledger, 0, size)}


def leaf_of(record: StoredRecord) -> dict[str, object]:
    """The leaf of a record as an object; its canonical bytes are the entry of the log."""
    tags = ["sha-256:" + b64u(tag) for tag in (record.tags[:32], record.tags[32:])]
    return {"c": tags, "r": record.id, "s": "sha-256:" + b64u(record.signatures), "t": LEAF_VERSION}


def evidence_records(
    ledger: Ledger, connection: Connection, indexes: Iterable[int], size: int, view: View
) -> Iterator[dict[str, object]]:
    """The records at these log indexes, ascending: what a view shows of each, its leaf, and its path to the root."""
    for record in stored_records(connection, indexes):
        envelope = parse_envelope(record.envelope, submission=False)
        yield {
            "index": record.index,
            "leaf": leaf_of(record),
            "path": _path(ledger, record.index, size),
            "envelope": envelope_with(envelope, view(record)),
        }


def evidence(
    ledger: Ledger, connection: Connection, under: Published, indexes: Iterable[int], view: View
) -> dict[str, object]:
    """The whole evidence in memory: for what is small, such as the trust of a report."""
    return {
        "checkpoint": under.note,
        "genesis": genesis(ledger, connection, under.size),
        "records": list(evidence_records(ledger, connection, indexes, under.size, view)),
    }


def trust_indexes(ledger: Ledger, connection: Connection, size: int) -> set[int]:
    """What leads from the key of the log to the key that signs reports: the records of both of the operator's chains.

    Raises:
        LedgerUnsafe: the key of this service is not the one in force in the log.
    """
    operator = record_by_id(connection, read_head(connection).operator)
    reporter = report_chain(connection)
    kids = orjson.loads(reporter.sets)[-1]["kids"] if reporter is not None else []
    if operator is None or ledger.reporter[0].key.kid not in kids or reporter.no >= size:
        raise LedgerUnsafe("The key that this service signs reports with is not in force in its log.")
    return standing_of(connection, {operator.chain, reporter.no}, size)


def with_standing(connection: Connection, indexes: Iterable[int], size: int) -> set[int]:
    """These records, and everything that bears on the chains that issued them."""
    found = set(indexes)
    return found | standing_of(connection, chains_of(connection, found), size)


def _path(ledger: Ledger, index: int, size: int) -> list[str]:
    return [b64u(node) for node in ledger.tree.inclusion_path(index, size)]
