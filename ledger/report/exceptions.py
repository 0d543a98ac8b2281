"""The exceptions of a rule pack, tried in order (10 U.S.C. 4872(c) and (e), DFARS 225.7018-3).

An exception with an unknown input is not applied. Where one was asked for and not applied, a remark says why.
"""

from collections.abc import Callable
from typing import NamedTuple

from ledger.material.routes import RECYCLED_ORIGINS, TRACED, Route
from ledger.report.context import Context
from ledger.report.model import Remark, Subject
from ledger.report.packs import Pack, RecycledRule
from ledger.values.chemistry import RARE_EARTHS

__all__ = ["GROUNDS", "first_met"]

GROUNDS = ("chain", "recycled", "cots", "electronic-device", "waiver", "clause-not-applicable")
"""What a verdict can rest on."""

_HALF = 2


class _Outcome(NamedTuple):
    met: bool
    remark: Remark | None = None


def first_met(pack: Pack, subject: Subject, context: Context) -> tuple[str | None, list[Remark]]:
    """The ground of the first exception of the pack that is met, or None; and what to remark about those before it.

    Not checked: that what the context states is true.
    """
    remarks = _not_exceptions(pack, context)
    for name in pack.exceptions:
        ground, test = _TESTS[name]
        outcome = test(pack, subject, context)
        if outcome.remark is not None:
            remarks.append(outcome.remark)
        if outcome.met:
            return ground, remarks
    return None, remarks


def _clause(_pack: Pack, _subject: Subject, context: Context) -> _Outcome:
    return _Outcome(context.clause is False)


def _above_sat(_pack: Pack, _subject: Subject, context: Context) -> _Outcome:
    return _Outcome(context.above_sat is False)


def _outside_us(_pack: Pack, _subject: Subject, context: Context) -> _Outcome:
    return _Outcome(context.outside_us is True)


def _waiver(_pack: Pack, _subject: Subject, context: Context) -> _Outcome:
    waiver = context.waiver
    if waiver is None:
        return _Outcome(met=False)
    if waiver.bare:
        what = f"Waiver {waiver.id} was named without a period; whoever asked vouches that it covers this delivery."
        return _Outcome(True, Remark("waiver", what))
    if waiver.until is None:
        what = f"Waiver {waiver.id} was not applied: the day on which it ends is not known."
        return _Outcome(False, Remark("waiver-not-applied", what))
    delivered = context.delivered or ""
    if delivered <= waiver.until and (waiver.since is None or waiver.since <= delivered):
        return _Outcome(True, Remark("waiver", f"Waiver {waiver.id} covers the day of delivery."))
    what = f"Waiver {waiver.id} was not applied: the delivery is outside its period."
    return _Outcome(False, Remark("waiver-not-applied", what))


def _cots(_pack: Pack, _subject: Subject, context: Context) -> _Outcome:
    return _Outcome(context.end_item.cots is True)


def _cots_below_half(_pack: Pack, _subject: Subject, context: Context) -> _Outcome:
    """From 2027 the exception ends at half covered material by weight, and for mill products not yet built in."""
    item = context.end_item
    if item.cots is not True:
        return _Outcome(met=False)
    if item.mill_product is not False:
        return _cots_refused("that the end item is no mill product was not stated")
    if item.mass_mg is None or item.covered_mass_mg is None:
        return _cots_refused("how much of the end item is covered material was not stated")
    if item.covered_mass_mg * _HALF >= item.mass_mg:
        return _cots_refused("half or more of the end item is covered material")
    return _Outcome(met=True)


def _cots_incorporated(_pack: Pack, _subject: Subject, context: Context) -> _Outcome:
    """Only a magnet that is built into an off-the-shelf item: the item weighs more than its magnets."""
    item = context.end_item
    if item.cots is not True:
        return _Outcome(met=False)
    if item.mass_mg is None or item.covered_mass_mg is None:
        return _cots_refused("that the magnet is built into the end item was not stated by masses")
    if item.mill_product is True:
        return _cots_refused("a mill product is not built into anything yet")
    if item.covered_mass_mg >= item.mass_mg:
        return _cots_refused("the end item is nothing but the magnet")
    return _Outcome(met=True)


def _cots_refused(why: str) -> _Outcome:
    return _Outcome(False, Remark("cots-not-applied", f"The off-the-shelf exception was not applied: {why}."))


def _electronic_device(_pack: Pack, _subject: Subject, context: Context) -> _Outcome:
    return _Outcome(context.end_item.electronic_device is True)


def _recycled(pack: Pack, subject: Subject, _context: Context) -> _Outcome:
    rule = pack.recycled
    if rule is None or subject.magnet_type not in rule.magnet_types + rule.remark_types:
        return _Outcome(met=False)
    refused = _why_not_recycled(subject, rule)
    if refused is None and subject.magnet_type in rule.magnet_types:
        return _Outcome(met=True)
    if refused is None:
        what = "The statute would permit this magnet as made from recycled material; the clause does not list its kind."
        return _Outcome(False, Remark("recycled-by-statute-only", what))
    what = f"The exception for recycled material was not applied: {refused}."
    return _Outcome(False, Remark("recycled-not-applied", what) if refused else None)


def _why_not_recycled(subject: Subject, rule: RecycledRule) -> str | None:
    """Why a magnet is not made from recycled material in the sense of the rule; empty where nothing was recovered."""
    rare = [element for element in sorted(subject.composition) if element in RARE_EARTHS]
    masses = {element: subject.masses(element) for element in rare}
    routes = [(element, route) for element in rare for route in masses[element]]
    if not subject.partly_withheld or not rare:
        if not any(route.origin in RECYCLED_ORIGINS for _, route in routes):
            return ""
        unrouted = [element for element in rare if not masses[element]]
        if unrouted:
            return f"nothing is known of its {unrouted[0]}"
    for element, route in routes:
        if route.origin not in RECYCLED_ORIGINS:
            return f"some of its {element} was not recovered"
        for step in rule.steps:
            if not _only_there(route, step, rule.country):
                return f"{step} is not traced to {rule.country} alone for all of its {element}"
    return None


def _only_there(route: Route, step: str, country: str) -> bool:
    stage = route.stage(step)
    return stage is not None and stage.countries == (country,) and stage.basis == TRACED


def _not_exceptions(pack: Pack, context: Context) -> list[Remark]:
    """What the context offers as an exception and this pack does not know as one."""
    offered = {
        "outside-us": context.outside_us is True,
        "waiver": context.waiver is not None,
        "electronic-device": context.end_item.electronic_device is True,
    }
    return [
        Remark("no-such-exception", f"{pack.clause} is not lifted by what was stated about {name}.")
        for name, given in offered.items()
        if given and name not in pack.exceptions
    ]


_TESTS: dict[str, tuple[str, Callable[[Pack, Subject, Context], _Outcome]]] = {
    "clause": ("clause-not-applicable", _clause),
    "above-sat": ("clause-not-applicable", _above_sat),
    "outside-us": ("clause-not-applicable", _outside_us),
    "waiver": ("waiver", _waiver),
    "cots": ("cots", _cots),
    "cots-below-half": ("cots", _cots_below_half),
    "cots-incorporated": ("cots", _cots_incorporated),
    "electronic-device": ("electronic-device", _electronic_device),
    "recycled": ("recycled", _recycled),
}
