"""What a report tells of a batch besides its routes: certificates valid on the day, and inquiries upstream."""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from ledger.errors import LedgerUnsafe
from ledger.material.batch import Batch
from ledger.records import Certificate, Inquiry, Record, parse_record
from ledger.report import model
from ledger.report.credential import Certified, Known
from ledger.signing.disclosure import open_record
from ledger.signing.envelope import parse_envelope
from ledger.store.evidence import certificates_on, indexes_of, made_where, stored_records
from ledger.store.lineage import Key
from ledger.store.records import StoredRecord

__all__ = ["known_of", "stated"]


def stated(record: StoredRecord) -> Record:
    """The typed record that a stored envelope holds, wholly opened."""
    opened = open_record(parse_envelope(record.envelope, submission=False), submission=False)
    return parse_record(dict(opened))


def known_of(
    connection: Connection, batch: Batch, keys: set[Key], day: str, size: int, own: Callable[[StoredRecord], bool]
) -> Known:
    """The certificates valid on a day, and the inquiries carried with the batch, in the log of a size.

    `keys` name the batch, and the batch that it is a part of. Certificates count on it, on the facility where it was
    made and on the organization that made it, there only its own: nobody certifies another organization. Of those that
    are not the caller's `own` neither number nor document is told.
    """
    subjects: set[int] = set()
    for index, _ in keys:
        subjects |= {number for number in made_where(connection, index) if number is not None}
    certificates = []
    for record in stored_records(connection, certificates_on(connection, subjects, keys, day, size)):
        said = _certificate(record)
        if said.subject.organization is None or record.organization in subjects:
            certificates.append(_certified(record, said, own=own(record)))
    inquiries = indexes_of(connection, batch.carried.inquiries, size)
    return Known(tuple(_inquiries(stored_records(connection, inquiries))), tuple(certificates))


def _certificate(record: StoredRecord) -> Certificate:
    said = stated(record)
    if not isinstance(said, Certificate):
        raise LedgerUnsafe(f"The record at index {record.index} is no certificate.")
    return said


def _certified(record: StoredRecord, said: Certificate, *, own: bool) -> Certified:
    subject = said.subject
    about = "batch" if subject.batch else "facility" if subject.facility else "organization"
    certifier = "" if said.issuer is None else said.issuer if isinstance(said.issuer, str) else said.issuer.name
    document = (
        "" if said.document is None else said.document if isinstance(said.document, str) else said.document.digest
    )
    return Certified(
        record=record.id,
        about=about,
        scheme=said.scheme,
        since=(said.valid.from_ if said.valid else None) or "",
        until=(said.valid.to if said.valid else None) or "",
        number=(said.number or "") if own else "",
        certifier=certifier if own else "",
        document=document if own else "",
    )


def _inquiries(records: Iterable[StoredRecord]) -> Iterable[model.Inquiry]:
    found = []
    for record in records:
        if record.erased:
            continue
        said = stated(record)
        if isinstance(said, Inquiry):
            found.append(
                model.Inquiry(
                    record=record.id,
                    elements=tuple(said.about.elements or ()),
                    stages=tuple(said.about.stages or ()),
                    outcome=str(said.outcome),
                    sent=said.sent,
                    due=said.due or "",
                    closed=said.closed or "",
                )
            )
    return sorted(found, key=lambda inquiry: inquiry.record)
