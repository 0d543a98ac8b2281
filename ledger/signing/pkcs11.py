"""Keys that never leave a hardware module: ES256 by PKCS#11, the interface of smart cards, HSMs and most key services.

A key is named by a PKCS#11 URI (RFC 7512): `pkcs11:token=NAME;object=LABEL?module-path=/path/of/the/module.so`. This
needs the extra `pkcs11` of the package. Ed25519 and ML-DSA are left to files: few modules have them.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ledger.errors import ConfigError, UsageError
from ledger.signing.keys import PublicKey, public_key
from ledger.values.encoding import b64u

try:
    import pkcs11
    from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
except ImportError:  # the extra is not installed
    pkcs11 = None  # type: ignore[assignment]

__all__ = ["HardwareSigner", "KeyUri", "hardware_key", "open_hardware_key", "parse_key_uri"]

Pin = Callable[[], str]
_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class KeyUri:
    """Which key in which module."""

    token: str
    object: str
    module: str

    def __str__(self) -> str:
        token, label, module = quote(self.token, safe=""), quote(self.object, safe=""), quote(self.module, safe="/")
        return f"pkcs11:token={token};object={label}?module-path={module}"


def parse_key_uri(text: str) -> KeyUri:
    """The key that a PKCS#11 URI names, by exactly `token`, `object` and `module-path`.

    Raises:
        UsageError: another attribute, one that is missing, or no such URI. A PIN in it is refused: it would be stored.
    """
    scheme, _, rest = text.partition(":")
    path, _, query = rest.partition("?")
    said: dict[str, str] = {}
    for part in [*path.split(";"), *(query.split("&") if query else [])]:
        name, equals, value = part.partition("=")
        if not equals or name in said or name not in ("token", "object", "module-path") or not value:
            raise UsageError(f"a PKCS#11 URI of ours has token, object and module-path, each once; not {name[:40]!r}")
        said[name] = unquote(value)
    if scheme != "pkcs11" or len(said) != 3:
        raise UsageError("expected pkcs11:token=NAME;object=LABEL?module-path=/path/of/the/module.so")
    return KeyUri(said["token"], said["object"], said["module-path"])


class HardwareSigner:
    """A key in a hardware module: what is to be signed goes in, a signature comes out."""

    __slots__ = ("_private", "_turn", "key", "uri")

    def __init__(self, uri: KeyUri, private: Any, key: PublicKey) -> None:
        self.uri = uri
        self.key = key
        self._private = private
        self._turn = threading.Lock()

    @classmethod
    def of(cls, reference: Mapping[str, object], pin: Pin) -> "HardwareSigner":
        """The key that an entry of a key file refers to.

        Raises:
            ConfigError: as `open_hardware_key`, or the module holds another key under that name.
            UsageError: the entry holds no URI of ours.
        """
        signer = open_hardware_key(parse_key_uri(str(reference["pkcs11"])), pin)
        if signer.key.jwk != {name: value for name, value in reference.items() if name != "pkcs11"}:
            raise ConfigError("the hardware module holds another key under that name")
        return signer

    def sign(self, message: bytes) -> bytes:
        """The ES256 signature of the message: r || s, of 32 bytes each (RFC 7518 section 3.4).

        Raises:
            ConfigError: the module does not sign (any more).
        """
        digest = hashlib.sha256(message).digest()
        try:
            with self._turn:  # a session of PKCS#11 does one thing at a time
                signature = bytes(self._private.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
        except pkcs11.PKCS11Error as error:
            raise ConfigError(f"the hardware key {self.uri.object} does not sign: {_named(error)}") from None
        if len(signature) != _SIGNATURE_BYTES:
            raise ConfigError(f"the hardware key {self.uri.object} gave a signature of {len(signature)} bytes")
        return signature

    def reference(self) -> dict[str, str]:
        """The entry of a key file: the public key, and where the private one is."""
        return self.key.jwk | {"pkcs11": str(self.uri)}

    def __repr__(self) -> str:
        return f"HardwareSigner(kid={self.key.kid!r})"


def hardware_key(uri: KeyUri, pin: Pin) -> HardwareSigner:
    """The key of a URI; where the token has none of that label yet, it is made: P-256, never to be read out or copied.

    Raises:
        ConfigError: no such module or token, a wrong PIN, or the module makes no such keys.
    """
    session = _session(uri, pin, rw=True)
    try:
        if _found(session, uri, pkcs11.ObjectClass.PRIVATE_KEY) is not None:
            return _opened(session, uri)
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        public, private = parameters.generate_keypair(
            store=True,
            label=uri.object,
            capabilities=pkcs11.MechanismFlag.SIGN | pkcs11.MechanismFlag.VERIFY,
            private_template={pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
        )
    except pkcs11.PKCS11Error as error:
        raise ConfigError(f"the token {uri.token} made no key: {_named(error)}") from None
    return HardwareSigner(uri, private, _public(public))


def open_hardware_key(uri: KeyUri, pin: Pin) -> HardwareSigner:
    """The key of a URI.

    Raises:
        ConfigError: no such module, token or key, or a wrong PIN.
    """
    return _opened(_session(uri, pin, rw=False), uri)


def _opened(session: Any, uri: KeyUri) -> HardwareSigner:
    try:
        private = _found(session, uri, pkcs11.ObjectClass.PRIVATE_KEY)
        public = _found(session, uri, pkcs11.ObjectClass.PUBLIC_KEY)
    except pkcs11.PKCS11Error as error:
        raise ConfigError(f"the token {uri.token} cannot be read: {_named(error)}") from None
    if private is None or public is None:
        raise ConfigError(f"the token {uri.token} holds no key pair {uri.object}")
    return HardwareSigner(uri, private, _public(public))


def _session(uri: KeyUri, pin: Pin, *, rw: bool) -> Any:
    if pkcs11 is None:
        raise ConfigError("keys in hardware need an extra: pip install 'lodestone[pkcs11]'")
    try:
        token = pkcs11.lib(uri.module).get_token(token_label=uri.token)
        try:
            return token.open(rw=rw, user_pin=pin())
        except pkcs11.UserAlreadyLoggedIn:  # by this process, for another of its keys
            return token.open(rw=rw)
    except pkcs11.NoSuchToken:
        raise ConfigError(f"the module {uri.module} has no token {uri.token}") from None
    except pkcs11.PinIncorrect:
        raise ConfigError(f"this is not the PIN of the token {uri.token}") from None
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        raise ConfigError(f"the module {uri.module} cannot be used: {_named(error)}") from None


def _found(session: Any, uri: KeyUri, kind: Any) -> Any:
    wanted = {pkcs11.Attribute.CLASS: kind, pkcs11.Attribute.LABEL: uri.object}
    found = list(session.get_objects(wanted))
    if len(found) > 1:
        raise ConfigError(f"the token {uri.token} holds {len(found)} keys {uri.object}: which one?")
    return found[0] if found else None


def _public(public: Any) -> PublicKey:
    loaded = load_der_public_key(encode_ec_public_key(public))
    if not isinstance(loaded, ec.EllipticCurvePublicKey) or loaded.curve.name != "secp256r1":
        raise ConfigError("expected a key on P-256")
    numbers = loaded.public_numbers()
    x, y = (b64u(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return public_key({"crv": "P-256", "kty": "EC", "x": x, "y": y})


def _named(error: Exception) -> str:
    """What went wrong, by the name of the PKCS#11 error: its text may be empty."""
    return str(error) or type(error).__name__
