"""Recomputing a report from its evidence: statement, recycled content, completeness, verdicts, held against print."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

from ledger.bundle.chains import Chains
from ledger.bundle.compare import (
    Outcome,
    Tolerance,
    compare_completeness,
    compare_recycled,
    compare_statement,
    compare_verdicts,
)
from ledger.bundle.exact import Exact, replay_masses
from ledger.bundle.graph import Graph
from ledger.bundle.printed import PrintedEntry, PrintedSubject
from ledger.bundle.result import FAILED, NOT_CHECKED, PASSED, Check
from ledger.bundle.shares import Lot, replay_shares
from ledger.bundle.subjects import Judged, carried_upstream, check_description, elements_asked, inside, judged
from ledger.bundle.subjects import without_traces as pruned
from ledger.errors import VerificationError
from ledger.material.batch import Batch
from ledger.material.routes import BODY
from ledger.report.assess import assess, assess_assembly
from ledger.report.combine import combine
from ledger.report.context import Context
from ledger.report.credential import AsOf, Known, credential_subject
from ledger.rules.ruleset import RuleSet, known_rule_sets
from ledger.values.quantity import PPM

__all__ = ["recompute"]

_EXACT = {
    "statement": ("statement", "gaps"),
    "recycled content": ("recycled", "recycled_target"),
    "completeness": ("completeness",),
    "verdicts": ("verdicts",),
    "upstream": ("custody", "owners"),
    "assembly": ("magnets",),
}
_OF_ONE = ("statement", "recycled content", "completeness", "verdicts")
"""What is compared of a batch, and of each magnet lot of an assembly."""


def recompute(
    graph: Graph, chains: Chains, printed: PrintedSubject, subject: Mapping[str, object], context: Context, rules: str
) -> tuple[list[Check], Exact]:
    """Recompute what a report says as far as its evidence is disclosed, and hold the report against it.

    `printed` and `subject` are the report's subject, read and as it stands. `rules` is the digest of the rule set.
    Beside the checks goes what was found in milligrams: nothing, to a buyer.

    Raises:
        VerificationError: the evidence contradicts itself.
    """
    lot = replay_shares(graph, elements_asked(graph, printed))
    checks = [_described(printed, lot), _shares_said(graph)]
    exact, masses = _exact(graph, chains, printed, rules)
    batch = exact.batches.get(graph.subject)
    if masses is not None:
        checks.append(masses)
    if batch is not None:
        return [*checks, *_compare_exactly(batch, printed, subject, context)], exact
    if printed.magnets is None:
        whole = judged(lot, printed, graph)
        if inside(lot):
            raise VerificationError("report, magnets: the assembly's magnets have no entries of their own")
        return [*checks, *_compare(printed, whole, context), _carried(printed, graph)], exact
    return [*checks, *_compare_assembly(printed, lot, graph, context), _carried(printed, graph)], exact


def _described(printed: PrintedSubject, lot: Lot) -> Check:
    confirmed = check_description(printed, lot.output, "report, ")
    stated = [n for n in ("coating", "grade", "form", "lot", "composition") if getattr(printed, n) is not None]
    open_still = [name for name in ("material", *stated) if name not in confirmed]
    if open_still:
        detail = f"{', '.join(open_still)}: the maker's record does not disclose that here"
        return Check("description", NOT_CHECKED, detail)
    return Check("description", PASSED, f"{', '.join(confirmed)} are those of the maker's record")


def _shares_said(graph: Graph) -> Check:
    count = sum(node.record.type == "process" for node in graph.nodes.values())
    if graph.hidden:
        detail = f"{graph.hidden[0]}: what this was made of is withheld; {len(graph.hidden)} such places"
        return Check("shares", NOT_CHECKED, detail)
    return Check("shares", PASSED, f"{count} processes and {len(graph.batches)} batches replayed from signed shares")


def _exact(graph: Graph, chains: Chains, printed: PrintedSubject, rules: str) -> tuple[Exact, Check | None]:
    """To an auditor: what is known in milligrams, and what was found of masses."""
    if printed.audience != "auditor":
        return Exact(), None
    rules_at = _rules_at(chains, rules)
    if rules_at is None:
        return Exact(), Check("masses", NOT_CHECKED, "this version does not hold a rule set that was in force")
    exact = replay_masses(graph, str(chains.records[0].entry.envelope.claims["log"]), rules_at)
    whole = len(graph.nodes)
    if exact.records == whole:
        detail = f"the balance of all {whole} records holds, to the milligram"
        return exact, Check("masses", PASSED, detail)
    detail = (
        f"{exact.records} of {whole} records are wholly disclosed, back to the ground, and balance; the others are not"
    )
    return exact, Check("masses", NOT_CHECKED, detail)


def _rules_at(chains: Chains, first: str) -> Callable[[int], RuleSet] | None:
    """The rule set at an index: the first, or the one that the operator's last `rules` record before it names.

    None where one of them is unknown here, or not disclosed.
    """
    named = [(record.entry.index, record.opened.get("rules")) for record in chains.records if record.type == "rules"]
    known = known_rule_sets()
    sets = [known.get(str(digest)) for digest in (first, *(digest for _, digest in named))]
    held = [each for each in sets if each is not None]
    if len(held) != len(sets):
        return None
    changes = [index for index, _ in named]
    return lambda index: held[bisect_left(changes, index)]


def _compare_exactly(
    batch: Batch, printed: PrintedSubject, subject: Mapping[str, object], context: Context
) -> list[Check]:
    """Compute the whole subject anew, and hold it against print member by member; inquiries are left out."""
    as_of = AsOf(printed.as_of.origin, printed.as_of.size, printed.as_of.root)
    right = credential_subject(batch, Known(), context, printed.audience, as_of)
    checks = []
    for name, members in _EXACT.items():
        wrong = [m for m in members if _without_inquiries(right.get(m)) != _without_inquiries(subject.get(m))]
        if wrong:
            where = _first_difference(
                _without_inquiries(subject.get(wrong[0])), _without_inquiries(right.get(wrong[0]))
            )
            checks.append(Check(name, FAILED, f"{wrong[0]}{where} differs from what the masses give"))
        elif any(member in subject for member in members):
            checks.append(Check(name, PASSED, f"{', '.join(members)}: exactly what the masses give"))
    return checks


def _compare(printed: PrintedEntry, one: Judged, context: Context, where: str = "") -> list[Check]:
    """Hold a statement and what stands beside it against one batch or magnet lot."""
    statement, content, complete, verdicts = Outcome(), Outcome(), Outcome(), Outcome()
    compare_statement(printed.statement, one.subject, one.tolerance, statement, f"{where}statement")
    if statement.result != FAILED:  # else the elements may not even be the same
        compare_recycled(printed, one.subject, one.tolerance, content, f"{where}recycled")
        compare_completeness(printed, one.subject, one.tolerance, complete, f"{where}completeness")
    least = assess(pruned(one.subject, one.tolerance), context)
    right = assess(one.subject, context)
    compare_verdicts(printed.verdicts, right, least, one.tolerance, verdicts, f"{where}verdicts")
    bound = f"each to within {one.tolerance.widest + 1} ppm"
    return [
        _check("statement", statement, f"{statement.compared} lists of cells follow from the records, {bound}"),
        _check("recycled content", content, f"follows from the records, {bound}"),
        _check("completeness", complete, f"follows from the records, {bound}"),
        _check("verdicts", verdicts, f"{verdicts.compared} recomputed: {_said(printed)}"),
    ]


def _compare_assembly(printed: PrintedSubject, lot: Lot, graph: Graph, context: Context) -> list[Check]:
    """Each magnet lot by itself; of their union the answers, not the shares: how much each weighs is not disclosed."""
    magnets = {part.batch: part for part in inside(lot)}
    entries = {entry.batch: entry for entry in printed.magnets or ()}
    opaque = lot.opaque or any(part.opaque for part in lot.parts)
    wrong = magnets.keys() - entries.keys() if opaque else magnets.keys() ^ entries.keys()
    if wrong or not entries or len(entries) != len(printed.magnets or ()):
        raise VerificationError("report, magnets: they are not exactly the magnet lots inside the assembly")
    checks: list[Check] = []
    every: list[Judged] = []
    for place, (name, entry) in enumerate(sorted(entries.items())):
        if name not in magnets:
            why = f"magnets[{place}]: the evidence withholds what it was made of"
            checks += [Check(about, NOT_CHECKED, why) for about in _OF_ONE]
            continue
        check_description(entry, magnets[name].output, f"report, magnets[{place}].")
        one = judged(magnets[name], entry, graph)
        every.append(one)
        checks += _compare(entry, one, context, f"magnets[{place}].")
    if len(every) < len(entries):
        why = f"of the {len(entries)} magnet lots the evidence withholds what {len(entries) - len(every)} were made of"
        union = [Check(about, NOT_CHECKED, why) for about in ("assembly statement", "assembly verdicts")]
        return [*_worst_of(checks), *union]
    return [*_worst_of(checks), *_compare_union(printed, every, context)]


def _compare_union(printed: PrintedSubject, every: Sequence[Judged], context: Context) -> list[Check]:
    """The union of several magnets: every answer is one of theirs, and the verdict is the worst of theirs."""
    tolerance = Tolerance(
        {e: max(j.tolerance.of(e) for j in every) for j in every for e in (*j.subject.composition, BODY)},
        {e: max(j.tolerance.slack(e) for j in every) for j in every for e in j.tolerance.hidden},
    )
    subjects = [one.subject for one in every]
    verdicts, statement = Outcome(), Outcome()
    right = assess_assembly(subjects, context)
    least = assess_assembly([pruned(one.subject, one.tolerance) for one in every], context)
    compare_verdicts(printed.verdicts, right, least, tolerance, verdicts)
    if len(every) == 1:
        compare_statement(printed.statement, combine(printed.batch, subjects), tolerance, statement)
        detail = "the union is that of the one magnet lot inside"
    else:
        any_share = Tolerance(dict.fromkeys((*printed.statement.elements, BODY), PPM), tolerance.hidden)
        compare_statement(printed.statement, combine(printed.batch, subjects), any_share, statement)
        detail = f"how much each of the {len(every)} magnet lots weighs is not disclosed, so neither are their shares"
        if statement.result != FAILED:
            statement = Outcome(NOT_CHECKED, detail)
    return [
        _check("assembly statement", statement, detail),
        _check("assembly verdicts", verdicts, f"the worst of {len(every)} magnet lots"),
    ]


def _carried(printed: PrintedSubject, graph: Graph) -> Check:
    custody, owners = carried_upstream(graph)
    if printed.custody is None or printed.owners is None:
        return Check("upstream", NOT_CHECKED, "custody models and owners are not in this report")
    stated = {stage: tuple(countries) for stage, countries in printed.owners.items()}
    if tuple(printed.custody) == custody and stated == owners:
        return Check("upstream", PASSED, "custody models and owners' countries are those of the records")
    if graph.hidden:
        return Check("upstream", NOT_CHECKED, f"{graph.hidden[0]}: withheld, so not all owners can be known")
    name = "custody" if tuple(printed.custody) != custody else "owners"
    return Check("upstream", FAILED, f"{name}: it is not what the records upstream say")


def _check(name: str, outcome: Outcome, good: str) -> Check:
    return Check(name, outcome.result, outcome.detail or good)


def _worst_of(checks: Sequence[Check]) -> list[Check]:
    """One check for each name: the worst, the first of equals."""
    order = (FAILED, NOT_CHECKED, PASSED)
    names = dict.fromkeys(check.name for check in checks)
    return [min((c for c in checks if c.name == name), key=lambda c: order.index(c.result)) for name in names]


def _said(printed: PrintedEntry) -> str:
    found = ", ".join(f"{v.verdict} by {v.rule_pack}" for v in printed.verdicts)
    return found or "none was asked for, or it is no magnet that the rule packs know"


def _without_inquiries(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _without_inquiries(member) for name, member in value.items() if name != "inquiries"}
    if isinstance(value, list | tuple):
        return [_without_inquiries(member) for member in value]
    return value


def _first_difference(one: object, other: object) -> str:
    """The path of the first member in which two values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            if one.get(name) != other.get(name):
                return f".{name}{_first_difference(one.get(name), other.get(name))}"
    if isinstance(one, list) and isinstance(other, list):
        for place in range(max(len(one), len(other))):
            if one[place : place + 1] != other[place : place + 1]:
                pair = (one[place], other[place]) if place < min(len(one), len(other)) else (None, None)
                return f"[{place}]{_first_difference(*pair)}"
    return ""
