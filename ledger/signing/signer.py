"""Whoever holds a private key: the one method that the rest of the code needs, and the key in this process's memory.

A hardware module or a cloud key service is another class with the same two members.
"""

from typing import Protocol, Self

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from ledger.errors import ConfigError, Refused
from ledger.signing.keys import PublicKey, public_key
from ledger.values.encoding import b64u, unb64u

__all__ = ["LocalSigner", "Signer"]

_Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
_MLDSA: dict[str, type[mldsa.MLDSA65PrivateKey] | type[mldsa.MLDSA87PrivateKey]] = {
    "ML-DSA-65": mldsa.MLDSA65PrivateKey,
    "ML-DSA-87": mldsa.MLDSA87PrivateKey,
}
# Nonces from the key and the message (RFC 6979): a poor random source cannot leak the key.
_ES256 = ec.ECDSA(SHA256(), deterministic_signing=True)


class Signer(Protocol):
    """Signs with one private key, wherever that is kept."""

    @property
    def key(self) -> PublicKey:
        """The public key under which the signatures verify."""

    def sign(self, message: bytes) -> bytes:
        """The signature of the message, in the form of JWS (RFC 7515): raw bytes, r || s for ES256."""


class LocalSigner:
    """A private key in memory. Neither its text form nor its errors ever show the secret."""

    __slots__ = ("_private", "key")

    key: PublicKey

    def __init__(self, private: _Private) -> None:
        self._private = private
        self.key = public_key(_public_jwk(private))

    @classmethod
    def generate(cls, alg: str = "Ed25519") -> Self:
        """A new key from the system's random source.

        Raises:
            ValueError: no algorithm of ours.
        """
        if alg == "Ed25519":
            return cls(ed25519.Ed25519PrivateKey.generate())
        if alg == "ES256":
            return cls(ec.generate_private_key(ec.SECP256R1()))
        if alg in _MLDSA:
            return cls(_MLDSA[alg].generate())
        raise ValueError(f"{alg} is not an algorithm for records")

    @classmethod
    def from_secret(cls, alg: str, secret: bytes) -> Self:
        """The key of 32 secret bytes: seed (Ed25519, ML-DSA) or number (ES256).

        Raises:
            ValueError: another length, no algorithm of ours, or no number that P-256 can use.
        """
        if len(secret) != 32:
            raise ValueError("expected 32 secret bytes")
        if alg == "Ed25519":
            return cls(ed25519.Ed25519PrivateKey.from_private_bytes(secret))
        if alg == "ES256":
            return cls(ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1()))
        if alg in _MLDSA:
            return cls(_MLDSA[alg].from_seed_bytes(secret))
        raise ValueError(f"{alg} is not an algorithm for records")

    @classmethod
    def from_jwk(cls, jwk: object) -> Self:
        """The key of a private JWK: a public one with `d` (Ed25519, ES256) or the 32 bytes seed `priv` (RFC 9964).

        Raises:
            ConfigError: not such a JWK, or its public part belongs to another key.
        """
        if not isinstance(jwk, dict):
            raise ConfigError("expected a private key as a JWK")
        public = {name: value for name, value in jwk.items() if name not in ("d", "priv")}
        secret = jwk.get("priv" if public.get("kty") == "AKP" else "d")
        try:
            key = public_key(public)
            raw = unb64u(secret) if isinstance(secret, str) else b""
            if len(jwk) != len(public) + 1:
                raise ValueError("expected exactly one secret member")
            signer = cls.from_secret(key.alg, raw)
        except (Refused, ValueError):
            raise ConfigError("this is not a private key that Lodestone knows") from None
        if signer.key != key:
            raise ConfigError("the private and the public part of a key file do not belong together")
        return signer

    def private_jwk(self) -> dict[str, str]:
        """The JWK with its secret member, for a key file and nothing else."""
        private = self._private
        if isinstance(private, ec.EllipticCurvePrivateKey):
            secret = private.private_numbers().private_value.to_bytes(32, "big")
        else:
            secret = private.private_bytes_raw()
        return self.key.jwk | {"priv" if self.key.alg in _MLDSA else "d": b64u(secret)}

    def sign(self, message: bytes) -> bytes:
        """The signature of the message. ML-DSA's is another one each time."""
        if isinstance(self._private, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(self._private.sign(message, _ES256))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"LocalSigner(alg={self.key.alg!r}, kid={self.key.kid!r})"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a private key is not copied by pickling")


def _public_jwk(private: _Private) -> dict[str, str]:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        numbers = private.public_key().public_numbers()
        x, y = (b64u(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    raw = b64u(private.public_key().public_bytes_raw())
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": raw}
    alg = "ML-DSA-65" if isinstance(private, mldsa.MLDSA65PrivateKey) else "ML-DSA-87"
    return {"alg": alg, "kty": "AKP", "pub": raw}
