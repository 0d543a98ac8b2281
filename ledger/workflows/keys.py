"""The service's own keys: the log's two, the operator's, and the one that signs reports. One key, one purpose."""

import os
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import ConfigError
from ledger.log.signer import LogSigner
from ledger.signing.keyfile import read_keys, write_keys
from ledger.signing.signer import LocalSigner

__all__ = ["ServiceKeys", "make_service_keys", "read_service_keys"]

_LOG = ("log-ed25519.seed", "log-mldsa44.seed")
_OPERATOR = "operator.jwk.json"
_REPORTER = "report.jwk.json"


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """What the service signs with."""

    log: LogSigner
    operator: tuple[LocalSigner, ...]
    reporter: tuple[LocalSigner, ...]


def make_service_keys(folder: Path) -> None:
    """Make the keys that are missing; those that exist are never replaced."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in _LOG:
        if not (folder / name).exists():
            _write_secret(folder / name, os.urandom(32).hex().encode() + b"\n")
    for name in (_OPERATOR, _REPORTER):
        if not (folder / name).exists():
            write_keys(folder / name, [LocalSigner.generate("Ed25519")])


def read_service_keys(folder: Path, origin: str) -> ServiceKeys:
    """The service's keys from their folder.

    Raises:
        ConfigError: one of them is missing or cannot be read.
    """
    seeds = []
    for name in _LOG:
        try:
            if (folder / name).stat().st_mode & 0o077:
                raise ConfigError(f"The key file {name} can be read by others than its owner: run chmod 600 on it.")
            seed = bytes.fromhex((folder / name).read_text().strip())
        except (OSError, ValueError) as error:
            raise ConfigError(f"The key file {name} of the log is missing or damaged.") from error
        if len(seed) != 32:
            raise ConfigError(f"The key file {name} of the log is damaged: expected 32 bytes in hexadecimal.")
        seeds.append(seed)
    signer = LogSigner.from_seeds(origin, *seeds)
    return ServiceKeys(signer, read_keys(folder / _OPERATOR), read_keys(folder / _REPORTER))


def _write_secret(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
