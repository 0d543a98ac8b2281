"""What grants in force open of records to whoever reads or exports: asked for at that moment, never kept."""

from collections.abc import Sequence

from sqlalchemy import Connection

from ledger.report.disclose import Keep
from ledger.report.opened import opened_by, under
from ledger.store.grants import RECORD, Opening, openings
from ledger.store.records import StoredRecord

__all__ = ["keep_of", "keeps_of", "opened_to", "paths_of"]

_LISTS = {"source": "outputs", "process": "outputs", "transfer": "batches"}
"""Where a record lists the batches that it makes."""


def opened_to(connection: Connection, number: int | None, now: str, record: StoredRecord) -> Keep | None:
    """Which disclosures of a record grants open to an organization; None where there is no grant on it."""
    if number is None:
        return None
    found = openings(connection, number, now, [record.index]).get(record.index)
    return keep_of(record.type, found) if found else None


def keeps_of(connection: Connection, number: int, now: str) -> dict[int, list[Opening]]:
    """Everything that grants open to an organization, by the log index of the record: for `keep_of`."""
    return openings(connection, number, now)


def keep_of(kind: str, found: Sequence[Opening]) -> Keep:
    """Which disclosures of a record of some type these grants open."""
    if any(each.place == RECORD and not each.members for each in found):
        return _everything
    return opened_by(paths_of(kind, found))


def paths_of(kind: str, found: Sequence[Opening]) -> tuple[str, ...]:
    """The paths of a record that these grants name; those of a batch stand inside the list of what the record made."""
    paths: list[str] = []
    for each in found:
        if each.place == RECORD:
            paths += each.members
        elif kind in _LISTS:
            paths += under(f"{_LISTS[kind]}[{each.place}]", each.members)
    return tuple(paths)


def _everything(_: str) -> bool:
    return True
