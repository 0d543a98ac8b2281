"""Strict base64url (RFC 4648 section 5, unpadded) and named SHA-256 digests.

Python's decoder drops illegal characters and ignores trailing bits, so two texts could stand for one value.
Here a text is accepted only if encoding its value again gives the same text.
"""

import binascii
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

from pybase64 import b64decode

__all__ = [
    "ALPHABET",
    "b64u",
    "b64u_digests",
    "digest",
    "digest_bytes",
    "is_batch_id",
    "is_digest",
    "split_batch_id",
    "unb64u",
    "unb64u_all",
]

_HASH = "sha-256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
_DIGEST = re.compile(_HASH)
_BATCH = re.compile(rf"({_HASH})#(0|[1-9][0-9]{{0,3}})")
_PREFIX = "sha-256:"
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
"""From base64url to base64; what stands for something in base64 only becomes what stands for nothing."""
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FILL = ("", "AAA", "AA", "A")
_PADDING = (b"", b"===", b"==", b"=")
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The characters of base64url."""
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
"""The last characters whose unused bits are zero, by the length of the text modulo 4."""


def b64u(data: bytes) -> str:
    """Base64url without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def b64u_digests(digests: Sequence[bytes]) -> list[str]:
    """What `b64u` says of each of many digests of 32 bytes, in one go.

    Not checked: that each has 32 bytes. One zero byte after each fills its last group, so that none needs padding.
    """
    joined = binascii.b2a_base64(b"\0".join(digests) + b"\0", newline=False).translate(_TO_URL).decode("ascii")
    return [joined[start : start + 43] for start in range(0, 44 * len(digests), 44)]


def unb64u(text: str) -> bytes:
    """The bytes of a base64url text.

    Raises:
        ValueError: the text is not the one unpadded base64url form of its bytes.
    """
    try:
        raw = text.encode("ascii")
        rest = len(raw) & 3
        data = b64decode(raw.translate(_TO_STANDARD) + _PADDING[rest], None, True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("expected unpadded base64url") from error
    if rest and raw[-1] not in _LAST[rest]:
        raise ValueError("expected unpadded base64url in its one form")
    return data


def unb64u_all(texts: Sequence[str]) -> list[bytes]:
    """What `unb64u` says of each of many texts, in one go and faster.

    Each text is filled up with zero bits to whole groups, all are decoded together and cut apart again. A text whose
    own unused bits are not zero shows in the byte after its part.

    Raises:
        ValueError: at least one of the texts is not the one unpadded base64url form of its bytes.
    """
    try:
        raw = "".join([text + _FILL[len(text) & 3] for text in texts]).encode("ascii")
        data = b64decode(raw.translate(_TO_STANDARD), None, True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("expected unpadded base64url") from error
    parts = []
    start = 0
    for text in texts:
        size = len(text)
        end = start + (size * 3 >> 2)
        parts.append(data[start:end])
        rest = size & 3
        if rest:
            if rest == 1 or data[end]:
                raise ValueError("expected unpadded base64url in its one form")
            end += 4 - rest
        start = end
    return parts


def digest(data: bytes) -> str:
    """The SHA-256 digest of some bytes with the name of its algorithm: `sha-256:<base64url>`."""
    raw = hashlib.sha256(data).digest()
    return _PREFIX + binascii.b2a_base64(raw, newline=False).translate(_TO_URL)[:43].decode("ascii")


def digest_bytes(text: str) -> bytes:
    """The 32 bytes of a named digest.

    Raises:
        ValueError: the text is not `sha-256:` and 43 characters of strict base64url.
    """
    if not _DIGEST.fullmatch(text):
        raise ValueError("expected sha-256:<base64url>")
    return binascii.a2b_base64(text[len(_PREFIX) :].encode("ascii").translate(_TO_STANDARD) + b"=")


def is_digest(text: object) -> bool:
    """Whether a value is a named SHA-256 digest in its one form."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


@lru_cache(maxsize=16_384)
def split_batch_id(text: str) -> tuple[str, int]:
    """The record id and the output's place in a batch's name, `<record id>#<place>`.

    Raises:
        ValueError: the text is not the name of a batch.
    """
    found = _BATCH.fullmatch(text)
    if found is None:
        raise ValueError("expected <record id>#<number of the output>")
    return found[1], int(found[2])


def is_batch_id(text: object) -> bool:
    """Whether a value is the name of a batch."""
    if not isinstance(text, str):
        return False
    try:
        split_batch_id(text)
    except ValueError:
        return False
    return True
