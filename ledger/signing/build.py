"""From a record as a plain dictionary to its signed envelope: the producer's half of `disclosure.py`."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence

from ledger.errors import Refused, Violation
from ledger.signing.envelope import TYP
from ledger.signing.shape import Parts, clear_members, holds_digests, is_name, parts_of
from ledger.signing.signer import Signer
from ledger.values.canonical import MAX_DEPTH, NotCanonical, canonical, check_profile
from ledger.values.encoding import b64u

__all__ = ["build_payload", "fresh_salt", "sign_envelope", "sign_record"]


def fresh_salt() -> bytes:
    """16 bytes from the system's random source. A salt is never used twice: it is what hides a guessable value."""
    return os.urandom(16)


def build_payload(record: Mapping[str, object], salt: Callable[[], bytes] = fresh_salt) -> tuple[bytes, list[str]]:
    """The payload of a record, and its disclosures, cut in the one shape that records have.

    `salt` is called once for each disclosure, parts before the whole that holds their digests. Not checked: that the
    members are those of the record's type, limits, and whether texts are fit for people; the ledger does that.

    Raises:
        Refused: a value or name that signed JSON does not allow, or a part that is no list or object.
    """
    builder = _Builder(salt)
    clear = clear_members(record.get("type"))
    hidden = {name: value for name, value in record.items() if name not in clear}
    payload: dict[str, object] = {
        "_sd_alg": "sha-256",
        "_sd": builder.members(hidden, parts_of(record.get("type")), ""),
    }
    for name in clear & record.keys():
        payload[name] = builder.whole(record[name], name)
    if builder.wrong:
        raise Refused(builder.wrong)
    return canonical(payload), builder.disclosures


def sign_envelope(payload: bytes, disclosures: Sequence[str], signers: Sequence[Signer]) -> bytes:
    """The envelope: one signature by each signer over the same payload, the disclosures in ascending order.

    Ascending, because any other order would tell in which order the members were written.
    """
    encoded = b64u(payload)
    signatures: list[dict[str, object]] = []
    for signer in signers:
        protected = b64u(canonical({"alg": signer.key.alg, "kid": signer.key.kid, "typ": TYP}))
        signature = signer.sign(f"{protected}.{encoded}".encode("ascii"))
        signatures.append({"protected": protected, "signature": b64u(signature)})
    if disclosures:
        signatures[0]["header"] = {"disclosures": sorted(disclosures)}
    return canonical({"payload": encoded, "signatures": signatures})


def sign_record(
    record: Mapping[str, object], signers: Sequence[Signer], salt: Callable[[], bytes] = fresh_salt
) -> bytes:
    """`build_payload` and `sign_envelope` in one. Raises as they do."""
    payload, disclosures = build_payload(record, salt)
    return sign_envelope(payload, disclosures, signers)


class _Builder:
    """Collects the disclosures of one record, and what is wrong with its members."""

    def __init__(self, salt: Callable[[], bytes]) -> None:
        self.salt = salt
        self.disclosures: list[str] = []
        self.wrong: list[Violation] = []

    def members(self, values: object, parts: Parts, prefix: str) -> list[str]:
        """The sorted digests of an object's members."""
        if not isinstance(values, Mapping):
            self._malformed("expected an object", prefix.rstrip("."))
            return []
        digests = []
        for name, value in values.items():
            if not is_name(name):
                self._malformed("a member cannot have this name", f"{prefix}{name}")
                continue
            digests.append(self._disclose([name, self._member(name, value, parts, prefix + name)]))
        return sorted(digests)

    def whole(self, value: object, path: str) -> object:
        """A value that opens whole, or stands in the clear."""
        try:
            check_profile(value, MAX_DEPTH - 1)
        except NotCanonical as error:
            self._malformed(str(error), path)
            return ""
        if holds_digests(value):
            self._malformed("what opens whole holds no digests", path)
        return value

    def _member(self, name: str, value: object, parts: Parts, path: str) -> object:
        part = parts.get(name)
        if part is None:
            return self.whole(value, path)
        if not part.is_list:
            return {"_sd": self.members(value, part.parts, path + ".")}
        if not isinstance(value, list | tuple):
            self._malformed("expected a list", path)
            return []
        elements = []
        for number, each in enumerate(value):
            inside = {"_sd": self.members(each, part.parts, f"{path}[{number}].")}
            elements.append({"...": self._disclose([inside])})
        return elements

    def _disclose(self, content: list[object]) -> str:
        salt = self.salt()
        if len(salt) != 16:
            raise ValueError("a salt has 16 bytes")
        disclosure = b64u(canonical([b64u(salt), *content]))
        self.disclosures.append(disclosure)
        return b64u(hashlib.sha256(disclosure.encode("ascii")).digest())

    def _malformed(self, sentence: str, member: str) -> None:
        self.wrong.append(Violation("malformed", sentence, member))
