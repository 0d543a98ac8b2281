"""`lodestone batch label`: labels with a QR code, one as SVG, or sheets of them as PDF."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

import typer

from ledger.cli.batches import batch_named, group
from ledger.cli.client import Service, path_of_batch, service_or_home
from ledger.cli.files import write_whole
from ledger.cli.home import ledger_beside
from ledger.cli.options import Home, Json, ProfileName, TokenFile, Url
from ledger.cli.output import print_json, say
from ledger.cli.printing import Lang, reader_of
from ledger.cli.profile import saved_profile
from ledger.cli.saving import copied_from
from ledger.errors import UsageError

if TYPE_CHECKING:
    from ledger.documents.voice import Reader

__all__ = ["register"]

_MOST = 100


@dataclass(frozen=True, slots=True)
class _Asked:
    names: list[str]
    gtin: str
    serials: list[str]
    resolver: str
    copies: int
    reader: "Reader"


def register(_app: typer.Typer) -> None:
    """Add the command to its group."""
    group.command("label")(_label)


def _label(  # noqa: PLR0913, PLR0917 - the options of a command
    batches: Annotated[list[str], typer.Argument(help="<record id>#<place>, or records' names of yours: mag#0.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file: .pdf (sheets), or .svg (one label).")],
    gtin: Annotated[str, typer.Option("--gtin", help="Your GS1 article number: makes a GS1 Digital Link.")] = "",
    serial: Annotated[
        list[str] | None, typer.Option("--serial", help="A serial number beside a GTIN; several: a label each.")
    ] = None,
    resolver: Annotated[
        str, typer.Option("--resolver", help="Where your GTIN is answered for; else the service.")
    ] = "",
    copies: Annotated[int, typer.Option("--copies", min=1, max=_MOST, help="Of each label.")] = 1,
    lang: Lang = "en",
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Make labels for batches: a QR code that leads to the batch, its lot and mass, and its name."""
    names, serials = [batch_named(batch, profile) for batch in batches], serial or [""]
    _check(output, names, serials, copies)
    asked = _Asked(names, gtin, serials, resolver, copies, reader_of(lang))
    service = service_or_home(url, saved_profile(profile), token_file)
    write_whole(output, _fetched(service, output, asked) if service else _made(home, output, asked))
    if json:
        print_json({"file": str(output), "batches": names})
    else:
        say(f"The labels are in {output}.")


def _check(output: Path, names: list[str], serials: list[str], copies: int) -> None:
    if output.suffix not in (".pdf", ".svg"):
        raise UsageError(f"{output}: expected a file that ends in .pdf or .svg")
    if output.suffix == ".svg" and (len(names) > 1 or len(serials) > 1 or copies > 1):
        raise UsageError("an .svg holds one label: expected one batch and one serial number, or a .pdf")
    if len(names) > _MOST or len(serials) > _MOST:
        raise UsageError(f"expected at most {_MOST} batches or serial numbers at a time")


def _fetched(service: Service, output: Path, asked: _Asked) -> bytes:
    """What the service makes of it."""
    given: dict[str, object] = {
        "gtin": asked.gtin,
        "serial": asked.serials,
        "resolver": asked.resolver,
        "lang": asked.reader,
    }
    if output.suffix == ".svg":
        path = f"/v1/batches/{path_of_batch(asked.names[0])}/label.svg"
    else:
        path = "/v1/labels.pdf"
        given |= {"batch": [name.replace("#", "/") for name in asked.names], "copies": asked.copies}
    said = {name: value for name, value in given.items() if value not in ("", [""])}
    out = BytesIO()
    copied_from(service, f"{path}?{urlencode(said, doseq=True)}")(out)
    return out.getvalue()


def _made(home: Path | None, output: Path, asked: _Asked) -> bytes:
    """The same, by the operator on the ledger's own machine."""
    from ledger.documents.labels import Wanted, label_svg
    from ledger.store.queries import Viewer
    from ledger.workflows.labels import batch_label, label_sheets

    wanted = [Wanted(asked.gtin, serial, asked.resolver) for serial in asked.serials]
    with ledger_beside(home) as ledger:
        if output.suffix == ".svg":
            return label_svg(batch_label(ledger, Viewer(None), asked.names[0], asked.reader, wanted[0])).encode()
        return label_sheets(ledger, Viewer(None), asked.names, asked.reader, wanted, copies=asked.copies)
