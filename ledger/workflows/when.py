"""When the records on the way to a batch happened, the nearest ones, as far as their times are open to the reader."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from ledger.pictures.graph import column_of
from ledger.pictures.timeline import Event, Timeline
from ledger.store.evidence import recipients_of, times_of
from ledger.store.lineage import Key
from ledger.store.nearby import Nearby
from ledger.store.open_records import open_of
from ledger.store.queries import Viewer, names_of
from ledger.store.walk import Met, moves_of
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import find_whole_batch

__all__ = ["MOST_EVENTS", "read_timeline"]

MOST_EVENTS = 200
"""How many records one timeline shows."""
_MOST_INPUTS = 1_000


def read_timeline(ledger: Ledger, viewer: Viewer, batch: tuple[str, int]) -> tuple[Timeline, str, str]:
    """The timeline of a batch, the batch's name, and what people call it.

    Raises:
        NotFound: there is no such batch that the viewer may see.
    """
    with ledger.database.reading() as connection:
        key = find_whole_batch(connection, viewer, batch)
        way = _Way(connection, viewer)
        way.walk(key)
        events = [*way.made(), *way.moved()]
    kept = sorted(events, reverse=True)[:MOST_EVENTS]
    subject = way.met[key]
    lot = subject.lot if key in way.open else ""
    return Timeline(sorted(kept), way.cut or len(events) > len(kept)), subject.name, lot or subject.name


@dataclass(slots=True)
class _Way:
    """Batches on the way up, nearest first, with what is open to the reader."""

    connection: Connection
    viewer: Viewer
    met: dict[Key, Met] = field(default_factory=dict)
    open: set[Key] = field(default_factory=set)
    cut: bool = False

    def walk(self, subject: Key) -> None:
        """Up from a batch, level by level, until there are enough records for one picture."""
        near = Nearby(self.connection, self.viewer)
        near.read_ahead(subject, MOST_EVENTS)
        level = {subject}
        while level:
            new = near.met(level)
            self.met |= new
            self.open |= near.seen(new)
            records = {key[0] for key in self.met}
            if len(records) >= MOST_EVENTS:
                self.cut = True
                return
            counts = near.counts({key[0] for key in new})
            within = {index for index, count in counts.items() if count <= _MOST_INPUTS}
            self.cut |= len(within) < len(counts)
            cut_off = {key for key in new if new[key].type == "transfer"}
            level = {
                use.batch for use in near.taken(within) if use.role == "input" or (use.record, use.at) in cut_off
            } - self.met.keys()

    def made(self) -> list[Event]:
        """The records that made these batches, each once."""
        events: dict[int, Event] = {}
        for key, each in sorted(self.met.items()):
            is_open = key in self.open
            event = self._event(key[0], each.type, each.record, each.at if is_open else "", each)
            if key[0] not in events or is_open:
                events[key[0]] = event
        return list(events.values())

    def moved(self) -> list[Event]:
        """The transfers and receipts by which these batches came."""
        moves = moves_of(self.connection, self.met, MOST_EVENTS * 4)
        seen = {key[0] for key in self.met}
        moves = [move for move in moves if move.record not in seen]
        records = {move.record for move in moves}
        names = names_of(self.connection, records)
        times = times_of(self.connection, records)
        readable = self._readable(records)
        events: dict[int, Event] = {}
        for move in moves:
            name, kind, _organization = names[move.record]
            if move.record in readable:
                events.setdefault(
                    move.record, self._event(move.record, kind, name, times[move.record], self.met[move.batch])
                )
        return list(events.values())

    def _readable(self, records: set[int]) -> set[int]:
        """Those that are the reader's own, were sent to him, or were granted to him whole."""
        sent = {index for index, to in recipients_of(self.connection, records).items() if to == self.viewer.number}
        return open_of(self.connection, self.viewer, records) | sent

    def _event(self, index: int, kind: str, record: str, at: str, batch: Met) -> Event:
        is_open = batch.key in self.open
        column = column_of(batch.material)
        country = batch.country if kind in ("source", "process") else ""
        return Event(index, kind, record, at, column, batch.material, country, batch.lot if is_open else "")
