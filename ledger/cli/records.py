"""`lodestone sign`, `check` and `submit`: a producer's records, in people's units or in the ledger's own."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from ledger.cli.client import Service, service_for, violations_of
from ledger.cli.drafting import Drafter, Entry, entry_of, unsigned
from ledger.cli.files import read_bytes, read_records, write_whole
from ledger.cli.options import Json, ProfileName, TokenFile, Url
from ledger.cli.output import complain, print_json, print_raw, print_table, progress, say
from ledger.cli.profile import Draft, Profile, open_profile
from ledger.cli.sending import send_outbox, sent_one
from ledger.cli.submitting import Line, Uploaded, ask_check, shares_of, upload
from ledger.errors import ConfigError, LodestoneError, Refused, UsageError, Violation
from ledger.values.encoding import digest

__all__ = ["register"]

_KeepReceipt = Callable[[Mapping[str, object] | None], None]
_MOST_CHECKED = 1_000
_Files = Annotated[
    list[Path], typer.Argument(help="JSON or NDJSON, as in a scenario's records, or signed; - is standard input.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sign")(_sign)
    app.command("check")(_check)
    app.command("submit")(_submit)


def _sign(
    files: _Files,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file for the signed records.")] = None,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Sign records as the next ones of your chain, without sending them: one signed envelope on each line."""
    entries = _entries(files)
    refused: list[Line] = []
    envelopes: list[bytes] = []
    with open_profile(profile) as mine:
        _must_have_organization(mine)
        service = service_for(url, mine, token_file) if url or mine.url else None
        drafter = Drafter(mine, shares_of(entries, mine, service))
        with progress("signed") as advance:
            for place, entry in enumerate(entries, 1):
                try:
                    signed = drafter.sign(entry)
                except Refused as refusal:
                    refused.append(Line(entry, "refused", violations=refusal.violations))
                else:
                    envelopes.append(signed.submission.envelope.data)
                    mine.drafts[signed.submission.id] = signed.draft
                advance("signed", place, len(entries))
        if not refused:
            mine.save()
    if refused:
        _show_refused(refused, json=json)
        complain("Nothing is signed: what is wrong is listed above.")
        raise typer.Exit(1)
    text = b"".join(envelope + b"\n" for envelope in envelopes)
    if output is not None:
        write_whole(output, text)
        say(f"{len(envelopes)} signed records are in {output}. To send them: lodestone submit {output}")
    if json:
        print_json({"signed": len(envelopes), "envelopes": [orjson.loads(envelope) for envelope in envelopes]})
    elif output is None:
        print_raw(text.decode())


def _check(
    files: _Files,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Say everything that would be wrong with records, before anything is signed or sent."""
    entries = _entries(files)
    if len(entries) > _MOST_CHECKED:
        raise UsageError(f"expected at most {_MOST_CHECKED:,} records to check at once")
    with open_profile(profile) as mine:
        _must_have_organization(mine)
        service = service_for(url, mine, token_file)
        local = _unreadable(entries, mine)
        checked = ask_check(service, unsigned(entries, mine))
    lines = []
    for place, (entry, said) in enumerate(zip(entries, checked, strict=True)):
        violations = local.get(place) or tuple(violations_of(said.get("violations")))
        lines.append(Line(entry, "refused" if violations else "accepted", violations=violations))
    refused = [line for line in lines if line.violations]
    if json:
        print_json([{**said, **line.as_json()} for said, line in zip(checked, lines, strict=True)])
    else:
        _show_refused(refused, json=False)
        _show_remarks(entries, checked)
        say(f"{len(lines) - len(refused)} of {len(lines)} records would be accepted. Nothing was sent.")
    raise typer.Exit(1 if refused else 0)


def _submit(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="JSON or NDJSON records, unsigned or signed; none: what is still to be sent."),
    ] = None,
    receipts: Annotated[
        Path | None, typer.Option("--receipts", help="A file for the receipts; beside the first file if left out.")
    ] = None,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Sign and send records; say of each line what became of it. Run it again after mending: nothing is sent twice."""
    entries = _entries(files or [])
    path = receipts or (_beside(files[0]) if files else None)
    lines: list[Line] = []
    with open_profile(profile) as mine:
        _must_have_organization(mine)
        service = service_for(url, mine, token_file)
        with _receipts(path) as out:
            _open_chain(mine, service)
            for answer in send_outbox(mine, service):
                out(answer.receipt)
            with progress("records") as advance:
                told = Uploaded(advance, lambda line: out(line.receipt), say)
                try:
                    lines.extend(upload(entries, mine, service, told))
                except LodestoneError:
                    _show_submitted(lines, path, json=False)
                    raise
    _show_submitted(lines, path, json=json)
    raise typer.Exit(1 if any(line.outcome == "refused" for line in lines) else 0)


def _entries(files: Sequence[Path]) -> list[Entry]:
    if sum(str(path) == "-" for path in files) > 1:
        raise UsageError("standard input can be read once only")
    seen: Counter[str] = Counter()
    entries = []
    for path in files:
        for number, said in read_records(path):
            entry = entry_of(str(path), number, said)
            seen[entry.digest] += 1
            if seen[entry.digest] > 1:  # the same line a second time is another record
                entry = replace(entry, digest=digest(f"{entry.digest} {seen[entry.digest]}".encode()))
            entries.append(entry)
    if files and not entries:
        raise UsageError("there is no record in what was given")
    return entries


def _must_have_organization(mine: Profile) -> None:
    if not mine.organization:
        raise ConfigError("this profile has no organization yet; make its record: lodestone org new")


def _open_chain(mine: Profile, service: Service) -> None:
    """The organization record goes before all others, as soon as the operator has admitted it."""
    if mine.seq >= 0:
        return
    try:
        sent_one(mine, service, read_bytes(mine.folder / "organization.json").strip(), Draft())
    except Refused as refusal:
        if any(violation.code == "not-admitted" for violation in refusal.violations):
            say(f"The operator has not admitted you yet: lodestone org admit {mine.organization}")
        raise
    say("Your organization record is in the ledger.")


def _unreadable(entries: Sequence[Entry], mine: Profile) -> dict[int, tuple[Violation, ...]]:
    """What is wrong with entries before any ledger is asked, by their place."""
    drafter = Drafter(mine)
    wrong = {}
    for place, entry in enumerate(entries):
        try:
            drafter.sign(entry)
        except Refused as refusal:
            wrong[place] = refusal.violations
    return wrong


@contextmanager
def _receipts(path: Path | None) -> Iterator[_KeepReceipt]:
    """Receipts are added to a file as they come, so that what was promised survives whatever comes after."""
    if path is None:
        yield lambda _receipt: None
        return
    try:
        file = path.open("ab")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    with file:

        def keep(receipt: Mapping[str, object] | None) -> None:
            if receipt is not None:
                file.write(orjson.dumps(receipt) + b"\n")
                file.flush()

        yield keep
        os.fsync(file.fileno())


def _beside(path: Path) -> Path:
    return Path("receipts.ndjson") if str(path) == "-" else path.with_name(path.name + ".receipts.ndjson")


def _show_submitted(lines: Sequence[Line], path: Path | None, *, json: bool) -> None:
    count = {outcome: sum(line.outcome == outcome for line in lines) for outcome in ("accepted", "refused", "before")}
    if json:
        print_json({**count, "receipts": str(path) if path else None, "lines": [line.as_json() for line in lines]})
        return
    _show_refused([line for line in lines if line.outcome == "refused"], json=False)
    said = f"{count['accepted']} accepted, {count['refused']} refused"
    said += f", {count['before']} submitted before" if count["before"] else ""
    say(f"{said}. The receipts are in {path}." if path and count["accepted"] else f"{said}.")
    if count["refused"]:
        say("Mend the refused lines and submit the same file again: only what is not in the ledger is sent.")


def _show_refused(lines: Sequence[Line], *, json: bool) -> None:
    if json:
        print_json({"refused": len(lines), "lines": [line.as_json() for line in lines]})
        return
    several = len({line.entry.file for line in lines}) > 1
    rows = [
        (
            f"{line.entry.file}:{line.entry.line}" if several else line.entry.line,
            line.entry.name,
            v.code,
            v.member,
            v.sentence,
        )
        for line in lines
        for v in line.violations
    ]
    if rows:
        print_table("Refused", ("line", "record", "code", "member", "what is wrong"), rows, whole=("line", "code"))


def _show_remarks(entries: Sequence[Entry], checked: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (entry.line, entry.name, remark.get("member"), remark.get("sentence"))
        for entry, said in zip(entries, checked, strict=True)
        for remark in said.get("remarks", ())
    ]
    if rows:
        print_table("Remarks: accepted, but look again", ("line", "record", "member", "remark"), rows, whole=("line",))
