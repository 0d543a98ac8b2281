"""`lodestone play`: a scenario through the whole road, in a ledger of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.files import read_json
from ledger.cli.options import Json
from ledger.cli.output import print_json, print_table, progress, say
from ledger.errors import UsageError

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
    _check_forms(said)
    with progress("records") as advance:
        result = play(said, directory, advance)
    if json:
        print_json(_as_json(result, directory))
    else:
        _show(result, directory)
    raise typer.Exit(0 if result.as_expected else 1)


_TEXTS = {
    "facilities": ("of", "country"),
    "records": ("as", "by", "type", "at", "expect"),
    "reports": ("as", "by", "batch", "audience", "delivered"),
}
_NEEDED = {"facilities": ("of", "country"), "reports": ("by", "batch")}


def _check_forms(said: object) -> None:
    """Refuse what cannot be played before anything is made. Not checked: what the ledger itself says of a record.

    Raises:
        UsageError: a part of the scenario has another form than expected.
    """
    if not isinstance(said, dict):
        raise UsageError("a scenario is a JSON object")
    for part in ("organizations", "facilities", "records", "reports"):
        entries = said.get(part, {})
        if not isinstance(entries, dict | list):
            raise UsageError(f"{part}: expected {'a list' if part in ('records', 'reports') else 'an object'}")
        for name, entry in entries.items() if isinstance(entries, dict) else enumerate(entries):
            _check_entry(part, f"{part}.{name}" if isinstance(entries, dict) else f"{part}[{name}]", entry)


def _check_entry(part: str, where: str, entry: object) -> None:
    if not isinstance(entry, dict):
        raise UsageError(f"{where}: expected an object")
    for member in _NEEDED.get(part, ()):
        if member not in entry:
            raise UsageError(f"{where}: a member is missing: {member}")
    for member in _TEXTS.get(part, ()):
        if not isinstance(entry.get(member, ""), str):
            raise UsageError(f"{where}.{member}: expected a text")
    violations = entry.get("violations", [])
    if part == "records" and not (isinstance(violations, list) and all(isinstance(code, str) for code in violations)):
        raise UsageError(f"{where}.violations: expected a list of codes")
    if part == "reports" and not isinstance(entry.get("context", {}), dict):
        raise UsageError(f"{where}.context: expected an object")


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
