"""`lodestone play`: a scenario through the whole road, in a ledger of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.files import read_json
from ledger.cli.options import Json
from ledger.cli.output import print_json, print_table, progress, say

if TYPE_CHECKING:
    from ledger.workflows.play import PlayResult

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("play")(_play)


def _play(
    scenario: Annotated[Path, typer.Argument(help="A scenario: organizations, facilities, records, reports.")],
    directory: Annotated[Path, typer.Option("-o", "--output", help="A new folder for everything that comes out.")],
    json: Json = False,
) -> None:
    """Run a scenario: keys, records, reports, in a new ledger; 0 if every expectation of it was met."""
    from ledger.workflows.play import play

    said = read_json(scenario)
    with progress("records") as advance:
        result = play(said, directory, advance)
    if json:
        print_json(_as_json(result, directory))
    else:
        _show(result, directory)
    raise typer.Exit(0 if result.as_expected else 1)


def _as_json(result: "PlayResult", directory: Path) -> dict[str, object]:
    subjects = {name: credential["credentialSubject"] for name, credential in result.reports.items()}
    return {
        "directory": str(directory),
        "outcomes": result.outcomes,
        "reports": {name: {"batch": s["batch"], "verdicts": s.get("verdicts", [])} for name, s in subjects.items()},
        "unmet": result.unmet,
    }


def _show(result: "PlayResult", directory: Path) -> None:
    refused = [line for line in result.outcomes if line["outcome"] == "refused"]
    if refused:
        print_table("Refused", ("record", "code", "member", "what is wrong"), _refusals(refused), whole=("code",))
    reports = [row for name, credential in result.reports.items() for row in _verdicts(name, credential)]
    if reports:
        print_table("Reports", ("report", "delivered", "rule pack", "verdict", "ground"), reports, whole=("delivered",))
    for sentence in result.unmet:
        say(f"Not as expected: {sentence}")
    accepted = len(result.outcomes) - len(refused)
    say(f"{accepted} records accepted, {len(refused)} refused, {len(result.reports)} reports in {directory}.")


def _refusals(lines: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [(line["as"], v["code"], v["member"], v["sentence"]) for line in lines for v in line["violations"]]


def _verdicts(name: str, credential: dict[str, Any]) -> list[tuple[object, ...]]:
    verdicts = credential["credentialSubject"].get("verdicts") or []
    rows: list[tuple[object, ...]] = [
        (name, v.get("delivered"), v.get("rule_pack"), v.get("verdict"), v.get("ground")) for v in verdicts
    ]
    return rows or [(name, "", "", "no verdict asked for, or none applies", "")]
