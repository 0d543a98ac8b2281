"""Every stored record from its bytes on: parsed, judged and applied again by the commit road, its leaf made anew."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from ledger.errors import LedgerUnsafe, Refused
from ledger.log.leaf import leaf_from_parts
from ledger.rules.submission import Submission, read_submission
from ledger.store.compare import count, rows, table_named
from ledger.store.log import StoredLeaf
from ledger.values.encoding import b64u
from ledger.workflows.findings import Findings, Progress
from ledger.workflows.fsck_kept import KeptKeys
from ledger.workflows.fsck_log import LogCheck
from ledger.workflows.shadow import Shadow

__all__ = ["RecordCheck"]

_BLOCK = 500
_RESTORE = "No repair mends a record: restore the newest copy of the database."


class RecordCheck:
    """Reads the records in the order of the log. `whole`: none is missing; `shadow.size` says how far they replay.

    `erased` counts those whose disclosures were erased.
    """

    def __init__(self, shadow: Shadow, ledger: str, log: LogCheck, findings: Findings) -> None:
        self._shadow = shadow
        self._ledger = ledger
        self._log = log
        self._findings = findings
        self._stopped = False
        self._named = 0
        self._keys: KeptKeys | None = None
        self.erased = 0
        self.whole = True
        self.records = 0

    def run(self, connection: Connection, progress: Progress) -> None:
        """Read them all."""
        total = count(connection, "record")
        table = table_named("record")
        names = [each.name for each in table.columns]
        found = (dict(zip(names, row, strict=True)) for row in rows(connection, table, ("idx",)))
        for block in _blocks(found):
            progress("Replaying records", self.records, total)
            self._take([row for row in block if self._is_placed(row)])
            self.records += len(block)
        progress("Replaying records", self.records, total)

    def _is_placed(self, row: dict[str, Any]) -> bool:
        if isinstance(row["idx"], int) and row["idx"] >= 1:
            return True
        sentence = f"A row of the table of records stands at the index {row['idx']}, which the log does not have."
        self._findings.differs("record", f"record[{row['idx']}]", sentence)
        return False

    def _take(self, block: list[dict[str, Any]]) -> None:
        if block and block[0]["idx"] < self._shadow.kept:
            self._take_kept([row for row in block if row["idx"] < self._shadow.kept])
        self._replay(block)
        known = self._leaves_of(block)
        for row in block:
            if self.whole and row["idx"] != self._log.size:
                self._missing(self._log.size, row["idx"])
            leaf = known.get(row["idx"])
            stored = _stored_leaf(row)
            if leaf is None and row["idx"] != self._named:
                self._alone(stored)
            if self.whole:
                self._log.take(leaf or stored.leaf, stored.leaf)

    def _take_kept(self, block: list[dict[str, Any]]) -> None:
        """Records from before an erasure: each by itself, since they cannot all be judged again."""
        if self._keys is None:
            self._keys = KeptKeys(self._shadow)
        for row in block:
            self.erased += not row["at"]
            wrong = self._keys.wrong_with(row, self._ledger)
            if wrong:
                where = f"record[{row['idx']}].envelope"
                sentence = f"The record at index {row['idx']} is not the one that was accepted: {wrong} {_RESTORE}"
                self._findings.differs("record", where, sentence)
        self._shadow.fill({row["idx"]: _bytes(row["envelope"]) for row in block})

    def _replay(self, block: list[dict[str, Any]]) -> None:
        """Let the shadow take as many records as follow each other."""
        entries: list[Submission] = []
        for row in block:
            if row["idx"] < self._shadow.kept:
                continue
            if self._stopped or row["idx"] != self._shadow.size + len(entries):
                break
            entry = self._read(row)
            if entry is None:
                self._stopped = True
                break
            entries.append(entry)
        self._shadow.take(entries)
        if self._shadow.stopped and not self._stopped:
            self._stopped = True
            index = self._shadow.size
            sentence = (
                f"The record at index {index} is not one that is accepted there: {self._shadow.stopped} {_RESTORE}"
            )
            self._findings.differs("record", f"record[{index}]", sentence)
            self._named = index

    def _read(self, row: dict[str, Any]) -> Submission | None:
        try:
            return read_submission(_bytes(row["envelope"]), self._ledger, submission=False)
        except Refused as refusal:
            why = " ".join(f"{violation.code}: {violation.sentence}" for violation in refusal.violations)
            sentence = f"The record at index {row['idx']} cannot be read: {why} {_RESTORE}"
            self._findings.differs("record", f"record[{row['idx']}].envelope", sentence)
            self._named = row["idx"]
            return None

    def _leaves_of(self, block: list[dict[str, Any]]) -> dict[int, bytes]:
        taken = [row["idx"] for row in block if row["idx"] < self._shadow.size]
        return {each.index: each.leaf for each in self._shadow.leaves(taken[0], taken[-1] + 1)} if taken else {}

    def _alone(self, stored: StoredLeaf) -> None:
        """A record behind the place where the replay ended: its bytes against the parts of its leaf."""
        try:
            stored.must_be_whole()
        except LedgerUnsafe as error:
            self._findings.differs("record", f"record[{stored.index}].envelope", f"{error} {_RESTORE}")

    def _missing(self, start: int, end: int) -> None:
        self.whole = False
        self._stopped = True
        which = (
            f"The record at index {start} is"
            if end - start == 1
            else f"The records from index {start} to {end - 1} are"
        )
        sentence = f"{which} missing. {_RESTORE}"
        self._findings.differs("record", f"record[{start}]", sentence, expected=start, found=end)


def _stored_leaf(row: dict[str, Any]) -> StoredLeaf:
    name, seen, tags, envelope = (_bytes(row[part]) for part in ("id", "signatures", "tags", "envelope"))
    leaf = leaf_from_parts(name, seen, tags)
    return StoredLeaf(row["idx"], leaf, f"sha-256:{b64u(name)}", f"sha-256:{b64u(seen)}", envelope)


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else b""


def _blocks(found: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    source = iter(found)
    while block := list(islice(source, _BLOCK)):
        yield block
