"""Reading an auditor's file ahead, by as many processes as there are processors, so that a replay only has to judge.

A reader does for an entry what needs no record before: bytes to a typed record, and its signatures. It hands on what it
found to be in order, and nothing else. Whatever is unusual about an entry (a fault, a closed record, a signature that
did not verify, a key that the reader has not seen) is left to the replay, which reads that entry itself: so one piece
of code says what is wrong, and a reader that dies costs time and nothing else.
"""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

import orjson

from ledger.bundle.blocks import BLOCK, Waiting, read_block, read_entries
from ledger.bundle.format import Leaf
from ledger.bundle.processes import can_fork, forked
from ledger.bundle.proving import learn
from ledger.records import Key, Organization, Record
from ledger.rules.judge import known_keys
from ledger.rules.state import State
from ledger.rules.submission import Submission, verify_signatures
from ledger.signing.envelope import Envelope, Signature
from ledger.signing.keys import PublicKey
from ledger.values.canonical import JsonValue
from ledger.values.encoding import unb64u

__all__ = ["read_ahead"]

_Told = tuple[int, tuple[tuple[str, str], str, str, bytes], bytes, tuple[tuple[str, str], ...], Record]
"""Of an entry in order: index, leaf, payload where later entries refer to it, `alg` and `kid` of each signature, all of
them verified, and the record."""


def read_ahead(entries: Sequence[JsonValue], state: State, readers: int) -> Iterator[Waiting]:
    """Every entry in order; signatures are verified as far as the keys are known.

    `readers` processes read ahead where the system can fork one cheaply and the file is worth it; otherwise this one
    reads. Not checked: signatures by keys that are not known yet, and all that depends on other records.
    """
    with _started(entries, state.ledger, readers) as pipes:
        for number, start in enumerate(range(0, len(entries), BLOCK)):
            told = _received(pipes, number)
            if told is None:
                block = read_block(entries, start, state.ledger)
            else:
                block = [_waiting(entries, start + place, each, state) for place, each in enumerate(told)]
            for each in block:
                if each.entry is not None:  # what does not verify is told when the record is judged
                    verify_signatures(each.entry, known_keys(each.entry.record, state))
            yield from block


@contextmanager
def _started(entries: Sequence[JsonValue], ledger: str, readers: int) -> Iterator[list[Connection | None]]:
    """A pipe from each reader, which reads every so-manieth block; none where there is nothing to be won by it."""
    many = min(readers, -(-len(entries) // BLOCK))
    if many < 2 or not can_fork():
        yield []
        return
    with forked(many, lambda number, out: _read(entries, ledger, number, many, out)) as pipes:
        yield list(pipes)


def _received(pipes: list[Connection | None], number: int) -> list[_Told | None] | None:
    """The block of this number from its reader; None where there is no reader, or it is no more."""
    pipe = pipes[number % len(pipes)] if pipes else None
    if pipe is None:
        return None
    try:
        told: list[_Told | None] = pickle.loads(pipe.recv_bytes())  # noqa: S301 - from our own fork
    except (EOFError, OSError, pickle.UnpicklingError):
        pipes[number % len(pipes)] = None
        return None
    return told


def _waiting(entries: Sequence[JsonValue], number: int, told: _Told | None, state: State) -> Waiting:
    """An entry as `read_block` would give it, its signatures verified."""
    if told is None:
        return read_entries(entries[number : number + 1], number, state.ledger)[0]
    index, leaf, payload, signed, record = told
    signatures = tuple(Signature(alg, kid, "", "", b"") for alg, kid in signed)
    # What is left of the envelope is all that judging asks for once its signatures are verified.
    envelope = Envelope(b"", payload, leaf[1], {}, signatures, (), "")
    where = f"evidence.records[{number}] (index {index}, {leaf[1]})"
    entry = Submission(envelope, record, {kid for _, kid in signed})
    return Waiting(True, number, where, index, Leaf(*leaf), True, envelope, None, entry)


def _read(entries: Sequence[JsonValue], ledger: str, mine: int, readers: int, out: Connection) -> None:
    """A reader: its blocks, one after the other, into the pipe."""
    keys: dict[str, PublicKey] = {}
    for number, start in enumerate(range(0, len(entries), BLOCK)):
        if number % readers != mine:
            _learn(entries[start : start + BLOCK], keys)
            continue
        told = [_found(each, keys) for each in read_block(entries, start, ledger)]
        out.send_bytes(pickle.dumps(told, pickle.HIGHEST_PROTOCOL))


def _found(each: Waiting, keys: dict[str, PublicKey]) -> _Told | None:
    entry, leaf = each.entry, each.leaf
    if entry is None or leaf is None or each.fault is not None:
        return None
    record = entry.record
    payload = b""
    if isinstance(record, Organization | Key):
        payload = entry.envelope.payload
        learn(record.keys, keys)
    if verify_signatures(entry, keys):
        return None
    signed = tuple((signature.alg, signature.kid) for signature in entry.envelope.signatures)
    if len(entry.kids) != len(signed):
        return None
    parts = (leaf.tags, leaf.record, leaf.signatures, leaf.data)
    return each.index, parts, payload, signed, record


def _learn(entries: Sequence[JsonValue], keys: dict[str, PublicKey]) -> None:
    """The keys that stand in the clear in entries of other readers. A key is known by its thumbprint: it cannot lie."""
    for value in entries:
        try:
            payload = unb64u(value["envelope"]["payload"])  # type: ignore[index,call-overload,arg-type]
            if b'"keys":' in payload:
                learn(orjson.loads(payload)["keys"], keys)
        except (LookupError, TypeError, ValueError):
            continue  # whoever reads that entry says what is wrong with it
