"""`lodestone report print`, and what `report show` saves: a verified report on paper or as a page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.files import write_whole
from ledger.cli.options import Json
from ledger.cli.output import print_json, say
from ledger.cli.verify import Issuer, PolicyFile, pinned_policy, read_given, show_answer
from ledger.errors import UsageError

if TYPE_CHECKING:
    from ledger.documents.voice import Reader

__all__ = ["Lang", "printed", "reader_of", "register_print", "save_printed"]

Lang = Annotated[str, typer.Option("--lang", help="en, zh, or both side by side.")]
_MOST_FILES = 2


def register_print(group: typer.Typer) -> None:
    """Add the command."""
    group.command("print")(_print)


def reader_of(lang: str) -> "Reader":
    """Whom a document is printed for.

    Raises:
        UsageError: another language.
    """
    from ledger.documents.voice import READERS

    found = next((reader for reader in READERS if reader == lang), None)
    if found is None:
        raise UsageError(f"--lang: expected one of {', '.join(READERS)}")
    return found


def printed(path: Path, jwt: str, lang: str, bundle: bytes | None = None) -> bytes:
    """The report as the kind of file that the path names: `.pdf` or `.html`.

    Raises:
        UsageError: another ending, or another language.
    """
    from ledger.documents.html import render_document
    from ledger.documents.pdf import render_pdf

    reader = reader_of(lang)
    if path.suffix == ".pdf":
        return render_pdf(jwt, reader, bundle)
    if path.suffix == ".html" and bundle is None:
        return render_document(jwt, reader).encode()
    if path.suffix == ".html":
        raise UsageError("a page holds no evidence: give the report alone, or print a .pdf")
    raise UsageError(f"{path}: expected a file that ends in .pdf or .html")


def save_printed(path: Path, jwt: str, lang: str) -> None:
    """Print a report into a file, and say so."""
    write_whole(path, printed(path, jwt, lang))
    say(f"The report is in {path}." + (f" To verify: lodestone verify {path}" if path.suffix == ".pdf" else ""))


def _print(
    files: Annotated[list[Path], typer.Argument(help="The report (.jwt); with its bundle, that is attached too.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write: .pdf, or .html.")],
    lang: Lang = "en",
    policy: PolicyFile = None,
    issuer: Issuer = None,
    json: Json = False,
) -> None:
    """Print a report that verifies under the pinned policy; what does not verify is not printed."""
    from ledger.bundle.format import Bundle, Report, read_file
    from ledger.bundle.verify import verify

    if len(files) > _MOST_FILES:
        raise UsageError("expected a report, or a report and its bundle")
    given = [read_given(path) for path in files]
    answer = verify(given[0], given[1] if len(given) > 1 else None, pinned_policy(policy), issuer)
    if not answer.passed:
        if json:
            print_json(answer.as_json())
        else:
            show_answer(answer)
        say(f"{output} was not written: only what verifies is printed.")
        raise typer.Exit(1)
    read = [read_file(data) for data in given]
    bundle = next((data for data, kind in zip(given, read, strict=True) if isinstance(kind, Bundle)), None)
    report = next(
        kind if isinstance(kind, Report) else kind.report for kind in read if isinstance(kind, Report | Bundle)
    )
    write_whole(output, printed(output, report.text, lang, bundle if output.suffix == ".pdf" else None))
    if json:
        print_json({"file": str(output), "verification": answer.as_json()})
    else:
        say(f"{answer.sentence} It is printed in {output}.")
