"""The balance of one process: what goes in of each element, what comes out, and what nothing accounts for.

Computed once for a record; the rules judge it, the outputs get their routes from it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ledger.material.batch import draw, element_masses
from ledger.material.pool import Contribution, Place, pool, shares, undetermined
from ledger.material.routes import BODY, DECLARED, TRACED, Route, Stage
from ledger.material.table import RouteTable
from ledger.records import Process
from ledger.records.batches import Declared, Output, Undisclosed
from ledger.records.processes import Addition
from ledger.rules.facts import Facts
from ledger.rules.ruleset import RuleSet
from ledger.values.chemistry import RARE_EARTHS
from ledger.values.quantity import PPM

__all__ = ["Balance", "balance_of", "origin_route", "place_of"]

_RARE_EARTHS = frozenset(RARE_EARTHS)


class Balance(NamedTuple):
    """What goes in, comes out and is not accounted for, in mg by element.

    `undetermined` is the excess that passes with an unknown origin; `exceeded` the elements whose excess does not pass,
    with the places of the outputs that claim it.
    """

    place: Place
    contributions: Sequence[Contribution]
    put_in: Mapping[str, int]
    taken_out: Mapping[str, int]
    undetermined: Mapping[str, int]
    exceeded: Mapping[str, Sequence[int]]

    def signed_shares(self) -> list[dict[str, int]]:
        """The `shares` that the record must state: of the inputs, then the additions, then what is undetermined."""
        stated = shares(self._all(), self.place)
        return stated if self.undetermined else [*stated, {}]

    def pooled(self) -> RouteTable:
        """What the outputs share in."""
        return pool(self._all(), self.place)

    def _all(self) -> list[Contribution]:
        excess = [undetermined(self.undetermined)] if self.undetermined else []
        return [*self.contributions, *excess]


def place_of(record: Process) -> Place:
    """Where and how a process happens."""
    return Place(tuple(record.steps), record.country, TRACED if record.operated == "self" else DECLARED)


def balance_of(facts: Facts) -> Balance:
    """The balance of a process all of whose batches are known to its issuer."""
    cached = facts.cache.get("balance")
    if isinstance(cached, Balance):
        return cached
    record = facts.record
    assert isinstance(record, Process)
    contributions = _contributions(facts, record)
    put_in: dict[str, int] = {}
    for contribution in contributions:
        for element, mass in contribution.masses.items():
            put_in[element] = put_in.get(element, 0) + mass
    outputs = [element_masses(output.mass_mg, output.composition) for output in record.outputs]
    taken_out: dict[str, int] = {}
    for masses_out in outputs:
        for element, mass in masses_out.items():
            taken_out[element] = taken_out.get(element, 0) + mass
    passing, exceeded = _judge(record, facts, put_in, taken_out)
    balance = Balance(place_of(record), contributions, put_in, taken_out, passing, exceeded)
    facts.cache["balance"] = balance
    return balance


def origin_route(origin: Declared | Undisclosed | None, element: str) -> Route:
    """The route of what a declared or undisclosed origin brings of an element (or of the body)."""
    if not isinstance(origin, Declared):
        return Route("undisclosed")
    stages = origin.stages.get(element, origin.stages.get("*", {}))
    known = sorted((step, tuple(sorted(set(countries)))) for step, countries in stages.items())
    return Route("declared", tuple(Stage(step, countries, DECLARED) for step, countries in known))


def _contributions(facts: Facts, record: Process) -> list[Contribution]:
    contributions = []
    for entry, taken in zip(record.inputs, facts.taken, strict=True):
        assert taken.batch is not None
        routes = draw(taken.batch.routes, entry.mass_mg, taken.batch.mass_mg)
        contributions.append(Contribution(routes, entry.step, shape=taken.batch.shape))
    contributions.extend(_addition(addition) for addition in record.additions or ())
    return contributions


def _addition(addition: Addition) -> Contribution:
    masses = {**element_masses(addition.mass_mg, addition.composition), BODY: addition.mass_mg}
    routes = {element: {origin_route(addition.origin, element): mass} for element, mass in masses.items()}
    return Contribution(routes, addition.step)


def _judge(
    record: Process, facts: Facts, put_in: Mapping[str, int], taken_out: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, list[int]]]:
    rules = facts.state.rules
    passing: dict[str, int] = {}
    exceeded: dict[str, list[int]] = {}
    for element, mass in taken_out.items():
        before = put_in.get(element, 0)
        if mass <= before or mass - before <= _bound(record, rules, before):
            continue
        claiming = [i for i, output in enumerate(record.outputs) if (output.composition or {}).get(element)]
        if element in _RARE_EARTHS:
            if not before and not _listed(element, facts):
                claiming = [i for i in claiming if _ppm(record.outputs[i], element) > rules.trace_ppm]
            if claiming:
                exceeded[element] = claiming
        elif record.handling:
            exceeded[element] = claiming
        else:
            passing[element] = mass - before
    return passing, exceeded


def _bound(record: Process, rules: RuleSet, before: int) -> int:
    """How much more of an element may come out than went in: rounding, and the assay's tolerance."""
    tolerance = 0 if record.handling else before * rules.assay_tolerance_ppm // PPM
    return rules.rounding_mg * (len(record.inputs) + len(record.outputs)) + tolerance


def _listed(element: str, facts: Facts) -> bool:
    return any(taken.batch and (taken.batch.composition or {}).get(element) for taken in facts.taken)


def _ppm(output: Output, element: str) -> int:
    return (output.composition or {}).get(element, 0)
