"""Write beside every story of `tests/scenarios` what the oracle says of it: `python -m tests.oracle.freeze`."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.oracle.model import Answer, answer
from tests.oracle.statement import Cells
from tests.oracle.units import MILLION

__all__ = ["STORIES", "frozen", "stories"]

STORIES = Path(__file__).parent.parent / "scenarios"


def stories() -> list[Path]:
    """The stories, in order."""
    return sorted(path for path in STORIES.glob("*.json") if not path.name.endswith(".expected.json"))


def frozen(given: Answer) -> dict[str, Any]:
    """An answer as plain JSON; shares in ppm with one digit after the point, as text."""
    reports = {}
    for name, report in given.reports.items():
        elements = {
            element: {bucket: _cells(cells) for bucket, cells in buckets.items()}
            for element, buckets in sorted(report.statement.elements.items())
        }
        reports[name] = {
            "statement": {
                "elements": elements,
                **{bucket: _cells(cells) for bucket, cells in report.statement.body.items()},
            },
            "recycled": {element: _shares(kinds) for element, kinds in sorted(report.recycled.items())},
            "completeness": _shares(report.completeness),
            "verdicts": [[verdict.verdict, verdict.strict, verdict.ground] for verdict in report.verdicts],
        }
    outcomes = {outcome.name: sorted(outcome.codes) or "accepted" for outcome in given.outcomes}
    return {"outcomes": outcomes, "reports": reports}


def _cells(cells: Cells) -> dict[str, str]:
    return {" ".join([basis, *countries]): _ppm(share) for (countries, basis), share in sorted(cells.items())}


def _shares(shares: dict[str, Fraction]) -> dict[str, str]:
    return {f"{name}_ppm": _ppm(share) for name, share in shares.items()}


def _ppm(share: Fraction) -> str:
    tenths = round(share * MILLION * 10)
    return f"{tenths // 10}.{tenths % 10}"


def _write() -> None:
    for path in stories():
        said = frozen(answer(json.loads(path.read_text())))
        path.with_suffix(".expected.json").write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    _write()
