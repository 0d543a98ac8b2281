"""`lodestone log witness`: a witness in one command."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.files import read_bytes
from ledger.cli.options import Json
from ledger.cli.output import print_json, print_raw, say
from ledger.cli.passphrase import unlock
from ledger.errors import UsageError

__all__ = ["run_witness"]


def run_witness(
    name: Annotated[str, typer.Option("--name", help="What the witness is called, such as witness.example.com/w1.")],
    policy: Annotated[
        list[Path] | None, typer.Option("--policy", help="The policy of a log to witness; may be given several times.")
    ] = None,
    log: Annotated[
        list[str] | None, typer.Option("--log", metavar="VKEY", help="Or the verifier key of a log; likewise.")
    ] = None,
    home: Annotated[
        Path, typer.Option("--home", envvar="LODESTONE_WITNESS_HOME", help="The folder of its keys and state.")
    ] = Path("lodestone-witness"),
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")] = 8100,
    url: Annotated[
        str, typer.Option("--url", help="Where logs reach it: then the lines for their settings are printed.")
    ] = "",
    json: Json = False,
) -> None:
    """Run a witness: it cosigns checkpoints of logs that only grow. Prints its verifier keys to hand out."""
    from api.witness import serve_witness
    from ledger.workflows.asking import check_url
    from ledger.workflows.witness import known_logs, open_witness

    if not policy and not log:
        raise UsageError("which logs? Give the policy of one with --policy, or its verifier key with --log")
    logs = known_logs([read_bytes(path) for path in policy or ()], log or ())
    witness = open_witness(name, home / "keys", home / "witness.db", logs, unlock=unlock())
    here = f"http://{host}:{port}"
    if json:
        print_json({"name": name, "vkeys": witness.vkeys(), "logs": sorted(logs), "url": url or here})
    elif url:
        print_raw(witness.policy_lines(check_url(url)))
    else:
        for vkey in witness.vkeys():
            print_raw(vkey)
    say(f"The witness {name} answers at {here}/add-checkpoint (Ctrl-C stops it), for: {', '.join(sorted(logs))}.")
    say(f"Its keys are in {home / 'keys'}: keep copies of them, and of witness.db only the newest.")
    serve_witness(witness, host, port)
