"""`lodestone token`: who may read. For the operator, on the ledger's machine; a service may be running meanwhile."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.files import write_whole
from ledger.cli.home import ledger_beside
from ledger.cli.options import Home, Json
from ledger.cli.output import print_json, print_raw, print_table, say

__all__ = ["register"]

_group = typer.Typer(no_args_is_help=True, help="For the operator: tokens for reading.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="token")


@_group.command("new")
def _new(
    organization: Annotated[
        str, typer.Option("--organization", help="The organization's first record; the operator's own if left out.")
    ] = "",
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="read, report, grant or operator; read and report if left out.")
    ] = None,
    label: Annotated[str, typer.Option("--label", help="What it is for.")] = "",
    days: Annotated[int, typer.Option("--days", help="How many days it lasts.")] = 365,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file for it that only you can read.")] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Make a token. It is shown once, and kept nowhere."""
    from ledger.workflows.tokens import new_token

    scopes = scope or (["read", "report"] if organization else ["operator"])
    with ledger_beside(home) as ledger:
        made = new_token(ledger, organization or None, scopes, label, days=days)
    if output is not None:
        write_whole(output, made.token.encode() + b"\n", private=True)
    shown: dict[str, object] = {"id": made.id, "scopes": list(made.scopes), "expires_at": made.expires_at}
    if json:
        print_json(shown if output else shown | {"token": made.token})
        return
    if output is None:
        print_raw(made.token)
    where = f"in {output}" if output else "shown once, above"
    say(f"The token {made.id} is {where}. It is good for {', '.join(made.scopes)} until {made.expires_at}.")


@_group.command("revoke")
def _revoke(
    token: Annotated[str, typer.Argument(help="The token's id, as `token list` shows it.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """End a token at once."""
    from ledger.workflows.tokens import revoke_token

    with ledger_beside(home) as ledger:
        revoke_token(ledger, token)
    if json:
        print_json({"id": token, "revoked": True})
    else:
        say(f"The token {token} is revoked.")


@_group.command("list")
def _list(home: Home = None, json: Json = False) -> None:
    """List all tokens; their secrets are kept nowhere."""
    from ledger.workflows.tokens import list_tokens

    with ledger_beside(home) as ledger:
        known = list_tokens(ledger)
    if json:
        members = ("id", "organization", "scopes", "label", "created_at", "expires_at", "revoked_at")
        print_json([{name: getattr(token, name) for name in members} for token in known])
        return
    rows = [
        (t.id, ", ".join(t.scopes), t.label, t.organization or "the operator", t.expires_at, t.revoked_at or "")
        for t in known
    ]
    columns = ("id", "scopes", "label", "organization", "expires", "revoked")
    print_table("Tokens", columns, rows, whole=("id", "expires", "revoked"))
