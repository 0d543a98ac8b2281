"""Reading records in a process beside the committing one: bytes are parsed and signatures verified there.

    service                          reader: python -m ledger.workflows.readers NAME
      keys learned, bytes  ────────▶   read_submission, verify_signatures
      submissions          ◀────────   members and what counts of the envelope, or what is wrong

Both sides are the same program, and what goes over the pipe are plain values, so they are marshalled, which takes a
third of pickling. What waits while the reader reads is the next parcel: no timer. The reader holds nothing that counts.
Where it dies, or cannot be started, the service reads by itself; a record that changes keys it always reads by itself.
"""

import marshal
import pickle
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple
from typing import IO, Any

from ledger.errors import Refused, Violation
from ledger.log.leaf import LeafParts
from ledger.records import Key, Organization, parse_record
from ledger.rules.submission import Submission, plain, plain_leaf, read_opened, verify_signatures
from ledger.signing.disclosure import Opened
from ledger.signing.envelope import Envelope, Signature
from ledger.signing.keys import PublicKey

__all__ = ["Keys", "Reader", "main", "read_one"]

Keys = Mapping[str, PublicKey]
"""Every key that ever spoke for a chain, by its thumbprint."""
_Signature = tuple[str, str, str, str, bytes]
_Leaf = tuple[bytes, bytes, bytes, bytes]
_Read = tuple[str, bytes, str, list[_Signature], list[str], dict[str, object], _Leaf] | list[tuple[Any, ...]] | None
"""Id, payload and its text (empty where no signature is left to verify), signatures, the keys of those that were
verified, members, leaf; or violations; or nothing.
"""
_LENGTH = struct.Struct(">Q")
_MOST_CHAINS = 20_000


def read_one(data: bytes, ledger: str, known: Mapping[str, Keys]) -> Submission:
    """The well-formed record that some bytes are, its signatures verified where the chain's keys are known.

    Raises:
        Refused: the bytes tier refuses, or a signature does not verify.
    """
    return _read_one(data, ledger, known)[0]


def _read_one(data: bytes, ledger: str, known: Mapping[str, Keys]) -> tuple[Submission, Opened]:
    submission, opened = read_opened(data, ledger)
    wrong = verify_signatures(submission, known.get(submission.record.chain.id, {}))
    if wrong:
        raise Refused(wrong)
    return submission, opened


class Reader:
    """The process, from the side of the service. One thread at a time may ask."""

    def __init__(self, ledger: str) -> None:
        self._ledger = ledger
        self._process = subprocess.Popen(  # noqa: S603 - ourselves, and a name that is in the settings
            [sys.executable, "-P", "-m", "ledger.workflows.readers", ledger],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # an interrupt from the terminal is for the service, which then ends this one
        )

    def read(self, parcel: Sequence[bytes], learned: Mapping[str, Keys]) -> list[Submission | Refused | None]:
        """What each of these bytes is: a record, refused, or (None) to be read by whoever asked.

        `learned` are keys by chain that the reader does not know yet.

        Raises:
            OSError: the process does not answer.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        _send(self._process.stdin, (pickle.dumps(learned) if learned else b"", list(parcel)))
        answers: list[_Read] = _receive(self._process.stdout)
        return [_submission(data, read) for data, read in zip(parcel, answers, strict=True)]

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # it was gone before
                    pipe.close()
        self._process.kill()
        self._process.wait()


def _submission(data: bytes, read: _Read) -> Submission | Refused | None:
    """The typed record is made of the members here, by the same models.

    Of the envelope there is what counts from here on: its bytes, its id, its signatures.
    """
    if read is None:
        return None
    if isinstance(read, list):
        return Refused([Violation(*wrong) for wrong in read])
    record_id, payload, encoded, signatures, kids, members, leaf = read
    seen = tuple([Signature(*each) for each in signatures])
    envelope = Envelope(data, payload, record_id, {}, seen, (), encoded)
    return Submission(envelope, parse_record(members), set(kids), LeafParts(*leaf))


def _read(data: bytes, ledger: str, known: Mapping[str, Keys]) -> _Read:
    try:
        submission, opened = _read_one(data, ledger, known)
    except Refused as refusal:
        return [astuple(violation) for violation in refusal.violations]
    if isinstance(submission.record, Organization | Key):
        return None
    envelope, kids, leaf = submission.envelope, submission.kids, plain_leaf(submission)
    done = len(kids) == len(envelope.signatures)
    return (
        envelope.record_id,
        b"" if done else envelope.payload,
        "" if done else envelope.encoded_payload,
        [(each.alg, each.kid, each.protected, each.signature, each.raw) for each in envelope.signatures],
        list(kids),
        plain(opened),
        (leaf.record, leaf.signatures, leaf.tags, leaf.hash),
    )


def _send(pipe: IO[bytes], value: Any) -> None:
    data = marshal.dumps(value)
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    size = pipe.read(_LENGTH.size)
    if len(size) < _LENGTH.size:
        raise EOFError("the other side has ended")
    data = pipe.read(*_LENGTH.unpack(size))
    return marshal.loads(data)  # noqa: S302 - from our own process, over a pipe that nobody else has


def main() -> None:
    """Read parcels from standard input until it ends."""
    ledger = sys.argv[1]
    known: dict[str, Keys] = {}
    try:
        while True:
            said, parcel = _receive(sys.stdin.buffer)
            learned = pickle.loads(said) if said else {}  # noqa: S301 - as above
            if len(known) + len(learned) > _MOST_CHAINS:
                known.clear()  # what is not known here is verified by the service
            known.update(learned)
            _send(sys.stdout.buffer, [_read(data, ledger, known) for data in parcel])
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        return


if __name__ == "__main__":
    main()
