"""`lodestone demo`: a whole chain in a temporary ledger, from ore and old motors to a magnet checked offline."""

import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from ledger.cli.options import Json
from ledger.cli.output import print_json, print_table, progress, say
from ledger.cli.statement import print_statement, print_verdicts

if TYPE_CHECKING:
    from ledger.bundle.result import Verification
    from ledger.workflows.play import PlayResult

__all__ = ["register"]

_REPORTS = ("delivered-2026", "delivered-2027")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(_demo)


def _demo(
    keep: Annotated[
        Path | None, typer.Option(help="A new folder to keep everything in; else it is thrown away.")
    ] = None,
    json: Json = False,
) -> None:
    """Show a whole chain in a temporary ledger: submit, report, verify, and a tampered copy refused."""
    from ledger.workflows.play import play

    story = orjson.loads((files("ledger.workflows") / "demo.json").read_bytes())
    with tempfile.TemporaryDirectory(prefix="lodestone-demo-") as temporary:
        folder = keep or Path(temporary) / "demo"
        with progress("records") as advance:
            result = play(story, folder, advance)
        good, bad = _verified(folder)
        if json:
            print_json(_as_json(result, good, bad))
        else:
            _tell(result, good, bad)
            if keep:
                say(f"Everything is kept in {keep}: the ledger, the reports, the bundles and policy.txt.")
    raise typer.Exit(0 if result.as_expected and good.passed and not bad.passed else 1)


def _verified(folder: Path) -> "tuple[Verification, Verification]":
    """The buyer's check, offline: his files and the policy that he pinned; then the same with one byte changed."""
    from ledger.bundle.verify import verify

    policy = (folder / "policy.txt").read_bytes()
    report = (folder / "reports" / f"{_REPORTS[1]}.jwt").read_bytes()
    bundle = (folder / "reports" / f"{_REPORTS[1]}.bundle.json").read_bytes()
    return verify(report, bundle, policy), verify(report, _one_byte_changed(bundle), policy)


def _one_byte_changed(bundle: bytes) -> bytes:
    place = bundle.index(b'"disclosures":["') + 40
    other = b"A" if bundle[place : place + 1] != b"A" else b"B"
    return bundle[:place] + other + bundle[place + 1 :]


def _tell(result: "PlayResult", good: "Verification", bad: "Verification") -> None:
    accepted = [line for line in result.outcomes if line["outcome"] == "accepted"]
    refused = [line for line in result.outcomes if line["outcome"] == "refused"]
    say(
        f"1. Seven organizations in six countries submitted {len(result.outcomes)} signed records: ore from Australia, "
        "old motors collected in the United States, dysprosium that is diffused into finished magnets in Germany."
    )
    say(f"   {len(accepted)} were accepted, each with a receipt: it is durable and in the public log.")
    rows = [[line["as"], v["code"], v["sentence"]] for line in refused for v in line["violations"]]
    say("2. Somebody tried to use the same concentrate twice. Nothing of it was stored:")
    print_table("Refused", ("record", "code", "what is wrong"), rows, whole=("record", "code"))
    first, second = (result.reports[name]["credentialSubject"] for name in _REPORTS)
    say("3. What the buyer's report says of the magnet, element by element:")
    print_statement(second)
    say("4. The same magnet, one day apart: from 2027 the test reaches back to mine and refinery.")
    print_verdicts([*first["verdicts"], *second["verdicts"]])
    say(f"5. The buyer checks his files offline against the policy that he pinned. {good.sentence}")
    print_table("Checks", ("check", "result", "detail"), [[c.name, c.result, c.detail] for c in good.checks])
    say("   What this does not show: " + " ".join(good.not_shown))
    say(f"6. The same bundle with one byte changed. {bad.sentence}")


def _as_json(result: "PlayResult", good: "Verification", bad: "Verification") -> dict[str, object]:
    subjects = {name: credential["credentialSubject"] for name, credential in result.reports.items()}
    return {
        "outcomes": result.outcomes,
        "reports": subjects,
        "verified": {key: value for key, value in good.as_json().items() if key != "credential"},
        "tampered": {key: value for key, value in bad.as_json().items() if key != "credential"},
    }
