"""`lodestone batch picture`: a batch drawn as an SVG file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.batches import batch_named, group
from ledger.cli.client import path_of_batch, service_or_home
from ledger.cli.home import ledger_beside
from ledger.cli.options import Home, Json, ProfileName, TokenFile, Url
from ledger.cli.output import print_json, say
from ledger.cli.profile import saved_profile
from ledger.cli.saving import copied_from, save
from ledger.values.encoding import split_batch_id

__all__ = ["Kind", "Tongue", "register"]

_Batch = Annotated[str, typer.Argument(help="<record id>#<place>, or a record's name of yours: mag#0.")]


class Kind(StrEnum):
    """What a picture shows."""

    graph = "graph"
    sankey = "sankey"
    map = "map"
    timeline = "timeline"


class Tongue(StrEnum):
    """The language of the words in a picture."""

    en = "en"
    zh = "zh"


def register(_: typer.Typer) -> None:
    """Add the command to the group of batches."""
    group.command("picture")(_picture)


def _picture(  # noqa: PLR0913, PLR0917 - the options of a command
    batch: _Batch,
    output: Annotated[Path, typer.Option("-o", "--output", help="The SVG file to write.")],
    kind: Annotated[Kind, typer.Option("--kind", help="What it shows.")] = Kind.graph,
    element: Annotated[str, typer.Option("--element", help="Of sankey and map; else the first rare earth.")] = "",
    depth: Annotated[int, typer.Option("--depth", min=1, max=2, help="Of graph: how many records away.")] = 1,
    language: Annotated[Tongue, typer.Option("--language", help="Of the words in it.")] = Tongue.en,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Draw a batch as an SVG file: what it was made of, an element's way to it, the map of its stages, their times."""
    service = service_or_home(url, saved_profile(profile), token_file)
    named = batch_named(batch, profile)
    if service:
        asked = {"element": element, "depth": depth, "lang": language.value}
        path = f"/v1/batches/{path_of_batch(named)}/pictures/{kind.value}.svg"
        save(output, copied_from(service, path, **asked))
    else:
        with ledger_beside(home) as ledger:
            svg = _drawn(ledger, split_batch_id(named), kind.value, element, depth, language.value)
        save(output, lambda out: out.write(svg.encode()))
    if json:
        print_json({"file": str(output), "bytes": output.stat().st_size})
    else:
        say(f"Saved: {output}")


def _drawn(ledger: Any, key: tuple[str, int], kind: str, element: str, depth: int, language: Any) -> str:
    from ledger.pictures.svg import Frame
    from ledger.store.queries import Viewer
    from ledger.workflows.pictures import PictureRequest, read_picture

    frame = Frame(language, standalone=True)
    return read_picture(ledger, Viewer(None), PictureRequest(kind, key, element or None, depth, frame=frame)).svg
