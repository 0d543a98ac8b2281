"""Verdicts on delivery to the US Department of Defense, row by row of the decision table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.oracle.batches import Batch
from tests.oracle.routes import Mix, Route
from tests.oracle.vocabulary import COVERED, FORMING, MELT, NAMED, QUALIFYING, RARE_EARTHS, RESTRICTED, UPSTREAM

__all__ = ["Verdict", "verdicts"]

STEP_OF_2027 = "2027-01-01"
RANK = {"FAIL": 0, "UNKNOWN": 1, "PASS": 2}


@dataclass(frozen=True)
class Verdict:
    """What one rule pack says, for the elements that the law names and, `strict`, for all."""

    verdict: str
    strict: str
    ground: str


@dataclass(frozen=True)
class Magnet:
    """What verdicts look at: routes with a share above zero."""

    kind: str
    routes: dict[str, Mix]
    elements: tuple[str, ...]

    def judged(self, strict: bool) -> tuple[str, ...]:
        """The elements that count: those named, even if the composition is silent about them, or all besides."""
        named = NAMED[self.kind]
        return tuple(dict.fromkeys([*named, *self.elements])) if strict else named


def verdicts(
    batch: Batch, delivered: str | None, context: dict[str, Any] | None = None, blurred: bool = False
) -> list[Verdict]:
    """The verdicts in a report; `blurred` leaves out routes too small to outlive rounding to milligrams."""
    if delivered is None:
        return []
    inside = [(piece.batch, piece.routes) for piece in batch.magnets]
    lots = [
        lot
        for lot in inside or [(batch, batch.routes)]
        if lot[0].magnet_type in NAMED or (inside and not lot[0].magnet_type)
    ]
    magnets = [_magnet(lot, routes, blurred) for lot, routes in lots]
    cobalt = any(magnet.kind == "SmCo" for magnet in magnets)
    each = [_verdicts(magnet, delivered, context or {}, cobalt=cobalt) for magnet in magnets]
    if not inside or not each:
        return each[0] if each else []
    packs = max(len(found) for found in each)
    return [_worst([found[pack] for found in each if len(found) > pack]) for pack in range(packs)]


def _worst(found: list[Verdict]) -> Verdict:
    """The worst of the verdicts on the lots of an assembly; its ground is that of the worst."""
    worst = min(found, key=lambda verdict: RANK[verdict.verdict])
    strictly = min((verdict.strict for verdict in found), key=RANK.__getitem__)
    grounds = {verdict.ground for verdict in found if verdict.verdict == worst.verdict}
    return Verdict(worst.verdict, strictly, grounds.pop() if len(grounds) == 1 else "several")


def _magnet(batch: Batch, routes: dict[str, Mix], blurred: bool) -> Magnet:
    kept: dict[str, Mix] = {}
    for element, mix in routes.items():
        least = batch.blur.get(element, 0.0) / 1_000_000 if blurred else 0
        kept[element] = {route: share for route, share in mix.items() if share > least}
    elements = tuple(element for element in batch.composition if batch.elements[element])
    return Magnet(batch.magnet_type or "", kept, elements)


def _verdicts(magnet: Magnet, delivered: str, context: dict[str, Any], *, cobalt: bool) -> list[Verdict]:
    """`cobalt`: a magnet beside it is SmCo, so one of which nobody says what it is may be that too."""
    later = delivered >= STEP_OF_2027
    ground = _exception(context, later) or ("recycled" if _recycled(magnet) else None)
    if not magnet.kind and not ground:
        found = [Verdict("UNKNOWN", "UNKNOWN", "chain")]  # a magnet of which nobody says what it is
    elif ground:
        found = [Verdict("PASS", "PASS", ground)]
    elif context.get("end_item", {}).get("country") in COVERED:
        found = [Verdict("FAIL", "FAIL", "chain")]
    else:
        found = [Verdict(_chain(magnet, later, strict=False), _chain(magnet, later, strict=True), "chain")]
    if magnet.kind == "SmCo" or (cobalt and not magnet.kind):
        found.append(_specialty_metal(magnet, context))
    return found


def _exception(context: dict[str, Any], later: bool) -> str | None:
    """The first of the rows 0 to 3 that is met; an exception with an unknown input is not."""
    item = context.get("end_item", {})
    if context.get("above_sat") is False or context.get("outside_us") is True:
        return "clause-not-applicable"
    if context.get("waiver"):
        return "waiver"
    if item.get("cots") is True:
        masses = (item.get("mass_mg"), item.get("covered_mass_mg"))
        if not later or (item.get("mill_product") is False and None not in masses and 2 * masses[1] < masses[0]):
            return "cots"
    return "electronic-device" if item.get("electronic_device") is True else None


def _recycled(magnet: Magnet) -> bool:
    """Row 4: every rare-earth route recovered, milled and sintered in the United States, traced."""
    routes = [route for element in magnet.elements if element in RARE_EARTHS for route in magnet.routes[element]]
    return magnet.kind == "NdFeB" and bool(routes) and all(_milled_and_sintered(route) for route in routes)


def _milled_and_sintered(route: Route) -> bool:
    stages = route.of(["jet-mill", "sinter"])
    return (
        route.recovered
        and len(stages) == 2
        and all(stage.countries == ("US",) and not stage.declared for stage in stages)
    )


def _chain(magnet: Magnet, later: bool, strict: bool) -> str:
    """Rows 6 to 10."""
    judged = magnet.judged(strict)
    if _touches(magnet.routes.values(), RESTRICTED):
        return "FAIL"
    if later and _touches((magnet.routes.get(element, {}) for element in judged), UPSTREAM):
        return "FAIL"
    known = all(_knows(magnet, element, MELT) for element in judged)
    known &= _knows(magnet, "*", FORMING) and _knows(magnet, "*", ["magnetize"])
    if later:
        separated = [element for element in judged if element in (RARE_EARTHS if strict else {"Nd", "Sm"})]
        known &= all(_knows(magnet, element, ["mine"]) for element in judged)
        known &= all(_knows(magnet, element, [step]) for element in separated for step in ("separate", "reduce"))
    return "PASS" if known else "UNKNOWN"


def _touches(mixes: Iterable[Mix], stages: Iterable[str]) -> bool:
    """Whether a covered country is in any of the stages of any route."""
    wanted = frozenset(stages)
    return any(COVERED & set(stage.countries) for mix in mixes for route in mix for stage in route.of(wanted))


def _knows(magnet: Magnet, element: str, stages: Iterable[str]) -> bool:
    """Whether every route has at least one of the stages; an element without routes is not known."""
    wanted = frozenset(stages)
    routes = list(magnet.routes.get(element, {}))
    return bool(routes) and all(route.of(wanted) for route in routes)


def _specialty_metal(magnet: Magnet, context: dict[str, Any]) -> Verdict:
    """252.225-7009: only above the threshold; relief only inside a commercial end item, never for electronics."""
    item = context.get("end_item", {})
    if context.get("above_sat") is False:
        return Verdict("PASS", "PASS", "clause-not-applicable")
    built_in = item.get("mill_product") is not True
    incorporated = built_in and item.get("covered_mass_mg", 1) < item.get("mass_mg", 0)
    if item.get("cots") is True and incorporated:
        return Verdict("PASS", "PASS", "cots")
    if not magnet.kind:
        return Verdict("UNKNOWN", "UNKNOWN", "chain")
    return Verdict(_melt(magnet, strict=False), _melt(magnet, strict=True), "chain")


def _melt(magnet: Magnet, strict: bool) -> str:
    """The melt of the alloy in the United States or a qualifying country."""
    judged = magnet.judged(strict)
    stages = [stage for element in judged for route in magnet.routes.get(element, {}) for stage in route.of(MELT)]
    if any(set(stage.countries) - QUALIFYING for stage in stages):
        return "FAIL"
    return "PASS" if all(_knows(magnet, element, MELT) for element in judged) else "UNKNOWN"
