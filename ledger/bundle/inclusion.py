"""That every record of some evidence stands in the log, at its index, with the signatures that it carries."""

from ledger.bundle.format import Evidence
from ledger.errors import ProofInvalid
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash, root_from_path

__all__ = ["prove_inclusion"]


def prove_inclusion(evidence: Evidence, checkpoint: Checkpoint) -> None:
    """Prove that genesis is entry 0, and every record at its index, with the signatures that its leaf names.

    Raises:
        ProofInvalid: a leaf does not belong to its record, or a path does not lead to the root.
    """
    size, root = checkpoint.size, checkpoint.root
    genesis = evidence.genesis
    if genesis.origin != checkpoint.origin:
        raise ProofInvalid(
            f"{evidence.where}.genesis: it begins the log {genesis.origin[:80]}, not {checkpoint.origin}"
        )
    where: object = f"{evidence.where}.genesis"
    try:
        found = root_from_path(0, size, leaf_hash(genesis.data), evidence.genesis_path)
        if found != root:
            raise ProofInvalid("the path does not lead to the root of the checkpoint")
        for entry in evidence.entries:
            where = entry
            if entry.leaf.record != entry.envelope.record_id:
                raise ProofInvalid(f"the leaf is that of the record {entry.leaf.record}")
            if entry.leaf.signatures != entry.envelope.signatures_digest():
                raise ProofInvalid("the leaf names other signatures than the envelope carries")
            if root_from_path(entry.index, size, leaf_hash(entry.leaf.data), entry.path) != root:
                raise ProofInvalid("the path does not lead to the root of the checkpoint")
    except ProofInvalid as error:
        raise ProofInvalid(f"{where}: {error}") from error
