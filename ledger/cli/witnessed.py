"""What witnesses have signed since a report was made: fetched, and kept beside it for whoever verifies offline."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.bundle.format import Bundle, LogExport, read_file
from ledger.bundle.trust import approve, signed_by_log
from ledger.cli.client import Service, service_or_home
from ledger.cli.files import read_bytes, write_whole
from ledger.cli.home import ledger_here
from ledger.cli.options import Home, Json, ProfileName, Url
from ledger.cli.output import print_json, print_raw, say
from ledger.cli.profile import saved_profile
from ledger.errors import LodestoneError, NotFound, PolicyUnmet
from ledger.log.policy import parse_policy

__all__ = ["fetch_witnessed", "missing_cosignatures"]


def fetch_witnessed(
    file: Annotated[Path, typer.Argument(help="A report, a bundle, or the export of a log.", show_default=False)],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file for it; else stdout.")] = None,
    profile: ProfileName = "default",
    url: Url = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """Fetch the newest witnessed checkpoint that continues the one of a file: `verify` takes it beside the file."""
    service = service_or_home(url, saved_profile(profile))
    note = _note_of(read_bytes(file))
    text = _there(service, note, service.text("/log/policy")) if service is not None else _here(home, note)
    if text is None:
        raise NotFound("the witnesses have not signed a checkpoint that continues this one yet; ask again in a minute")
    if output is not None:
        write_whole(output, text.encode())
        say(f"Saved: {output}. To verify: lodestone verify {file} {output}")
    if json:
        print_json({"witnessed": text})
    elif output is None:
        print_raw(text)


def missing_cosignatures(service: Service, report: bytes) -> tuple[bool, str | None]:
    """Whether a report that was just made lacks what the service's own policy demands, and what supplies it by now."""
    policy, note = service.text("/log/policy"), _note_of(report)
    try:
        approve(note, parse_policy(policy))
    except PolicyUnmet:
        return True, _there(service, note, policy)
    return False, None


def _note_of(data: bytes) -> str:
    found = read_file(data)
    if isinstance(found, LogExport):
        return found.checkpoint
    return (found.report if isinstance(found, Bundle) else found).trust.checkpoint


def _there(service: Service, note: str, policy: str) -> str | None:
    known = signed_by_log(note, parse_policy(policy))
    if known is None:
        raise LodestoneError(f"the log at {service.url} has not signed the checkpoint of this file")
    try:
        return service.text(f"/log/witnessed/{known.size}")
    except NotFound:
        return None


def _here(home: Path | None, note: str) -> str | None:
    from ledger.workflows.cosigned import continuation
    from ledger.workflows.open import policy_of

    with ledger_here(home) as ledger:
        known = signed_by_log(note, parse_policy(policy_of(ledger)))
        return continuation(ledger, known.size) if known is not None else None
