"""Private keys in a file: a JWK Set (RFC 7517 section 5) that only its owner may read, locked if he wants it so.

A hybrid set is one file with two keys. A key that lives in a hardware module stands there as its public JWK and a
member `pkcs11`, the URI of the private one (`ledger.signing.pkcs11`). No error says anything about the content.
"""

from collections.abc import Sequence
from pathlib import Path

import orjson

from ledger.errors import ConfigError, UsageError
from ledger.signing.pkcs11 import HardwareSigner
from ledger.signing.secretfile import Unlock, read_secret, write_secret
from ledger.signing.signer import LocalSigner, Signer

__all__ = ["read_keys", "write_keys"]


def write_keys(path: Path, signers: Sequence[Signer], phrase: str = "") -> None:
    """Writes a new key file with mode 0600, durable on return, locked if there is a passphrase. Never replaces a file.

    Raises:
        UsageError: there is a file already, or it cannot be written.
    """
    document = {"keys": [_entry(signer) for signer in signers]}
    data = orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    write_secret(path, data, phrase)


def read_keys(path: Path, unlock: Unlock | None = None) -> tuple[Signer, ...]:
    """The keys of a key file, at least one.

    `unlock` gives the passphrase of a locked file, or the PIN of a hardware key.

    Raises:
        ConfigError: no such file, readable by others than its owner, locked, or not a set of private keys.
    """
    data = read_secret(path, unlock)
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        document = None
    jwks = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(jwks, list) or not jwks:
        raise ConfigError(f"{path} is not a key file")
    try:
        return tuple(_signer(jwk, path, unlock) for jwk in jwks)
    except (ConfigError, UsageError) as error:
        raise ConfigError(f"{path} is not a key file: {error}") from None


def _entry(signer: Signer) -> dict[str, str]:
    if isinstance(signer, LocalSigner):
        return signer.private_jwk()
    if isinstance(signer, HardwareSigner):
        return signer.reference()
    raise UsageError("this key cannot be kept in a key file")


def _signer(jwk: object, path: Path, unlock: Unlock | None) -> Signer:
    if not isinstance(jwk, dict) or "pkcs11" not in jwk:
        return LocalSigner.from_jwk(jwk)
    return HardwareSigner.of(jwk, lambda: _pin(path, unlock))


def _pin(path: Path, unlock: Unlock | None) -> str:
    if unlock is None:
        raise ConfigError("its key is in a hardware module, and no PIN was given")
    return unlock(path)
