"""Receipts: a leaf beside its proof, under the first checkpoint over the record, or the first that was witnessed."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache

import orjson

from ledger.errors import LedgerUnsafe, NotFound
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash, verify_inclusion
from ledger.log.policy import parse_policy
from ledger.log.proof import Proof
from ledger.log.tree import inclusion_paths
from ledger.store.covering import covering_checkpoint
from ledger.workflows.cosigned import witnessed_note
from ledger.workflows.ledger import Covering, Ledger
from ledger.workflows.open import log_policy_of, policy_of
from ledger.workflows.publish import leaves, publish

__all__ = ["Receipt", "receipt", "receipt_now", "receipts"]

Receipt = dict[str, object]
"""`{"record", "index", "state", "leaf", "proof"}`; the state is `integrated`, or `witnessed`.

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


def receipt_now(ledger: Ledger, index: int) -> Receipt:
    """The receipt of the record at an index as it can be given now.

    It is `witnessed` once the quorum of witnesses has signed a checkpoint over it, and the first such one counts; until
    then it is the one that was given at once.

    Raises:
        NotFound: the log has no record there.
        LedgerUnsafe: the proof does not hold, so it is not given away.
    """
    size = ledger.cosigned.first_met_over(index) if ledger.cosigned is not None else None
    note = witnessed_note(ledger, size)
    if note is None or size is None or index < 1:
        return receipt(ledger, index)
    if ledger.tree.size < size:
        publish(ledger)
    under = Covering(index, _signed(note, policy_of(ledger)), note)
    if index >= under.checkpoint.size:
        raise LedgerUnsafe("The checkpoint of a receipt does not cover its entry.")
    return dict(_given(ledger, [index], under, "witnessed"))[index]


def _receipts(ledger: Ledger, indexes: list[int]) -> Iterator[tuple[int, Receipt]]:
    at = 0
    while at < len(indexes):
        covering = _covering(ledger, indexes[at])
        end = bisect_left(indexes, covering.checkpoint.size, at)
        yield from _given(ledger, indexes[at:end], covering, "integrated")
        at = end


def _given(ledger: Ledger, indexes: Iterable[int], under: Covering, state: str) -> Iterator[tuple[int, Receipt]]:
    """Receipts under one checkpoint, all of whose entries it covers."""
    checkpoint = under.checkpoint
    for index, path in inclusion_paths(ledger.tree, indexes, checkpoint.size):
        (leaf,) = leaves(ledger, index, index + 1)
        verify_inclusion(index, checkpoint.size, leaf_hash(leaf), path, checkpoint.root)
        said, proof = orjson.loads(leaf), Proof(index, tuple(path), under.note).text
        yield index, {"record": said["r"], "index": index, "state": state, "leaf": said, "proof": proof}


def _covering(ledger: Ledger, index: int) -> Covering:
    """The first checkpoint over an index; this process's tree reaches that far on return.

    It is the one that was just signed here, whose signatures were verified then, or one that is verified again.
    """
    newest = ledger.covering
    if newest is not None and newest.start <= index < newest.checkpoint.size:
        return newest
    with ledger.database.reading() as connection:
        found = covering_checkpoint(connection, index)
    if index < 1 or found is None:
        raise NotFound("There is no record at this index of the log.")
    if ledger.tree.size < found[0]:
        publish(ledger)  # another process published: read what it appended
    checkpoint = _signed(found[1], log_policy_of(ledger))
    if index >= checkpoint.size:
        raise LedgerUnsafe("The checkpoint of a receipt does not cover its entry.")
    return Covering(index, checkpoint, found[1])


@lru_cache(maxsize=64)
def _signed(note: str, policy: str) -> Checkpoint:
    """The checkpoint of a note under our own policy. Many receipts share one: its signatures are verified once."""
    return parse_policy(policy).evaluate(note).checkpoint
