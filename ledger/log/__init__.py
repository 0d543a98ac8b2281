"""The transparency log: trees, notes, checkpoints, policies, proofs and tiles. It knows bytes, not records."""
