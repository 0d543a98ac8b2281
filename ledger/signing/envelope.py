"""The signed bytes of a record: an SD-JWT (RFC 9901) in JWS JSON general serialization (RFC 7515 section 7.2.1).

    {"payload": b64u, "signatures": [{"header": {"disclosures": [b64u]}, "protected": b64u, "signature": b64u}]}

Nothing else is allowed in it. The envelope is canonical JSON like everything inside, so that one envelope has one
spelling. `header` stands in the first signature only; it is not signed, since every disclosure is held by a digest in
the payload. A record is named by its payload alone: `sha-256:` of the decoded bytes.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import orjson

from ledger.errors import Refused, Violation
from ledger.signing.keys import ALGORITHMS
from ledger.signing.limits import (
    MAX_DISCLOSURES,
    MAX_ELEMENTS,
    MAX_ENVELOPE_BYTES,
    MAX_PART_BYTES,
    REPLAY_DEPTH,
    bad_texts,
    has_long_array,
    is_plain_text,
)
from ledger.signing.shape import check_claims
from ledger.values.canonical import (
    MAX_DEPTH,
    JsonValue,
    NotCanonical,
    NotJson,
    TooDeep,
    canonical,
    parse_canonical,
)
from ledger.values.encoding import digest, unb64u

__all__ = ["TYP", "Envelope", "Signature", "parse_envelope", "parse_evidence", "read_envelope"]

TYP = "lodestone-record+sd-jwt"

_MOST_SIGNATURES = 4
"""An old and a new hybrid set together; no rule ever asks for more."""
_LONGEST_HEADER = 300


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature as it was carried: both texts, what its protected header says, and its bytes. Not yet verified."""

    alg: str
    kid: str
    protected: str
    signature: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A well-formed envelope. Not checked: signatures, and whether disclosures fit the digests."""

    data: bytes = field(repr=False)
    """The bytes as received; empty where it was a part of a larger document."""
    payload: bytes = field(repr=False)
    record_id: str
    claims: dict[str, JsonValue] = field(repr=False)
    """The members in the clear, with `_sd` and `_sd_alg`."""
    signatures: tuple[Signature, ...]
    disclosures: tuple[str, ...] = field(repr=False)
    encoded_payload: str = field(repr=False)

    def signing_input(self, place: int) -> bytes:
        """What the signature at this place signs (RFC 7515 section 5.1)."""
        return f"{self.signatures[place].protected}.{self.encoded_payload}".encode("ascii")

    def signatures_digest(self) -> str:
        """The member `s` of the record's leaf: which signatures were seen, as carried and in their order."""
        return digest(canonical([[each.protected, each.signature] for each in self.signatures]))


def parse_envelope(data: bytes, *, submission: bool = True) -> Envelope:
    """The envelope that some bytes are.

    A replay (`submission=False`) leaves out the limits and the judgement of text, which belong to the door; all else is
    the same. Not checked: signatures (`verify_signatures`) and disclosures (`open_record`).

    Raises:
        Refused: `malformed`, `not-canonical`, `too-large`: everything that is wrong, at once.
    """
    wrong: list[Violation] = []
    envelope = read_envelope(data, wrong, submission=submission)
    if wrong or envelope is None:
        raise Refused(wrong)
    return envelope


def parse_evidence(value: object) -> Envelope:
    """The envelope in a bundle: a part of a larger canonical document, with its disclosures in their one order.

    Parsed as in a replay. The disclosures ascend as texts, none twice; where there are none there is no `header`.
    It has no bytes of its own: `data` is empty. Not checked: that the document is canonical, which its reader does.

    Raises:
        Refused: `malformed` or `not-canonical`.
    """
    wrong: list[Violation] = []
    envelope = _read(value, b"", wrong, submission=False, one_form=True)
    if wrong or envelope is None:
        raise Refused(wrong)
    carried = envelope.disclosures
    if len(set(carried)) != len(carried) or sorted(carried) != list(carried):
        raise Refused([Violation("not-canonical", "expected disclosures in ascending order, each once", "disclosures")])
    if not carried and "header" in value["signatures"][0]:  # type: ignore[index]  # it was read as an envelope
        raise Refused([Violation("not-canonical", "expected no header where nothing is disclosed", "signatures[0]")])
    return envelope


def read_envelope(data: bytes, wrong: list[Violation], *, submission: bool) -> Envelope | None:
    """As `parse_envelope`, but adds what is wrong to a list; None where not even the payload can be read."""
    if submission and len(data) > MAX_ENVELOPE_BYTES:
        wrong.append(Violation("too-large", f"expected at most {MAX_ENVELOPE_BYTES:,} bytes"))
        return None
    try:
        outer = orjson.loads(data)
    except orjson.JSONDecodeError:
        wrong.append(Violation("malformed", "not JSON in UTF-8"))
        return None
    return _read(outer, data, wrong, submission=submission)


def _read(
    outer: object, data: bytes, wrong: list[Violation], *, submission: bool, one_form: bool = False
) -> Envelope | None:
    """The envelope of a value; `one_form` where it is a part of a document that is known to be canonical."""
    if type(outer) is not dict or len(outer) != 2 or "payload" not in outer or "signatures" not in outer:
        wrong.append(Violation("malformed", 'expected an object with exactly "payload" and "signatures"'))
        return None
    signatures, disclosures = _signatures(outer["signatures"], wrong)
    if submission and len(disclosures) > MAX_DISCLOSURES:
        wrong.append(Violation("too-large", f"expected at most {MAX_DISCLOSURES:,} disclosures", "disclosures"))
        disclosures = []
    try:
        if not one_form and canonical(outer) != data:
            wrong.append(Violation("not-canonical", "expected the envelope in its one canonical form (RFC 8785)"))
    except TypeError:
        wrong.append(Violation("malformed", "nested too deeply"))
    encoded = outer["payload"]
    try:
        payload = unb64u(encoded) if type(encoded) is str else b""
    except ValueError as error:
        wrong.append(Violation("malformed", str(error), "payload"))
        return None
    claims = _claims(payload, wrong, submission=submission)
    if claims is None:
        return None
    return Envelope(data, payload, digest(payload), claims, tuple(signatures), tuple(disclosures), encoded)


def _claims(payload: bytes, wrong: list[Violation], *, submission: bool) -> dict[str, JsonValue] | None:
    if submission and len(payload) > MAX_PART_BYTES:
        wrong.append(Violation("too-large", f"expected at most {MAX_PART_BYTES:,} bytes", "payload"))
        return None
    try:
        claims = parse_canonical(payload, max_depth=MAX_DEPTH if submission else REPLAY_DEPTH)
    except NotJson:
        wrong.append(Violation("malformed", "the payload is not JSON in UTF-8", "payload"))
        return None
    except TooDeep as error:
        wrong.append(Violation("too-large", str(error), "payload"))
        return None
    except NotCanonical as error:
        wrong.append(Violation("not-canonical", str(error), "payload"))
        return None
    if type(claims) is not dict:
        wrong.append(Violation("malformed", "expected a JSON object", "payload"))
        return None
    wrong += check_claims(claims)
    if submission:
        if not is_plain_text(payload):
            wrong += bad_texts(claims, "")
        if has_long_array(claims, payload):
            wrong.append(Violation("too-large", f"expected at most {MAX_ELEMENTS} elements in an array", "payload"))
    return claims


def _signatures(value: object, wrong: list[Violation]) -> tuple[list[Signature], list[str]]:
    if type(value) is not list or not 1 <= len(value) <= _MOST_SIGNATURES:
        wrong.append(Violation("malformed", f"expected a list of 1 to {_MOST_SIGNATURES} signatures", "signatures"))
        return [], []
    signatures: list[Signature] = []
    disclosures: list[str] = []
    for place, each in enumerate(value):
        where = f"signatures[{place}]"
        if type(each) is not dict:
            wrong.append(Violation("malformed", "expected an object", where))
            continue
        has_header = place == 0 and "header" in each
        if len(each) != 2 + has_header or "protected" not in each or "signature" not in each:
            sentence = 'expected exactly "protected" and "signature", and "header" in the first one only'
            wrong.append(Violation("malformed", sentence, where))
            continue
        if has_header:
            disclosures = _disclosures(each["header"], wrong)
        found = _signature(each["protected"], each["signature"], wrong, where)
        if found is not None:
            signatures.append(found)
    return signatures, disclosures


def _signature(protected: object, signature: object, wrong: list[Violation], where: str) -> Signature | None:
    if type(protected) is not str or len(protected) > _LONGEST_HEADER:
        wrong.append(Violation("malformed", "expected a short base64url text", f"{where}.protected"))
        return None
    header = _protected(protected)
    if header[0] not in ALGORITHMS:
        wrong.append(Violation(header[0], header[1], f"{where}.protected"))
    try:
        raw = unb64u(signature) if type(signature) is str else b""
    except ValueError:
        raw = b""
    if not raw:
        wrong.append(Violation("malformed", "expected unpadded base64url", f"{where}.signature"))
    return Signature(header[0], header[1], protected, str(signature), raw)


def _disclosures(header: object, wrong: list[Violation]) -> list[str]:
    where = "signatures[0].header"
    if type(header) is not dict or len(header) != 1 or type(header.get("disclosures")) is not list:
        wrong.append(Violation("malformed", 'expected an object with exactly a list "disclosures"', where))
        return []
    disclosures: list[str] = header["disclosures"]
    for each in disclosures:
        if type(each) is not str:
            wrong.append(Violation("malformed", "expected texts", f"{where}.disclosures"))
            return []
    return disclosures


@lru_cache(maxsize=8192)
def _protected(encoded: str) -> tuple[str, str]:
    """The `alg` and `kid` of a protected header, or a code and a sentence. All records by a key have the same text."""
    try:
        header = parse_canonical(unb64u(encoded))
    except NotCanonical as error:
        return "not-canonical", str(error)
    except ValueError:
        return "malformed", "expected a JSON object in base64url"
    if type(header) is not dict or len(header) != 3 or header.get("typ") != TYP:
        return "malformed", f'expected exactly "alg", "kid" and "typ", which is "{TYP}"'
    alg, kid = header.get("alg"), header.get("kid")
    if alg not in ALGORITHMS:
        return "malformed", "expected one of the algorithms " + ", ".join(ALGORITHMS)
    if type(kid) is not str or not _is_thumbprint(kid):
        return "malformed", "expected the key's RFC 7638 thumbprint as kid"
    return str(alg), kid


def _is_thumbprint(kid: str) -> bool:
    try:
        return len(unb64u(kid)) == 32
    except ValueError:
        return False
