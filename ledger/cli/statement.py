"""A report's statement and verdicts as tables for a terminal: the same cells that were signed, in plain words."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.cli.output import print_table

__all__ = ["print_statement", "print_verdicts", "share"]

_BUCKETS = {
    "mined": "mined",
    "refined": "refined into oxides",
    "metals_and_alloys": "made into metals and alloys",
    "sintered_or_bonded": "sintered or bonded",
    "magnetized": "magnetized",
}


def share(ppm: int) -> str:
    """A share as people read it: `12.5 %`, never rounded to nothing."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + " %"


def print_statement(subject: Mapping[str, Any]) -> None:
    """The section 857 statement: for each element and step the countries with their shares, unknowns in plain sight."""
    said = subject["statement"]
    steps = ("mined", "refined", "metals_and_alloys")
    rows = [[element, *(_cells(buckets[step]) for step in steps)] for element, buckets in said["elements"].items()]
    print_table(said["title"], ("element", *(_BUCKETS[step] for step in steps)), rows, whole=("element",))
    body = [[_BUCKETS[step], _cells(said[step])] for step in ("sintered_or_bonded", "magnetized")]
    print_table("The magnet itself", ("step", "where"), body, whole=("step",))


def print_verdicts(verdicts: Sequence[Mapping[str, Any]]) -> None:
    """Verdicts with their reasons; what would settle an UNKNOWN stands where a reason would."""
    rows = [[v["delivered"], v["verdict"], v["strict"], v["ground"], _why(v), v["rule_pack"]] for v in verdicts]
    columns = ("delivered", "verdict", "strict", "ground", "why", "rule pack")
    print_table("May it be delivered to the US Department of Defense?", columns, rows, whole=("delivered", "verdict"))


def _cells(cells: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(_cell(cell) for cell in sorted(cells, key=lambda cell: -cell["share_ppm"]))


def _cell(cell: Mapping[str, Any]) -> str:
    where = " + ".join(cell["countries"]) or cell["basis"]
    basis = {"declared": " (declared)", "unknown": f" ({cell.get('reason', 'no reason given')})"}.get(cell["basis"], "")
    return f"{where}{basis} {share(cell['share_ppm'])}"


def _why(verdict: Mapping[str, Any]) -> str:
    reasons = [
        f"{share(reason['share_ppm'])} of the {reason['element']}: {reason['stage']} in {reason['country']}"
        for reason in verdict["reasons"]
    ]
    return "; ".join(reasons or [need["what"] for need in verdict["needs"]])
