"""Signed notes: a text, a blank line, and one line for each signature (C2SP signed-note).

    <text, ending in a newline>
    <blank line>
    — <key name> <base64 of key id and signature>

A key is known by its name and its key id together, four bytes of a hash over name, kind and public key. This module
reads and writes the text; `signatures` says what each kind of key signs.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from ledger.errors import VerificationError

__all__ = [
    "COSIGN_ED25519",
    "COSIGN_MLDSA44",
    "ED25519",
    "MAX_NOTE",
    "MAX_SIGNATURES",
    "Note",
    "NoteKey",
    "SignatureLine",
    "decode_base64",
    "encode_base64",
    "is_key_name",
    "parse_note",
    "parse_signature_lines",
    "parse_vkey",
]

ED25519 = 0x01
"""Kind of a key that signs the text itself."""
COSIGN_ED25519 = 0x04
"""Kind of a key that signs the text and a time (C2SP tlog-cosignature)."""
COSIGN_MLDSA44 = 0x06
"""Kind of a key that signs origin, size, root and a time with ML-DSA-44 (C2SP tlog-cosignature)."""

MAX_SIGNATURES = 100
MAX_NOTE = 1_000_000

_PUBLIC_SIZE = {ED25519: 32, COSIGN_ED25519: 32, COSIGN_MLDSA44: 1312}
_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_ID = re.compile(r"[0-9a-f]{8}")


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """The bytes of standard base64 with padding, in its one form.

    Raises:
        ValueError: any other spelling.
    """
    try:
        data = binascii.a2b_base64(text)
    except ValueError as error:  # also what is not ASCII
        raise ValueError("expected base64") from error
    if encode_base64(data) != text:
        raise ValueError("expected base64 in its one form")
    return data


@lru_cache(maxsize=1024)
def is_key_name(name: str) -> bool:
    """Whether a text may name a key: not empty, without spaces of any script, plus signs and control characters."""
    if not name or "+" in name or _CONTROL.search(name) or any(character.isspace() for character in name):
        return False
    try:
        name.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key that signs notes under a name; `kind` says what it signs.

    Checked: the name, and that the key is as long as its kind demands. Not checked: that it is a point or a matrix;
    a key that is none verifies nothing.
    """

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise ValueError("a key's name has no spaces, plus signs or control characters")
        if self.kind not in _PUBLIC_SIZE:
            raise ValueError(f"keys of kind {self.kind} are not known")
        if len(self.public) != _PUBLIC_SIZE[self.kind]:
            raise ValueError(f"a public key of kind {self.kind} has {_PUBLIC_SIZE[self.kind]} bytes")

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before every signature by this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The text to hand out: `<name>+<key id>+<base64 of kind and key>`."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"


def parse_vkey(text: str) -> NoteKey:
    """The key of a verifier key text.

    Raises:
        ValueError: not a verifier key, of an unknown kind, or with a key id that is not its own.
    """
    parts = text.split("+", 2)  # base64 may hold plus signs of its own
    if len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
        raise ValueError("expected a verifier key: <name>+<8 hex digits>+<base64>")
    data = decode_base64(parts[2])
    if not data:
        raise ValueError("expected a verifier key: its last part is empty")
    key = NoteKey(parts[0], data[0], data[1:])
    if key.key_id.hex() != parts[1]:
        raise ValueError(f"the key id of this verifier key should be {key.key_id.hex()}")
    return key


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature of a note. That it stands there proves nothing yet."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, ending in a newline, and its signature lines, none of them verified."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(str(line) for line in self.signatures)

    def signed_by(self, lines: Iterable[SignatureLine]) -> "Note":
        """The same note with further signatures at its end; a line that it has already is not repeated."""
        return replace(self, signatures=tuple(dict.fromkeys((*self.signatures, *lines))))

    def renewed(self, lines: Iterable[SignatureLine]) -> "Note":
        """The same note with further signatures; an older one by the same key gives way to the new one."""
        kept = {(line.name, line.key_id): line for line in self.signatures}
        kept.update({(line.name, line.key_id): line for line in lines})
        return replace(self, signatures=tuple(kept.values()))


def parse_note(data: bytes | str) -> Note:
    """Read a signed note. The text ends at the last blank line.

    Not checked: the signatures.

    Raises:
        VerificationError: not a signed note, or one with control characters, of over 1,000,000 bytes or 100 signatures.
    """
    try:
        raw = data.encode() if isinstance(data, str) else data
        whole = raw.decode()
    except UnicodeError as error:
        raise VerificationError("malformed note: it is not UTF-8") from error
    if len(raw) > MAX_NOTE:
        raise VerificationError(f"malformed note: it is longer than {MAX_NOTE} bytes")
    if _CONTROL.search(whole):
        raise VerificationError("malformed note: it contains control characters")
    head, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise VerificationError("malformed note: there is no blank line followed by signature lines")
    return Note(head + "\n", parse_signature_lines(tail))


def parse_signature_lines(text: str) -> tuple[SignatureLine, ...]:
    """The signature lines that a text consists of: the end of a note, or the answer of a witness.

    Raises:
        VerificationError: it does not consist of 1 to 100 such lines.
    """
    if not text.endswith("\n"):
        raise VerificationError("malformed note: its signature lines are cut short")
    lines = text[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise VerificationError(f"malformed note: there are more than {MAX_SIGNATURES} signatures")
    return tuple(_signature_line(line) for line in lines)


def _signature_line(line: str) -> SignatureLine:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not is_key_name(name):
        raise VerificationError("malformed note: a signature line is not a dash, a key name and base64")
    try:
        data = decode_base64(encoded)
    except ValueError as error:
        raise VerificationError("malformed note: a signature is not base64") from error
    if len(data) < 5:
        raise VerificationError("malformed note: a signature is too short")
    return SignatureLine(name, data[:4], data[4:])
