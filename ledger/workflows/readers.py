"""Reading records in a process beside the committing one: bytes are parsed and signatures verified there.

    service                          reader: python -m ledger.workflows.readers NAME
      keys learned, bytes  ────────▶   read_submission, verify_signatures
      submissions          ◀────────   members and envelope, or what is wrong

What waits while the reader reads is the next parcel: no timer. The reader holds nothing that counts. Where it dies, or
cannot be started, the service reads by itself; a record that changes keys it always reads by itself.
"""

import pickle
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import IO, Any

from ledger.errors import Refused, Violation
from ledger.log.leaf import LeafParts
from ledger.records import Key, Organization, parse_record
from ledger.rules.submission import Submission, plain_leaf, read_opened, verify_signatures
from ledger.signing.disclosure import Opened
from ledger.signing.envelope import Envelope
from ledger.signing.keys import PublicKey

__all__ = ["Keys", "Reader", "main", "read_one"]

Keys = Mapping[str, PublicKey]
"""Every key that ever spoke for a chain, by its thumbprint."""
_Read = tuple[Envelope, dict[str, object], set[str], LeafParts] | list[Violation] | None
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
        _send(self._process.stdin, (learned, parcel))
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
    """The typed record is made of the members here, by the same models: what comes over the pipe is plain values."""
    if read is None:
        return None
    if isinstance(read, list):
        return Refused(read)
    envelope, members, kids, leaf = read
    return Submission(replace(envelope, data=data), parse_record(members), kids, leaf)


def _read(data: bytes, ledger: str, known: Mapping[str, Keys]) -> _Read:
    try:
        submission, opened = _read_one(data, ledger, known)
    except Refused as refusal:
        return list(refusal.violations)
    if isinstance(submission.record, Organization | Key):
        return None
    return replace(submission.envelope, data=b""), _plain(opened), submission.kids, plain_leaf(submission)


def _plain(value: Any) -> Any:
    """Opened objects as plain ones, which travel for less."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    return [_plain(element) for element in value] if isinstance(value, list) else value


def _send(pipe: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    size = pipe.read(_LENGTH.size)
    if len(size) < _LENGTH.size:
        raise EOFError("the other side has ended")
    data = pipe.read(*_LENGTH.unpack(size))
    return pickle.loads(data)  # noqa: S301 - from our own process, over a pipe that nobody else has


def main() -> None:
    """Read parcels from standard input until it ends."""
    ledger = sys.argv[1]
    known: dict[str, Keys] = {}
    try:
        while True:
            learned, parcel = _receive(sys.stdin.buffer)
            if len(known) + len(learned) > _MOST_CHAINS:
                known.clear()  # what is not known here is verified by the service
            known.update(learned)
            _send(sys.stdout.buffer, [_read(data, ledger, known) for data in parcel])
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        return


if __name__ == "__main__":
    main()
