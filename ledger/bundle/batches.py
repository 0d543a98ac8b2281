"""The file of batches that a replay comes to: each with what is left of it, who holds it, and its routes by mass."""

from collections.abc import Iterable
from typing import BinaryIO

from ledger.errors import VerificationError
from ledger.material.batch import Batch
from ledger.material.table import RouteTable
from ledger.values.canonical import canonical

__all__ = ["write_batches"]


def write_batches(batches: Iterable[Batch], out: BinaryIO) -> int:
    """Work out the routes of every batch and write one line of canonical JSON for each; returns how many.

    `holder` is absent once the material has left the ledger. Masses are in mg.

    Raises:
        VerificationError: the masses by route of an element do not sum to its mass. That would be a fault of ours.
    """
    count = 0
    for batch in batches:
        _check_sums(batch.id, batch.routes)
        line = {
            "batch": batch.id,
            "index": batch.index,
            "material": batch.material,
            "mass_mg": batch.mass_mg,
            "left_mg": batch.left_mg,
            "routes": _shown(batch.routes),
            **({"holder": batch.holder} if batch.holder else {}),
            **({"contents": [_part(batch, place) for place in range(len(batch.contents))]} if batch.contents else {}),
        }
        out.write(canonical(line) + b"\n")
        count += 1
    return count


def _part(batch: Batch, place: int) -> dict[str, object]:
    part = batch.contents[place]
    _check_sums(f"{batch.id}, contents[{place}]", part.routes)
    return {"batch": part.batch, "mass_mg": part.mass_mg, "routes": _shown(part.routes)}


def _shown(table: RouteTable) -> dict[str, list[dict[str, object]]]:
    return {
        element: [{"mass_mg": mass, "route": route.as_json()} for route, mass in masses.items()]
        for element, masses in table.items()
    }


def _check_sums(name: str, table: RouteTable) -> None:
    for element, masses in table.items():
        if sum(masses.values()) != table.totals[element]:
            raise VerificationError(f"{name}: the routes of {element} do not sum to its mass")
