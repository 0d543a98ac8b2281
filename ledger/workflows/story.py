"""The records that a bundle shows of a batch's story, and which of their outputs lead to it."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from ledger.errors import NotFound
from ledger.material.batch import Batch
from ledger.report.credential import magnets_inside
from ledger.report.disclose import AUDITOR, PUBLIC
from ledger.report.seal import open_sealed
from ledger.store.evidence import facilities_of, indexes_of
from ledger.store.gather import Loader
from ledger.store.lineage import upstream
from ledger.store.records import record_at
from ledger.store.references import References
from ledger.store.reports import StoredReport
from ledger.workflows.evidence import with_standing
from ledger.workflows.ledger import Ledger

__all__ = ["Story", "story_of"]


@dataclass(frozen=True, slots=True)
class Story:
    """Log indexes of records; for some of them the places that lead to the subject, and the outputs with composition.

    `operator`: the report was made for the operator.
    """

    operator: bool
    indexes: set[int] = field(default_factory=set)
    places: dict[int, set[int]] = field(default_factory=dict)
    composed: dict[int, set[int]] = field(default_factory=dict)


def story_of(
    ledger: Ledger, connection: Connection, report: StoredReport, size: int, depth: int | None = None
) -> Story:
    """The story behind a report in the log of a size: to the public none, to an auditor with what is his own beside it.

    Raises:
        NotFound: the batch of the report is gone.
    """
    loader = Loader(connection, ledger.book)
    operator = loader.index[loader.state.operator] == report.organization
    if report.audience == PUBLIC:
        return Story(operator)
    made_by = record_at(connection, report.batch)
    if made_by is None:
        raise NotFound("The batch of this report is not in the ledger.")
    name = f"{made_by.id}#{report.place}"
    batch = loader.load(References(batches={name})).batches[name]
    lineage = upstream(connection, (report.batch, report.place), size, depth)
    indexes = set(lineage.places)
    if report.audience == AUDITOR:
        own = None if operator else report.organization
        indexes |= facilities_of(connection, indexes, own)
        indexes |= _cited(connection, report, size, own)
    return Story(operator, with_standing(connection, indexes, size), lineage.places, _composed(loader, batch))


def _composed(loader: Loader, batch: Batch) -> dict[int, set[int]]:
    """The outputs whose composition the report states: those of the subject and of the magnets inside an assembly.

    Of a part it is the output that the part was cut from, through every transfer between.
    """
    names = {batch.id, *(magnet.batch for magnet in magnets_inside(batch, ()))}
    loader.load(References(batches=names))
    composed: dict[int, set[int]] = {}
    for name in names:
        index, place = loader.whole[name]
        composed.setdefault(index, set()).add(place)
    return composed


def _cited(connection: Connection, report: StoredReport, size: int, own: int | None) -> set[int]:
    """The certificates and inquiries that the report lists, as far as they are the auditor's own."""
    subject = open_sealed(report.jwt).payload["credentialSubject"]
    assert isinstance(subject, dict)
    listed: set[str] = set()
    for member in ("certificates", "inquiries"):
        entries = subject[member]
        assert isinstance(entries, list)
        listed |= {str(entry["record"]) for entry in entries if isinstance(entry, dict)}
    indexes = indexes_of(connection, listed, size)
    if own is None:
        return set(indexes)
    return {index for index in indexes if (record := record_at(connection, index)) and record.organization == own}
