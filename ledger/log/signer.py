"""The log's own two signatures on each of its checkpoints: Ed25519 and ML-DSA-44, both under the log's origin.

Both are needed: a forger would have to break a classical and a post-quantum scheme. The specification wants a log's key
name to match its origin; the ML-DSA-44 key carries that name too, with a key id of its own, and states time 0.
"""

from typing import Self

from ledger.errors import LedgerUnsafe, VerificationError
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import COSIGN_MLDSA44, ED25519, Note, NoteKey
from ledger.log.signatures import NoteSigner, open_checkpoint

__all__ = ["LogSigner"]


class LogSigner:
    """Signs the checkpoints of one log.

    Promised: both signatures of every note are verified before it is handed out, so that a fault of memory or of a key
    store is met here. Not checked: that a checkpoint continues the one before. Whoever calls `sign` has proven that,
    and stores each checkpoint where it cannot be taken back.
    """

    def __init__(self, ed25519: NoteSigner, mldsa44: NoteSigner) -> None:
        if (ed25519.key.kind, mldsa44.key.kind) != (ED25519, COSIGN_MLDSA44):
            raise ValueError("a log signs with a plain Ed25519 key and an ML-DSA-44 key")
        if ed25519.key.name != mldsa44.key.name:
            raise ValueError("both keys of a log carry its origin as their name")
        self._signers = (ed25519, mldsa44)

    @classmethod
    def from_seeds(cls, origin: str, ed25519: bytes, mldsa44: bytes) -> Self:
        """The signer of a log from the two seeds of 32 bytes that are its private keys."""
        return cls(
            NoteSigner.from_seed(origin, ED25519, ed25519),
            NoteSigner.from_seed(origin, COSIGN_MLDSA44, mldsa44),
        )

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self._signers[0].key.name

    @property
    def keys(self) -> tuple[NoteKey, NoteKey]:
        """The public keys, Ed25519 first."""
        return self._signers[0].key, self._signers[1].key

    def vkeys(self) -> tuple[str, str]:
        """The verifier keys to hand out, Ed25519 first."""
        return self.keys[0].vkey, self.keys[1].vkey

    def sign(self, checkpoint: Checkpoint) -> str:
        """The checkpoint as a note with both signatures, Ed25519 first.

        Raises:
            ValueError: it is a checkpoint of another log.
            LedgerUnsafe: a signature that was just made does not verify.
        """
        if checkpoint.origin != self.origin:
            raise ValueError(f"this key signs for {self.origin}, not for {checkpoint.origin}")
        plain, cosigning = self._signers
        text = checkpoint.text
        note = str(Note(text, (plain.sign(text), cosigning.sign(text, timestamp=0))))
        try:
            opened, proven = open_checkpoint(note, self.keys)
        except VerificationError as error:
            raise LedgerUnsafe("a signature of the log that was just made does not verify") from error
        if opened != checkpoint or len(proven.signed) != 2:
            raise LedgerUnsafe("the note that was just signed does not say what was to be signed")
        return note
