"""Signatures of a bundle, verified by a second process while this one reads what the records say.

A signature by the key of a thumbprint verifies or it does not; whether that key speaks for a record is another
question, which is left to whoever asks. So the answers can be had ahead of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

from ledger.bundle.format import Entry
from ledger.bundle.processes import can_fork, forked, processors
from ledger.errors import LodestoneError
from ledger.signing.envelope import Envelope
from ledger.signing.keys import PublicKey, public_key
from ledger.signing.verify import signature_fault

__all__ = ["Proven", "learn", "proving"]

Proven = Callable[[], Sequence[bool]]
"""For each entry in order whether all its signatures were found to verify, each by the key of its thumbprint; shorter
where that was not found out."""

_WORTH_A_FORK = 150
"""So many signatures take longer than forking."""


@contextmanager
def proving(entries: Sequence[Entry]) -> Iterator[Proven]:
    """Begin to verify the signatures of these entries; what is given waits for the answers.

    Nothing is found out ahead of few entries, on one processor, or where the system does not fork cheaply.
    """
    if len(entries) < _WORTH_A_FORK or processors() == 1 or not can_fork():
        yield lambda: ()
        return

    def prove(_number: int, out: Connection) -> None:
        out.send(_prove(entries))

    with forked(1, prove) as (pipe,):
        yield lambda: _received(pipe)


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


def _received(pipe: Connection) -> Sequence[bool]:
    try:
        proven: list[bool] = pipe.recv()
    except (EOFError, OSError):
        return ()
    return proven
