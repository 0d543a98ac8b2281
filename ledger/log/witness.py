"""What a log asks of a witness, and how a witness decides (C2SP tlog-witness, add-checkpoint).

    old 20852014
    <hash>                      base64; the consistency proof from the old size to that of the checkpoint
    ...
    <blank line>
    <checkpoint note>

A witness cosigns a checkpoint only if it continues the last one that it cosigned for the same log. So a log that shows
two histories finds no witness for the second. The same text also carries a later, witnessed checkpoint to whoever
holds an earlier one: see `continues`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.errors import PolicyUnmet, ProofInvalid, VerificationError
from ledger.log.checkpoint import Checkpoint, parse_checkpoint, parse_number
from ledger.log.merkle import HASH_SIZE, MAX_PATH, verify_consistency
from ledger.log.note import NoteKey, SignatureLine, decode_base64, encode_base64, parse_note, parse_signature_lines
from ledger.log.policy import Policy
from ledger.log.signatures import Signed, open_note, verify_signature

__all__ = [
    "MAX_ADD_CHECKPOINT",
    "MAX_COSIGNATURES",
    "SIZE_TYPE",
    "UNKNOWN_LOG",
    "AddCheckpoint",
    "Refusal",
    "continues",
    "judge",
    "log_keys",
    "origin_hash",
    "parse_add_checkpoint",
    "read_cosignatures",
]

MAX_ADD_CHECKPOINT = 1_000_000
"""The longest request that is read; the note in it has the limits of every note."""
MAX_COSIGNATURES = 64_000
"""The longest answer that is read: many signatures of the largest kind."""
SIZE_TYPE = "text/x.tlog.size"
"""The media type of the size that a witness knows."""


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A checkpoint note with the proof that it continues the tree of an old size. Nothing is verified yet."""

    old: int
    path: tuple[bytes, ...]
    note: str

    @property
    def text(self) -> str:
        """The request as it is sent."""
        path = "".join(encode_base64(value) + "\n" for value in self.path)
        return f"old {self.old}\n{path}\n{self.note}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a witness does not cosign: an HTTP status, a sentence, and the size that it knows, if that is why."""

    status: int
    sentence: str
    size: int | None = None


UNKNOWN_LOG = Refusal(404, "this witness does not know the log")


def origin_hash(origin: str) -> str:
    """The name under which a witness shows what it cosigned last for a log: SHA-256 of the origin, as hex digits."""
    return hashlib.sha256(origin.encode()).hexdigest()


def parse_add_checkpoint(data: bytes) -> AddCheckpoint:
    """Read a request in its one form. Not checked: signatures and proof.

    Raises:
        VerificationError: not such a request; the sentence says what was expected.
    """
    if len(data) > MAX_ADD_CHECKPOINT:
        raise VerificationError(f"malformed request: it is longer than {MAX_ADD_CHECKPOINT} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise VerificationError("malformed request: it is not UTF-8") from error
    head, blank, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if not blank or not first.startswith("old "):
        raise VerificationError("malformed request: expected old and a size, a proof, a blank line and a checkpoint")
    try:
        old = parse_number(first.removeprefix("old "))
        path = tuple(decode_base64(line) for line in lines)
    except ValueError as error:
        raise VerificationError(f"malformed request: {error}") from error
    if len(path) > MAX_PATH or any(len(value) != HASH_SIZE for value in path):
        raise VerificationError(f"malformed request: expected at most {MAX_PATH} hashes of {HASH_SIZE} bytes")
    parse_checkpoint(parse_note(note).text)
    return AddCheckpoint(old, path, note)


def log_keys(policy: Policy) -> dict[str, tuple[NoteKey, ...]]:
    """The keys of each log of a policy: its own line, and further keys under the log's name among the witnesses."""
    return {log.name: (log, *(key for key in policy.witnesses.values() if key.name == log.name)) for log in policy.logs}


def judge(
    request: AddCheckpoint, logs: Mapping[str, Sequence[NoteKey]], known: Checkpoint | None
) -> Checkpoint | Refusal:
    """The checkpoint to cosign, or why not. `known` is the last one that this witness cosigned for the log.

    Promised: every key of the log has signed, and the tree continues the known one. Checked in the order of the
    specification. The caller keeps the checkpoint, durably and with nobody between, before it gives a cosignature away.
    """
    note = parse_note(request.note)
    checkpoint = parse_checkpoint(note.text)
    keys = logs.get(checkpoint.origin)
    if not keys:
        return UNKNOWN_LOG
    try:
        opened = open_note(request.note, keys)
    except VerificationError as error:
        return Refusal(403, str(error))
    if {signed.key for signed in opened.signed} != set(keys):
        return Refusal(403, "not every key of the log has signed the checkpoint")
    if request.old > checkpoint.size:
        return Refusal(400, "the old size is larger than that of the checkpoint")
    size = known.size if known else 0
    if request.old != size:
        return Refusal(409, "this witness knows another size", size)
    if known is not None and size == checkpoint.size and known.root != checkpoint.root:
        return Refusal(409, "this witness has cosigned another checkpoint of this size", size)
    try:
        _continues(known, checkpoint, request.path)
    except ProofInvalid as error:
        return Refusal(422, str(error))
    return checkpoint


def read_cosignatures(answer: bytes, text: str, keys: Sequence[NoteKey]) -> tuple[tuple[SignatureLine, Signed], ...]:
    """The cosignatures by these keys in a witness's answer, each proven on the text of a checkpoint.

    Lines by other keys are ignored, as the specification wants; of several by one key the first counts.

    Raises:
        VerificationError: the answer is no signature lines, or a line by one of the keys does not verify.
        PolicyUnmet: none of the keys has signed.
    """
    if len(answer) > MAX_COSIGNATURES:
        raise VerificationError(f"the answer is longer than {MAX_COSIGNATURES} bytes")
    try:
        lines = parse_signature_lines(answer.decode())
    except UnicodeDecodeError as error:
        raise VerificationError("the answer is not UTF-8") from error
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[NoteKey, tuple[SignatureLine, Signed]] = {}
    for line in lines:
        key = known.get((line.name, line.key_id))
        if key is not None:
            proven = verify_signature(key, text, line.signature)
            found.setdefault(key, (line, proven))
    if not found:
        raise PolicyUnmet("the answer holds no signature by a key of this witness")
    return tuple(found.values())


def continues(later: AddCheckpoint, earlier: Checkpoint) -> Checkpoint:
    """The later checkpoint of a text of this form, proven to continue an earlier one. Not checked: its signatures.

    Raises:
        ProofInvalid: it is of another log, or the proof does not lead from the earlier checkpoint to it.
        VerificationError: it is no checkpoint.
    """
    checkpoint = parse_checkpoint(parse_note(later.note).text)
    if checkpoint.origin != earlier.origin:
        raise ProofInvalid(f"it is a checkpoint of {checkpoint.origin}, not of {earlier.origin}")
    if later.old != earlier.size:
        raise ProofInvalid(f"its proof begins at {later.old} entries, not at {earlier.size}")
    _continues(earlier, checkpoint, later.path)
    return checkpoint


def _continues(known: Checkpoint | None, checkpoint: Checkpoint, path: Sequence[bytes]) -> None:
    if known is None or known.size == 0:
        if path:
            raise ProofInvalid("there is nothing to prove from size 0 on: expected an empty proof")
        return
    verify_consistency(known.size, checkpoint.size, path, known.root, checkpoint.root)
