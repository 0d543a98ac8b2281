"""`lodestone batch picture` and `lodestone report picture`: a batch drawn as an SVG file."""

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
from ledger.cli.reports import group as reports
from ledger.cli.saving import copied_from, save
from ledger.cli.verify import PolicyFile, pinned_policy, read_given, show_answer
from ledger.values.encoding import split_batch_id

__all__ = ["FromFile", "Kind", "Tongue", "register"]

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


class FromFile(StrEnum):
    """What a picture out of a file shows."""

    map = "map"
    sankey = "sankey"


def register(_: typer.Typer) -> None:
    """Add the commands to the groups of batches and of reports."""
    group.command("picture")(_picture)
    reports.command("picture")(_from_file)


def _picture(  # noqa: PLR0913, PLR0917 - the options of a command
    batch: _Batch,
    output: Annotated[Path, typer.Option("-o", "--output", help="The SVG file to write.")],
    kind: Annotated[Kind, typer.Option("--kind", help="What it shows.")] = Kind.graph,
    element: Annotated[str, typer.Option("--element", help="Of sankey and map; else the first rare earth.")] = "",
    depth: Annotated[int, typer.Option("--depth", min=1, max=2, help="Of graph: how many records away.")] = 1,
    lang: Annotated[Tongue, typer.Option("--lang", help="Of the words in it.")] = Tongue.en,
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
        asked = {"element": element, "depth": depth, "lang": lang.value}
        path = f"/v1/batches/{path_of_batch(named)}/pictures/{kind.value}.svg"
        save(output, copied_from(service, path, **asked))
    else:
        with ledger_beside(home) as ledger:
            svg = _drawn(ledger, split_batch_id(named), kind.value, element, depth, lang.value)
        save(output, lambda out: out.write(svg.encode()))
    _done(output, json=json)


def _from_file(
    file: Annotated[Path, typer.Argument(help="A report or a bundle; for sankey an auditor's bundle or a log.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The SVG file to write.")],
    kind: Annotated[FromFile, typer.Option("--kind", help="What it shows.")] = FromFile.map,
    element: Annotated[str, typer.Option("--element", help="Which; else the first rare earth.")] = "",
    batch: Annotated[str, typer.Option("--batch", help="Of sankey from a log: the batch.")] = "",
    lang: Annotated[Tongue, typer.Option("--lang", help="Of the words in it.")] = Tongue.en,
    policy: PolicyFile = None,
    json: Json = False,
) -> None:
    """Draw what a file proves, once it is verified, offline: the map of its stages, or where each milligram went."""
    from ledger.pictures.svg import Frame
    from ledger.workflows.pictured import map_of_file, sankey_of_file

    data, pinned, frame = read_given(file), pinned_policy(policy), Frame(lang.value, standalone=True)
    if kind is FromFile.map:
        answer, svg = map_of_file(data, pinned, element, frame)
    else:
        answer, svg = sankey_of_file(data, pinned, batch, element, frame)
    if not answer.passed:
        show_answer(answer)
        raise typer.Exit(1)
    save(output, lambda out: out.write(svg.encode()))
    _done(output, json=json)


def _done(output: Path, *, json: bool) -> None:
    if json:
        print_json({"file": str(output), "bytes": output.stat().st_size})
    else:
        say(f"Saved: {output}")


def _drawn(ledger: Any, key: tuple[str, int], kind: str, element: str, depth: int, lang: Any) -> str:
    from ledger.pictures.svg import Frame
    from ledger.store.queries import Viewer
    from ledger.workflows.pictures import PictureRequest, read_picture

    frame = Frame(lang, standalone=True)
    return read_picture(ledger, Viewer(None), PictureRequest(kind, key, element or None, depth, frame=frame)).svg
