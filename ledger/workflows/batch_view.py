"""One batch with everything around it that its reader may know: where it came from, what became of it, what is said."""

from collections.abc import Sequence

from sqlalchemy import Connection

from ledger.errors import NotFound
from ledger.store.gather import Loader
from ledger.store.lineage import Key
from ledger.store.open_records import open_of
from ledger.store.queries import Viewer, had_of, names_of, sees_upstream
from ledger.store.references import References
from ledger.store.trace import made_out_of
from ledger.values.encoding import split_batch_id
from ledger.workflows.genealogy import Position, masses_taken, read_routes, read_trace
from ledger.workflows.known import known_of
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import Shown, find_batch, read_batch

__all__ = ["MOST_NEIGHBOURS", "made_of", "made_of_it", "read_evidence", "read_own_routes"]

MOST_NEIGHBOURS = 25
"""Batches that are shown on each side of one; there may be more, page by page."""


def made_of(
    ledger: Ledger, viewer: Viewer, batch: tuple[str, int], after: Position | None = None
) -> tuple[list[Shown], Position | None]:
    """What a batch was made of, one step up, each as the viewer may see it; and where the next of them begin.

    Raises:
        NotFound: there is no such batch that the viewer may see.
    """
    steps, more = read_trace(ledger, viewer, batch, "up", depth=1, limit=MOST_NEIGHBOURS, after=after)
    shown = [
        _neighbour(ledger, viewer, step["taken"], step["record"], step["type"], step.get("mass_mg"))
        for step in steps
        if step.get("taken") is not None  # nothing went into a source
    ]
    return shown, more


def made_of_it(
    ledger: Ledger, viewer: Viewer, batch: tuple[str, int], after: Key | None = None
) -> tuple[list[Shown], Key | None]:
    """What was made of a batch, one step down, as far as the viewer may see it; and where the next of them begin.

    A page may hold fewer than it looked at: what somebody else made of it is left out.

    Raises:
        NotFound: there is no such batch that the viewer may see.
    """
    with ledger.database.reading() as connection:
        key, _ = find_batch(connection, viewer, batch)
        looked_at = made_out_of(connection, key, after, MOST_NEIGHBOURS + 1)
        found = looked_at[:MOST_NEIGHBOURS]
        named = names_of(connection, {index for index, _ in found})
        own = {index for index, (_, _, organization) in named.items() if viewer.owns(organization)}
        seen = [made for made in found if made[0] in own or sees_upstream(connection, [made], viewer)]
        whole = open_of(connection, viewer, {index for index, _ in seen})
        masses = {index: masses_taken(connection, index) for index in whole}
    name = f"{batch[0]}#{batch[1]}"
    shown = []
    for index, place in seen:
        record, kind, _ = named[index]
        taken = masses.get(index, {}).get(name)
        shown.append(_neighbour(ledger, viewer, f"{record}#{place}", record, kind, taken))
    return shown, found[-1] if len(looked_at) > MOST_NEIGHBOURS else None


def _neighbour(ledger: Ledger, viewer: Viewer, batch: str, record: str, kind: str, mass_mg: int | None) -> Shown:
    try:
        seen = read_batch(ledger, viewer, split_batch_id(batch))
    except NotFound:
        seen = {}
    told = {"material": seen.get("material"), "lot": seen.get("lot")}
    return {"batch": batch, "record": record, "type": kind, "mass_mg": mass_mg, **told}


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
