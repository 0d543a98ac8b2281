"""Routes as numbers: which steps happened in which countries is a set of bits, so that a stamp is one `|`.

    origin (12 bits) | one bit for each (step, country) that was met | one bit for each step that is declared somewhere

A stage is traced unless any part of it is declared, and two countries in one stage form a set: both are what `|` does.
Bits are given out as steps and countries are met, and mean something inside one replay only.
"""

from collections.abc import Mapping

from ledger.material.pool import Place
from ledger.material.routes import DECLARED, TRACED, Route, Stage, as_secondary
from ledger.values.vocabulary import FORMING_STEPS, HANDLING_STEPS, LOST_IN_LOOP, REENTRY_STEPS

__all__ = ["Codes", "Stamp", "Table", "merged"]

_ORIGIN_BITS = 12
_ORIGIN = (1 << _ORIGIN_BITS) - 1

Table = Mapping[int, int]
"""Number of a route -> the weights of all elements on it, in their lanes."""
Stamp = tuple[int, int]
"""Bits that a route keeps, and bits that it gains."""


class Codes:
    """The routes of one replay by number, and back."""

    def __init__(self) -> None:
        self._origins: dict[tuple[str, str, str], int] = {}
        self._places: dict[tuple[str, str], int] = {}
        self._free = _ORIGIN_BITS
        self._known: dict[int, Route] = {}
        self._lost = 0
        self.forming = 0
        """The bits of which a formed body has at least one."""

    def number(self, route: Route) -> int:
        """The number of a route."""
        origin = (route.origin, route.known, route.reason)
        number = self._origins.setdefault(origin, len(self._origins))
        for stage in route.stages:
            number |= self._stage(stage.step, stage.countries, stage.basis)
        return number

    def route(self, number: int) -> Route:
        """The route of a number."""
        found = self._known.get(number)
        if found is None:
            found = self._known[number] = self._read(number)
        return found

    def stamp(self, where: Place, step: str | None, *, formed: bool) -> Stamp | None:
        """What `ledger.material.pool.stamped` does to a route; None where it stays what it is."""
        steps = where.steps_from(step)
        gained = 0
        for each in steps:
            if each not in HANDLING_STEPS:
                gained |= self._stage(each, (where.country,), where.basis)
        loses_shape = formed and any(each in REENTRY_STEPS for each in steps)
        if not gained and not loses_shape:
            return None
        return ~self._lost if loses_shape else -1, gained

    def sold(self, table: Table) -> Table:
        """What `ledger.material.batch.secondary` does: mined or declared becomes pre-consumer."""
        sums: dict[int, int] = {}
        for number, packed in table.items():
            new = self.number(as_secondary(self.route(number)))
            sums[new] = sums.get(new, 0) + packed
        return sums

    def _stage(self, step: str, countries: tuple[str, ...], basis: str) -> int:
        bits = 0 if basis == TRACED else self._bit(step, "")
        for country in countries:
            bits |= self._bit(step, country)
        return bits

    def _bit(self, step: str, country: str) -> int:
        """The bit of a country in a step; without a country, that of its being declared."""
        bit = self._places.get((step, country))
        if bit is None:
            bit = self._places[step, country] = 1 << self._free
            self._free += 1
            if step in LOST_IN_LOOP:
                self._lost |= bit
            if step in FORMING_STEPS and country:
                self.forming |= bit
        return bit

    def _read(self, number: int) -> Route:
        origin, known, reason = list(self._origins)[number & _ORIGIN]
        countries: dict[str, list[str]] = {}
        declared = set()
        for (step, country), bit in self._places.items():
            if number & bit and country:
                countries.setdefault(step, []).append(country)
            elif number & bit:
                declared.add(step)
        stages = [
            Stage(step, tuple(sorted(found)), DECLARED if step in declared else TRACED)
            for step, found in sorted(countries.items())
        ]
        return Route(origin, tuple(stages), known, reason)


def merged(table: Table, stamp: Stamp | None) -> Table:
    """A table with its routes stamped; routes that become one are added up."""
    if stamp is None:
        return table
    keep, gained = stamp
    sums: dict[int, int] = {}
    for number, packed in table.items():
        new = number & keep | gained
        sums[new] = sums.get(new, 0) + packed
    return sums
