"""The recycled share of what an organization made, month by month, held against the 30 % of a closed loop.

All rare earths together, weighted by their mass in milligrams, as a report counts them. A month whose batches hold no
rare earth has no share: that is unknown, not zero. So is one with a batch of which nobody stated what it is made of,
since it might hold more than all others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from ledger.material.batch import Batch
from ledger.material.routes import BODY
from ledger.report.content import CLOSED_LOOP_PPM, TOTAL, against_target, sources
from ledger.store.browsing import WINDOW
from ledger.store.gather import Loader
from ledger.store.lineage import Key
from ledger.store.own import made_newest
from ledger.store.queries import Viewer, names_of
from ledger.values.chemistry import RARE_EARTHS
from ledger.values.quantity import to_ppm
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import Shown

__all__ = ["CHARTED", "MOST_BATCHES", "RecycledShare", "recycled_share"]

CHARTED = ("magnet", "block", "alloy", "metal", "oxide")
"""Materials that can be looked at."""
MOST_BATCHES = 1_000
"""How many batches a chart weighs; the months that it shows are whole, but for the earliest one."""
_SOURCES = ("post_consumer_ppm", "pre_consumer_ppm", "primary_ppm", "unknown_ppm")


@dataclass(frozen=True, slots=True)
class RecycledShare:
    """Months, latest last, with masses and shares. `cut`: earlier batches were left out."""

    material: str
    months: list[Shown]
    batches: int
    cut: bool
    target_ppm: int = CLOSED_LOOP_PPM


def recycled_share(ledger: Ledger, viewer: Viewer, material: str, most: int = MOST_BATCHES) -> RecycledShare:
    """The recycled share of the newest batches of a material that the viewer made himself, by month."""
    with ledger.database.reading() as connection:
        keys, more = made_newest(connection, viewer.number, (material,), None, WINDOW)
        batches = _loaded(ledger, connection, keys[:most])
    months: dict[str, dict[str, int]] = {}
    counts: dict[str, int] = {}
    unstated: set[str] = set()
    for batch in batches:
        month = batch.made_at[:7]
        counts[month] = counts.get(month, 0) + 1
        if not batch.routes.totals.keys() - {BODY}:
            unstated.add(month)
        weights = months.setdefault(month, dict.fromkeys(_SOURCES, 0))
        for element in RARE_EARTHS:
            for name, mass in sources(batch.routes.get(element, {})).items():
                weights[name] += mass
    known = {month: None if month in unstated else weights for month, weights in months.items()}
    shown = [_month(month, counts[month], weights) for month, weights in sorted(known.items())]
    return RecycledShare(material, shown, len(batches), len(keys) > most or more is not None)


def _loaded(ledger: Ledger, connection: Connection, keys: Sequence[Key]) -> list[Batch]:
    names = names_of(connection, {index for index, _ in keys})
    wanted = [f"{names[index][0]}#{place}" for index, place in keys]
    loader = Loader(connection, ledger.book)
    loader.batches_by_name(wanted)
    return [loader.state.batches[name] for name in wanted]


def _month(month: str, count: int, weights: Mapping[str, int] | None) -> Shown:
    """A month; `weights` is None where some of its masses are unknown."""
    total = sum(weights.values()) if weights is not None else None
    shown: Shown = {"month": month, "batches": count, "rare_earth_mg": total}
    if weights is None or not total:
        return (
            shown | dict.fromkeys(_SOURCES) | {"recovered_ppm": None, "met": "unknown", "post_consumer_met": "unknown"}
        )
    shares = dict(zip(_SOURCES, to_ppm([weights[name] for name in _SOURCES]), strict=True))
    held = against_target({TOTAL: shares})["shares"]
    assert isinstance(held, Mapping)
    return shown | shares | {name: held[TOTAL][name] for name in ("recovered_ppm", "met", "post_consumer_met")}
