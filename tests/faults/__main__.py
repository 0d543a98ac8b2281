"""`python -m tests.faults`: do to a ledger what disks, processes and machines do, and see what is lost.

Exit code 0: nothing was lost, by any fault that could be tried here; 1: something was; 2: wrong usage.
"""

import random
import time
from functools import partial
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table

from tests.faults import families
from tests.faults.run import Result, run

_MOST_SHOWN = 10


def main(
    family: Annotated[list[str] | None, typer.Option("--family", help="Only this one; may be repeated.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Of the first trial; the next has the next.")] = None,
    trials: Annotated[int | None, typer.Option("--trials", min=1, help="How many of each family.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Try faults of every family on ledgers in temporary folders."""
    chosen = [one for one in families.ALL if not family or one.name in family]
    if family and len(chosen) != len(set(family)):
        raise typer.BadParameter(f"the families are {', '.join(one.name for one in families.ALL)}")
    first = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    words = Console(stderr=True)
    words.print(f"Seeds from {first}; a trial is repeated by --family, --seed and --trials 1.")
    results = []
    with words.status("") as status:
        for one in chosen:
            begun = time.monotonic()
            count = trials or one.trials
            results.append(run(one, range(first, first + count), partial(_tell, status, count)))
            words.print(f"{one.name}: {_said(results[-1])}, {time.monotonic() - begun:.0f} s", highlight=False)
    if json:
        said = {"seed": first, "lost": _lost(results), "families": [result.as_json() for result in results]}
        print(orjson.dumps(said, option=orjson.OPT_INDENT_2).decode())
    else:
        _show(results)
    raise typer.Exit(1 if _lost(results) else 0)


def _tell(status: Status, count: int, result: Result) -> None:
    status.update(f"{result.family.name}: {result.trials} of {count}")


def _said(result: Result) -> str:
    return f"left out: {result.left_out}" if result.left_out else f"{len(result.losses)} losses in {result.trials}"


def _lost(results: list[Result]) -> int:
    return sum(len(result.losses) for result in results)


def _show(results: list[Result]) -> None:
    table = Table("family", "fault")
    for name in ("trials", "receipts checked", "checkpoints checked", "losses"):
        table.add_column(name, justify="right")
    for result in results:
        numbers = (result.trials, result.receipts, result.checkpoints, len(result.losses))
        shown = ["left out"] * 4 if result.left_out else [f"{number:,}" for number in numbers]
        table.add_row(result.family.name, result.family.says, *shown)
    totals = [sum(r.trials for r in results), sum(r.receipts for r in results), sum(r.checkpoints for r in results)]
    table.add_section()
    table.add_row("all", "", *(f"{total:,}" for total in [*totals, _lost(results)]))
    Console(width=140).print(table)
    for result in results:
        if result.left_out:
            print(f"{result.family.name} was left out: {result.left_out}.")
        for at, sentence in result.losses[:_MOST_SHOWN]:
            print(f"LOST ({result.family.name}, --seed {at}): {sentence}")


if __name__ == "__main__":
    typer.run(main)
