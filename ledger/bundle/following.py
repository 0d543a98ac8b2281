"""Handing on what the verification of a bundle has proven, as an audit of a log does record by record."""

from ledger.bundle.chains import Chains, OpenedEntry
from ledger.bundle.exact import Exact
from ledger.bundle.proven import OPEN, PARTLY, Follower, ProvenRecord
from ledger.signing.disclosure import WITHHELD, Opened

__all__ = ["hand_on", "holes"]


def hand_on(follower: Follower, chains: Chains, exact: Exact) -> None:
    """Every record of a bundle in the order of the log, then the batches that are known in milligrams.

    What is left of a batch is never known from a bundle: it holds no record that is not upstream.
    """
    for record in chains.records:
        follower.record(_proven(record, exact))
    follower.batches(exact.batches.values(), whole=False)


def _proven(record: OpenedEntry, exact: Exact) -> ProvenRecord:
    withheld = holes(record.opened)
    return ProvenRecord(
        record.entry.index,
        record.entry.id,
        PARTLY if withheld else OPEN,
        record.type,
        record.chains[0].opened_by.id if len(record.chains) == 1 else "",
        record.opened,
        record.entry.envelope.signatures,
        withheld,
        exact.weighed.get(record.entry.id),
    )


def holes(value: object) -> int:
    """How many disclosures of an opened value are withheld; what stands inside those nobody can count."""
    if isinstance(value, Opened):
        return value.withheld + sum(map(holes, value.values()))
    if isinstance(value, list):
        return sum(map(holes, value))
    return 1 if value is WITHHELD else 0
