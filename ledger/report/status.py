"""The status list: one bit for each report, set when it is revoked (W3C Bitstring Status List v1.0).

A list has at least 131,072 bits, so that whoever fetches it does not tell which report he holds; the numbers of reports
are drawn at random for the same reason. Bits are never cleared: a report that is good again is made anew.
"""

import gzip
import zlib
from collections.abc import Iterable, Mapping

from ledger.errors import VerificationError
from ledger.values.encoding import b64u, unb64u

__all__ = [
    "BITS",
    "PURPOSE",
    "decode_bits",
    "encode_bits",
    "is_set",
    "status_credential",
    "status_entry",
    "status_list_bits",
    "status_list_url",
]

BITS = 131_072
"""The least size of a list (section 6.1)."""
PURPOSE = "revocation"
_LONGEST = 1 << 24  # bytes: a list of 134 million reports


def status_list_url(public_url: str) -> str:
    """Where the one status list of a service is."""
    return f"{public_url}/v1/status/1"


def status_entry(public_url: str, number: int) -> dict[str, object]:
    """The member `credentialStatus` of a report: which bit tells whether it is revoked."""
    where = status_list_url(public_url)
    return {
        "id": f"{where}#{number}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": PURPOSE,
        "statusListIndex": str(number),
        "statusListCredential": where,
    }


def encode_bits(numbers: Iterable[int], size: int = BITS) -> str:
    """A list of so many bits with these set: bit 0 is the first of the first byte; gzip; base64url behind a `u`.

    The same bits give the same text: no time stands in it.

    Raises:
        ValueError: fewer bits than a list must have, not whole bytes, or a number outside of it.
    """
    if size < BITS or size % 8:
        raise ValueError(f"a status list has at least {BITS:,} bits, in whole bytes")
    bits = bytearray(size // 8)
    for number in numbers:
        if not 0 <= number < size:
            raise ValueError(f"there is no bit {number} in a list of {size:,}")
        bits[number // 8] |= 0x80 >> number % 8
    return "u" + b64u(gzip.compress(bytes(bits), mtime=0))


def decode_bits(text: str) -> bytes:
    """The bits of an encoded list.

    Raises:
        VerificationError: not `u` and base64url of gzip, too small, or absurdly large.
    """
    try:
        if not text.startswith("u"):
            raise ValueError("expected multibase base64url")
        unpacker = zlib.decompressobj(wbits=31)
        bits = unpacker.decompress(unb64u(text[1:]), _LONGEST)
        if not unpacker.eof or unpacker.unused_data:
            raise ValueError("expected one whole gzip stream")
    except (ValueError, zlib.error) as error:
        raise VerificationError(f"malformed status list: {error}") from error
    if len(bits) * 8 < BITS:
        raise VerificationError(f"malformed status list: expected at least {BITS:,} bits")
    return bits


def is_set(bits: bytes, number: int) -> bool:
    """Whether a report's bit is set.

    Raises:
        VerificationError: the list does not reach so far.
    """
    if not 0 <= number < len(bits) * 8:
        raise VerificationError(f"the status list has no bit {number}")
    return bool(bits[number // 8] & 0x80 >> number % 8)


def status_credential(public_url: str, did: str, made_at: str, encoded: str) -> dict[str, object]:
    """The credential that carries the list."""
    where = status_list_url(public_url)
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": where,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did,
        "validFrom": made_at,
        "credentialSubject": {
            "id": f"{where}#list",
            "type": "BitstringStatusList",
            "statusPurpose": PURPOSE,
            "encodedList": encoded,
        },
    }


def status_list_bits(credential: Mapping[str, object]) -> bytes:
    """The bits that a status list credential carries.

    Not checked: its signature and issuer.

    Raises:
        VerificationError: it is no status list for revocation.
    """
    subject = credential.get("credentialSubject")
    if not isinstance(subject, Mapping) or subject.get("type") != "BitstringStatusList":
        raise VerificationError("malformed status list: expected a BitstringStatusList")
    encoded = subject.get("encodedList")
    if subject.get("statusPurpose") != PURPOSE or not isinstance(encoded, str):
        raise VerificationError(f"malformed status list: expected the purpose {PURPOSE} and an encoded list")
    return decode_bits(encoded)
