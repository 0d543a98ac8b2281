"""What was played beside what the oracle says: differences in words, none if they agree."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from tests.oracle.model import Answer, Report
from tests.oracle.statement import Cells, lots
from tests.oracle.units import MILLION
from tests.oracle.verdicts import Verdict

__all__ = ["differences", "outcome_differences", "report_differences"]


def differences(answer: Answer, outcomes: list[dict[str, Any]], reports: Mapping[str, dict[str, Any]]) -> list[str]:
    """All differences between the oracle's answer and what was played."""
    found = outcome_differences(answer, outcomes)
    for name, report in answer.reports.items():
        if name not in reports:
            found.append(f"{name}: no report was made")
        else:
            found += [f"{name}: {words}" for words in report_differences(report, reports[name]["credentialSubject"])]
    return found


def outcome_differences(answer: Answer, outcomes: list[dict[str, Any]]) -> list[str]:
    """Differences in what was accepted, and in the sets of codes of what was refused."""
    found = []
    for said, played in zip(answer.outcomes, outcomes, strict=True):
        codes = {violation["code"] for violation in played["violations"]}
        if codes != said.codes or (played["outcome"] == "accepted") != said.accepted or played["as"] != said.name:
            found.append(
                f"{said.name}: the oracle says {sorted(said.codes) or 'accepted'}, played {sorted(codes) or 'accepted'}"
            )
    return found


def report_differences(report: Report, subject: dict[str, Any]) -> list[str]:
    """Differences between a report's subject and the oracle's."""
    return [
        *_statement(report, subject["statement"]),
        *_content(report, subject),
        *_verdicts(report, subject["verdicts"]),
    ]


def _slack(report: Report, element: str) -> float:
    """In ppm: two, one for each process on the path, and what whole milligrams blur."""
    inside = [
        lot.batch.blur.get(element, 0.0) + MILLION / (lot.element(element) + 1)
        for lot in lots(report.batch)
        if report.batch.magnets
    ]
    return 2 + report.batch.depth + max([report.batch.blur.get(element, 0.0), *map(float, inside)])


def _statement(report: Report, said: dict[str, Any]) -> Iterable[str]:
    there = lots(report.batch)
    composition = {element for lot in there for element in lot.batch.composition}
    elements = {element for element in composition if any(lot.element(element) for lot in there)}
    if not elements <= set(said["elements"]) <= composition:
        yield f"elements: the oracle says {sorted(elements)}, reported {sorted(said['elements'])}"
    for element in sorted(elements & set(said["elements"])):
        for bucket, cells in report.statement.elements[element].items():
            yield from _cells(f"{element}.{bucket}", cells, said["elements"][element][bucket], _slack(report, element))
    for bucket, cells in report.statement.body.items():
        yield from _cells(bucket, cells, said[bucket], _slack(report, "*"))


def _cells(where: str, cells: Cells, said: list[dict[str, Any]], slack: float) -> Iterable[str]:
    if sum(cell["share_ppm"] for cell in said) != MILLION:
        yield f"{where}: the list does not sum to a million"
    if any(cell["share_ppm"] < 1 for cell in said):
        yield f"{where}: a share above zero is printed as zero"
    reported: dict[tuple[tuple[str, ...], str], int] = {}
    for cell in said:
        key = (tuple(cell["countries"]), cell["basis"])
        reported[key] = reported.get(key, 0) + cell["share_ppm"]
    small = sum(share * MILLION < 1 for share in cells.values())  # each is printed as one, taken from the largest
    for key in sorted(cells.keys() | reported.keys()):
        exact = cells.get(key, Fraction(0))
        ppm = float(exact * MILLION)
        if abs(ppm - reported.get(key, 0)) > slack + small:
            yield f"{where}: {key} is {ppm:.1f} ppm, reported {reported.get(key, 0)}, slack {slack:.1f}"


def _content(report: Report, subject: dict[str, Any]) -> Iterable[str]:
    elements = ["*", *report.statement.elements]
    for element, kinds in report.recycled.items():
        slack = _slack(report, element) if element in elements else max(_slack(report, other) for other in elements)
        said = subject["recycled"].get(element, {})
        yield from _shares(f"recycled.{element}", {f"{kind}_ppm": share for kind, share in kinds.items()}, said, slack)
    if sum(report.completeness.values()):
        slack = max(_slack(report, element) for element in elements)
        exact = {f"{basis}_ppm": share for basis, share in report.completeness.items()}
        yield from _shares("completeness", exact, subject["completeness"], slack)


def _shares(where: str, exact: dict[str, Fraction], said: dict[str, Any], slack: float) -> Iterable[str]:
    for name, share in exact.items():
        if name not in said:
            yield f"{where}.{name} is not reported"
        elif abs(float(share * MILLION) - said[name]) > slack:
            yield f"{where}.{name} is {float(share * MILLION):.1f}, reported {said[name]}"
    if sum(said.get(name, 0) for name in exact) != MILLION:
        yield f"{where} does not sum to a million"


def _verdicts(report: Report, said: list[dict[str, Any]]) -> Iterable[str]:
    found = [Verdict(verdict["verdict"], verdict["strict"], verdict["ground"]) for verdict in said]
    for expected in (report.verdicts, report.blurred):
        several = [verdict.ground == "several" for verdict in expected]
        played = [
            replace(verdict, ground="several") if many else verdict
            for verdict, many in zip(found, several, strict=False)
        ]
        if played + found[len(several) :] == expected:
            return
    yield f"verdicts: the oracle says {report.verdicts}, reported {found}"
