"""`lodestone verify` and `lodestone audit`: under a policy that was pinned before, offline unless asked otherwise."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from ledger.bundle.audit import audit
from ledger.bundle.online import ONLINE, Online, later_at
from ledger.bundle.proven import Follower
from ledger.bundle.receipt import looks_like_receipts, verify_receipts
from ledger.bundle.result import NOT_CHECKED, Check, Verification
from ledger.bundle.trust import Later
from ledger.bundle.verify import verify
from ledger.cli.options import Json
from ledger.cli.output import clean, print_json, print_raw, print_table, progress
from ledger.cli.saving import save
from ledger.cli.user import user_folder
from ledger.errors import ConfigError, LodestoneError, UsageError
from ledger.log.witness import parse_add_checkpoint
from ledger.workflows.asking import check_url, read_public

__all__ = ["Issuer", "PolicyFile", "pinned_policy", "read_given", "register", "show_answer"]

_POLICY_FILE = "policy.txt"
_MOST_FILES = 2
_PATIENCE = 30.0
_MOST_FETCHED = 64_000_000
_FORMATS = ("csv", "xlsx", "parquet")
_PDF = b"%PDF-"
_WITNESSED = b"old "
"""How a checkpoint with the proof that it continues an earlier one begins (docs/formats/witness.md)."""

PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", help="The pinned policy; else LODESTONE_POLICY, else policy.txt of your own settings."),
]
Issuer = Annotated[str | None, typer.Option("--issuer", metavar="DID", help="Whom you expect to have issued it.")]


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command("verify")(_verify)
    app.command("audit")(_audit)


def pinned_policy(given: Path | None) -> bytes:
    """The policy to verify under: the one given, LODESTONE_POLICY, or the one in the user's own folder.

    Raises:
        ConfigError: there is none, or it cannot be read.
    """
    named = given or (Path(os.environ["LODESTONE_POLICY"]) if os.environ.get("LODESTONE_POLICY") else None)
    path = named or user_folder() / _POLICY_FILE
    try:
        return path.read_bytes()
    except OSError as error:
        hint = (
            f"the policy {named} cannot be read"
            if named
            else f"there is no policy: give one with --policy, or as {path}"
        )
        raise ConfigError(f"I cannot say who signed this: {hint}.") from error


def _verify(
    files: Annotated[
        list[Path],
        typer.Argument(help="A report, its bundle, both, or a PDF, with what witnesses signed later; or receipts."),
    ],
    policy: PolicyFile = None,
    issuer: Issuer = None,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask the log: changes since, its newest checkpoint, revocation.")
    ] = False,
    url: Annotated[str, typer.Option("--url", help="Where, with --online; else where the report says.")] = "",
    json: Json = False,
) -> None:
    """Verify a report, a bundle, both together, a PDF of them, or receipts, offline; with --online, ask the log too."""
    given = [read_given(path) for path in files]
    witnessed = [data for data in given if data.startswith(_WITNESSED)]
    read = [data for data in given if not data.startswith(_WITNESSED)]
    if not 1 <= len(read) <= _MOST_FILES or len(witnessed) > 1:
        raise UsageError("expected a report, its bundle, or both, and at most one file of what witnesses signed later")
    if url and not online:
        raise UsageError("--url says where to look with --online; without it nothing is fetched")
    if len(read) == 1 and looks_like_receipts(read[0]):
        if online and not url:
            raise UsageError("receipts do not say where their log is: give its address with --url")
        found = (later_at(_get, check_url(url)) if online else None) or (_later(witnessed[0]) if witnessed else None)
        _answer(lambda pinned: verify_receipts(read[0], pinned, found), policy, json=json)
        return
    later = _later(witnessed[0]) if witnessed else None
    network = Online(_get, check_url(url) if url else "") if online else None
    paper = [data for data in read if data.startswith(_PDF)]
    if paper:
        _answer(lambda pinned: _verify_pdf(paper, read, pinned, issuer, later, network), policy, json=json)
        return
    _answer(
        lambda pinned: verify(read[0], read[1] if len(read) > 1 else None, pinned, issuer, later, network),
        policy,
        json=json,
    )


def _audit(  # noqa: PLR0913, PLR0917 - the options of a command
    bundle: Annotated[Path, typer.Argument(help="The export of a log, or an auditor's bundle.", show_default=False)],
    policy: PolicyFile = None,
    issuer: Issuer = None,
    batches: Annotated[
        Path | None, typer.Option(help="Work out every batch of a log, routes included, and write them here (NDJSON).")
    ] = None,
    tables: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write what was proven as tables into this new folder.")
    ] = None,
    table_format: Annotated[str, typer.Option("--format", help="Of tables: csv, xlsx, parquet, or all.")] = "all",
    witnessed: Annotated[
        Path | None, typer.Option(help="What witnesses signed later, where the policy demands it.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="How many read ahead; all processors if not said.")
    ] = None,
    json: Json = False,
) -> None:
    """Replay an auditor's file: every signature, chain, proof, balance, route and verdict, computed anew."""
    data = read_given(bundle)
    later = _later(read_given(witnessed)) if witnessed is not None else None
    formats = _formats(table_format)

    def run(out: BinaryIO | None) -> None:
        with progress("Reading") as advance:

            def audited(pinned: bytes, follower: Follower | None = None) -> Verification:
                return audit(
                    data, pinned, advance, issuer, readers=processes, batches=out, later=later, follower=follower
                )

            def tabled(pinned: bytes) -> Verification:
                if tables is None:
                    return audited(pinned)
                from ledger.workflows.tables import audit_into

                return audit_into(tables, formats, lambda follower: audited(pinned, follower))

            _answer(tabled, policy, json=json)

    if batches is None:
        run(None)
    else:
        save(batches, run)


def _formats(named: str) -> tuple[str, ...]:
    if named != "all" and named not in _FORMATS:
        raise UsageError(f"--format: expected {', '.join(_FORMATS)} or all, not {named[:40]}")
    return _FORMATS if named == "all" else (named,)


def _verify_pdf(
    paper: list[bytes],
    read: list[bytes],
    pinned: bytes,
    issuer: str | None,
    later: Later | None,
    network: Online | None,
) -> Verification:
    """A PDF, alone or with its bundle beside it."""
    from ledger.documents.paper import verify_paper

    if len(paper) > 1:
        raise UsageError("expected one PDF, alone or with the bundle of its report")
    beside = next((data for data in read if not data.startswith(_PDF)), None)
    if beside is not None and not beside.startswith(b"{"):
        raise UsageError("a PDF holds its report: expected nothing beside it, or the bundle")
    return verify_paper(paper[0], pinned, issuer, later, network, beside)


def _answer(run: Callable[[bytes], Verification], policy: Path | None, *, json: bool) -> None:
    """Print the answer; the exit code is 0 only if nothing failed."""
    try:
        pinned = pinned_policy(policy)
    except ConfigError as error:
        if not json:
            raise
        answer = Verification(str(error), "failed", (Check("policy", "failed", str(error)),))
    else:
        answer = run(pinned)
    if json:
        print_json(answer.as_json())
    else:
        show_answer(answer)
    unasked = any(check.name == ONLINE and check.result == NOT_CHECKED for check in answer.checks)
    if unasked or not answer.passed:
        raise typer.Exit(1)


def _get(url: str) -> bytes | None:
    """One look at the network: only `--online` comes here."""
    return read_public(url, seconds=_PATIENCE, most=_MOST_FETCHED)


def _later(data: bytes) -> Later:
    """What witnesses signed later, from a file."""
    parse_add_checkpoint(data)
    return lambda _: data


def show_answer(answer: Verification) -> None:
    """One sentence, the checks, and what they do not show."""
    print_raw(clean(answer.sentence))
    rows = [(check.name, check.result, check.detail) for check in answer.checks]
    print_table("", ("check", "result", "detail"), rows, whole=("check", "result"))
    if answer.not_shown:
        print_raw("This does not show:")
        for each in answer.not_shown:
            print_raw(clean(f"- {each}"))


def read_given(path: Path) -> bytes:
    """What is in a file under test.

    Raises:
        LodestoneError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise LodestoneError(f"the file {path} cannot be read: {error.strerror}") from error
