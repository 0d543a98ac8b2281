"""A batch's genealogy: its routes, and the steps up and down, as far as the caller may see them."""

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import Connection

from ledger.errors import NotFound, UsageError
from ledger.records import Process
from ledger.store.gather import Loader
from ledger.store.lineage import Key
from ledger.store.open_records import open_of
from ledger.store.queries import Viewer, names_of, seen_of, sees_upstream
from ledger.store.records import record_at
from ledger.store.references import References
from ledger.store.trace import Step, levels_down, levels_up
from ledger.store.walk import keys_of
from ledger.values.quantity import to_ppm
from ledger.workflows.known import stated
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import Shown, find_batch

__all__ = ["MOST_DEPTH", "Position", "masses_taken", "open_among", "read_routes", "read_trace"]

MOST_DEPTH = 1_000
"""How many levels one walk may ask for."""

Position = tuple[int, ...]


def open_among(ledger: Ledger, viewer: Viewer, names: Iterable[str]) -> set[str]:
    """Those of these batches, by name, that the viewer sees all of."""
    with ledger.database.reading() as connection:
        keys = keys_of(connection, names)
        seen = seen_of(connection, keys.values(), viewer)
        return {name for name, key in keys.items() if key in seen}


def read_routes(ledger: Ledger, viewer: Viewer, batch: tuple[str, int]) -> Shown:
    """Where each element of a batch has been: route, mass and share, as stored with the batch.

    Raises:
        NotFound: there is no such batch that the viewer holds, held or is offered.
    """
    with ledger.database.reading() as connection:
        _, whole = find_batch(connection, viewer, batch)
        if not whole:
            raise NotFound("Routes are for whoever holds or held the batch.")
        name = f"{batch[0]}#{batch[1]}"
        found = Loader(connection, ledger.book).load(References(batches={name})).batches[name]
    elements = {}
    for element, masses in sorted(found.routes.items()):
        ordered = sorted(masses.items(), key=lambda item: item[0].key)
        shares = to_ppm([mass for _, mass in ordered])
        elements[element] = [
            {"route": route.as_json(), "mass_mg": mass, "share_ppm": share}
            for (route, mass), share in zip(ordered, shares, strict=True)
        ]
    return {"batch": name, "elements": elements}


def read_trace(
    ledger: Ledger,
    viewer: Viewer,
    batch: tuple[str, int],
    direction: str,
    *,
    depth: int,
    limit: int,
    after: Position | None = None,
) -> tuple[list[Shown], Position | None]:
    """A page of the steps that lead to a batch (`up`) or from it (`down`), nearest first, and where the next begins.

    Upstream everything is shown as a buyer sees it, masses only of records that are the viewer's own or were granted to
    him whole. Downstream only what the viewer
    may see: where somebody else's use begins, the walk ends for him.

    Raises:
        NotFound: there is no such batch that the viewer may see.
        UsageError: the direction or the depth is put wrongly.
    """
    if direction not in ("up", "down") or not 1 <= depth <= MOST_DEPTH:
        raise UsageError(f"Expected the direction up or down, and a depth from 1 to {MOST_DEPTH}.")
    with ledger.database.reading() as connection:
        key, _ = find_batch(connection, viewer, batch)
        walk = levels_up(connection, key, depth) if direction == "up" else _seen_down(connection, viewer, key, depth)
        steps = (step for level in walk for step in level if after is None or step.order > after)
        page = list(islice(steps, limit + 1))
        shown = _shown(connection, viewer, page[:limit])
    return shown, page[limit - 1].order if len(page) > limit else None


def _seen_down(connection: Connection, viewer: Viewer, start: Key, depth: int) -> Iterator[list[Step]]:
    """A level at a time, leaving out what the viewer may not see together with everything behind it."""
    seen, level = {start}, {start}
    for number in range(1, depth + 1):
        steps = [
            Step(number, step.record, step.made, step.taken)
            for found in levels_down(connection, level, 1)
            for step in found
        ]
        owners = names_of(connection, {step.record for step in steps})
        allowed = {
            made
            for made in {step.made for step in steps}
            if viewer.owns(owners[made[0]][2]) or sees_upstream(connection, [made], viewer)
        }
        yield [step for step in steps if step.made in allowed]
        level = allowed - seen
        seen |= level
        if not level:
            return


def _shown(connection: Connection, viewer: Viewer, steps: list[Step]) -> list[Shown]:
    indexes = {step.record for step in steps} | {step.taken[0] for step in steps if step.taken}
    names = names_of(connection, indexes)
    whole = open_of(connection, viewer, {step.record for step in steps})
    masses = {record: masses_taken(connection, record) for record in whole}
    shown = []
    for step in steps:
        name, kind, _ = names[step.record]
        entry: Shown = {"depth": step.depth, "record": name, "type": kind, "made": f"{name}#{step.made[1]}"}
        if step.taken is not None:
            entry["taken"] = taken = f"{names[step.taken[0]][0]}#{step.taken[1]}"
            mass = masses.get(step.record, {}).get(taken)
            if mass is not None:
                entry["mass_mg"] = mass
        shown.append(entry)
    return shown


def masses_taken(connection: Connection, index: int) -> dict[str, int]:
    """How much a process or a part took of each batch, as its record says."""
    record = record_at(connection, index)
    assert record is not None
    masses: dict[str, int] = {}
    if record.erased:
        return masses
    said = stated(record)
    if isinstance(said, Process):
        for entry in said.inputs:
            masses[entry.batch] = masses.get(entry.batch, 0) + entry.mass_mg
    for offered in getattr(said, "batches", ()):
        if offered.mass_mg is not None:
            masses[offered.batch] = masses.get(offered.batch, 0) + offered.mass_mg
    return masses
