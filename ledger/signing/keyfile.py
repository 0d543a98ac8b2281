"""Private keys in a file: a JWK Set (RFC 7517 section 5) that only its owner may read, locked if he wants it so.

A hybrid set is one file with two keys. No error says anything about the content.
"""

from collections.abc import Sequence
from pathlib import Path

import orjson

from ledger.errors import ConfigError
from ledger.signing.secretfile import Unlock, read_secret, write_secret
from ledger.signing.signer import LocalSigner

__all__ = ["read_keys", "write_keys"]


def write_keys(path: Path, signers: Sequence[LocalSigner], phrase: str = "") -> None:
    """Writes a new key file with mode 0600, durable on return, locked if there is a passphrase. Never replaces a file.

    Raises:
        UsageError: there is a file already, or it cannot be written.
    """
    document = {"keys": [signer.private_jwk() for signer in signers]}
    data = orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    write_secret(path, data, phrase)


def read_keys(path: Path, unlock: Unlock | None = None) -> tuple[LocalSigner, ...]:
    """The keys of a key file, at least one.

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
        return tuple(LocalSigner.from_jwk(jwk) for jwk in jwks)
    except ConfigError as error:
        raise ConfigError(f"{path} is not a key file: {error}") from None
