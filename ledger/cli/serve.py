"""`lodestone serve` and `lodestone migrate`: running a ledger."""

from typing import Annotated

import typer

from ledger.cli.home import config_of, ledger_here
from ledger.cli.options import Home, Json
from ledger.cli.output import print_json, print_raw, say

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("serve")(_serve)
    app.command("migrate")(_migrate)


def _serve(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")] = 8000,
    home: Home = None,
) -> None:
    """Run the service. The first start founds the ledger and prints the policy to hand out."""
    from api.__main__ import serve
    from ledger.workflows.open import policy_of

    config = config_of(home)
    first = not (config.home / "config.toml").exists()
    with ledger_here(home, found=True) as ledger:
        if first:
            say(f"A new ledger, {config.ledger}, is in {config.home}.")
            say(f"Its keys are in {config.keys}: keep copies of them in a safe place.")
            say("This is the policy by which everyone verifies; hand it out:")
            print_raw(policy_of(ledger))
        say(f"The ledger {config.ledger} is served at http://{host}:{port} (Ctrl-C stops it).")
        serve(ledger, host, port)


def _migrate(home: Home = None, json: Json = False) -> None:
    """Bring the database to the form that this version needs. Safe to repeat."""
    from ledger.store.database import Database
    from ledger.store.migrate import migrate
    from ledger.workflows.alone import only_process

    config = config_of(home)
    with only_process(config):
        database = Database(config.database)
        try:
            migrate(database)
        finally:
            database.close()
    if json:
        print_json({"database": "sqlite" if config.database.startswith("sqlite:") else "postgresql", "current": True})
    else:
        say("The database has the form that this version needs.")
