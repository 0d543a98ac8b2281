"""Assemblies: their parts keep their own routes, and their links are `contents` (docs/formats/record.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ledger.errors import Violation
from ledger.material.batch import Batch, Content, draw
from ledger.material.pool import Contribution, Place, stamped
from ledger.material.table import RouteTable, summed
from ledger.records import Process, Source
from ledger.records.batches import Output
from ledger.rules.balance import place_of
from ledger.rules.facts import Facts
from ledger.values.quantity import apportion

__all__ = ["contents_linked", "contents_of", "dismantled", "has_links", "is_dismantling"]

_CARRIERS = frozenset({"assembly", "product"})
_LINKING = frozenset({"assemble", "dismantle"})


def has_links(facts: Facts) -> bool:
    """Whether the record links its outputs by `contents` instead of by shares."""
    record = facts.record
    if not isinstance(record, Process):
        return False
    return "assemble" in record.steps or is_dismantling(facts)


def is_dismantling(facts: Facts) -> bool:
    """Whether the record takes an assembly apart whose contents the ledger knows."""
    record = facts.record
    if not isinstance(record, Process) or "dismantle" not in record.steps:
        return False
    return any(taken.batch is not None and taken.batch.contents for taken in facts.taken)


def contents_linked(facts: Facts) -> Iterator[Violation]:
    """`contents` names what went in (assemble) or what was inside (dismantle), and no more of it than there was."""
    record = facts.record
    if not isinstance(record, Source | Process):
        return
    if not isinstance(record, Process) or _LINKING.isdisjoint(record.steps):
        for place, output in enumerate(record.outputs):
            if output.contents is not None:
                yield Violation(
                    "malformed", "Only assemble and dismantle state contents.", f"outputs[{place}].contents"
                )
        return
    if not facts.all_known:
        return
    available = _inside(facts, record) if is_dismantling(facts) else _put_in(record)
    for i, output in enumerate(record.outputs):
        for j, content in enumerate(output.contents or ()):
            member = f"outputs[{i}].contents[{j}]"
            if content.batch not in available:
                yield Violation("unknown-batch", "Expected a batch that goes into this record.", f"{member}.batch")
                continue
            if content.mass_mg > available[content.batch]:
                yield Violation("mass-exceeded", "More is inside than went in of this batch.", f"{member}.mass_mg")
            available[content.batch] = max(0, available[content.batch] - content.mass_mg)


def contents_of(facts: Facts) -> list[tuple[Content, ...]]:
    """For each output of a process, the parts that it keeps apart."""
    record = facts.record
    assert isinstance(record, Process)
    if "assemble" in record.steps:
        return [_assembled(facts, record, output) for output in record.outputs]
    if "dismantle" in record.steps or not any(t.batch and t.batch.contents for t in facts.taken):
        return [() for _ in record.outputs]
    inside = [(taken, entry) for taken, entry in zip(facts.taken, record.inputs, strict=True) if taken.batch]
    parts: list[Content] = []
    for taken, entry in inside:
        assert taken.batch is not None
        parts += _scaled(taken.batch.contents, entry.mass_mg, taken.batch.mass_mg, place_of(record), entry.step)
    return _divided(parts, record.outputs)


def dismantled(facts: Facts, output: Output) -> RouteTable:
    """What the contents that an output of a dismantling names bring, pooled."""
    record = facts.record
    assert isinstance(record, Process)
    where = place_of(record)
    parts: list[RouteTable] = []
    for link in output.contents or ():
        found = _found(facts, record, link.batch)
        shares = apportion(link.mass_mg, [mass for _, _, mass in found])
        for (inside, step, _), mass in zip(found, shares, strict=True):
            drawn = draw(inside.routes, mass, inside.mass_mg)
            parts.append(stamped(Contribution(drawn, step, shape=inside.shape), where))
    return summed(parts)


def _found(facts: Facts, record: Process, batch: str) -> list[tuple[Content, str | None, int]]:
    """Wherever a batch is inside of what goes in: the part, the step from which it takes part, and its mass there.

    The same magnets may be in several assemblies that went different ways, and nobody can tell them apart afterwards.
    """
    return [
        (inside, entry.step, inside.mass_mg * entry.mass_mg // taken.batch.mass_mg)
        for entry, taken in zip(record.inputs, facts.taken, strict=True)
        if taken.batch is not None
        for inside in taken.batch.contents
        if inside.batch == batch and inside.mass_mg
    ]


def _put_in(record: Process) -> dict[str, int]:
    available: dict[str, int] = {}
    for entry in record.inputs:
        available[entry.batch] = available.get(entry.batch, 0) + entry.mass_mg
    return available


def _inside(facts: Facts, record: Process) -> dict[str, int]:
    available: dict[str, int] = {}
    for entry, taken in zip(record.inputs, facts.taken, strict=True):
        for content in taken.batch.contents if taken.batch else ():
            mass = content.mass_mg * entry.mass_mg // taken.batch.mass_mg if taken.batch else 0
            available[content.batch] = available.get(content.batch, 0) + mass
    return available


def _assembled(facts: Facts, record: Process, output: Output) -> tuple[Content, ...]:
    parts: list[Content] = []
    for link in output.contents or ():
        for entry, taken in zip(record.inputs, facts.taken, strict=True):
            if taken.batch is not None and entry.batch == link.batch:
                parts += _parts_of(taken.batch, link.mass_mg, place_of(record), entry.step)
                break
    return tuple(parts)


def _parts_of(batch: Batch, mass_mg: int, where: Place, step: str | None) -> list[Content]:
    """A batch as parts: what is inside an assembly stays apart, anything else is one part."""
    if batch.contents:
        return _scaled(batch.contents, mass_mg, batch.mass_mg, where, step)
    drawn = draw(batch.routes, mass_mg, batch.mass_mg)
    routes = stamped(Contribution(drawn, step, shape=batch.shape), where)
    return [Content(batch.id, batch.material, mass_mg, batch.composition, batch.description, routes)]


def _scaled(contents: Sequence[Content], part: int, whole: int, where: Place, step: str | None) -> list[Content]:
    scaled = []
    for content in contents:
        routes = stamped(Contribution(draw(content.routes, part, whole), step, shape=content.shape), where)
        scaled.append(replace(content, mass_mg=content.mass_mg * part // whole, routes=routes))
    return scaled


def _divided(parts: Sequence[Content], outputs: Sequence[Output]) -> list[tuple[Content, ...]]:
    """Parts over the outputs that still are assemblies, by their masses."""
    weights = [output.mass_mg if output.material in _CARRIERS else 0 for output in outputs]
    divided: list[list[Content]] = [[] for _ in outputs]
    for part in parts:
        for place, mass in enumerate(apportion(part.mass_mg, weights)):
            if mass:
                divided[place].append(replace(part, mass_mg=mass, routes=draw(part.routes, mass, part.mass_mg)))
    return [tuple(inside) for inside in divided]
