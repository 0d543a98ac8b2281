"""What the log has signed against the leaves that the database gives: roots at every size that was ever published.

Every stored checkpoint is held against the tree as it was when it had that size. That is more than proofs of
consistency between them would show.
"""

import heapq
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger.errors import VerificationError
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.note import NoteKey, parse_note
from ledger.log.signatures import open_checkpoint
from ledger.log.tree import Frontier
from ledger.store.compare import rows, table_named
from ledger.workflows.findings import Findings
from ledger.workflows.fsck_tiles import TileCheck

__all__ = ["Claim", "LogCheck", "Signed", "read_signed", "stored_claims"]

_BEHIND = (
    "Entries that receipts were given for are missing: restore the newest copy of the database. Never go on from this"
    " one, which would fork the log; where there is no newer one, lodestone recover brings it forward out of records"
    " that others have kept."
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A root that was signed for a size, and where that stands."""

    size: int
    root: bytes
    where: str
    note: str = ""


@dataclass(slots=True)
class Signed:
    """What the second store and the published files say, read before the database: neither may be ahead of it."""

    second: Claim | None
    published: Claim | None
    readable: bool = True
    """Whether the published checkpoint is none that cannot be read."""
    seen: Claim | None = None
    """A checkpoint that somebody outside has."""


class LogCheck:
    """Grows the tree leaf by leaf and compares its root with every claim of that size.

    Two trees grow: of the leaves that the records give, and of those that stand beside them in the database. Where they
    part, the signed roots tell which is right. `proven` is the largest size whose signed root the records give.
    """

    def __init__(self, claims: Iterator[Claim], tiles: TileCheck, findings: Findings) -> None:
        self._claims = claims
        self._next = next(claims, None)
        self._tiles = tiles
        self._findings = findings
        self._tree = Frontier()
        self._stored = Frontier()
        self.checkpoints = 0
        self.proven = 0
        self.refuted = 0

    @property
    def size(self) -> int:
        """How many leaves there were."""
        return self._tree.size

    def take(self, leaf: bytes, stored: bytes) -> None:
        """The next leaf as the record gives it, and as it is stored in parts."""
        hashed = leaf_hash(leaf)
        self._tree.append(hashed)
        self._stored.append(hashed if stored == leaf else leaf_hash(stored))
        self._tiles.take(leaf, hashed)
        while self._next is not None and self._next.size <= self.size:
            self._compare(self._next)
            self._next = next(self._claims, None)

    def finish(self, *, whole: bool) -> None:
        """There are no more leaves; unless it is the `whole` log, larger sizes cannot be compared."""
        self._tiles.finish()
        while self._next is not None:
            claim, self._next = self._next, next(self._claims, None)
            if whole:
                where = claim.where[:1].upper() + claim.where[1:]
                sentence = f"{where} is signed for {claim.size} entries, but the database holds {self.size}. {_BEHIND}"
                self._findings.differs("behind", claim.where, sentence, expected=claim.size, found=self.size)
                self.refuted = self.refuted or claim.size

    def _compare(self, claim: Claim) -> None:
        self.checkpoints += 1
        root = self._tree.root()
        if claim.root == root:
            self.proven = claim.size
            return
        if self.refuted:
            return
        self.refuted = claim.size
        if claim.root == self._stored.root():
            why = "The tags and signatures that are stored beside the records give the signed root; the records do not."
        else:
            why = "An entry below it is not the one that was signed, or the checkpoint was changed."
        sentence = (
            f"The first {self.size} entries do not give the root that {claim.where} signs. {why} No repair can mend"
            " that: restore the database from its newest copy."
        )
        self._findings.differs("checkpoint", claim.where, sentence, expected=claim.root.hex(), found=root.hex())


def read_signed(
    second: Path, tiles: Path, origin: str, keys: Sequence[NoteKey], findings: Findings, seen: str = ""
) -> Signed:
    """The newest checkpoints of the second store and of the published files, their signatures proven."""
    published = _published(tiles, origin, keys, findings)
    readable = published is not None or not (tiles / "checkpoint").exists()
    outside = _claimed(seen, "the checkpoint that somebody outside has", origin, keys, findings) if seen else None
    return Signed(_second(second, origin, keys, findings), published, readable, outside)


def stored_claims(
    connection: Connection, signed: Signed, origin: str, keys: Sequence[NoteKey], findings: Findings
) -> Iterator[Claim]:
    """Every checkpoint that is stored anywhere, by size."""
    others = sorted((c for c in (signed.second, signed.published, signed.seen) if c is not None), key=_size)
    return heapq.merge(_kept(connection, origin, keys, findings), others, key=_size)


def _size(claim: Claim) -> int:
    return claim.size


def _kept(connection: Connection, origin: str, keys: Sequence[NoteKey], findings: Findings) -> Iterator[Claim]:
    for size, note in rows(connection, table_named("checkpoint"), ("size",)):
        where = f"the stored checkpoint of size {size}"
        checkpoint = _opened(note, where, origin, keys, findings)
        if checkpoint is None:
            continue
        if checkpoint.size == size:
            yield Claim(checkpoint.size, checkpoint.root, where)
        else:
            sentence = f"What is stored as the checkpoint of size {size} is one of size {checkpoint.size}."
            findings.differs("checkpoint", where, sentence, expected=size, found=checkpoint.size)


def _second(path: Path, origin: str, keys: Sequence[NoteKey], findings: Findings) -> Claim | None:
    where = "the second store"
    try:
        if not path.is_file():
            raise FileNotFoundError
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            row: Any = connection.execute("SELECT size, root, note FROM latest WHERE origin = ?", (origin,)).fetchone()
    except (sqlite3.Error, OSError) as error:
        sentence = (
            f"The second checkpoint store {path.name} cannot be read ({str(error) or 'missing'}): nothing protects"
            " this ledger from an old backup. Put the file back; if it is lost, remove it and start the service,"
            " which makes it again from what was published."
        )
        findings.differs("second-store", where, sentence)
        return None
    if row is None:
        sentence = "The second checkpoint store does not know this log. A start signs its newest checkpoint again."
        findings.differs("second-store", where, sentence, expected=origin, found=None)
        return None
    checkpoint = _opened(row[2], where, origin, keys, findings)
    if checkpoint is None:
        return None
    if (row[0], row[1]) != (checkpoint.size, checkpoint.root):
        sentence = "The second store's columns do not say what the note in it says."
        findings.differs("second-store", where, sentence, expected=checkpoint.size, found=row[0])
    return Claim(checkpoint.size, checkpoint.root, where, str(row[2]))


def _published(folder: Path, origin: str, keys: Sequence[NoteKey], findings: Findings) -> Claim | None:
    try:
        data = (folder / "checkpoint").read_bytes()
    except OSError:
        return None
    return _claimed(data, "the published checkpoint", origin, keys, findings)


def _claimed(data: bytes | str, where: str, origin: str, keys: Sequence[NoteKey], findings: Findings) -> Claim | None:
    checkpoint = _opened(data, where, origin, keys, findings)
    if checkpoint is None:
        return None
    return Claim(checkpoint.size, checkpoint.root, where, data if isinstance(data, str) else data.decode())


def _opened(note: object, where: str, origin: str, keys: Sequence[NoteKey], findings: Findings) -> Checkpoint | None:
    """The checkpoint of a note, signed by each of the log's keys; without keys, as it stands there."""
    try:
        if not isinstance(note, str | bytes):
            raise VerificationError("it is no text")
        if keys:
            checkpoint, opened = open_checkpoint(note, keys)
            if len(opened.signed) != len(keys):
                raise VerificationError("it lacks one of the log's own signatures")
        else:
            checkpoint = parse_checkpoint(parse_note(note).text)
        if checkpoint.origin != origin:
            raise VerificationError(f"it is one of the log {checkpoint.origin}")
    except VerificationError as error:
        sentence = f"There is something wrong with {where}: {error}. It cannot be made again; readers may have a copy."
        findings.differs("checkpoint", where, sentence)
        return None
    return checkpoint
