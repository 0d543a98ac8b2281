"""Issuing: a chain on this machine signs its next record. The operator, `play`, the demo and the CLI issue this way.

A private key never leaves the process that calls this.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.records import RECORD_VERSION
from ledger.rules.submission import Submission, read_submission
from ledger.signing.build import sign_record
from ledger.signing.signer import Signer
from ledger.values.encoding import b64u

__all__ = ["Issuer", "new_chain_id"]


def new_chain_id() -> str:
    """The id of a new chain: 32 random bytes."""
    return b64u(os.urandom(32))


@dataclass(slots=True)
class Issuer:
    """A chain with its keys, where it stands. `advance` is called for what was accepted, and only for that."""

    ledger: str
    signers: Sequence[Signer]
    chain: str
    seq: int = -1
    head: str = ""

    def sign(self, type_: str, at: str, members: Mapping[str, object], also: Sequence[Signer] = ()) -> bytes:
        """The envelope of the chain's next record; `also` are new keys that must sign with the old ones."""
        place: dict[str, object] = {"id": self.chain, "seq": self.seq + 1}
        if self.seq >= 0:
            place["prev"] = self.head
        record = {"v": RECORD_VERSION, "log": self.ledger, "type": type_, "chain": place, "at": at, **members}
        return sign_record(record, [*self.signers, *also])

    def submission(self, type_: str, at: str, members: Mapping[str, object], also: Sequence[Signer] = ()) -> Submission:
        """The next record, read back as the ledger will read it.

        Raises:
            Refused: it is not well formed.
        """
        return read_submission(self.sign(type_, at, members, also), self.ledger)

    def advance(self, record_id: str) -> None:
        """The record was accepted: the chain stands at it now."""
        self.seq, self.head = self.seq + 1, record_id
