"""`lodestone fsck`: whether all that a ledger stores follows from its records, and making anew what does not."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.files import read_bytes
from ledger.cli.home import config_of
from ledger.cli.options import Home, Json
from ledger.cli.output import clean, print_json, print_raw, print_table, progress, say
from ledger.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from ledger.workflows.fsck import Fsck

__all__ = ["checkpoint_in", "register", "show_answer"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fsck")(_fsck)


def _fsck(
    repair: Annotated[
        bool, typer.Option("--repair", help="Make anew what is derived: tables, tiles. Needs the service stopped.")
    ] = False,
    seen: Annotated[
        Path | None, typer.Option("--seen", help="The newest checkpoint that anybody outside has: it must be reached.")
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Check a whole ledger: every record, signature, rule, balance, route, tile and checkpoint, computed anew.

    Exit code 0: nothing differs; 1: something does; 2: there is no ledger to check.
    """
    from ledger.workflows.fsck import fsck

    with progress("Reading") as advance:
        try:
            answer = fsck(config_of(home), repair=repair, progress=advance, seen=checkpoint_in(seen))
        except ConfigError as error:
            raise UsageError(str(error)) from error
    if json:
        print_json(answer.as_json())
    else:
        show_answer(answer)
    if not answer.clean:
        raise typer.Exit(1)


def checkpoint_in(path: Path | None) -> str:
    """The text of a checkpoint file that the user named, or nothing."""
    return "" if path is None else read_bytes(path).decode("utf-8", "replace")


def show_answer(answer: "Fsck") -> None:
    """The answer for people: the sentence and the differences on stdout, notes on stderr."""
    print_raw(clean(answer.sentence))
    if answer.repaired:
        made = ", ".join(f"{count} of kind {kind}" for kind, count in sorted(answer.repaired.items()))
        print_raw(clean(f"Made anew: {made}."))
    if answer.findings:
        rows = [(f.where, f.sentence, f.expected, f.found, "yes" if f.mends else "no") for f in answer.findings]
        print_table("", ("where", "what differs", "expected", "found", "--repair mends it"), rows)
    hidden = sum(answer.differences.values()) - len(answer.findings)
    if hidden:
        print_raw(f"And {hidden} more.")
    for sentence in answer.notes:
        say(f"No damage: {sentence}")
    for sentence in answer.unchecked:
        say(f"Not checked: {sentence}")
