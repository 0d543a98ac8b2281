"""A proof that fits into a file: where an entry stands, its path, and the signed checkpoint (C2SP tlog-proof).

    c2sp.org/tlog-proof@v1
    index 73894
    <hash>                      base64, from the leaf's sibling up
    ...
    <blank line>
    <checkpoint note>

Together with the leaf's bytes and a pinned policy it is all that an offline verifier needs.
"""

from dataclasses import dataclass
from functools import lru_cache

from ledger.errors import VerificationError
from ledger.log.checkpoint import Checkpoint, parse_checkpoint, parse_number
from ledger.log.merkle import HASH_SIZE, MAX_PATH, MAX_SIZE, leaf_hash, verify_inclusion
from ledger.log.note import decode_base64, encode_base64, parse_note
from ledger.log.policy import Approval, Policy

__all__ = ["Proof", "Proven", "parse_proof", "verify_proof"]

_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Proof:
    """An index, an inclusion path and a checkpoint note, none of them verified yet.

    `extra` is what the format lets others carry along. Nothing signs it: nothing here reads it, and we write none.
    """

    index: int
    path: tuple[bytes, ...]
    note: str
    extra: bytes | None = None

    @property
    def text(self) -> str:
        """The proof as a file."""
        extra = "" if self.extra is None else f"extra {encode_base64(self.extra)}\n"
        path = "".join([_line(value) for value in self.path])
        return f"{_HEADER}\n{extra}index {self.index}\n{path}\n{self.note}"


@lru_cache(maxsize=4096)
def _line(value: bytes) -> str:
    """A hash as it is written. Proofs of neighbours have most of theirs in common."""
    return encode_base64(value) + "\n"


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry that is proven to stand at an index of a log, and who answers for that log's checkpoint."""

    index: int
    leaf_hash: bytes
    approval: Approval

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint that covers the entry."""
        return self.approval.checkpoint


def parse_proof(data: bytes | str) -> Proof:
    """Read a proof in its one form.

    Not checked: path and signatures. The checkpoint is read so far that its text is known to be one.

    Raises:
        VerificationError: not a proof.
    """
    try:
        whole = data if isinstance(data, str) else data.decode()
    except UnicodeDecodeError as error:
        raise VerificationError("malformed proof: it is not UTF-8") from error
    head, blank, note = whole.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines.pop(0) != _HEADER:
        raise VerificationError(f"malformed proof: expected {_HEADER}, a path, a blank line and a checkpoint")
    try:
        extra = decode_base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
        if not lines or not lines[0].startswith("index "):
            raise VerificationError("malformed proof: there is no index")
        index = parse_number(lines.pop(0)[6:])
        path = tuple(decode_base64(line) for line in lines)
    except ValueError as error:
        raise VerificationError(f"malformed proof: {error}") from error
    if index >= MAX_SIZE or len(path) > MAX_PATH or any(len(value) != HASH_SIZE for value in path):
        raise VerificationError(f"malformed proof: expected at most {MAX_PATH} hashes of {HASH_SIZE} bytes")
    parse_checkpoint(parse_note(note).text)
    return Proof(index, path, note, extra)


def verify_proof(proof: Proof, leaf: bytes, policy: Policy) -> Proven:
    """Prove that the bytes of a leaf stand in a log that the policy trusts.

    Not checked: what the leaf says, and that nothing came after the checkpoint.

    Raises:
        VerificationError: the note is no checkpoint, or a signature, the policy or the path does not hold.
    """
    approval = policy.evaluate(proof.note)
    checkpoint = approval.checkpoint
    hashed = leaf_hash(leaf)
    verify_inclusion(proof.index, checkpoint.size, hashed, proof.path, checkpoint.root)
    return Proven(proof.index, hashed, approval)
