"""The batches that an accepted record makes, with their routes (docs/formats/routes-and-shares.md)."""

from collections.abc import Mapping

from ledger.material.batch import Batch, Carried, Content, Description, draw, element_masses
from ledger.material.pool import give
from ledger.material.routes import BODY, DECLARED, TRACED, Route, Stage
from ledger.material.table import NOTHING, RouteTable, as_table, beside, summed
from ledger.records import Process, Source, Transfer
from ledger.records.batches import Mined, Output, Recycled, Undisclosed
from ledger.rules.balance import balance_of, origin_route
from ledger.rules.contents import contents_of, dismantled, is_dismantling
from ledger.rules.facts import Facts
from ledger.values.vocabulary import HANDLING_STEPS

__all__ = ["made_by_process", "made_by_source", "parts_of_transfer"]

_NOT_DESCRIPTION = frozenset({"material", "mass_mg", "composition", "contents"})


def made_by_source(facts: Facts) -> list[Batch]:
    """The batches of a `source`: every element, and the body, on the one route of its origin."""
    record = facts.record
    assert isinstance(record, Source)
    batches = []
    for place, output in enumerate(record.outputs):
        masses = {**element_masses(output.mass_mg, output.composition), BODY: output.mass_mg}
        routes = as_table({e: ({_source_route(record, e): mass} if mass else {}) for e, mass in masses.items()})
        batches.append(_batch(facts, place, output, routes, (), _carried_by_source(record)))
    return batches


def made_by_process(facts: Facts) -> list[Batch]:
    """The batches of a `process`: each element apportioned over the pool of what was put in."""
    record = facts.record
    assert isinstance(record, Process)
    carried = _carried_by_process(facts, record)
    taking_apart = is_dismantling(facts)
    pooled = NOTHING if taking_apart else balance_of(facts).pooled()
    batches = []
    for place, (output, contents) in enumerate(zip(record.outputs, contents_of(facts), strict=True)):
        given = dismantled(facts, output) if taking_apart else pooled
        routes = _routes(output, contents, given)
        batches.append(_batch(facts, place, output, routes, contents, carried))
    return batches


def parts_of_transfer(facts: Facts) -> list[Batch]:
    """The parts that a `transfer` cuts off, each a batch of its own from there on; whole batches keep their names."""
    record = facts.record
    assert isinstance(record, Transfer)
    parts = []
    for place, (entry, taken) in enumerate(zip(record.batches, facts.taken, strict=True)):
        whole = taken.batch
        if entry.mass_mg is None or whole is None:
            continue
        contents = tuple(
            Content(
                inside.batch,
                inside.material,
                inside.mass_mg * entry.mass_mg // whole.mass_mg,
                inside.composition,
                inside.description,
                draw(inside.routes, entry.mass_mg, whole.mass_mg),
            )
            for inside in whole.contents
        )
        parts.append(
            Batch(
                id=f"{facts.id}#{place}",
                index=facts.state.size,
                made_at=record.at,
                maker=facts.organization,
                holder=facts.organization,
                material=whole.material,
                mass_mg=entry.mass_mg,
                left_mg=entry.mass_mg,
                composition=whole.composition,
                description={k: v for k, v in whole.description.items() if k not in ("serials", "gross_mg")},
                made=draw(whole.routes, entry.mass_mg, whole.mass_mg),
                contents=contents,
                carried=whole.carried,
            )
        )
    return parts


def _batch(
    facts: Facts,
    place: int,
    output: Output,
    routes: RouteTable,
    contents: tuple[Content, ...],
    carried: Carried,
) -> Batch:
    return Batch(
        id=f"{facts.id}#{place}",
        index=facts.state.size,
        made_at=facts.record.at,
        maker=facts.organization,
        holder=facts.organization,
        material=output.material,
        mass_mg=output.mass_mg,
        left_mg=output.mass_mg,
        composition=output.composition,
        description=_description(output),
        made=routes,
        contents=contents,
        carried=carried,
    )


def _description(output: Output) -> Description:
    said = {name: value for name, value in vars(output).items() if value is not None and name not in _NOT_DESCRIPTION}
    if output.serials is not None:
        said["serials"] = [each if isinstance(each, str) else each.model_dump(by_alias=True) for each in output.serials]
    return said


def _routes(output: Output, contents: tuple[Content, ...], pooled: RouteTable) -> RouteTable:
    """An output's routes. An assembly of unknown composition has the elements of its parts."""
    if not contents:
        return give({**element_masses(output.mass_mg, output.composition), BODY: output.mass_mg}, pooled)
    inside = summed([content.routes for content in contents])
    body = give({BODY: output.mass_mg}, inside)
    if not output.composition:  # nothing stated, in either spelling
        return beside(inside, body)
    return beside(give(element_masses(output.mass_mg, output.composition), pooled), body)


def _source_route(record: Source, element: str) -> Route:
    known = TRACED if record.operated == "self" else DECLARED
    origin = record.origin
    if isinstance(origin, Mined):
        return Route("mined", (Stage("mine", (record.country,), known),))
    if isinstance(origin, Recycled):
        return Route(origin.feed, known=known)
    return origin_route(origin, element)


def _carried_by_source(record: Source) -> Carried:
    owners: Mapping[str, frozenset[str]] = {}
    inquiries: frozenset[str] = frozenset()
    if isinstance(record.origin, Mined):
        owners = {"mine": frozenset({record.owner_country or "unknown"})}
    if isinstance(record.origin, Undisclosed) and record.origin.inquiry:
        inquiries = frozenset({record.origin.inquiry})
    return Carried(owners=owners, inquiries=inquiries)


def _carried_by_process(facts: Facts, record: Process) -> Carried:
    owner = frozenset({record.owner_country or "unknown"})
    own = Carried(
        custody=frozenset({str(record.custody)}),
        owners={step: owner for step in record.steps if step not in HANDLING_STEPS},
    )
    return own.joined(taken.batch.carried for taken in facts.taken if taken.batch)
