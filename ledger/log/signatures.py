"""What each kind of key signs of a checkpoint, and how that is verified (C2SP signed-note, tlog-cosignature).

    0x01  Ed25519                the text of the note
    0x04  Ed25519 cosignature    a header line, a line with the time, and the text
    0x06  ML-DSA-44 cosignature  a structure of cosigner, time, origin, first leaf, size and root

The first is the log's own signature. Witnesses use the other two, with the time at which this was the largest tree
that they knew of. The log also signs with a key of the last kind, under its own name and with time 0: time 0 makes no
statement about time, so a checkpoint says the same whenever it is signed, and nothing here reads a clock.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from ledger.errors import PolicyUnmet, SignatureInvalid, VerificationError
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.note import (
    COSIGN_ED25519,
    COSIGN_MLDSA44,
    ED25519,
    Note,
    NoteKey,
    SignatureLine,
    parse_note,
)

__all__ = [
    "MAX_TIMESTAMP",
    "NoteSigner",
    "OpenedNote",
    "Signed",
    "open_checkpoint",
    "open_note",
    "subtree_message",
    "verify_signature",
]

MAX_TIMESTAMP = 2**63 - 1

_SIGNATURE_SIZE = {ED25519: 64, COSIGN_ED25519: 8 + 64, COSIGN_MLDSA44: 8 + 2420}


@dataclass(frozen=True, slots=True)
class Signed:
    """A key whose signature on a note is proven, and the POSIX time that it states; None where its kind states none.

    Not checked: that the time is true, or not in the future.
    """

    key: NoteKey
    timestamp: int | None


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note at least one of whose signatures is by a key that was asked for; every such signature is proven."""

    note: Note
    signed: tuple[Signed, ...]


def subtree_message(cosigner: str, timestamp: int, checkpoint: Checkpoint) -> bytes:
    """The structure that an ML-DSA-44 key signs for a whole tree: first leaf 0, end at the checkpoint's size."""
    name, origin = cosigner.encode(), checkpoint.origin.encode()
    if not 1 <= len(name) <= 255:
        raise ValueError("the name of a cosigner has at most 255 bytes")
    return b"".join(
        (
            b"subtree/v1\n\x00",
            struct.pack(">B", len(name)) + name,
            struct.pack(">Q", timestamp),
            struct.pack(">B", len(origin)) + origin,
            struct.pack(">QQ", 0, checkpoint.size),
            checkpoint.root,
        )
    )


def verify_signature(key: NoteKey, text: str, signature: bytes) -> Signed:
    """Prove one signature (without the key id before it) on the text of a note.

    Raises:
        SignatureInvalid: it is not one by this key over this text; for ML-DSA-44 also where the text is no checkpoint.
    """
    sentence = f"a signature by the key {key.name}+{key.key_id.hex()} does not verify"
    if len(signature) != _SIGNATURE_SIZE[key.kind]:
        raise SignatureInvalid(sentence)
    timestamp = None if key.kind == ED25519 else int.from_bytes(signature[:8], "big")
    if timestamp is not None and timestamp > MAX_TIMESTAMP:
        raise SignatureInvalid(sentence)
    try:
        message = _message(key, text, timestamp)
        _load(key.kind, key.public).verify(signature[8:] if timestamp is not None else signature, message)
    except (InvalidSignature, VerificationError, ValueError) as error:
        raise SignatureInvalid(sentence) from error
    return Signed(key, timestamp)


def open_note(data: bytes | str, keys: Iterable[NoteKey]) -> OpenedNote:
    """Read a note and prove every signature by one of the keys.

    Signatures by other keys are ignored, also where name or key id alone agree. One failing signature by a known key
    spoils the note.

    Raises:
        VerificationError: not a signed note.
        SignatureInvalid: a signature that names a known key does not verify.
        PolicyUnmet: none of the keys has signed.
        ValueError: two different keys have the same name and key id.
    """
    note = parse_note(data)
    known: dict[tuple[str, bytes], NoteKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise ValueError(f"two keys are called {key.name}+{key.key_id.hex()}")
    signed: dict[NoteKey, Signed] = {}
    for line in note.signatures:
        found = known.get((line.name, line.key_id))
        if found is not None:
            proven = verify_signature(found, note.text, line.signature)
            signed.setdefault(found, proven)
    if not signed:
        raise PolicyUnmet("the note carries no signature by a known key")
    return OpenedNote(note, tuple(signed.values()))


def open_checkpoint(data: bytes | str, keys: Iterable[NoteKey]) -> tuple[Checkpoint, OpenedNote]:
    """Read a checkpoint note and prove every signature by one of the keys.

    Not checked: whether enough keys signed, and whether it was the log of this origin; see `policy`.

    Raises:
        VerificationError: not a signed checkpoint, or signed by none of the keys.
    """
    opened = open_note(data, keys)
    return parse_checkpoint(opened.note.text), opened


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A private key that signs notes under a name, of one of the three kinds; witnesses and logs are made of these."""

    key: NoteKey
    _private: Ed25519PrivateKey | MLDSA44PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, kind: int, seed: bytes) -> Self:
        """The signer whose private key is this seed of 32 bytes (RFC 8032, FIPS 204).

        Raises:
            ValueError: the name, the kind or the length is impossible.
        """
        private: Ed25519PrivateKey | MLDSA44PrivateKey
        if kind == COSIGN_MLDSA44:
            private = MLDSA44PrivateKey.from_seed_bytes(seed)
        else:
            private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(NoteKey(name, kind, private.public_key().public_bytes_raw()), private)

    def sign(self, text: str, timestamp: int | None = None) -> SignatureLine:
        """Sign the text of a note; cosigning kinds state a POSIX time, 0 for none.

        ML-DSA-44 signatures are randomised: signing twice gives two lines, both good.

        Raises:
            ValueError: a time is given to a kind that states none, or missing, or out of range.
            VerificationError: an ML-DSA-44 key signs checkpoints only, and the text is none.
        """
        if (timestamp is None) != (self.key.kind == ED25519):
            raise ValueError("cosignatures state a time, plain signatures none")
        if timestamp is not None and not 0 <= timestamp <= MAX_TIMESTAMP:
            raise ValueError("a time is a number from 0 to 2^63-1")
        signature = self._private.sign(_message(self.key, text, timestamp))
        prefix = b"" if timestamp is None else timestamp.to_bytes(8, "big")
        return SignatureLine(self.key.name, self.key.key_id, prefix + signature)


def _message(key: NoteKey, text: str, timestamp: int | None) -> bytes:
    if timestamp is None:
        return text.encode()
    if key.kind == COSIGN_ED25519:
        return f"cosignature/v1\ntime {timestamp}\n{text}".encode()
    return subtree_message(key.name, timestamp, parse_checkpoint(text))


@lru_cache(maxsize=64)
def _load(kind: int, public: bytes) -> Ed25519PublicKey | MLDSA44PublicKey:
    if kind == COSIGN_MLDSA44:
        return MLDSA44PublicKey.from_public_bytes(public)
    return Ed25519PublicKey.from_public_bytes(public)
