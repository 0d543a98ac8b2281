"""What stands behind a report in the database: records in the order of the log, and what bears on their chains."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from ledger.store.lineage import Key, chunks
from ledger.store.records import StoredRecord, stored
from ledger.store.tables import CertificateRow, ChainRow, RecordRow, StandingRow, TransferRow
from ledger.values.encoding import digest_bytes

__all__ = [
    "certificates_on",
    "chains_of",
    "facilities_of",
    "indexes_of",
    "made_where",
    "recipients_of",
    "report_chain",
    "rules_changes",
    "standing_of",
    "stored_records",
    "times_of",
]

_record = RecordRow.__table__  # type: ignore[attr-defined]
_chain = ChainRow.__table__  # type: ignore[attr-defined]
_standing = StandingRow.__table__  # type: ignore[attr-defined]
_certificate = CertificateRow.__table__  # type: ignore[attr-defined]
_transfer = TransferRow.__table__  # type: ignore[attr-defined]


def stored_records(connection: Connection, indexes: Iterable[int]) -> Iterator[StoredRecord]:
    """The records at these log indexes, ascending, a few hundred at a time in memory."""
    for part in chunks(sorted(set(indexes))):
        for row in connection.execute(select(_record).where(_record.c.idx.in_(part)).order_by(_record.c.idx)):
            yield stored(row)


def chains_of(connection: Connection, indexes: Iterable[int]) -> set[int]:
    """The chains (by the log index that opened them) of the records at these indexes."""
    found: set[int] = set()
    for part in chunks(sorted(set(indexes))):
        found |= set(connection.execute(select(_record.c.chain).where(_record.c.idx.in_(part)).distinct()).scalars())
    return found


def standing_of(connection: Connection, chains: Iterable[int], size: int) -> set[int]:
    """The log indexes of everything that bears on these chains in the log of a size.

    Those are their `organization` records, the operator's admissions, suspensions and endings of them, and their keys.
    """
    found: set[int] = set()
    for part in chunks(sorted(set(chains))):
        opened = select(_standing.c.record).join(_record, _record.c.id == _standing.c.opener)
        wanted = opened.where(_record.c.idx.in_(part), _standing.c.record < size)
        found |= set(connection.execute(wanted).scalars())
    return found


def rules_changes(connection: Connection, operator: int, size: int) -> set[int]:
    """The records by which the operator put rule sets in force, on any chain of his, in the log of a size."""
    chains = select(_chain.c.no).where(_chain.c.organization == operator)
    theirs = and_(_record.c.chain.in_(chains), _record.c.type == "rules", _record.c.idx < size)
    return set(connection.execute(select(_record.c.idx).where(theirs)).scalars())


def facilities_of(connection: Connection, indexes: Iterable[int], organization: int | None = None) -> set[int]:
    """The facilities where the records at these indexes happened; of one organization's records only, if given."""
    found: set[int] = set()
    for part in chunks(sorted(set(indexes))):
        wanted = select(_record.c.facility).where(_record.c.idx.in_(part), _record.c.facility.is_not(None))
        if organization is not None:
            wanted = wanted.where(_record.c.organization == organization)
        found |= set(connection.execute(wanted.distinct()).scalars())
    return found


def made_where(connection: Connection, index: int) -> tuple[int, int | None]:
    """The organization whose record this is, and the facility where it happened."""
    wanted = select(_record.c.organization, _record.c.facility).where(_record.c.idx == index)
    row = connection.execute(wanted).one()
    return row.organization, row.facility


def certificates_on(
    connection: Connection, subjects: Iterable[int], batches: Iterable[Key], day: str, size: int
) -> list[int]:
    """The certificates on these facilities and organizations, and on these batches, that are valid on a day.

    A certificate that names no first or last day is valid from or until ever.
    """
    about = [and_(_certificate.c.subject.in_(sorted(set(subjects))), _certificate.c.place.is_(None))]
    about += [and_(_certificate.c.subject == index, _certificate.c.place == place) for index, place in batches]
    wanted = select(_certificate.c.record).where(
        or_(*about),
        _certificate.c.record < size,
        or_(_certificate.c.valid_from.is_(None), _certificate.c.valid_from <= day),
        or_(_certificate.c.valid_to.is_(None), _certificate.c.valid_to >= day),
    )
    return list(connection.execute(wanted.order_by(_certificate.c.record)).scalars())


def indexes_of(connection: Connection, records: Iterable[str], size: int) -> list[int]:
    """The log indexes of records by their ids, as far as they stand in the log of a size."""
    found: list[int] = []
    for part in chunks([digest_bytes(record) for record in sorted(set(records))]):
        wanted = select(_record.c.idx).where(_record.c.id.in_(part), _record.c.idx < size)
        found += connection.execute(wanted).scalars()
    return sorted(found)


def report_chain(connection: Connection) -> Any:
    """The row of the operator's newest chain that signs reports and still stands, or None."""
    standing = and_(_chain.c.use == "report", _chain.c.standing == "admitted", _chain.c.retired.is_(False))
    return connection.execute(select(_chain).where(standing).order_by(_chain.c.no.desc()).limit(1)).one_or_none()


def times_of(connection: Connection, indexes: Iterable[int]) -> dict[int, str]:
    """When the records at these log indexes happened; empty for what was erased."""
    found: dict[int, str] = {}
    for part in chunks(sorted(set(indexes))):
        rows = connection.execute(select(_record.c.idx, _record.c.at).where(_record.c.idx.in_(part)))
        found.update({row.idx: row.at for row in rows})
    return found


def recipients_of(connection: Connection, transfers: Iterable[int]) -> dict[int, int | None]:
    """To whom transfers are addressed; None for somebody outside the ledger."""
    found: dict[int, int | None] = {}
    for part in chunks(sorted(set(transfers))):
        rows = connection.execute(select(_transfer.c.idx, _transfer.c.recipient).where(_transfer.c.idx.in_(part)))
        found.update({row.idx: row.recipient for row in rows})
    return found
