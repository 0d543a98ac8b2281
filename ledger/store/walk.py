"""Walking near a batch with limits, for pictures: never more rows than a picture can use, however long the chain.

`ledger.store.lineage` collects everything, `ledger.store.trace` reads level by level; this asks for a known number.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from ledger.material.batch import secondary
from ledger.material.table import RouteTable
from ledger.store.codec import RouteBook, route_numbers, table_from
from ledger.store.gather import record_name
from ledger.store.lineage import Key, chunks
from ledger.store.tables import BatchRow, FacilityRow, RecordRow, UseRow
from ledger.values.encoding import digest_bytes, split_batch_id

__all__ = [
    "Met",
    "Taken",
    "counted_inputs",
    "counted_uses",
    "keys_of",
    "made_from",
    "met",
    "moves_of",
    "outputs_of",
    "routes_of",
    "taken_by",
]

_batch = BatchRow.__table__  # type: ignore[attr-defined]
_facility = FacilityRow.__table__  # type: ignore[attr-defined]
_record = RecordRow.__table__  # type: ignore[attr-defined]
_uses = UseRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Met:
    """A batch on the way with the record that made it, as stored. What of that a reader may see is decided elsewhere.

    `at` is empty where the record was erased, `country` where it happened at no facility.
    """

    key: Key
    record: str
    type: str
    organization: int
    at: str
    country: str
    material: str
    lot: str
    mass_mg: int
    left_mg: int
    holder: int | None
    secondary: bool
    has_contents: bool
    _stored: bytes

    @property
    def name(self) -> str:
        """The batch's name."""
        return f"{self.record}#{self.key[1]}"

    def stored_routes(self) -> Mapping[str, Sequence[Sequence[int]]]:
        """Its routes by their interned numbers."""
        return dict(orjson.loads(self._stored))


@dataclass(frozen=True, slots=True)
class Taken:
    """A record took from a batch: at a place of its list, in a role (`ledger.store.tables.UseRow`)."""

    record: int
    at: int
    batch: Key
    role: str


def keys_of(connection: Connection, names: Iterable[str]) -> dict[str, Key]:
    """The keys of batches by their names. Not checked: that their records made so many."""
    wanted = {name: split_batch_id(name) for name in names}
    indexes: dict[str, int] = {}
    for part in chunks(sorted({digest_bytes(record) for record, _ in wanted.values()})):
        rows = connection.execute(select(_record.c.idx, _record.c.id).where(_record.c.id.in_(part)))
        indexes.update({record_name(row.id): row.idx for row in rows})
    return {name: (indexes[record], place) for name, (record, place) in wanted.items() if record in indexes}


def met(connection: Connection, keys: Collection[Key]) -> dict[Key, Met]:
    """These batches with what made them; what is no batch is left out."""
    found: dict[Key, Met] = {}
    columns = select(
        *(_batch.c[name] for name in ("idx", "place", "material", "lot", "mass_mg", "left_mg", "holder")),
        *(_batch.c.secondary_at, _batch.c.routes, _batch.c.contents.is_not(None).label("has_contents")),
        *(_record.c[name] for name in ("id", "type", "organization", "at")),
        _facility.c.country,
    ).select_from(
        _batch.join(_record, _record.c.idx == _batch.c.idx).outerjoin(_facility, _facility.c.idx == _record.c.facility)
    )
    wanted = set(keys)
    for part in chunks(sorted({index for index, _ in wanted})):
        for row in connection.execute(columns.where(_batch.c.idx.in_(part))):
            if (row.idx, row.place) in wanted:
                found[row.idx, row.place] = _met(row)
    return found


def routes_of(connection: Connection, batches: Iterable[Met], book: RouteBook) -> dict[Key, RouteTable]:
    """The routes of batches as they count now."""
    found = {each.key: each for each in batches}
    numbers: set[int] = set()
    for each in found.values():
        numbers |= route_numbers(each.stored_routes())
    book.learn(connection, numbers)
    tables = {}
    for key, each in found.items():
        table = table_from(each.stored_routes(), book)
        tables[key] = secondary(table) if each.secondary else table
    return tables


def counted_inputs(connection: Connection, records: Collection[int]) -> dict[int, int]:
    """How many batches each of these records took from to make others."""
    found = dict.fromkeys(records, 0)
    for part in chunks(sorted(records)):
        counted = select(_uses.c.record, func.count()).where(_uses.c.record.in_(part))
        for record, count in connection.execute(
            counted.where(_uses.c.role.in_(("input", "part"))).group_by(_uses.c.record)
        ):
            found[record] = count
    return found


def taken_by(connection: Connection, records: Collection[int]) -> list[Taken]:
    """What these records took from to make others, in the order of their lists."""
    found: list[Taken] = []
    for part in chunks(sorted(records)):
        wanted = select(_uses).where(_uses.c.record.in_(part), _uses.c.role.in_(("input", "part")))
        found += [_taken(row) for row in connection.execute(wanted.order_by(_uses.c.record, _uses.c.at))]
    return found


def outputs_of(connection: Connection, records: Collection[int]) -> list[Key]:
    """The batches that these records made."""
    found: list[Key] = []
    for part in chunks(sorted(records)):
        wanted = select(_batch.c.idx, _batch.c.place).where(_batch.c.idx.in_(part))
        found += [(row.idx, row.place) for row in connection.execute(wanted)]
    return sorted(found)


def _met(row: Any) -> Met:
    return Met(
        key=(row.idx, row.place),
        record=record_name(row.id),
        type=row.type,
        organization=row.organization,
        at=row.at,
        country=row.country or "",
        material=row.material,
        lot=row.lot,
        mass_mg=row.mass_mg,
        left_mg=row.left_mg,
        holder=row.holder,
        secondary=row.secondary_at is not None,
        has_contents=bool(row.has_contents),
        _stored=bytes(row.routes),
    )


def made_from(connection: Connection, batch: Key, most: int) -> list[tuple[Key, bool]]:
    """What was made of a batch, in the order of the log, out of the first so many records that took from it.

    Each with the word whether it is a part that was cut off.
    """
    used = select(_uses.c.record, _uses.c.at, _uses.c.role).where(
        _uses.c.batch == batch[0], _uses.c.place == batch[1], _uses.c.role.in_(("input", "part"))
    )
    rows = connection.execute(used.order_by(_uses.c.record, _uses.c.at).limit(most)).all()
    parts = [((row.record, row.at), True) for row in rows if row.role == "part"]
    made = outputs_of(connection, {row.record for row in rows if row.role == "input"})
    return sorted([*parts, *((key, False) for key in made)])


def counted_uses(connection: Connection, batch: Key, organization: int | None, most: int) -> int:
    """How many records took from a batch, counted up to so many; only those of one organization, where it is given."""
    used = select(_uses.c.record).where(
        _uses.c.batch == batch[0], _uses.c.place == batch[1], _uses.c.role.in_(("input", "part"))
    )
    if organization is not None:
        used = used.join(_record, _record.c.idx == _uses.c.record).where(_record.c.organization == organization)
    return int(connection.execute(select(func.count()).select_from(used.limit(most).subquery())).scalar_one())


def moves_of(connection: Connection, batches: Collection[Key], most: int) -> list[Taken]:
    """Where batches were offered and taken, in the order of the log, at most so many of each few hundred batches."""
    wanted = set(batches)
    found: list[Taken] = []
    for part in chunks(sorted({index for index, _ in wanted})):
        moved = select(_uses).where(_uses.c.batch.in_(part), _uses.c.role.in_(("offer", "accept")))
        rows = connection.execute(moved.order_by(_uses.c.record, _uses.c.at).limit(most))
        found += [_taken(row) for row in rows if (row.batch, row.place) in wanted]
    return found


def _taken(row: Any) -> Taken:
    return Taken(row.record, row.at, (row.batch, row.place), row.role)
