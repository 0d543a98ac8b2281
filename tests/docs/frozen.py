"""What `play` made once of the scenario in docs/formats/scenario.md, kept as bytes: files given away stay verifiable.

DOCS_EXAMPLES=freeze python -m pytest tests/docs        makes them anew; only where a format has changed on purpose
"""

from pathlib import Path

import orjson

from ledger.workflows.open import open_ledger
from ledger.workflows.play import PlayResult, play
from ledger.workflows.receipts import receipt
from tests.docs.pages import ROOT, examples

__all__ = ["FOLDER", "freeze", "played", "scenario"]

FOLDER = ROOT / "tests" / "vectors" / "docs"
_KEPT = ("policy.txt", "outcomes.jsonl", "reports/magnet.jwt", "reports/magnet.bundle.json")


def scenario() -> object:
    """The scenario that the documents show."""
    page = (ROOT / "docs" / "formats" / "scenario.md").read_text()
    return orjson.loads(examples(page)["scenario"])


def played(folder: Path) -> PlayResult:
    """The scenario, played into a new folder."""
    return play(scenario(), folder)


def freeze(folder: Path) -> None:
    """Keep the files of a played scenario, and the receipt of the magnet's record."""
    FOLDER.mkdir(exist_ok=True)
    for name in _KEPT:
        (FOLDER / Path(name).name).write_bytes((folder / name).read_bytes())
    outcomes = [orjson.loads(line) for line in (folder / "outcomes.jsonl").read_bytes().splitlines()]
    index = next(line["index"] for line in outcomes if line["as"] == "magnet")
    from ledger.workflows.config import read_config

    ledger = open_ledger(read_config({}, home=folder / "ledger"), found=False)
    try:
        given = receipt(ledger, index)
    finally:
        ledger.close()
    (FOLDER / "receipt.json").write_bytes(orjson.dumps(given, option=orjson.OPT_INDENT_2) + b"\n")
