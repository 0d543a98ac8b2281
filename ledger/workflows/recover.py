"""Bringing an older copy of a ledger forward again, with records that producers and auditors have kept.

A log is a pure function of its records in their order. The published entry tiles say which records those were, so an
old database that is given them, each in its place, becomes the one that was signed: nothing is forked, and nothing is
signed here.

1 what was signed   2 the leaves up to there, proven by the signed root   3 copies of the missing records
4 each in its place, by the commit road   5 the next start finds the root that was signed
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import orjson

from ledger.errors import LedgerUnsafe, LodestoneError, Refused, UsageError, VerificationError
from ledger.log.tiles import recompute
from ledger.log.tree import Frontier
from ledger.rules.submission import Submission, read_submission
from ledger.store.codec import RouteBook
from ledger.store.database import Database
from ledger.store.log import keep_checkpoint, read_head, read_leaves, rewritten
from ledger.store.migrate import at_this_version
from ledger.values.canonical import canonical
from ledger.workflows.alone import only_process
from ledger.workflows.commit import parts_of, take_group
from ledger.workflows.config import Config
from ledger.workflows.findings import Findings, Progress
from ledger.workflows.fsck_log import Claim, read_signed
from ledger.workflows.keys import read_service_keys

__all__ = ["Recovered", "recover"]

_BLOCK = 200


@dataclass(frozen=True, slots=True)
class Recovered:
    """From which size to which the database was brought, what was signed, and which records nobody had a copy of.

    `missing` are their ids in the order of the log; the first of them is where it stopped.
    """

    before: int
    size: int
    signed: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    index: int
    leaf: bytes
    record: str
    signatures: str


def recover(
    config: Config, files: Iterable[bytes], *, tiles: Path | None = None, progress: Progress | None = None
) -> Recovered:
    """Append records that a database has lost, out of copies that others have, up to what was signed.

    The files hold envelopes, one on each line, or are exports of the log. `tiles` is a mirror of the published files,
    where the ledger's own are lost too. Promised: only the very records that were signed are taken, each in its place;
    what was taken is durable even if others are missing. Nothing is signed or published: the next start does that.

    Raises:
        LedgerUnsafe: the tiles do not give the signed root, or the database is not the beginning of that log.
        UsageError: nothing is missing, or nothing is known to have been signed.
    """
    with ExitStack() as stack:
        stack.enter_context(only_process(config))
        database = Database(config.database)
        stack.callback(database.close)
        if not at_this_version(database):
            raise UsageError("The database is of another version: run lodestone migrate first.")
        with database.reading() as connection:
            head = read_head(connection)
        signed = _signed(config, tiles or config.tiles)  # 1
        if signed.size <= head.size:
            raise UsageError(f"Nothing is missing: the database holds {head.size} entries, {signed.size} were signed.")
        wanted = _leaves(tiles or config.tiles, signed, Frontier.from_bytes(head.frontier))  # 2
        copies = _copies(files, {entry.record: entry for entry in wanted}, config.ledger)  # 3
        missing = tuple(entry.record for entry in wanted if entry.record not in copies)
        size = _append(database, wanted, copies, progress or _silent)  # 4
        if size == signed.size:
            with database.writing(locked=False) as connection:
                keep_checkpoint(connection, size, signed.note)
    return Recovered(head.size, size, signed.size, missing)


def _signed(config: Config, tiles: Path) -> Claim:
    """The newest checkpoint that the second store or the published files hold, with both signatures of the log."""
    keys = read_service_keys(config.keys, config.origin).log.keys
    found = read_signed(config.second_store, tiles, config.origin, keys, Findings())
    claims = [claim for claim in (found.second, found.published) if claim is not None]
    if not claims:
        raise UsageError("Neither the second store nor the published files hold a checkpoint of this log.")
    return max(claims, key=lambda claim: claim.size)


def _leaves(tiles: Path, signed: Claim, held: Frontier) -> list[_Entry]:
    """The leaves that the database lacks, out of published entries that give the signed root."""

    def fetch(path: str) -> bytes | None:
        try:
            return (tiles / path).read_bytes()
        except OSError:
            return None

    wanted: list[_Entry] = []
    root = b""
    try:
        for index, leaf, tree in recompute(fetch, signed.size):
            if tree.size == held.size and tree.root() != held.root():
                raise LedgerUnsafe("The database is not the beginning of the log that was signed.")
            if index >= held.size:
                said = orjson.loads(leaf)
                wanted.append(_Entry(index, leaf, said["r"], said["s"]))
            root = tree.root() if tree.size == signed.size else root
    except (VerificationError, ValueError, KeyError) as error:
        raise LedgerUnsafe(f"The published entries cannot be read: {error}. Give a mirror with --tiles.") from error
    if root != signed.root:
        raise LedgerUnsafe("The published entries do not give the root that was signed. Give a mirror with --tiles.")
    return wanted


def _copies(files: Iterable[bytes], wanted: Mapping[str, _Entry], ledger: str) -> dict[str, Submission]:
    """Copies of wanted records, wholly disclosed, with just the signatures that their leaves name."""
    found: dict[str, Submission] = {}
    for data in files:
        for envelope in _envelopes(data):
            try:
                entry = read_submission(envelope, ledger, submission=False)
            except Refused:
                continue
            place = wanted.get(entry.id)
            if place is not None and entry.envelope.signatures_digest() == place.signatures:
                found[entry.id] = entry
    return found


def _envelopes(data: bytes) -> Iterator[bytes]:
    """The envelopes in a file: the export of a log, or one on each line; what is none is passed over."""
    for line in data.splitlines():
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        evidence = said.get("evidence") if isinstance(said, dict) else None
        if isinstance(evidence, dict):
            records = evidence.get("records")
            for each in records if isinstance(records, list) else ():
                if isinstance(each, dict) and "envelope" in each:
                    yield canonical(each["envelope"])
        elif isinstance(said, dict):
            yield line


def _append(database: Database, wanted: list[_Entry], copies: Mapping[str, Submission], progress: Progress) -> int:
    """Take the records up to the first that nobody has; how many entries there are then."""
    there = next((place for place, entry in enumerate(wanted) if entry.record not in copies), len(wanted))
    book, size = RouteBook(), wanted[0].index
    for start in range(0, there, _BLOCK):
        block = wanted[start : min(there, start + _BLOCK)]
        for part in parts_of([copies[entry.record] for entry in block]):
            expected = wanted[size - wanted[0].index :][: len(part)]
            with database.writing() as connection:
                outcomes, added = take_group(part, connection, book, None)
                for outcome in outcomes:
                    if not outcome.accepted or not outcome.new:
                        raise LodestoneError(f"The copy of {outcome.id} is not one that is accepted in its place.")
                leaves = [each.leaf for each in read_leaves(connection, size, size + len(part))]
                if leaves != [entry.leaf for entry in expected]:
                    raise LedgerUnsafe("The records do not give the leaves that were signed.")
                rewritten(connection)
            book.adopt(added)
            size += len(part)
            progress("Taking records", size - wanted[0].index, len(wanted))
    return size


def _silent(_what: str, _done: int, _total: int) -> None:
    """Nobody looks."""
