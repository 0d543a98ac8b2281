"""The entry of `lodestone`: one file for each group of commands, and the one place where errors become sentences.

Loading this loads neither database nor web framework: commands import what they need when they run.
"""

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from ledger.cli import (
    backup,
    batches,
    bench,
    demo,
    exports,
    fsck,
    grants,
    importing,
    keys,
    labels,
    log,
    notices,
    organizations,
    pictures,
    play,
    records,
    reports,
    serve,
    tokens,
    verifier,
    verify,
)
from ledger.cli.output import complain, print_json, print_violations, violations_json
from ledger.cli.user import keep_traceback
from ledger.errors import LodestoneError, Refused, UsageError

__all__ = ["app", "main"]

app = typer.Typer(
    name="lodestone",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Follow rare-earth batches from ore to magnet, and prove it offline.",
)

_GROUPS = (
    (demo, serve, play),
    (keys, organizations, tokens, grants),
    (records, importing, batches, pictures, labels, reports, notices),
    (verify, verifier, exports, log),
    (fsck, backup, bench),
)
for groups in _GROUPS:
    for group in groups:
        group.register(app)


def _version(value: bool) -> None:
    if value:
        try:
            sys.stdout.write(f"lodestone {version('lodestone')}\n")
        except PackageNotFoundError:
            sys.stdout.write("lodestone (not installed: run from its source)\n")
        raise typer.Exit


@app.callback()
def _lodestone(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Follow rare-earth batches from ore to magnet, and prove it offline."""


def main() -> None:
    """Run one command. Every error becomes a sentence and an exit code; a traceback never reaches the user."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    debug = os.environ.get("LODESTONE_DEBUG") == "1"
    try:
        app()
    except LodestoneError as error:
        if debug:
            raise
        _explain(error)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except Exception as error:
        if debug:
            raise
        kept = keep_traceback(error)
        where = f"What happened is in {kept}." if kept else "Run it again with LODESTONE_DEBUG=1 to see what happened."
        complain(f"Something went wrong that Lodestone did not expect ({type(error).__name__}). {where}")
        _as_json(error, "Something went wrong that Lodestone did not expect.")
        sys.exit(1)


def _explain(error: LodestoneError) -> None:
    if isinstance(error, Refused):
        complain("Refused.")
        print_violations(error.violations)
    else:
        complain(str(error))
    _as_json(error, str(error))


def _as_json(error: BaseException, sentence: str) -> None:
    """A program that asked for JSON gets JSON, also when it goes wrong."""
    if "--json" in sys.argv:
        shown: dict[str, object] = {"error": sentence}
        violations = violations_json(error)
        print_json(shown | {"violations": violations} if violations else shown)


if __name__ == "__main__":
    main()
