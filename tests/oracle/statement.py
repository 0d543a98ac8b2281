"""What a report says of a batch: cells of the statement, recycled shares, completeness; all in exact fractions."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from tests.oracle.batches import Batch
from tests.oracle.routes import Mix, Route
from tests.oracle.vocabulary import AHEAD, BODY_BUCKETS, BUCKETS, ELEMENT_BUCKETS, RARE_EARTHS

__all__ = ["Cell", "Cells", "Lot", "Statement", "cell", "cells", "completeness", "lots", "recycled", "statement"]

Cell = tuple[tuple[str, ...], str]
"""Countries in order, and basis."""
Cells = dict[Cell, Fraction]
KINDS = ("post_consumer", "pre_consumer", "primary", "unknown")


@dataclass
class Statement:
    """The section 857 statement of one batch."""

    elements: dict[str, dict[str, Cells]] = field(default_factory=dict)
    body: dict[str, Cells] = field(default_factory=dict)


def cell(route: Route, bucket: str, material: str) -> Cell:
    """Where a route puts its share in a bucket."""
    stages = route.of(BUCKETS[bucket])
    if stages:
        countries = {country for stage in stages for country in stage.countries}
        return tuple(sorted(countries)), "declared" if any(stage.declared for stage in stages) else "traced"
    if material in AHEAD[bucket]:
        return (), "not-done"
    if route.recovered and bucket in ELEMENT_BUCKETS:
        return (), "recycled"
    return (), "unknown"


def cells(mix: Mix, bucket: str, material: str) -> Cells:
    """The cell list of a bucket; shares sum to one."""
    found: Cells = {}
    for route, share in mix.items():
        key = cell(route, bucket, material)
        found[key] = found.get(key, Fraction(0)) + share
    return found


class Lot(NamedTuple):
    """What a statement counts together: a batch, or one lot inside an assembly."""

    batch: Batch
    mass: int
    routes: dict[str, Mix]

    def element(self, name: str) -> Fraction:
        """The mass of an element, or of the body."""
        return Fraction(self.batch.elements.get(name, 0) * self.mass, self.batch.mass)


def lots(batch: Batch) -> list[Lot]:
    """The magnet lots inside an assembly, or the batch itself."""
    inside = [Lot(piece.batch, piece.mass, piece.routes) for piece in batch.magnets]
    return inside or [Lot(batch, batch.mass, batch.routes)]


def statement(batch: Batch) -> Statement:
    """All cell lists of a batch; those of an assembly by the masses of its lots."""
    there = lots(batch)
    names = {element for lot in there for element in lot.batch.composition}
    body = {bucket: _together(there, "*", bucket) for bucket in BODY_BUCKETS}
    elements = {name: {bucket: _together(there, name, bucket) for bucket in ELEMENT_BUCKETS} for name in names}
    return Statement(elements, body)


def _together(there: list[Lot], element: str, bucket: str) -> Cells:
    total, found = sum(lot.element(element) for lot in there), Cells()
    for lot in there:
        if element in lot.routes:
            for key, share in cells(lot.routes[element], bucket, lot.batch.material).items():
                part = share * lot.element(element) / total if total else share / len(there)
                found[key] = found.get(key, Fraction(0)) + part
    return found


def recycled(batch: Batch) -> dict[str, dict[str, Fraction]]:
    """Recycled content per element, and for all rare earths together where there are any."""
    there = lots(batch)
    masses: dict[str, dict[str, Fraction]] = {}
    for lot in there:
        for element in lot.batch.composition:
            sums = masses.setdefault(element, dict.fromkeys(KINDS, Fraction(0)))
            for kind, share in _kinds(lot.routes[element]).items():
                sums[kind] += share * lot.element(element)
    earths = [sums for element, sums in masses.items() if element in RARE_EARTHS]
    masses["total_rare_earth"] = {kind: sum((sums[kind] for sums in earths), Fraction(0)) for kind in KINDS}
    return {
        name: {kind: mass / total for kind, mass in sums.items()}
        for name, sums in masses.items()
        if (total := sum(sums.values()))
    }


def _kinds(mix: Mix) -> dict[str, Fraction]:
    shares = dict.fromkeys(KINDS, Fraction(0))
    for route, share in mix.items():
        mined = route.origin == "mined" or (route.origin == "declared" and bool(route.of(["mine"])))
        kind = route.origin.replace("-", "_") if route.recovered else "primary" if mined else "unknown"
        shares[kind] += share
    return shares


def completeness(batch: Batch) -> dict[str, Fraction]:
    """Traced, declared and unknown shares by mass over the element buckets; what is not done yet is left out."""
    sums = dict.fromkeys(("traced", "declared", "unknown"), Fraction(0))
    for lot in lots(batch):
        for element in lot.batch.composition:
            for bucket in ELEMENT_BUCKETS:
                for route, share in lot.routes[element].items():
                    basis = cell(route, bucket, lot.batch.material)[1]
                    if basis == "recycled":
                        basis = "declared" if route.declared else "traced"
                    if basis != "not-done":
                        sums[basis] += share * lot.element(element)
    whole = sum(sums.values())
    return {basis: mass / whole for basis, mass in sums.items()} if whole else sums
