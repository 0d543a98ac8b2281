"""`lodestone export`: what an auditor takes away, to be replayed offline by `lodestone audit`."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.batches import batch_named
from ledger.cli.client import path_of_batch, service_or_home
from ledger.cli.home import ledger_here
from ledger.cli.options import Home, Json, ProfileName, TokenFile, Url
from ledger.cli.output import print_json, say
from ledger.cli.profile import saved_profile
from ledger.cli.saving import copied_from, save

__all__ = ["register"]

_group = typer.Typer(no_args_is_help=True, help="For auditors: a batch with its evidence, or the whole log.")
_Output = Annotated[Path, typer.Option("-o", "--output", help="The file to write.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="export")


@_group.command("batch")
def _batch(
    batch: Annotated[str, typer.Argument(help="<record id>#<place>, or a record's name of yours: mag#0.")],
    output: _Output,
    depth: Annotated[int | None, typer.Option("--depth", min=0, help="How many records up to go.")] = None,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Save an auditor's bundle of a batch: your own records whole, all others as a buyer sees them."""
    named = batch_named(batch, profile)
    service = service_or_home(url, saved_profile(profile), token_file)
    if service is not None:
        save(output, copied_from(service, f"/v1/exports/batch/{path_of_batch(named)}", depth=depth))
    else:
        from ledger.workflows.report import ReportRequest, make_report, write_bundle

        with ledger_here(home) as ledger:
            made = make_report(ledger, ReportRequest(named, "auditor"))
            save(output, lambda out: write_bundle(ledger, made.id, out, depth))
    _done(output, json=json)


@_group.command("log")
def _log(
    output: _Output,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Save the whole log: your own records whole, of all others the leaves; the operator gets every record."""
    service = service_or_home(url, saved_profile(profile), token_file)
    if service is not None:
        save(output, copied_from(service, "/v1/exports/log"))
    else:
        from ledger.workflows.export import write_log_export

        with ledger_here(home) as ledger:
            save(output, lambda out: write_log_export(ledger, out))
    _done(output, json=json)


def _done(output: Path, *, json: bool) -> None:
    if json:
        print_json({"file": str(output), "bytes": output.stat().st_size})
    else:
        say(f"Saved: {output}. To replay it: lodestone audit {output}")
