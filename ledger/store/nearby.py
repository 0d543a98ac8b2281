"""What stands near a batch, read ahead in a few queries and then asked for piece by piece.

A long thin chain has hundreds of levels of two records each: level by level it would be hundreds of small queries. What
was not read ahead is looked up when it is asked for, so reading ahead changes nothing but the time.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ledger.store.evidence import stored_records
from ledger.store.lineage import Key, nearest_upstream
from ledger.store.open_records import open_of
from ledger.store.queries import Viewer, seen_of
from ledger.store.records import StoredRecord
from ledger.store.walk import Met, Taken, counted_inputs, met, taken_by

__all__ = ["Nearby"]


@dataclass(slots=True)
class Nearby:
    """Batches and records near a batch, as a reader sees them; all in one transaction of the caller's."""

    connection: Connection
    viewer: Viewer
    _met: dict[Key, Met] = field(default_factory=dict)
    _taken: dict[int, list[Taken]] = field(default_factory=dict)
    _counts: dict[int, int] = field(default_factory=dict)
    _seen: dict[Key, bool] = field(default_factory=dict)
    _open: dict[int, bool] = field(default_factory=dict)
    _records: dict[int, StoredRecord] = field(default_factory=dict)

    def read_ahead(self, start: Key, most: int, *, records: bool = False) -> None:
        """The nearest batches upstream, so many at most, what they were made of, and the records if they are wanted."""
        batches = self.met({start, *nearest_upstream(self.connection, start, most)})
        made_by = {index for index, _ in batches}
        small = {index for index, count in self.counts(made_by).items() if count <= most}
        self.seen({use.batch for use in self.taken(small)} | batches.keys())
        found = self.open(made_by)
        if records:
            wanted = sorted({key[0] for key in batches if key[0] in found and batches[key].type == "process"})
            self.records(wanted[-most:])

    def met(self, keys: Collection[Key]) -> dict[Key, Met]:
        """As `ledger.store.walk.met`."""
        missing = set(keys) - self._met.keys()
        if missing:
            self._met |= met(self.connection, missing)
        return {key: self._met[key] for key in keys if key in self._met}

    def counts(self, records: Collection[int]) -> dict[int, int]:
        """As `ledger.store.walk.counted_inputs`."""
        missing = set(records) - self._counts.keys()
        if missing:
            self._counts |= counted_inputs(self.connection, missing)
        return {index: self._counts[index] for index in records}

    def taken(self, records: Collection[int]) -> list[Taken]:
        """As `ledger.store.walk.taken_by`."""
        missing = set(records) - self._taken.keys()
        if missing:
            self._taken |= {index: [] for index in missing}
            for use in taken_by(self.connection, missing):
                self._taken[use.record].append(use)
        return [use for index in sorted(records) for use in self._taken[index]]

    def seen(self, keys: Iterable[Key]) -> set[Key]:
        """Those of these batches that the reader sees wholly."""
        asked = set(keys)
        missing = asked - self._seen.keys()
        if missing:
            found = seen_of(self.connection, missing, self.viewer)
            self._seen |= {key: key in found for key in missing}
        return {key for key in asked if self._seen[key]}

    def open(self, records: Collection[int]) -> set[int]:
        """Those of these records that are the reader's own or granted to him whole."""
        missing = set(records) - self._open.keys()
        if missing:
            found = open_of(self.connection, self.viewer, missing)
            self._open |= {index: index in found for index in missing}
        return {index for index in records if self._open[index]}

    def records(self, indexes: Collection[int]) -> list[StoredRecord]:
        """The records at these log indexes, ascending."""
        missing = set(indexes) - self._records.keys()
        if missing:
            self._records |= {record.index: record for record in stored_records(self.connection, missing)}
        return [self._records[index] for index in sorted(indexes)]
