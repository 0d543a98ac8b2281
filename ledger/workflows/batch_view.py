"""One batch with everything around it that its reader may know: where it came from, what became of it, what is said."""

from collections.abc import Sequence

from sqlalchemy import Connection

from ledger.errors import NotFound
from ledger.store.gather import Loader
from ledger.store.lineage import Key
from ledger.store.queries import Viewer, had_of
from ledger.store.references import References
from ledger.values.encoding import split_batch_id
from ledger.workflows.genealogy import Position, read_routes, read_trace
from ledger.workflows.known import known_of
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import Shown, find_batch, read_batch

__all__ = ["MOST_NEIGHBOURS", "neighbours", "read_evidence", "read_own_routes"]

MOST_NEIGHBOURS = 25
"""Batches that are shown on each side of one; there may be more, page by page."""


def neighbours(
    ledger: Ledger, viewer: Viewer, batch: tuple[str, int], direction: str, after: Position | None = None
) -> tuple[list[Shown], Position | None]:
    """What a batch was made of (`up`) or what was made of it (`down`), one step away, each as the viewer may see it.

    Raises:
        NotFound: there is no such batch that the viewer may see.
    """
    steps, more = read_trace(ledger, viewer, batch, direction, depth=1, limit=MOST_NEIGHBOURS, after=after)
    shown = []
    for step in steps:
        other = step.get("taken") if direction == "up" else step["made"]
        if other is None:  # a source: nothing went into it
            continue
        entry: Shown = {"batch": other, "record": step["record"], "type": step["type"], "mass_mg": step.get("mass_mg")}
        try:
            seen = read_batch(ledger, viewer, split_batch_id(other))
        except NotFound:
            seen = {}
        shown.append({**entry, "material": seen.get("material"), "lot": seen.get("lot")})
    return shown, more


def read_own_routes(ledger: Ledger, viewer: Viewer, batch: tuple[str, int]) -> Shown | None:
    """The routes of a batch, or None for whoever may not see them: they are for who holds or held it."""
    try:
        return read_routes(ledger, viewer, batch)
    except NotFound:
        return None


def read_evidence(ledger: Ledger, viewer: Viewer, batch: tuple[str, int]) -> Shown | None:
    """Certificates that are valid today and the inquiries of a batch, as a report of the viewer's would list them.

    None where the viewer may make no report on it.

    Raises:
        NotFound: there is no such batch that the viewer may see.
    """
    with ledger.database.reading() as connection:
        key, _ = find_batch(connection, viewer, batch)
        if not had_of(connection, [key], viewer):
            return None
        return _evidence(ledger, connection, viewer, key, batch)


def _evidence(ledger: Ledger, connection: Connection, viewer: Viewer, key: Key, batch: tuple[str, int]) -> Shown:
    name = f"{batch[0]}#{batch[1]}"
    loader = Loader(connection, ledger.book)
    found = loader.load(References(batches={name})).batches[name]
    keys = {key, loader.whole[name]}
    day = ledger.clock()[:10]
    known = known_of(connection, found, keys, day, ledger.tree.size, lambda record: viewer.owns(record.organization))
    owners = {stage: sorted(countries) for stage, countries in found.carried.owners.items()}
    return {
        "day": day,
        "certificates": _listed([each.as_json() for each in known.certificates]),
        "inquiries": _listed([each.as_json() for each in known.inquiries]),
        "custody_models": sorted(found.carried.custody),
        "owners": owners,
    }


def _listed(found: Sequence[dict[str, object]]) -> list[Shown]:
    return [dict(each) for each in found]
