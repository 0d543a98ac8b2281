"""Public keys as JWKs, sets of them, and what a signature by them looks like.

    Ed25519     {"crv": "Ed25519", "kty": "OKP", "x"}         RFC 8037, RFC 9864   signature 64 bytes
    ES256       {"crv": "P-256", "kty": "EC", "x", "y"}       RFC 7518             signature r || s, 64 bytes
    ML-DSA-65   {"alg": "ML-DSA-65", "kty": "AKP", "pub"}     RFC 9964             signature 3,309 bytes
    ML-DSA-87   {"alg": "ML-DSA-87", "kty": "AKP", "pub"}     RFC 9964             signature 4,627 bytes

The key decides the algorithm, never the message. Ed25519 is verified as RFC 8032 without the cofactor, which is what
OpenSSL and WebCrypto do. An ECDSA signature (r, n - s) is as valid as (r, s), and ML-DSA signs at random: several
signatures fit one payload, and therefore nothing is ever named by a signature.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from ledger.errors import Refused, SignatureInvalid, Violation
from ledger.signing import edwards
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u, unb64u

__all__ = [
    "ALGORITHMS",
    "POST_QUANTUM",
    "SIGNATURE_BYTES",
    "KeySet",
    "PublicKey",
    "check_strength",
    "key_set",
    "public_key",
]

ALGORITHMS = ("Ed25519", "ES256", "ML-DSA-65", "ML-DSA-87")
"""Every algorithm of `lodestone-record/1`; the list of a version never grows."""
POST_QUANTUM = frozenset({"ML-DSA-65", "ML-DSA-87"})
SIGNATURE_BYTES = {"Ed25519": 64, "ES256": 64, "ML-DSA-65": 3309, "ML-DSA-87": 4627}

_MLDSA: dict[str, type[mldsa.MLDSA65PublicKey] | type[mldsa.MLDSA87PublicKey]] = {
    "ML-DSA-65": mldsa.MLDSA65PublicKey,
    "ML-DSA-87": mldsa.MLDSA87PublicKey,
}
_MLDSA_BYTES = {"ML-DSA-65": 1952, "ML-DSA-87": 2592}
_ES256 = ec.ECDSA(SHA256())
_EXPECTED = "expected exactly the members of a public key for " + ", ".join(ALGORITHMS)
_ONE_OR_HYBRID = "expected one key, or a classical and an ML-DSA key"
_LONGEST_JWK = 4_000

_IDENTITY = b"\x01" + bytes(31)
"""The encoding of the curve's neutral point."""

_Loaded = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that `public_key` has read: its algorithm, its RFC 7638 thumbprint `kid`, and its raw bytes.

    `raw` is the encoded point (Ed25519), the uncompressed point (ES256) or the encoded key (ML-DSA).
    Not checked: that an Ed25519 key has prime order; `check_strength` does that once, when a key is registered.
    """

    alg: str
    kid: str
    raw: bytes = field(repr=False)
    text: bytes = field(repr=False)
    """The JWK as canonical JSON, which is also what the thumbprint is taken of."""

    @property
    def jwk(self) -> dict[str, str]:
        """The JWK, as a new dictionary."""
        jwk: dict[str, str] = orjson.loads(self.text)
        return jwk

    def verify(self, message: bytes, signature: bytes) -> None:
        """Checks that the signature is one of this key over the message.

        Raises:
            SignatureInvalid: it is not, or has another length than the algorithm's.
        """
        if len(signature) != SIGNATURE_BYTES[self.alg]:
            raise SignatureInvalid(f"expected a signature of {SIGNATURE_BYTES[self.alg]} bytes for {self.alg}")
        if self.alg == "Ed25519":
            self._verify_ed25519(message, signature)
            return
        key = _loaded(self.alg, self.raw)
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                key.verify(encode_dss_signature(r, s), message, _ES256)
            elif not isinstance(key, ed25519.Ed25519PublicKey):
                key.verify(signature, message)
        except InvalidSignature as error:
            raise SignatureInvalid(f"the signature does not fit the key {self.kid}") from error

    def _verify_ed25519(self, message: bytes, signature: bytes) -> None:
        """RFC 8032, cofactorless, by libsodium.

        For keys of prime order it differs from OpenSSL and WebCrypto in one case: it refuses a commitment R that is the
        identity. Here that case is refused whoever verifies.
        """
        try:
            if signature[:32] == _IDENTITY:
                raise BadSignatureError
            crypto_sign_open(signature + message, self.raw)
        except BadSignatureError as error:
            raise SignatureInvalid(f"the signature does not fit the key {self.kid}") from error


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys that speak for a chain: one, or a classical and an ML-DSA one of which both must sign (hybrid).

    The classical key comes first, whatever order it was written in, so that equal sets are equal values.
    """

    keys: tuple[PublicKey, ...]

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.keys, key=lambda key: key.alg in POST_QUANTUM))
        kinds = [key.alg in POST_QUANTUM for key in ordered]
        if kinds not in ([False], [True], [False, True]):
            raise Refused([Violation("malformed", _ONE_OR_HYBRID, "keys")])
        object.__setattr__(self, "keys", ordered)

    @property
    def kids(self) -> frozenset[str]:
        """The thumbprints of the keys."""
        return frozenset(key.kid for key in self.keys)

    @property
    def jwks(self) -> list[dict[str, str]]:
        """The member `keys` of the record that names this set."""
        return [key.jwk for key in self.keys]


def public_key(jwk: object, member: str = "keys") -> PublicKey:
    """The key of a JWK that has exactly the members of its kind, strictly encoded, of the right length, on its curve.

    Not checked: that an Ed25519 key has prime order (`check_strength`).

    Raises:
        Refused: `malformed`; or `weak-key` for a second spelling of an Ed25519 point. `member` is where the key stands.
    """
    try:
        text = canonical(jwk)
    except TypeError:
        text = b""
    if not isinstance(jwk, dict) or not 0 < len(text) <= _LONGEST_JWK:
        raise Refused([Violation("malformed", _EXPECTED, member)])
    found = _parsed(text)
    if isinstance(found, PublicKey):
        return found
    raise Refused([Violation(found[0], found[1], member)])


def key_set(jwks: object, member: str = "keys") -> KeySet:
    """The key set that a record's member `keys` names.

    Raises:
        Refused: not one key, or a classical and an ML-DSA one; or what `public_key` says of each, all together.
    """
    if not isinstance(jwks, list) or len(jwks) not in (1, 2):
        raise Refused([Violation("malformed", _ONE_OR_HYBRID, member)])
    keys: list[PublicKey] = []
    violations: list[Violation] = []
    for place, jwk in enumerate(jwks):
        try:
            keys.append(public_key(jwk, f"{member}[{place}]"))
        except Refused as refused:
            violations += refused.violations
    if violations:
        raise Refused(violations)
    return KeySet(tuple(keys))


def check_strength(keys: PublicKey | KeySet, member: str = "keys") -> None:
    """Checks once, at registration, that no Ed25519 key has small or mixed order.

    Costs some milliseconds of plain arithmetic; keys of other algorithms have nothing to check.

    Raises:
        Refused: `weak-key`.
    """
    each: Sequence[PublicKey] = keys.keys if isinstance(keys, KeySet) else (keys,)
    for key in each:
        if key.alg == "Ed25519" and not edwards.is_prime_order(edwards.decompress(key.raw)):
            raise Refused([Violation("weak-key", "this Ed25519 key is not a point of prime order", member)])


@lru_cache(maxsize=4096)
def _parsed(text: bytes) -> PublicKey | tuple[str, str]:
    """The key, or the code and sentence of what is wrong with it. Cached, because a chain's key comes back for ever."""
    jwk = orjson.loads(text)
    if not all(isinstance(value, str) for value in jwk.values()):
        return "malformed", _EXPECTED
    try:
        alg, raw = _raw(jwk)
        _loaded(alg, raw)
    except edwards.NotCanonicalPoint:
        return "weak-key", "this Ed25519 key is not in the one encoding of its point"
    except ValueError as error:
        return "malformed", f"not a public key: {error}"
    return PublicKey(alg, b64u(hashlib.sha256(text).digest()), raw, text)


def _raw(jwk: dict[str, str]) -> tuple[str, bytes]:
    kind, members = jwk.get("kty"), sorted(jwk)
    if kind == "OKP" and members == ["crv", "kty", "x"] and jwk["crv"] == "Ed25519":
        raw = unb64u(jwk["x"])
        edwards.decompress(raw)
        return "Ed25519", raw
    if kind == "EC" and members == ["crv", "kty", "x", "y"] and jwk["crv"] == "P-256":
        x, y = unb64u(jwk["x"]), unb64u(jwk["y"])
        if len(x) != 32 or len(y) != 32:
            raise ValueError("expected coordinates of 32 bytes")
        return "ES256", b"\x04" + x + y
    if kind == "AKP" and members == ["alg", "kty", "pub"] and jwk["alg"] in _MLDSA:
        raw = unb64u(jwk["pub"])
        if len(raw) != _MLDSA_BYTES[jwk["alg"]]:
            raise ValueError(f"expected {_MLDSA_BYTES[jwk['alg']]} bytes for {jwk['alg']}")
        return jwk["alg"], raw
    raise ValueError(_EXPECTED)


@lru_cache(maxsize=1024)
def _loaded(alg: str, raw: bytes) -> _Loaded:
    """The key as OpenSSL holds it; a ValueError where it is no point of the curve. ML-DSA's are large when loaded."""
    if alg == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(raw)
    if alg == "ES256":
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    return _MLDSA[alg].from_public_bytes(raw)
