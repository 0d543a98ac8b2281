"""Batches as readers browse them: the row with the names that it needs, without routes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from ledger.store.codec import carried_from
from ledger.store.lineage import Key, chunks
from ledger.store.queries import names_of
from ledger.store.tables import BatchRow, TransferRow

__all__ = ["BatchSeen", "batches_seen", "places_made"]

_batch = BatchRow.__table__  # type: ignore[attr-defined]
_transfer = TransferRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class BatchSeen:
    """A batch with all that is known of it; what of that a reader is told is decided elsewhere.

    Organizations are numbers, with the present holder's id beside its own. `transit` is the transfer that offers it.
    """

    name: str
    record: str
    maker: int
    holder: int | None
    holder_name: str
    transit: str
    transit_to: int | None
    material: str
    mass_mg: int
    left_mg: int
    made_at: str
    composition: Mapping[str, int] | None
    said: Mapping[str, Any]
    custody: tuple[str, ...]
    contents: tuple[Mapping[str, Any], ...]


def batches_seen(connection: Connection, keys: Sequence[Key]) -> list[BatchSeen]:
    """These batches, in this order."""
    rows: dict[Key, Any] = {}
    for part in chunks(sorted({index for index, _ in keys})):
        for row in connection.execute(select(_batch).where(_batch.c.idx.in_(part))):
            rows[row.idx, row.place] = row
    wanted = [rows[key] for key in keys]
    named = {n for row in wanted for n in (row.idx, row.holder, row.transit) if n is not None}
    names = {index: name for index, (name, _, _) in names_of(connection, named).items()}
    to = _addressees(connection, {row.transit for row in wanted if row.transit is not None})
    return [_seen(row, names, to) for row in wanted]


def places_made(connection: Connection, index: int) -> list[Key]:
    """The batches that a record made."""
    wanted = select(_batch.c.place).where(_batch.c.idx == index).order_by(_batch.c.place)
    return [(index, place) for place in connection.execute(wanted).scalars()]


def _addressees(connection: Connection, transfers: set[int]) -> dict[int, int | None]:
    found: dict[int, int | None] = {}
    for part in chunks(sorted(transfers)):
        wanted = select(_transfer.c.idx, _transfer.c.recipient).where(_transfer.c.idx.in_(part))
        found.update({row.idx: row.recipient for row in connection.execute(wanted)})
    return found


def _seen(row: Any, names: Mapping[int, str], to: Mapping[int, int | None]) -> BatchSeen:
    said = orjson.loads(row.said)
    told = ("batch", "material", "mass_mg")
    contents = orjson.loads(row.contents) if row.contents else []
    return BatchSeen(
        name=f"{names[row.idx]}#{row.place}",
        record=names[row.idx],
        maker=row.maker,
        holder=row.holder,
        holder_name=names.get(row.holder, ""),
        transit=names.get(row.transit, ""),
        transit_to=to.get(row.transit),
        material=row.material,
        mass_mg=row.mass_mg,
        left_mg=row.left_mg,
        made_at=said["made_at"],
        composition=said["composition"],
        said=said["said"],
        custody=tuple(sorted(carried_from(row.carried).custody)),
        contents=tuple({name: part[name] for name in told if part.get(name) is not None} for part in contents),
    )
