"""The flows of an element into a batch, over the records near it whose masses are open to the reader.

A record counts as open where the reader sees all of it and all of every batch that it took from: else its loss would
tell what a batch of somebody else is made of. Everything else is drawn by the routes stored with the last open batch.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ledger.errors import UsageError
from ledger.material.batch import element_masses
from ledger.material.routes import BODY, Masses
from ledger.material.table import RouteTable
from ledger.pictures.flows import STAGE, Asked, Flows, Node, Work, flows_of, origin_of, stage_of
from ledger.records import Process
from ledger.rules.balance import origin_route
from ledger.store.lineage import Key
from ledger.store.nearby import Nearby
from ledger.store.queries import Viewer
from ledger.store.walk import Met, outputs_of, routes_of
from ledger.values.chemistry import RARE_EARTHS
from ledger.values.vocabulary import SECONDARY_MATERIALS
from ledger.workflows.known import stated
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import find_whole_batch

__all__ = ["MOST_BATCHES", "MOST_RECORDS", "ElementFlows", "element_to_show", "elements_of", "read_flows"]

MOST_RECORDS = 300
"""How many records one picture walks, the nearest first."""
MOST_BATCHES = 2_000
"""How many batches they may have taken from."""


@dataclass(frozen=True, slots=True)
class ElementFlows:
    """The flows into a batch, and the elements that could be asked for instead. `lot` is empty where it has none."""

    batch: str
    lot: str
    material: str
    elements: tuple[str, ...]
    flows: Flows


def read_flows(ledger: Ledger, viewer: Viewer, batch: tuple[str, int], element: str | None = None) -> ElementFlows:
    """The flows of an element (of the first rare earth, if none is named) into a batch.

    Raises:
        NotFound: there is no such batch that the viewer holds, held, is offered or was granted.
        UsageError: the batch has no such element.
    """
    with ledger.database.reading() as connection:
        key = find_whole_batch(connection, viewer, batch)
        walk = _Walk(Nearby(connection, viewer))
        walk.begin(key)
        tables = routes_of(connection, walk.batches.values(), ledger.book)
        subject = walk.batches[key]
        elements = elements_of(tables[key])
        wanted = element_to_show(elements, element)
        asked = {each.name: _asked(each, tables[each.key].get(wanted, {}), walk) for each in walk.batches.values()}
        masses = {key: table.totals.get(wanted, 0) for key, table in tables.items()}
        works = {index: _work(index, record, walk, wanted, masses) for index, record in walk.opened.items()}
        for each in walk.batches.values():
            if each.key[0] in works:
                works[each.key[0]].outputs[each.name] = masses[each.key]
    return ElementFlows(
        subject.name, subject.lot, subject.material, elements, flows_of(wanted, subject.name, asked, works)
    )


def element_to_show(elements: Collection[str], element: str | None) -> str:
    """The element asked for, or the first of those there are.

    Raises:
        UsageError: it is none of them, or there is none.
    """
    if not elements:
        raise UsageError("Expected a batch whose composition is known: of this one nobody stated any element.")
    if element is None:
        return next(iter(elements))
    if element not in elements:
        raise UsageError(f"Expected an element of the batch, one of {', '.join(elements)}.")
    return element


def elements_of(table: RouteTable) -> tuple[str, ...]:
    """The elements of a batch: rare earths first, each group by mass."""
    held = [element for element, mass in table.totals.items() if mass and element != BODY]
    return tuple(sorted(held, key=lambda element: (element not in RARE_EARTHS, -table.totals[element], element)))


@dataclass(slots=True)
class _Walk:
    """What was met and opened on the way up, the nearest first."""

    near: Nearby
    batches: dict[Key, Met] = field(default_factory=dict)
    ending: dict[Key, str] = field(default_factory=dict)
    part_of: dict[Key, Key] = field(default_factory=dict)
    opened: dict[int, Process] = field(default_factory=dict)
    inputs: dict[int, list[Key]] = field(default_factory=dict)

    def begin(self, subject: Key) -> None:
        """Walk up from a batch until everything ends."""
        self.near.read_ahead(subject, 2 * MOST_RECORDS, records=True)
        level = {subject}
        while level:
            new = self.near.met(level - self.batches.keys())
            self.batches |= new
            level = self._parts(new) | self._processes(new, subject)
        siblings = set(outputs_of(self.near.connection, self.opened)) - self.batches.keys()
        self.batches |= self.near.met(siblings)

    def _parts(self, new: Mapping[Key, Met]) -> set[Key]:
        """What parts were cut off, where the reader had the whole too."""
        cut = {each.key for each in new.values() if each.type == "transfer"}
        taken = {
            (use.record, use.at): use.batch
            for use in self.near.taken({index for index, _ in cut})
            if use.role == "part"
        }
        whole = {key: taken[key] for key in cut if key in taken}
        seen = self.near.seen(whole.values())
        for key in cut:
            if whole.get(key) in seen and len(self.batches) < MOST_BATCHES:
                self.part_of[key] = whole[key]
            else:
                self.ending[key] = "withheld"
        return {self.part_of[key] for key in cut if key in self.part_of}

    def _processes(self, new: Mapping[Key, Met], subject: Key) -> set[Key]:
        """What was put into the processes that made these batches, as far as they are open and fit into the walk."""
        made: dict[int, list[Met]] = {}
        for each in new.values():
            self._end_if_any(each, subject)
            if each.key not in self.ending and each.type == "process":
                made.setdefault(each.key[0], []).append(each)
        closed = set(made) - self.near.open(set(made))
        counts = self.near.counts(set(made) - closed)
        within: set[int] = set()
        left = MOST_BATCHES - len(self.batches)
        for index in sorted(counts, reverse=True):
            if len(self.opened) + len(within) < MOST_RECORDS and counts[index] <= left:
                within.add(index)
                left -= counts[index]
        inputs: dict[int, list[Key]] = {index: [] for index in within}
        for use in self.near.taken(within):
            inputs[use.record].append(use.batch)
        seen = self.near.seen({key for keys in inputs.values() for key in keys})
        closed |= {index for index, keys in inputs.items() if not seen.issuperset(keys)}
        for record in self.near.records(within - closed):
            said = stated(record)
            if isinstance(said, Process) and not self._keeps_apart(said, inputs[record.index]):
                self.opened[record.index], self.inputs[record.index] = said, inputs[record.index]
        for index in made.keys() - self.opened.keys():
            ending = "withheld" if index in closed else "apart" if index in within else "limit"
            self.ending |= dict.fromkeys([each.key for each in made[index]], ending)
        return {key for index in within & self.opened.keys() for key in self.inputs[index]}

    def _keeps_apart(self, said: Process, inputs: Collection[Key]) -> bool:
        """Whether the record does not pool: it takes an assembly apart, or makes several with different contents."""
        if "dismantle" in said.steps:
            return any(each.has_contents for each in self.near.met(inputs).values())
        return len(said.outputs) > 1 and any(output.contents for output in said.outputs)

    def _end_if_any(self, each: Met, subject: Key) -> None:
        if not each.at:
            self.ending[each.key] = "erased"
        elif each.type == "source":
            self.ending[each.key] = "source"
        elif each.material in SECONDARY_MATERIALS and each.key != subject:
            self.ending[each.key] = "returned"


def _asked(each: Met, routes: Masses, walk: _Walk) -> Asked:
    index = each.key[0]
    whole = walk.part_of.get(each.key)
    return Asked(
        index=index,
        routes=routes,
        work=index if index in walk.opened and whole is None and each.key not in walk.ending else None,
        part_of=walk.batches[whole].name if whole else "",
        ending=walk.ending.get(each.key, ""),
    )


def _work(index: int, said: Process, walk: _Walk, element: str, masses: Mapping[Key, int]) -> Work:
    """A record's weights of an element: what it drew of each input, and what was added.

    `masses` are those of the element in each batch.
    """
    inputs: dict[str, int] = {}
    for entry, key in zip(said.inputs, walk.inputs[index], strict=True):
        batch = walk.batches[key]
        if batch.mass_mg:
            drawn = masses[key] * entry.mass_mg // batch.mass_mg
            inputs[batch.name] = inputs.get(batch.name, 0) + drawn
    additions = []
    for addition in said.additions or ():
        mass = element_masses(addition.mass_mg, addition.composition).get(element, 0)
        origin = origin_of(origin_route(addition.origin, element))
        if mass:
            additions.append((Node("addition", addition.material), origin, mass))
    return Work(index, Node(STAGE, stage_of(said.steps), (said.country,)), inputs, additions, {})
