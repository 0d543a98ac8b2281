"""Checkpoints: what a log signs about itself, three lines of text (C2SP tlog-checkpoint).

    lodestone.example/2026
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

Extension lines are refused: an ML-DSA-44 signature does not cover them, and our logs write none.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ledger.errors import VerificationError
from ledger.log.merkle import EMPTY_ROOT, HASH_SIZE, MAX_SIZE
from ledger.log.note import decode_base64, encode_base64, is_key_name, parse_note

__all__ = ["Checkpoint", "checkpoint_of", "is_origin", "parse_checkpoint", "parse_number"]

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


def is_origin(text: str) -> bool:
    """Whether a text may be the origin of a log: the name of a key, of at most 255 bytes.

    The specification lets an origin hold spaces. No key could have its name then, so no policy could trust it.
    """
    return is_key_name(text) and len(text.encode()) <= 255


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The size and root of a log at one moment. Where it comes from decides whether anybody signed it."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not is_origin(self.origin):
            raise ValueError("an origin is 1 to 255 bytes without spaces, plus signs or control characters")
        if not 0 <= self.size <= MAX_SIZE:
            raise ValueError("the size of a log is a number from 0 to 2^62")
        if len(self.root) != HASH_SIZE:
            raise ValueError("a root has 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise ValueError("the root of an empty log is fixed")

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint note.

    Not checked: signatures.

    Raises:
        VerificationError: not exactly origin, size and root in their one form.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise VerificationError("malformed checkpoint: expected three lines, origin, size and root")
    try:
        return Checkpoint(lines[0], parse_number(lines[1]), decode_base64(lines[2]))
    except ValueError as error:
        raise VerificationError(f"malformed checkpoint: {error}") from error


@lru_cache(maxsize=16)
def checkpoint_of(note: str) -> Checkpoint:
    """The checkpoint of a note. The newest one is looked at many times.

    Not checked: signatures.

    Raises:
        VerificationError: not a note, or not of a checkpoint.
    """
    return parse_checkpoint(parse_note(note).text)


def parse_number(text: str) -> int:
    """A decimal number in its one form, without sign and leading zeroes.

    Raises:
        ValueError: any other spelling, or more than 19 digits.
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError("expected a decimal number without leading zeroes")
    return int(text)
