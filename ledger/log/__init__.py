"""The transparency log: trees, notes, checkpoints, policies, proofs and tiles. It knows bytes, not records."""

from ledger.log.checkpoint import Checkpoint, is_origin, parse_checkpoint
from ledger.log.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    node_hash,
    root_from_path,
    verify_consistency,
    verify_inclusion,
)
from ledger.log.note import COSIGN_ED25519, COSIGN_MLDSA44, ED25519, Note, NoteKey, parse_note, parse_vkey
from ledger.log.policy import LOG_WITNESS, Approval, Policy, parse_policy, policy_text
from ledger.log.proof import Proof, Proven, parse_proof, verify_proof
from ledger.log.signatures import NoteSigner, OpenedNote, Signed, open_checkpoint, open_note
from ledger.log.signer import LogSigner
from ledger.log.tiles import TileName, TileSource, entry_bundles, hash_tiles, parse_bundle, parse_tile_path, recompute
from ledger.log.tree import Frontier, HashSource, Tree, consistency_path, inclusion_path, root_at
from ledger.log.witness import AddCheckpoint, Refusal, judge, log_keys, parse_add_checkpoint

__all__ = [
    "COSIGN_ED25519",
    "COSIGN_MLDSA44",
    "ED25519",
    "EMPTY_ROOT",
    "LOG_WITNESS",
    "AddCheckpoint",
    "Approval",
    "Checkpoint",
    "Frontier",
    "HashSource",
    "LogSigner",
    "Note",
    "NoteKey",
    "NoteSigner",
    "OpenedNote",
    "Policy",
    "Proof",
    "Proven",
    "Refusal",
    "Signed",
    "TileName",
    "TileSource",
    "Tree",
    "consistency_path",
    "entry_bundles",
    "hash_tiles",
    "inclusion_path",
    "is_origin",
    "judge",
    "leaf_hash",
    "log_keys",
    "node_hash",
    "open_checkpoint",
    "open_note",
    "parse_add_checkpoint",
    "parse_bundle",
    "parse_checkpoint",
    "parse_note",
    "parse_policy",
    "parse_proof",
    "parse_tile_path",
    "parse_vkey",
    "policy_text",
    "recompute",
    "root_at",
    "root_from_path",
    "verify_consistency",
    "verify_inclusion",
    "verify_proof",
]
