"""What a report prints, held against what follows from its evidence.

From shares a buyer knows every answer to within 1 ppm for each process on the way, and a little more where many inputs
were pooled; `Tolerance` bounds that. What is withheld may hide any answer: it widens every bound, and what it leaves
open is not checked. A difference in a verdict that hangs on routes below the bound is not checked either, since whole
milligrams may have rounded them away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.bundle.printed import PrintedCell, PrintedEntry, PrintedGap, PrintedStatement, PrintedVerdict
from ledger.bundle.result import FAILED, NOT_CHECKED, PASSED
from ledger.bundle.told import is_hidden
from ledger.material.routes import BODY
from ledger.report.content import TOTAL, completeness, recycled
from ledger.report.model import FAIL, PASS, Subject, Verdict
from ledger.report.statement import BENEATH, BODY_BUCKETS, ELEMENT_BUCKETS, Bucket, answer
from ledger.values.quantity import PPM

__all__ = [
    "ROUNDED_MG_PPM",
    "Outcome",
    "Tolerance",
    "compare_completeness",
    "compare_gaps",
    "compare_recycled",
    "compare_statement",
    "compare_verdicts",
    "known_part",
]

ROUNDED_MG_PPM = 1_000
"""A difference up to here may be the rounding of a small lot to whole milligrams, which a buyer cannot see."""

_TRACE_PPM = 1_000
_NOTHING = {((), "unknown", "undetermined"): PPM}
_ORDER = {"PASS": 0, "UNKNOWN": 1, "FAIL": 2}
Answers = Mapping[tuple[tuple[str, ...], str, str], int]


@dataclass(slots=True)
class Outcome:
    """The result of comparing many things: the worst of all, and the first that is so bad, in words."""

    result: str = PASSED
    detail: str = ""
    compared: int = 0

    def note(self, result: str, detail: str) -> None:
        """Take in the result of one comparison."""
        worse = (PASSED, NOT_CHECKED, FAILED).index(result) > (PASSED, NOT_CHECKED, FAILED).index(self.result)
        if worse:
            self.result, self.detail = result, detail


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a printed share may be from the computed one, by element, in ppm; and how much of it is withheld."""

    ppm: Mapping[str, int]
    hidden: Mapping[str, int]
    exact: bool = False

    def of(self, element: str) -> int:
        """The bound for one element, or the body."""
        return 0 if self.exact else self.ppm.get(element, 1)

    def slack(self, element: str) -> int:
        """How many ppm of an element are withheld, rounded up."""
        return self.hidden.get(element, 0)

    @property
    def widest(self) -> int:
        """The bound for what is summed over elements."""
        return 0 if self.exact else max(self.ppm.values(), default=1)

    @property
    def most_hidden(self) -> int:
        """The slack for what is summed over elements."""
        return max(self.hidden.values(), default=0)


def known_part(subject: Subject) -> Subject:
    """The subject without what is withheld; the weights of its elements shrink with it."""
    routes = {e: {r: m for r, m in masses.items() if not is_hidden(r)} for e, masses in subject.routes.items()}
    return replace(subject, routes=routes, elements={e: sum(masses.values()) for e, masses in routes.items()})


def compare_statement(
    printed: PrintedStatement, subject: Subject, tolerance: Tolerance, outcome: Outcome, where: str = "statement"
) -> None:
    """Hold every list of cells against the routes."""
    expected = set(subject.composition)
    if printed.elements.keys() != expected:
        differing = sorted(printed.elements.keys() ^ expected)
        outcome.note(FAILED, f"{where}.elements: {', '.join(differing)} differ from the batch's composition")
        return
    for element, row in printed.elements.items():
        for bucket in ELEMENT_BUCKETS:
            cells = getattr(row, bucket.name)
            _cells(cells, subject, element, bucket, tolerance, outcome, f"{where}.elements.{element}.{bucket.name}")
    for bucket in BODY_BUCKETS:
        _cells(getattr(printed, bucket.name), subject, BODY, bucket, tolerance, outcome, f"{where}.{bucket.name}")
    for element in sorted(expected | set(printed.beneath or ())):
        beneath = (printed.beneath or {}).get(element)
        for bucket in BENEATH:
            cells = (getattr(beneath, bucket.name) or ()) if beneath else ()
            steps = sum(m for r, m in subject.masses(element).items() if any(r.stage(s) for s in bucket.steps))
            if cells or steps * PPM > (tolerance.of(element) + tolerance.slack(element)) * _weight(subject, element):
                at = f"{where}.beneath.{element}.{bucket.name}"
                _cells(cells, subject, element, bucket, tolerance, outcome, at)


def _cells(
    printed: Iterable[PrintedCell],
    subject: Subject,
    element: str,
    bucket: Bucket,
    tolerance: Tolerance,
    outcome: Outcome,
    where: str,
) -> None:
    said = {cell.said: cell.share_ppm for cell in printed}
    if said == _NOTHING and not tolerance.exact and subject.composition.get(element, PPM) <= _TRACE_PPM:
        outcome.note(NOT_CHECKED, f"{where}: a trace that weighs less than a milligram has no origin")
        return
    expected = _answers(subject, element, bucket)
    _shares(said, expected, tolerance.of(element), tolerance.slack(element), outcome, where)


def _answers(subject: Subject, element: str, bucket: Bucket) -> dict[tuple[tuple[str, ...], str, str], int]:
    """Answer -> share in ppm of what is known, rounded down to a ppm; nothing known at all is undetermined."""
    masses = subject.masses(element)
    whole = sum(masses.values())
    if not whole:
        return {((), "unknown", "undetermined"): PPM}
    weights: dict[tuple[tuple[str, ...], str, str], int] = {}
    for material, found in subject.lots(element):
        for route, mass in found.items():
            if not is_hidden(route):
                said = answer(route, bucket, material, element)
                key = (said.countries, said.basis, said.reason)
                weights[key] = weights.get(key, 0) + mass
    return {key: weight * PPM // whole for key, weight in weights.items()}


def _shares(printed: Answers, expected: Answers, bound: int, slack: int, outcome: Outcome, where: str) -> None:
    """Each printed share lies between the known one, and that with all that is withheld, a bound apart at most."""
    outcome.compared += 1
    bound += 1  # printed shares are rounded to a ppm, ours down
    worst, which = 0, ""
    invented = sorted(key for key, said in printed.items() if said and key not in expected)
    if invented and not slack:
        outcome.note(FAILED, f"{where}: {_named(invented[0])} is {printed[invented[0]]:,} ppm; no record gives any")
        return
    missing = sorted(key for key, share in expected.items() if share > _TRACE_PPM and not printed.get(key))
    if missing and bound > PPM:  # shares are open, answers are not
        outcome.note(FAILED, f"{where}: {_named(missing[0])} is missing, but a record gives some")
        return
    for key in sorted({*printed, *expected}):
        low = expected.get(key, 0)
        said = printed.get(key, 0)
        off = max(low - said, said - low - slack, 0)
        if off > worst:
            worst, which = off, f"{_named(key)} is {said:,} ppm, but the records give {low:,}"
    if worst <= bound:
        if slack:
            outcome.note(NOT_CHECKED, f"{where}: {min(slack, PPM):,} ppm hang on what the evidence withholds")
    elif bound > 1 and worst <= ROUNDED_MG_PPM:
        outcome.note(NOT_CHECKED, f"{where}: {which}; a small lot, rounded to whole milligrams, can explain that")
    else:
        outcome.note(FAILED, f"{where}: {which}")


def _named(key: tuple[tuple[str, ...], str, str]) -> str:
    countries, basis, reason = key
    return f"the share of {'/'.join(countries) or reason or basis} ({basis})"


def compare_recycled(
    printed: PrintedEntry, subject: Subject, tolerance: Tolerance, outcome: Outcome, where: str = "recycled"
) -> None:
    """Hold recycled content against the origins of routes."""
    computed = recycled(known_part(subject)) if tolerance.most_hidden else recycled(subject)
    if printed.recycled.keys() != computed.keys():
        outcome.note(FAILED, f"{where}: expected exactly the elements of the composition and {TOTAL}")
        return
    for element, shares in printed.recycled.items():
        total = element == TOTAL
        bound = tolerance.widest if total else tolerance.of(element)
        slack = tolerance.most_hidden if total else tolerance.slack(element)
        _numbers(shares.model_dump(), computed[element], bound, slack, outcome, f"{where}.{element}")


def compare_completeness(
    printed: PrintedEntry, subject: Subject, tolerance: Tolerance, outcome: Outcome, where: str = "completeness"
) -> None:
    """Hold completeness against the routes."""
    known = known_part(subject) if tolerance.most_hidden else subject
    shares = printed.completeness.model_dump()
    _numbers(shares, completeness(known), tolerance.widest, tolerance.most_hidden, outcome, where)


def _numbers(
    printed: Mapping[str, int], computed: Mapping[str, int], bound: int, slack: int, outcome: Outcome, where: str
) -> None:
    if sum(printed.values()) != PPM:
        outcome.note(FAILED, f"{where}: its shares do not sum to 1,000,000")
        return
    left = max(0, PPM - slack)
    shrunk: Answers = {((), name, ""): share * left // PPM for name, share in computed.items()}
    said: Answers = {((), name, ""): share for name, share in printed.items()}
    _shares(said, shrunk, bound + 1, slack, outcome, where)


def compare_gaps(printed: Iterable[PrintedGap], statement: PrintedStatement, outcome: Outcome) -> None:
    """Every open cell of the statement is a gap, and nothing else: both are printed, so this is exact."""
    rows = {(e, b.name): getattr(row, b.name) for e, row in statement.elements.items() for b in ELEMENT_BUCKETS}
    rows |= {(BODY, bucket.name): getattr(statement, bucket.name) for bucket in BODY_BUCKETS}
    wanted = {(*at, c.reason or "", c.share_ppm) for at, cells in rows.items() for c in cells if c.basis == "unknown"}
    listed = {(gap.element, gap.bucket, gap.reason, gap.share_ppm) for gap in printed}
    outcome.compared += 1
    if wanted != listed:
        element, bucket, *_ = min(wanted ^ listed)
        outcome.note(FAILED, f"gaps: {bucket} of {element} differs from the statement's open cells")


def compare_verdicts(
    printed: Sequence[PrintedVerdict],
    computed: Sequence[Verdict],
    least: Sequence[Verdict],
    tolerance: Tolerance,
    outcome: Outcome,
    where: str = "verdicts",
) -> None:
    """Hold verdicts against those that follow from the routes.

    `computed` follows from all routes, `least` from those alone that no rounding can have made: of the two it is the
    milder. What lies between them is not checked.
    """
    outcome.compared += len(printed)
    if [v.rule_pack for v in printed] != [v.rule_pack for v in computed]:
        outcome.note(FAILED, f"{where}: expected those of {', '.join(v.rule_pack for v in computed) or 'no rule pack'}")
        return
    for number, (said, right, mildest) in enumerate(zip(printed, computed, least, strict=True)):
        at = f"{where}[{number}]"
        if said.pack_digest != right.pack_digest:
            outcome.note(NOT_CHECKED, f"{at}: this version holds another edition of the rule pack {said.rule_pack}")
        elif (said.delivered, said.assumed) != (right.delivered, dict(right.assumed)):
            outcome.note(FAILED, f"{at}: it is not for the delivery that the report states")
        else:
            _verdict(said, right, mildest, tolerance, outcome, at)


def _verdict(
    said: PrintedVerdict, right: Verdict, mildest: Verdict, tolerance: Tolerance, outcome: Outcome, at: str
) -> None:
    same = (said.verdict, said.strict, said.ground) == (right.verdict, right.strict, right.ground)
    if same and not tolerance.most_hidden:
        _reasons(said, right, tolerance, outcome, at)
        return
    for name in ("verdict", "strict"):
        worst, best = getattr(right, name), getattr(mildest, name)
        if tolerance.most_hidden:
            worst, best = FAIL, FAIL if best == FAIL else PASS
        if not _ORDER[best] <= _ORDER[getattr(said, name)] <= _ORDER[worst]:
            outcome.note(FAILED, f"{at}.{name}: {getattr(said, name)}, but the records give {getattr(right, name)}")
            return
    settled = (right.verdict, right.strict, right.ground) == (mildest.verdict, mildest.strict, mildest.ground)
    if settled and not tolerance.most_hidden:
        outcome.note(FAILED, f"{at}.ground: {said.ground}, but the records give {right.ground}")
        return
    why = "the evidence withholds" if tolerance.most_hidden else "is less than the rounding of shares"
    outcome.note(NOT_CHECKED, f"{at}: {said.verdict} hangs on what {why}")


def _reasons(said: PrintedVerdict, right: Verdict, tolerance: Tolerance, outcome: Outcome, at: str) -> None:
    """The same reasons and needs with the same shares, as far as shares can be known."""
    listed = {(r.batch or "", r.element, r.stage, r.country): r.share_ppm for r in said.reasons}
    found = {(r.batch, r.element, r.stage, r.country): r.share_ppm for r in right.reasons}
    needed = {(n.batch or "", n.element, *n.stages): n.share_ppm for n in said.needs}
    missing = {(n.batch, n.element, *n.stages): n.share_ppm for n in right.needs}
    for name, printed, computed in (("reasons", listed, found), ("needs", needed, missing)):
        for key in sorted({*printed, *computed}):
            off = abs(printed.get(key, 0) - computed.get(key, 0))
            if off > tolerance.of(key[1]) + 1:
                where = f"{at}.{name}: {' '.join(key[1:])} is {printed.get(key, 0):,} ppm, the records give"
                worse = FAILED if tolerance.exact or off > ROUNDED_MG_PPM else NOT_CHECKED
                outcome.note(worse, f"{where} {computed.get(key, 0):,}")


def _weight(subject: Subject, element: str) -> int:
    return sum(subject.masses(element).values())
