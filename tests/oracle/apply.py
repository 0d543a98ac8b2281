"""What an accepted record changes: batches made, drawn from, offered, taken, ended."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from tests.oracle.batches import Batch, Piece, element_mass
from tests.oracle.process import Charge, Flow, flow, stamped
from tests.oracle.routes import UNDETERMINED, Mix, blend, origin_route, recover, stamp
from tests.oracle.units import MILLION, composition, mass_mg
from tests.oracle.vocabulary import RARE_EARTHS, WASTE
from tests.oracle.world import Offer, World

__all__ = ["accept"]


def accept(record: dict[str, Any], name: str, world: World) -> None:
    """The world after a record that breaks no rule."""
    world.clock[record["by"]] = record["at"]
    apply = {"source": _source, "process": _process, "transfer": _transfer, "receive": _receive, "adjust": _adjust}
    if record["type"] in apply:
        apply[record["type"]](record, name, world)


def _new(record: dict[str, Any], name: str, place: int, world: World) -> Batch:
    """The output of a record, without routes as yet."""
    said = record["outputs"][place]
    mass, ppm = mass_mg(said) or 0, composition(said)
    batch = Batch(
        f"{name}#{place}", said["material"], mass, ppm, record["at"], record["by"], said.get("magnet_type"), mass
    )
    batch.elements = {"*": mass, **{element: element_mass(mass, share) for element, share in ppm.items()}}
    world.batches[batch.name] = batch
    return batch


def _other(record: dict[str, Any], world: World) -> bool:
    """Whether somebody else operates the facility, so that what happens there is declared, not traced."""
    own = world.places[record["facility"]].own
    return bool(record.get("operated", "self" if own else "other") == "other")


def _source(record: dict[str, Any], name: str, world: World) -> None:
    country = world.places[record["facility"]].country
    for place in range(len(record["outputs"])):
        batch = _new(record, name, place, world)
        other = _other(record, world)
        batch.routes = {
            element: {origin_route(record["origin"], element, country, other=other): _ONE} for element in batch.elements
        }


def _process(record: dict[str, Any], name: str, world: World) -> None:
    batches = [world.batches[said["batch"]] for said in record["inputs"]]
    country = world.places[record["facility"]].country
    whole, other = flow(record, batches, country), _other(record, world)
    pools: dict[str, tuple[Mix, float]] = {}
    for place, (mass, elements) in enumerate(whole.outputs):
        batch = _new(record, name, place, world)
        batch.depth = 1 + max(source.depth for source in batches)
        for element in ["*", *elements]:
            if element not in pools:
                pools[element] = _pool(whole, element, country, other)
            batch.routes[element], blur = pools[element]
            made = batch.elements[element]
            batch.blur[element] = blur + (MILLION * len(batch.routes[element]) / made if made else 0.0)
        batch.pieces = list(_pieces(record["outputs"][place], mass, whole, country, other))
        if whole.opened and batch.pieces and batch.material not in ("assembly", "product"):
            _give_back(batch)
        if batch.pieces and not batch.composition:
            _count_contents(batch)
    for charge in whole.inputs:
        if charge.batch is not None:
            charge.batch.left -= charge.mass


def _give_back(batch: Batch) -> None:
    """What comes out of an assembly is what went into it, with the steps that it went through inside."""
    for element in batch.routes:
        parts = [
            (piece.batch.drawn(element, piece.mass), piece.routes[element])
            for piece in batch.pieces
            if element in piece.routes
        ]
        batch.routes[element] = blend(parts)
        batch.blur[element] = (
            max(piece.batch.draw_blur(element, piece.mass) for piece in batch.pieces if element in piece.routes)
            if parts
            else 0.0
        )
    batch.pieces = []


def _count_contents(batch: Batch) -> None:
    """An assembly that states no composition holds what is inside it."""
    for element in sorted({element for piece in batch.pieces for element in piece.batch.composition}):
        parts = [
            (piece.batch.drawn(element, piece.mass), piece.routes[element])
            for piece in batch.pieces
            if element in piece.routes
        ]
        batch.elements[element], batch.routes[element] = sum(mass for mass, _ in parts), blend(parts)


def _pool(whole: Flow, element: str, country: str, other: bool) -> tuple[Mix, float]:
    """The routes of an element of every output, and their blur."""
    if whole.opened:
        return {UNDETERMINED: _ONE}, 0.0
    entering = whole.body() if element == "*" else whole.charges
    parts = [(charge.mass if element == "*" else charge.elements.get(element, 0), charge) for charge in entering]
    parts = [(weight, charge) for weight, charge in parts if weight]
    mixes: list[tuple[int, Mix]] = [(weight, stamped(charge, element, country, other)) for weight, charge in parts]
    blurs = [
        weight * (charge.batch.draw_blur(element, charge.mass) if charge.batch else 0.0) for weight, charge in parts
    ]
    extra = 0 if element == "*" else whole.excess(element)
    if extra and element not in RARE_EARTHS:
        mixes.append((extra, {stamp(UNDETERMINED, whole.steps, country, other): _ONE}))
    total = sum(weight for weight, _ in mixes)
    return blend(mixes), sum(blurs) / total if total else 0.0


def _pieces(said: dict[str, Any], mass: int, whole: Flow, country: str, other: bool) -> Iterable[Piece]:
    """The lots that an output keeps apart: those it names, or those of the assemblies that went in."""
    named = said.get("contents")
    if named is None:
        apart = [charge for charge in whole.inputs if charge.batch and charge.batch.pieces]
        if said["material"] not in ("assembly", "product") or not apart or "dismantle" in whole.steps:
            return
        total = sum(charge.mass for charge in whole.inputs)
        for charge in apart:
            yield from _inside(charge, charge.mass * mass // total, country, other)
        return
    for entry in named:
        for charge in whole.inputs:
            if charge.batch and charge.batch.name == entry["batch"]:
                yield from _inside(charge, mass_mg(entry) or 0, country, other)
                break
            found = (
                [piece for piece in charge.batch.pieces if piece.origin == entry["batch"]]
                if charge.batch and whole.opened
                else []
            )
            if found:
                inner = Charge(found[0].mass, {}, charge.steps, found[0].routes)
                routes = {element: stamped(inner, element, country, other) for element in found[0].routes}
                yield Piece(found[0].batch, mass_mg(entry) or 0, routes, found[0].origin)
                break


def _inside(charge: Charge, mass: int, country: str, other: bool) -> Iterable[Piece]:
    """The lots inside a part of an input, each stamped; a batch that is no assembly is one lot."""
    batch = charge.batch
    if batch is None:
        return
    if not batch.pieces:
        yield Piece(
            batch, mass, {element: stamped(charge, element, country, other) for element in batch.routes}, batch.name
        )
    for piece in batch.pieces:
        inner = Charge(piece.mass, {}, charge.steps, piece.routes)
        routes = {element: stamped(inner, element, country, other) for element in piece.routes}
        yield Piece(piece.batch, piece.mass * mass // batch.mass, routes, piece.origin)


def _transfer(record: dict[str, Any], name: str, world: World) -> None:
    external = isinstance(record["to"], dict)
    names = []
    for place, said in enumerate(record["batches"]):
        entry = said if isinstance(said, dict) else {"batch": said}
        batch, mass = world.batches[entry["batch"]], mass_mg(entry)
        if mass is not None:
            batch = _part(batch, mass, f"{name}#{place}", record["at"], world)
        names.append(batch.name)
        if external:
            batch.holder = None
        else:
            batch.offered = name
    to = None if external else record["to"]
    world.offers[name] = Offer(record["by"], to, record["at"], record.get("terms", "sale"), names)


def _part(batch: Batch, mass: int, name: str, at: str, world: World) -> Batch:
    """A part of a batch, with a name of its own."""
    batch.left -= mass
    part = Batch(
        name, batch.material, mass, batch.composition, at, batch.holder, batch.magnet_type, mass, depth=batch.depth
    )
    part.elements = {element: batch.drawn(element, mass) for element in batch.elements}
    part.routes = dict(batch.routes)
    part.blur = {element: batch.draw_blur(element, mass) for element in batch.elements}
    part.pieces = [Piece(p.batch, p.mass * mass // batch.mass, p.routes, p.origin) for p in batch.pieces]
    world.batches[name] = part
    return part


def _receive(record: dict[str, Any], name: str, world: World) -> None:
    offer = world.offers[record["transfer"]]
    offer.answered = True
    entries = {said["batch"]: said for said in (s if isinstance(s, dict) else {"batch": s} for s in record["accepted"])}
    for offered in offer.batches:
        batch = world.batches[offered]
        batch.offered = None
        if offered not in entries:
            continue
        batch.holder = record["by"]
        weighed = mass_mg(entries[offered])
        batch.left = batch.left if weighed is None else min(batch.left, weighed)
        if batch.material in WASTE and offer.terms in ("sale", "consignment"):
            batch.change_routes(recover)


def _adjust(record: dict[str, Any], name: str, world: World) -> None:
    world.batches[record["batch"]].left -= mass_mg(record) or 0


_ONE = Fraction(1)
