"""Receipts: a leaf beside its proof. The first receipt of a record is the only one: asked again, the same bytes."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import orjson

from ledger.errors import LedgerUnsafe, NotFound
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash, verify_inclusion
from ledger.log.policy import parse_policy
from ledger.log.proof import Proof
from ledger.store.covering import covering_checkpoint
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import policy_of
from ledger.workflows.publish import leaves, publish

__all__ = ["Receipt", "receipt", "receipts"]

Receipt = dict[str, object]
"""`{"record", "index", "state": "integrated", "leaf", "proof"}`.

The leaf is JSON, whose canonical bytes are hashed; the proof is the text of a `tlog-proof@v1` file.
"""


def receipt(ledger: Ledger, index: int) -> Receipt:
    """The receipt of the record at an index.

    Raises:
        NotFound: the log has no record there.
        LedgerUnsafe: the proof does not hold, so it is not given away.
    """
    return receipts(ledger, [index])[index]


def receipts(ledger: Ledger, indexes: Iterable[int]) -> dict[int, Receipt]:
    """The receipts of several records: each under the first checkpoint that covered it, and verified here.

    Raises:
        NotFound: the log has no record at one of them.
        LedgerUnsafe: a proof does not hold.
    """
    return dict(_receipts(ledger, sorted(set(indexes))))


def _receipts(ledger: Ledger, indexes: list[int]) -> Iterator[tuple[int, Receipt]]:
    note, size = "", 0
    policy = policy_of(ledger)
    for index in indexes:
        if index >= size:
            note, size = _covering(ledger, index)
        (leaf,) = leaves(ledger, index, index + 1)
        proof = Proof(index, tuple(ledger.tree.inclusion_path(index, size)), note)
        _verify(proof, leaf, policy)
        said = orjson.loads(leaf)
        shown = {"record": said["r"], "index": index, "state": "integrated", "leaf": said, "proof": proof.text}
        yield index, shown


def _covering(ledger: Ledger, index: int) -> tuple[str, int]:
    """The first checkpoint over an index, and its size; this process's tree reaches that far on return."""
    with ledger.database.reading() as connection:
        found = covering_checkpoint(connection, index)
    if index < 1 or found is None:
        raise NotFound("There is no record at this index of the log.")
    if ledger.tree.size < found[0]:
        publish(ledger)  # another process published: read what it appended
    return found[1], found[0]


def _verify(proof: Proof, leaf: bytes, policy: str) -> None:
    checkpoint = _signed(proof.note, policy)
    if proof.index >= checkpoint.size:
        raise LedgerUnsafe("The checkpoint of a receipt does not cover its entry.")
    verify_inclusion(proof.index, checkpoint.size, leaf_hash(leaf), proof.path, checkpoint.root)


@lru_cache(maxsize=64)
def _signed(note: str, policy: str) -> Checkpoint:
    """The checkpoint of a note under our own policy. Many receipts share one: its signatures are verified once."""
    return parse_policy(policy).evaluate(note).checkpoint
