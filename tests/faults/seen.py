"""What clients of a ledger have ever seen, and whether it still holds after a fault.

Whoever got a receipt relies on it for ever, so nothing here is forgotten: every envelope that was sent, every receipt
that came back, every checkpoint that was ever published.
"""

import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import orjson

from ledger.bundle.receipt import verify_receipts
from ledger.errors import LodestoneError
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash, verify_consistency
from ledger.log.policy import parse_policy
from ledger.log.tree import Tree
from ledger.rules.submission import Submission, read_submission
from ledger.store.log import StoredLeaf, read_head, read_leaves
from ledger.workflows.commit import commit
from ledger.workflows.config import Config
from ledger.workflows.fsck import fsck
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger, policy_of
from ledger.workflows.receipts import Receipt, receipts
from tests.api.people import NOW, admit

__all__ = ["Checked", "Seen", "check", "noon", "note_of"]


def noon() -> str:
    """The clock of every ledger here: the records of tests are older than any real one."""
    return NOW


@dataclass(slots=True)
class Checked:
    """What was checked after a fault, and what was lost: sentences, none if all is well."""

    receipts: int = 0
    checkpoints: int = 0
    losses: list[str] = field(default_factory=list)

    def lost(self, sentence: str) -> None:
        self.losses.append(sentence)

    def add(self, other: "Checked") -> None:
        self.receipts += other.receipts
        self.checkpoints += other.checkpoints
        self.losses += other.losses


class Seen:
    """The memory of all clients together; any thread may tell it something."""

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self.sent: dict[str, bytes] = {}
        self.receipts: dict[str, Receipt] = {}
        self.notes: set[str] = set()
        self._lock = threading.Lock()

    def sending(self, record: str, envelope: bytes) -> None:
        """A record is about to be sent; whether it arrives nobody knows."""
        with self._lock:
            self.sent[record] = envelope

    def given(self, receipt: Mapping[str, Any]) -> None:
        """A client has a receipt. A second one for the same record must be the first one.

        Raises:
            AssertionError: it is another one.
        """
        with self._lock:
            first = self.receipts.setdefault(receipt["record"], dict(receipt))
            self.notes.add(note_of(receipt))
        assert first == receipt, f"two receipts were given for {receipt['record']}"

    def published(self, note: str | None) -> None:
        """Somebody read a checkpoint."""
        if note:
            with self._lock:
                self.notes.add(note)

    @property
    def open(self) -> list[tuple[str, bytes]]:
        """The records that were sent and never answered, in the order of their chains."""
        return [(record, data) for record, data in self.sent.items() if record not in self.receipts]


def note_of(receipt: Mapping[str, Any]) -> str:
    """The checkpoint of a receipt."""
    proof = str(receipt["proof"])
    return proof[proof.index("\n\n") + 2 :]


def check(config: Config, seen: Seen, *, founded: bool = True) -> Checked:
    """Start the ledger again, hold it against everything that was ever seen, go on working with it, run fsck.

    Where it was not `founded` when the fault came, it may be founded now.
    """
    checked = Checked()
    try:
        ledger = open_ledger(config, noon, found=not founded)
    except LodestoneError as error:
        checked.lost(f"it does not start again: {error}")
        return checked
    seen.policy = seen.policy or policy_of(ledger)
    with closing(ledger):
        _hold(ledger, seen, checked)
        try:
            _answer_again(ledger, seen, checked)
            _work_on(ledger, seen)
        except (LodestoneError, AssertionError) as error:
            checked.lost(f"it does not go on: {error}")
    found = fsck(config, alone=True)
    if not found.clean:
        checked.lost(f"{found.sentence} {[finding.sentence for finding in found.findings[:3]]}")
    return checked


def _hold(ledger: Ledger, seen: Seen, checked: Checked) -> None:
    """Every receipt and every checkpoint that was ever seen, against what is there now."""
    with ledger.database.reading() as connection:
        stored = {leaf.index: leaf for leaf in read_leaves(connection, 0, read_head(connection).size)}
    tree = Tree([leaf_hash(stored[index].leaf) for index in range(len(stored))])
    seen.published(ledger.checkpoint)
    for record, receipt in seen.receipts.items():
        checked.receipts += 1
        answer = verify_receipts(orjson.dumps(receipt), seen.policy)
        if not answer.passed:
            checked.lost(f"the receipt of {record} does not verify: {answer.sentence}")
        _is_there(record, receipt, stored, seen, checked)
    for note in seen.notes:
        checked.checkpoints += 1
        _continues(note, tree, seen.policy, checked)
    for leaf in stored.values():
        if leaf.envelope != seen.sent.get(leaf.record, leaf.envelope):
            checked.lost(f"the record at index {leaf.index} is not as it was sent")


def _is_there(
    record: str, receipt: Mapping[str, Any], stored: Mapping[int, StoredLeaf], seen: Seen, checked: Checked
) -> None:
    leaf = stored.get(receipt["index"])
    if leaf is None or leaf.record != record:
        checked.lost(f"a receipt was given for {record}, and the record is gone")
    elif leaf.envelope != seen.sent.get(record, leaf.envelope):
        checked.lost(f"a receipt was given for {record}, and another envelope is stored")


def _continues(note: str, tree: Tree, policy: str, checked: Checked) -> None:
    try:
        old: Checkpoint = parse_policy(policy).evaluate(note).checkpoint
        path = tree.consistency_path(old.size, tree.size)
        verify_consistency(old.size, tree.size, path, old.root, tree.root())
    except (LodestoneError, ValueError) as error:
        checked.lost(f"a published checkpoint is not continued: {error}")


def _answer_again(ledger: Ledger, seen: Seen, checked: Checked) -> None:
    """Who got no answer sends again, and gets a receipt; who got one gets the same one."""
    again = [*seen.open, *[(record, seen.sent[record]) for record in list(seen.receipts)[-3:] if record in seen.sent]]
    for record, data in again:
        entry: Submission = read_submission(data, ledger.config.ledger)
        outcome = commit([entry], ledger)[0]
        if outcome.index is None:
            checked.lost(f"{record} was sent again and refused: {outcome.violations[0].sentence}")
            continue
        given = receipts(ledger, [outcome.index])[outcome.index]
        seen.given(given)
        answer = verify_receipts(orjson.dumps(given), seen.policy)
        checked.receipts += 1
        if not answer.passed:
            checked.lost(f"the receipt of {record}, sent again, does not verify: {answer.sentence}")


def _work_on(ledger: Ledger, seen: Seen) -> None:
    """Somebody new comes, and his records are taken."""
    newcomer = admit(ledger, "Newcomer")
    data, _ = newcomer.chained("source", newcomer.source())
    assert commit([read_submission(data, ledger.config.ledger)], ledger)[0].accepted
    assert policy_of(ledger) == seen.policy, "the log has other keys"
