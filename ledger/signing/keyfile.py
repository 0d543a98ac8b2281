"""Private keys in a file: a JWK Set (RFC 7517 section 5) that only its owner may read.

A hybrid set is one file with two keys. No error says anything about the content.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import orjson

from ledger.errors import ConfigError, UsageError
from ledger.signing.signer import LocalSigner

__all__ = ["read_keys", "write_keys"]


def write_keys(path: Path, signers: Sequence[LocalSigner]) -> None:
    """Writes a new key file with mode 0600, durable on return. Never replaces a file: keys are not lost by mistake.

    Raises:
        UsageError: there is a file already, or it cannot be written.
    """
    document = {"keys": [signer.private_jwk() for signer in signers]}
    data = orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise UsageError(f"there is a key file at {path} already; it is not replaced") from None
    except OSError as error:
        raise UsageError(f"the key file {path} cannot be written: {error.strerror}") from None


def read_keys(path: Path) -> tuple[LocalSigner, ...]:
    """The keys of a key file, at least one.

    Raises:
        ConfigError: no such file, readable by others than its owner, or not a set of private keys.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(1_000_000)
    except OSError as error:
        raise ConfigError(f"the key file {path} cannot be read: {error.strerror}") from None
    if os.name == "posix" and mode & 0o077:
        raise ConfigError(f"the key file {path} can be read by others than its owner; run: chmod 600 {path}")
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
