"""The tests of a rule pack on the end item and the chain (10 U.S.C. 4872, DFARS 252.225-7052(b)).

Three values throughout: a stage in a refused country is a reason to fail, a stage that must be known and is not is a
need, and only where there is neither does the chain pass. Any share above zero counts.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ledger.material.routes import BODY, Route
from ledger.report.context import Context
from ledger.report.model import FAIL, PASS, UNKNOWN, Need, Reason, Subject
from ledger.report.packs import Pack, StepTest
from ledger.report.wording import amount, either, name
from ledger.values.chemistry import RARE_EARTHS
from ledger.values.quantity import PPM, to_ppm

__all__ = ["END_ITEM", "Findings", "findings", "share_of", "tested", "where"]

END_ITEM = "end-item"
"""The stage in a reason that is about the end item's own manufacture (row 5)."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What one reading of the tests found, in a fixed order."""

    reasons: tuple[Reason, ...]
    needs: tuple[Need, ...]

    @property
    def verdict(self) -> str:
        """FAIL beats UNKNOWN, UNKNOWN beats PASS."""
        if self.reasons:
            return FAIL
        return UNKNOWN if self.needs else PASS


def findings(pack: Pack, subject: Subject, context: Context, *, strict: bool) -> Findings:
    """What the pack's tests find in the routes of a magnet, in the plain or in the strict reading.

    Of a magnet whose type is not stated nothing is found but that: the law speaks of two types only.
    """
    if subject.magnet_type is None:
        what = "Whether this magnet is NdFeB or SmCo is not known. Its magnet type would settle it."
        return Findings((), (Need(BODY, (), PPM, what),))
    reasons = set(_end_item(pack, context))
    for test in pack.places:
        for element in tested(test, pack, subject, strict=strict):
            found = where(subject, element, test.steps, pack.refuses)
            reasons.update(Reason(element, step, country, share) for (step, country), share in found.items())
    needs = {
        need
        for test in pack.known
        for element in tested(test, pack, subject, strict=strict)
        if (need := _need(subject, element, test)) is not None
    }
    return Findings(tuple(sorted(reasons)), tuple(sorted(needs)))


def tested(test: StepTest, pack: Pack, subject: Subject, *, strict: bool) -> list[str]:
    """Whom a test is put to: elements in the order of their symbols, and `*` for the body.

    Named elements are among them even where the composition leaves them out: silence is no absence.
    """
    selector = test.strict if strict else test.elements
    named = pack.named.get(subject.magnet_type or "", ())
    every = {*subject.composition, *(e for e in subject.routes if subject.masses(e)), *named} - {BODY}
    chosen = {
        "any": every | {BODY},
        "all": every,
        "named": set(named),
        "named-rare-earths": {element for element in named if element in RARE_EARTHS},
        "rare-earths": {element for element in every if element in RARE_EARTHS},
        "body": {BODY},
    }
    return sorted(chosen[selector])


def share_of(subject: Subject, element: str, chosen: Callable[[Route], bool]) -> int:
    """The share in ppm of an element whose routes are chosen: 0 only if no weight is."""
    masses = subject.masses(element)
    weight = sum(mass for route, mass in masses.items() if chosen(route))
    return to_ppm([weight, sum(masses.values()) - weight])[0] if weight else 0


def where(
    subject: Subject, element: str, steps: tuple[str, ...], wanted: Callable[[str], bool]
) -> dict[tuple[str, str], int]:
    """(step, country) -> share in ppm of the element, for the wanted countries of these steps."""
    masses = subject.masses(element)
    whole = sum(masses.values())
    weights: dict[tuple[str, str], int] = {}
    for route, mass in masses.items():
        for stage in route.stages:
            if stage.step in steps:
                for country in filter(wanted, stage.countries):
                    weights[stage.step, country] = weights.get((stage.step, country), 0) + mass
    return {place: to_ppm([weight, whole - weight])[0] for place, weight in sorted(weights.items())}


def _end_item(pack: Pack, context: Context) -> list[Reason]:
    country = context.end_item.country
    if not pack.end_item or country is None or not pack.refuses(country):
        return []
    return [Reason(BODY, END_ITEM, country, PPM)]


def _need(subject: Subject, element: str, test: StepTest) -> Need | None:
    """What is missing for one test on one element, or None where every route has one of the steps in a country."""
    if not subject.masses(element):
        return Need(element, (), PPM, _nothing_known(element))
    share = share_of(subject, element, lambda route: not test.known(route))
    if not share:
        return None
    what = (
        f"Where {amount(share)} of the {name(element)} was {test.done} is not known."
        f" A record or a declaration with the country of {either(test.steps)} would settle it."
    )
    return Need(element, test.steps, share, what)


def _nothing_known(element: str) -> str:
    if element == BODY:
        return "Nothing is known of the magnet's body. The record that made it would settle it."
    return (
        f"How much {element} the magnet holds, and from where, is not known."
        f" Its composition and the routes of its {element} would settle it."
    )
