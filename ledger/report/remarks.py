"""What to read beside a verdict: nothing here ever decides one (docs/formats/report.md)."""

from collections.abc import Callable

from ledger.material.routes import BODY, DECLARED, Route
from ledger.report.chain import Findings, share_of, tested, where
from ledger.report.context import Context
from ledger.report.model import Remark, Subject
from ledger.report.packs import Pack, StepTest
from ledger.report.wording import amount, either, name
from ledger.values.chemistry import RARE_EARTHS

__all__ = ["chain_remarks", "context_remarks"]


def context_remarks(pack: Pack, context: Context) -> list[Remark]:
    """What the request leaves open: another version of the clause, an older delivery, an end item without a country."""
    remarks = []
    number = pack.clause.split(" ", maxsplit=1)[0]
    if isinstance(context.clause, str) and number in context.clause and context.clause.strip() != pack.clause:
        what = f"The contract carries {context.clause}; this pack tests {pack.clause}, which may say something else."
        remarks.append(Remark("clause-version", what))
    if context.delivered is not None and context.delivered < pack.text_since:
        what = f"The text tested here dates from {pack.text_since}, after the delivery; an earlier one may differ."
        remarks.append(Remark("earlier-text", what))
    if pack.end_item and context.end_item.country is None:
        what = "Where the end item is manufactured was not stated, so that was not tested."
        remarks.append(Remark("end-item-not-stated", what))
    return remarks


def chain_remarks(pack: Pack, subject: Subject, plain: Findings, strict: Findings) -> list[Remark]:
    """What the strict reading adds, what rests on declarations, and steps that happened or are missing undecided."""
    remarks = _strict_only(plain, strict)
    if subject.magnet_type is not None:
        remarks += _declared(pack, subject) + _not_separated(pack, subject)
        remarks += _noted(pack, subject) + _listed(pack, subject) + _flagged(pack, subject)
    if "mass-balance" in subject.custody:
        what = "Some origins rest on mass balance: they hold for a period's flows, not for single pieces."
        remarks.append(Remark("mass-balance", what))
    return remarks


def _strict_only(plain: Findings, strict: Findings) -> list[Remark]:
    """The policy flag: what the law does not name, and the strict reading tests all the same."""
    remarks = []
    for reason in strict.reasons:
        if reason not in plain.reasons:
            what = (
                f"{_passed(reason.share_ppm, reason.element, reason.stage, reason.country)}."
                f" The law does not name {reason.element}; the strict reading fails."
            )
            remarks.append(
                Remark("strict-refused", what, reason.element, (reason.stage,), reason.country, reason.share_ppm)
            )
    remarks += [
        Remark("strict-unknown", need.what, need.element, need.stages, share_ppm=need.share_ppm)
        for need in strict.needs
        if need not in plain.needs
    ]
    return remarks


def _declared(pack: Pack, subject: Subject) -> list[Remark]:
    def rests_on_declaration(test: StepTest) -> Callable[[Route], bool]:
        return lambda route: (
            test.known(route) and any(stage.basis == DECLARED for stage in route.stages if stage.step in test.steps)
        )

    return [
        Remark(
            "declared",
            f"Where {amount(share)} of the {name(element)} was {test.done} is declared, not traced.",
            element,
            test.steps,
            share_ppm=share,
        )
        for test in pack.known
        for element in tested(test, pack, subject, strict=True)
        if (share := share_of(subject, element, rests_on_declaration(test)))
    ]


def _not_separated(pack: Pack, subject: Subject) -> list[Remark]:
    """Named elements that are no rare earths: separation and reduction are not asked of them."""
    steps = tuple(step for test in pack.known if test.elements == "named-rare-earths" for step in test.steps)
    return [
        Remark("no-separation", f"{element} needs no separation, so {either(steps)} may be unknown.", element, steps)
        for element in sorted(pack.named[subject.magnet_type or ""])
        if steps and element not in RARE_EARTHS
    ]


def _noted(pack: Pack, subject: Subject) -> list[Remark]:
    def unknown(test: StepTest) -> Callable[[Route], bool]:
        return lambda route: not test.known(route)

    return [
        Remark(
            "not-recorded",
            f"Where {amount(share)} of the {name(element)} was {test.done} is not known; this does not decide.",
            element,
            test.steps,
            share_ppm=share,
        )
        for test in pack.noted
        for element in tested(test, pack, subject, strict=False)
        if (share := share_of(subject, element, unknown(test)))
    ]


def _listed(pack: Pack, subject: Subject) -> list[Remark]:
    """Steps in refused countries that never decide. What is said of the body is not said again of each element."""
    remarks = []
    for test in pack.listed:
        elements = tested(test, pack, subject, strict=False)
        of_body = where(subject, BODY, test.steps, pack.refuses) if BODY in elements else {}
        for element in elements:
            for (step, country), share in where(subject, element, test.steps, pack.refuses).items():
                if element == BODY or (step, country) not in of_body:
                    what = f"{_passed(share, element, step, country)}; this does not decide."
                    remarks.append(Remark("does-not-decide", what, element, (step,), country, share))
    return remarks


def _flagged(pack: Pack, subject: Subject) -> list[Remark]:
    """Countries of which it is an open question whether they are covered: the clause does not say."""
    found = {
        (element, step, country): share
        for test in pack.places
        for element in tested(test, pack, subject, strict=True)
        for (step, country), share in where(subject, element, test.steps, pack.flagged.__contains__).items()
    }
    return [
        Remark(
            "open-question",
            f"{_passed(share, element, step, country)}. Whether it counts as covered is open; here it does not.",
            element,
            (step,),
            country,
            share,
        )
        for (element, step, country), share in sorted(found.items())
    ]


def _passed(share_ppm: int, element: str, step: str, country: str) -> str:
    return f"{amount(share_ppm).capitalize()} of the {name(element)} passed {step} in {country}"
