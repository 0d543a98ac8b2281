"""`lodestone bench`: figures with their limits, measured in one run on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import Json
from ledger.cli.output import print_json, print_table, say

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(_bench)


def _bench(
    json: Json = False,
    only: Annotated[
        list[str] | None, typer.Option(help="A figure to measure, or names that begin so: submit. (may be repeated)")
    ] = None,
    quick: Annotated[bool, typer.Option(help="Everything small: whether it works, not how fast it is.")] = False,
    full: Annotated[bool, typer.Option(help="Also with 1,000,000 records in the ledger.")] = False,
    keep: Annotated[
        Path | None, typer.Option(help="A folder where large ledgers are kept and used again.", file_okay=False)
    ] = None,
) -> None:
    """Measure what submissions, reports, bundles and audits cost, each beside a limit of this machine."""
    from ledger.bench.figures import run
    from ledger.bench.goals import GOALS, reached
    from ledger.bench.setting import FULL, QUICK, USUAL

    size = QUICK if quick else FULL if full else USUAL
    figures = []
    for figure in run(say, size, only=only or (), keep=keep):
        goal = GOALS.get(figure.name)
        more = {"goal": str(goal), "reached": reached(figure)} if goal else {}
        figures.append({**figure.as_json(), **more})
        if figure.note:
            say(figure.note)
    if json:
        print_json({"figures": figures})
        return
    names = ("name", "value", "unit", "limit", "ratio", "rounds", "goal", "reached")
    rows = [[f.get(name, "") for name in names] for f in figures]
    print_table("Measured on this machine", ("figure", *names[1:]), rows, whole=("figure",))
