"""`lodestone verifier`: the verifier of the pages as one HTML file, for whoever has no program but a browser."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import Json
from ledger.cli.output import print_json, print_raw, say
from ledger.cli.saving import save

__all__ = ["register"]

_Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="Where to save it; else only its digest is printed.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verifier")(_verifier)


def _verifier(output: _Output = None, json: Json = False) -> None:
    """Save the verifier for browsers as one HTML file that works offline, and print its SHA-256."""
    from api.web.single_file import FILE_NAME, single_file, single_file_digest

    digest = single_file_digest()
    if output is not None:
        save(output, lambda out: out.write(single_file()))
        say(f"The verifier is in {output}. Open it in a browser; nothing is asked of any network.")
    if json:
        print_json({"file": str(output or FILE_NAME), "sha256": digest})
    else:
        print_raw(f"{digest}  {output or FILE_NAME}")
