"""Which rows a group of records needs: read off the records themselves, before anything is loaded."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.records import (
    Adjust,
    Admission,
    Certificate,
    Facility,
    Inquiry,
    Key,
    Process,
    Receive,
    Record,
    Source,
    Transfer,
)

__all__ = ["References", "references"]


@dataclass(slots=True)
class References:
    """Ids by what they name."""

    chains: set[str] = field(default_factory=set)
    records: set[str] = field(default_factory=set)
    organizations: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    facilities: set[str] = field(default_factory=set)
    transfers: set[str] = field(default_factory=set)
    batches: set[str] = field(default_factory=set)


def references(records: Iterable[tuple[str, Record]]) -> References:
    """Everything that these records (with their ids) name."""
    wanted = References()
    for record_id, record in records:
        wanted.records.add(record_id)
        wanted.chains.add(record.chain.id)
        if record.type == "organization":
            wanted.opened.add(record_id)
        _parties(record, wanted)
        _material(record, wanted)
    return wanted


def _parties(record: Record, wanted: References) -> None:
    if isinstance(record, Source | Process):
        wanted.facilities.add(record.facility)
    elif isinstance(record, Transfer) and isinstance(record.to, str):
        wanted.organizations.add(record.to)
    elif isinstance(record, Facility) and isinstance(record.operator, str):
        wanted.organizations.add(record.operator)
    elif isinstance(record, Admission):
        wanted.opened |= {record.record, record.succeeds or record.record}
        if record.organization:
            wanted.organizations.add(record.organization)
    elif isinstance(record, Key) and record.since:
        wanted.records.add(record.since)


def _material(record: Record, wanted: References) -> None:
    if isinstance(record, Process):
        wanted.batches |= {entry.batch for entry in record.inputs}
    elif isinstance(record, Transfer):
        wanted.batches |= {entry.batch for entry in record.batches}
    elif isinstance(record, Receive):
        wanted.transfers.add(record.transfer)
    elif isinstance(record, Adjust):
        wanted.batches.add(record.batch)
    elif isinstance(record, Inquiry):
        wanted.batches.add(record.about.batch)
        if record.follows:
            wanted.records.add(record.follows)
    elif isinstance(record, Certificate):
        subject = record.subject
        wanted.batches |= {subject.batch} if subject.batch else set()
        wanted.facilities |= {subject.facility} if subject.facility else set()
        wanted.transfers |= {subject.transfer} if subject.transfer else set()
        wanted.organizations |= {subject.organization} if subject.organization else set()
