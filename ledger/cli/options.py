"""Options that many commands share, said once."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Home", "Json", "ProfileName", "TokenFile", "Url"]

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of tables for people.")]
Url = Annotated[
    str,
    typer.Option("--url", envvar="LODESTONE_URL", help="The service; the profile remembers it.", show_default=False),
]
ProfileName = Annotated[
    str,
    typer.Option("--profile", envvar="LODESTONE_PROFILE", help="Which profile of yours speaks: one a chain."),
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", help="A file with the token for reading; else LODESTONE_TOKEN, else the profile's."),
]
Home = Annotated[
    Path | None,
    typer.Option(
        "--home", envvar="LODESTONE_HOME", help="The ledger's folder; default ./lodestone-data.", show_default=False
    ),
]
