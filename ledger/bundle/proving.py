"""What a second process proves of a bundle while this one reads what the records say: inclusion, and signatures.

A signature by the key of a thumbprint verifies or it does not; whether that key speaks for a record is another
question, which is left to whoever asks. So the answers can be had ahead of it. Only good news is taken from here:
whatever was not found out, or does not hold, is done again by whoever asks, and told in his words.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

from ledger.bundle.format import Entry, Evidence
from ledger.bundle.inclusion import prove_inclusion
from ledger.bundle.processes import can_fork, forked, processors
from ledger.errors import LodestoneError, ProofInvalid
from ledger.log.checkpoint import Checkpoint
from ledger.signing.envelope import Envelope
from ledger.signing.keys import PublicKey, public_key
from ledger.signing.verify import signature_fault

__all__ = ["Ahead", "Verified", "learn", "nothing_proven", "proving"]

Verified = Callable[[], Sequence[bool]]
"""For each entry in order whether all its signatures were found to verify, each by the key of its thumbprint; shorter
where that was not found out."""

_WORTH_A_FORK = 150
"""So many signatures take longer than forking."""


class Ahead:
    """The answers of the second process, waited for when they are asked for."""

    def __init__(self, pipe: Connection | None = None) -> None:
        self._pipe = pipe
        self._included: bool | None = None

    def included(self) -> bool:
        """Whether it was found that every entry stands in the log."""
        if self._included is None:
            self._included = bool(_received(self._pipe))
        return self._included

    def proven(self) -> Sequence[bool]:
        """As `Verified` says."""
        self.included()  # which is sent first
        found = _received(self._pipe)
        return found if isinstance(found, list) else ()


def nothing_proven() -> Sequence[bool]:
    """Nothing was found out ahead."""
    return ()


@contextmanager
def proving(evidence: Evidence | None, checkpoint: Checkpoint) -> Iterator[Ahead]:
    """Begin to prove that these entries are included under this checkpoint, and to verify their signatures.

    Nothing is found out ahead of few entries, on one processor, or where the system does not fork cheaply.
    """
    if evidence is None or len(evidence.entries) < _WORTH_A_FORK or processors() == 1 or not can_fork():
        yield Ahead()
        return

    def prove(_number: int, out: Connection) -> None:
        out.send(_is_included(evidence, checkpoint))
        out.send(_prove(evidence.entries))

    with forked(1, prove) as (pipe,):
        yield Ahead(pipe)


def learn(jwks: object, keys: dict[str, PublicKey]) -> None:
    """Add the keys that a record's member `keys` names, each by its thumbprint, which cannot lie."""
    for jwk in jwks if isinstance(jwks, list) else ():
        try:
            key = public_key(jwk)
        except LodestoneError:
            continue  # whoever reads that record says what is wrong with it
        keys[key.kid] = key


def _prove(entries: Iterable[Entry]) -> list[bool]:
    keys: dict[str, PublicKey] = {}
    proven = []
    for entry in entries:
        learn(entry.envelope.claims.get("keys"), keys)
        proven.append(_all_verify(entry.envelope, keys))
    return proven


def _all_verify(envelope: Envelope, keys: Mapping[str, PublicKey]) -> bool:
    for place, signature in enumerate(envelope.signatures):
        key = keys.get(signature.kid)
        if key is None or signature_fault(envelope, place, key):
            return False
    return True


def _is_included(evidence: Evidence, checkpoint: Checkpoint) -> bool:
    try:
        prove_inclusion(evidence, checkpoint)
    except ProofInvalid:
        return False
    return True


def _received(pipe: Connection | None) -> object:
    try:
        return None if pipe is None else pipe.recv()
    except (EOFError, OSError):
        return None
