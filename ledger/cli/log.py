"""`lodestone log`: what the transparency log publishes: its checkpoint, the policy to pin, a record's proof."""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from ledger.cli.client import Service, service_or_home
from ledger.cli.files import write_whole
from ledger.cli.home import config_of, ledger_beside, ledger_here
from ledger.cli.monitor import run_monitor
from ledger.cli.options import Home, Json, ProfileName, TokenFile, Url
from ledger.cli.output import print_json, print_raw, say
from ledger.cli.profile import saved_profile
from ledger.cli.witness import run_witness
from ledger.cli.witnessed import fetch_witnessed
from ledger.errors import LodestoneError, NotFound, UsageError
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.note import parse_note
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u, is_digest

__all__ = ["register"]

_group = typer.Typer(no_args_is_help=True, help="The transparency log: checkpoint, proof, policy, witness.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="log")


@_group.command("checkpoint")
def _checkpoint(url: Url = "", profile: ProfileName = "default", home: Home = None, json: Json = False) -> None:
    """Print the newest checkpoint: a signed note."""
    service = service_or_home(url, saved_profile(profile))
    if service is not None:
        note = service.text("/log/checkpoint")
    else:
        from ledger.store.published import PublishedDirectory

        config = config_of(home)
        note = (PublishedDirectory(config.tiles).checkpoint() if config.tiles.is_dir() else None) or ""
        if not note:
            raise NotFound(f"there is no published log in {config.home}; give a service with --url")
    if not json:
        print_raw(note)
        return
    checkpoint = parse_checkpoint(parse_note(note).text)
    shown = {"origin": checkpoint.origin, "size": checkpoint.size, "root": b64u(checkpoint.root), "note": note}
    print_json(shown)


@_group.command("policy")
def _policy(url: Url = "", profile: ProfileName = "default", home: Home = None, json: Json = False) -> None:
    """Print the policy to pin. Compare it with what the operator hands out elsewhere before you trust it."""
    service = service_or_home(url, saved_profile(profile))
    if service is not None:
        text = service.text("/log/policy")
    else:
        from ledger.workflows.open import policy_of

        with ledger_beside(home) as ledger:
            text = policy_of(ledger)
    if json:
        print_json({"policy": text})
    else:
        print_raw(text)


@_group.command("proof")
def _proof(
    record: Annotated[str, typer.Argument(help="The record's id.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file for the proof; the leaf goes beside it as FILE.leaf.")
    ] = None,
    url: Url = "",
    profile: ProfileName = "default",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """The receipt of a record: its leaf, and the proof (C2SP tlog-proof) that the log holds it."""
    if not is_digest(record):
        raise UsageError("expected the id of a record, sha-256:...")
    service = service_or_home(url, saved_profile(profile), token_file)
    receipt = _receipt_there(service, record) if service is not None else _receipt_here(home, record)
    proof, leaf = receipt.get("proof"), receipt.get("leaf")
    if not isinstance(proof, str) or not isinstance(leaf, dict):
        raise LodestoneError("the service did not answer with a receipt")
    if output is not None:
        write_whole(output, proof.encode())
        write_whole(output.with_name(output.name + ".leaf"), canonical(leaf))
    if json:
        print_json(receipt)
    elif output is None:
        print_raw(proof)
    else:
        say(f"The proof is in {output}, the leaf in {output}.leaf.")


def _receipt_there(service: Service, record: str) -> dict[str, object]:
    receipt = service.get(f"/v1/records/{quote(record, safe=':')}/receipt")
    return receipt if isinstance(receipt, dict) else {}


def _receipt_here(home: Path | None, record: str) -> dict[str, object]:
    from ledger.store.records import record_by_id
    from ledger.workflows.publish import publish
    from ledger.workflows.receipts import receipt_now

    with ledger_here(home) as ledger:
        publish(ledger)
        with ledger.database.reading() as connection:
            found = record_by_id(connection, record)
        if found is None:
            raise NotFound("there is no record of this id in the ledger")
        return dict(receipt_now(ledger, found.index))


_group.command("monitor")(run_monitor)
_group.command("witness")(run_witness)
_group.command("witnessed")(fetch_witnessed)
