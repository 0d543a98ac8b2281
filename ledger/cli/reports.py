"""`lodestone report`: make a report on a batch, fetch it with its evidence, revoke it."""

import re
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from ledger.cli.batches import batch_named
from ledger.cli.client import Service, service_or_home
from ledger.cli.files import read_json, write_whole
from ledger.cli.home import ledger_here
from ledger.cli.options import Home, Json, ProfileName, TokenFile, Url
from ledger.cli.output import print_facts, print_json, say
from ledger.cli.printing import Lang, register_print, save_printed
from ledger.cli.profile import saved_profile
from ledger.cli.saving import copied_from, save
from ledger.cli.statement import print_statement, print_verdicts
from ledger.cli.witnessed import missing_cosignatures
from ledger.errors import LodestoneError, UsageError
from ledger.log.note import parse_note

__all__ = ["group", "register"]

group = typer.Typer(no_args_is_help=True, help="Reports: make, show, revoke, fetch with evidence.")
_Report = Annotated[str, typer.Argument(help="The report's id.", show_default=False)]
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def register(app: typer.Typer) -> None:
    """Add the group."""
    register_print(group)
    app.add_typer(group, name="report")


@group.command("new")
def _new(  # noqa: PLR0913, PLR0917 - the options of a command
    batch: Annotated[str, typer.Argument(help="<record id>#<place>, or a record's name of yours: mag#0.")],
    audience: Annotated[str, typer.Option("--audience", help="public, buyer or auditor.")] = "buyer",
    delivered: Annotated[str, typer.Option("--delivered", help="The day of delivery: verdicts are for that day.")] = "",
    context: Annotated[
        Path | None,
        typer.Option("--context", help="JSON: what else is stated (clause, end_item, ...)."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A stem: STEM.jwt, STEM.json, STEM.bundle.json; else its id.")
    ] = None,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Make a report, and save it with its evidence: both files together are what a buyer verifies."""
    stated = _context(context, delivered)
    named = batch_named(batch, profile)
    service = service_or_home(url, saved_profile(profile), token_file)
    if service is not None:
        asked = {"batch": named, "audience": audience, "context": stated}
        made = _object(service.send("POST", "/v1/reports", asked))
        stem = output or Path(str(made["id"]))
        save(_with(stem, ".bundle.json"), copied_from(service, f"/v1/reports/{made['id']}/bundle"))
    else:
        from ledger.workflows.report import ReportRequest, make_report, write_bundle

        with ledger_here(home) as ledger:
            report = make_report(ledger, ReportRequest(named, audience, None, stated))
            made = {"id": report.id, "jwt": report.jwt, "credential": report.credential, "link": report.link}
            stem = output or Path(report.id)
            save(_with(stem, ".bundle.json"), lambda out: write_bundle(ledger, report.id, out))
    write_whole(_with(stem, ".jwt"), str(made["jwt"]).encode())
    write_whole(_with(stem, ".json"), orjson.dumps(made["credential"], option=orjson.OPT_INDENT_2) + b"\n")
    files = [str(_with(stem, ending)) for ending in (".jwt", ".json", ".bundle.json")]
    files += _witnessed(service, str(made["jwt"]).encode(), _with(stem, ".witnessed")) if service is not None else []
    if json:
        print_json({"id": made["id"], "link": made.get("link"), "files": files, "credential": made["credential"]})
        return
    _print(_object(made["credential"]), str(made["id"]))
    say(f"Saved: {', '.join(files)}. To verify: lodestone verify {' '.join([files[0], *files[2:]])}")


@group.command("show")
def _show(  # noqa: PLR0913, PLR0917 - the options of a command
    report: _Report,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="Also print it into this file, with the report inside.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also save it as a page of its own.")] = None,
    lang: Lang = "en",
) -> None:
    """Show a report of yours, and whether it is revoked; print it, or save it as a page."""
    _check_id(report)
    for path, ending in ((pdf, ".pdf"), (html, ".html")):
        if path is not None and path.suffix != ending:
            raise UsageError(f"{path}: expected a file that ends in {ending}")
    service = service_or_home(url, saved_profile(profile), token_file)
    if service is not None:
        seen = _object(service.get(f"/v1/reports/{report}"))
    else:
        from ledger.report.seal import open_sealed
        from ledger.workflows.reports import report_of

        with ledger_here(home) as ledger:
            found = report_of(ledger, report, None)
        seen = {"id": found.id, "jwt": found.jwt, "credential": dict(open_sealed(found.jwt).payload)}
        seen |= {"revoked_at": found.revoked_at} if found.revoked_at else {}
    for path in (pdf, html):
        if path is not None:
            save_printed(path, str(seen["jwt"]), lang)
    if json:
        print_json(seen)
        return
    _print(_object(seen["credential"]), report)
    if seen.get("revoked_at"):
        say(f"This report was revoked at {seen['revoked_at']}.")


@group.command("revoke")
def _revoke(
    report: _Report,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Revoke a report of yours, for good: from now on the status list says so."""
    _check_id(report)
    service = service_or_home(url, saved_profile(profile), token_file)
    if service is not None:
        service.send("POST", f"/v1/reports/{report}/revoke")
    else:
        from ledger.workflows.reports import revoke_report

        with ledger_here(home) as ledger:
            revoke_report(ledger, report, None)
    if json:
        print_json({"id": report, "revoked": True})
    else:
        say(f"The report {report} is revoked.")


@group.command("bundle")
def _bundle(
    report: _Report,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file for it; else <id>.bundle.json.")] = None,
    depth: Annotated[int | None, typer.Option("--depth", min=0, help="How many records up to go.")] = None,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Fetch a report's evidence: the bundle that is verified offline."""
    _check_id(report)
    path = output or Path(f"{report}.bundle.json")
    service = service_or_home(url, saved_profile(profile), token_file)
    if service is not None:
        save(path, copied_from(service, f"/v1/reports/{report}/bundle", depth=depth))
    else:
        from ledger.workflows.report import write_bundle

        with ledger_here(home) as ledger:
            save(path, lambda out: write_bundle(ledger, report, out, depth))
    if json:
        print_json({"id": report, "file": str(path)})
    else:
        say(f"The bundle is in {path}. To verify: lodestone verify {path}")


def _witnessed(service: Service, report: bytes, path: Path) -> list[str]:
    """Where the service's policy demands witnesses who had not signed yet: what they have signed by now, in a file."""
    missing, text = missing_cosignatures(service, report)
    if text is not None:
        write_whole(path, text.encode())
        return [str(path)]
    if missing:
        say("The witnesses have not signed yet. In a minute: lodestone log witnessed REPORT.jwt -o REPORT.witnessed")
    return []


def _context(path: Path | None, delivered: str) -> dict[str, Any]:
    stated: dict[str, Any] = {}
    if path is not None:
        said = read_json(path)
        if not isinstance(said, dict):
            raise UsageError(f"{path}: expected a JSON object that states the delivery")
        stated |= said
    if delivered:
        stated["delivered"] = delivered
    return stated


def _print(credential: dict[str, Any], report: str) -> None:
    subject = _object(credential.get("credentialSubject"))
    head = {"report": report, **{name: subject.get(name) for name in ("batch", "material", "magnet_type", "audience")}}
    head["cosigned by"] = ", ".join(_cosigners(credential))
    print_facts({name: value for name, value in head.items() if value})
    print_statement(subject)
    if subject.get("verdicts"):
        print_verdicts(subject["verdicts"])


def _cosigners(credential: dict[str, Any]) -> list[str]:
    """Who has signed the report's checkpoint besides the log itself, by the names of their keys. `verify` proves it."""
    note = parse_note(str(_object(credential.get("trust")).get("checkpoint")))
    origin = note.text.split("\n", 1)[0]
    return list(dict.fromkeys(line.name for line in note.signatures if line.name != origin))


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise LodestoneError("the service did not answer as expected")
    return value


def _check_id(report: str) -> None:
    if not _ID.fullmatch(report):
        raise UsageError("expected the id of a report: 22 letters, digits, '-' and '_'")


def _with(stem: Path, ending: str) -> Path:
    return stem.with_name(stem.name + ending)
