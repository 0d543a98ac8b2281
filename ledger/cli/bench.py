"""`lodestone bench`: figures with their limits, measured in one run on this machine."""

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
    ancestors: Annotated[str, typer.Option(help="Depths of the chains to report on.")] = "10,1000,100000",
    records: Annotated[int, typer.Option(help="Records to audit.", min=100)] = 10_000,
) -> None:
    """Measure what a report, a bundle, a buyer's check and an audit cost, beside what they could cost at best."""
    from ledger.bench.figures import run

    depths = tuple(int(depth) for depth in ancestors.split(","))
    figures = [figure.as_json() for figure in run(say, ancestors=depths, records=records)]
    if json:
        print_json({"figures": figures})
        return
    rows = [[f["name"], f["value"], f["unit"], f["limit"], f["ratio"], f["rounds"]] for f in figures]
    print_table(
        "Measured on this machine", ("figure", "value", "unit", "limit", "ratio", "rounds"), rows, whole=("figure",)
    )
