"""The service's own keys: the log's two, the operator's, and the one that signs reports. One key, one purpose."""

from dataclasses import dataclass
from pathlib import Path

from ledger.errors import ConfigError
from ledger.log.signer import LogSigner
from ledger.signing.keyfile import read_keys, write_keys
from ledger.signing.secretfile import Unlock, read_secret
from ledger.signing.seedfile import make_seed, read_seed
from ledger.signing.signer import LocalSigner, Signer

__all__ = [
    "OPERATOR",
    "REPORTER",
    "ServiceKeys",
    "make_service_keys",
    "next_name",
    "passphrase_from",
    "read_service_keys",
    "service_key_files",
]

_LOG = ("log-ed25519.seed", "log-mldsa44.seed")
OPERATOR = "operator.jwk.json"
REPORTER = "report.jwk.json"


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """What the service signs with."""

    log: LogSigner
    operator: tuple[Signer, ...]
    reporter: tuple[Signer, ...]


def make_service_keys(folder: Path) -> None:
    """Make the keys that are missing; those that exist are never replaced."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in _LOG:
        make_seed(folder / name)
    for name in (OPERATOR, REPORTER):
        if not (folder / name).exists():
            write_keys(folder / name, [LocalSigner.generate("Ed25519")])


def read_service_keys(folder: Path, origin: str, unlock: Unlock | None = None) -> ServiceKeys:
    """The service's keys from their folder; `unlock` is asked for the passphrase of locked files.

    Raises:
        ConfigError: one of them is missing, locked, or cannot be read.
    """
    signer = LogSigner.from_seeds(origin, *(read_seed(folder / name, unlock) for name in _LOG))
    reporter = read_keys(folder / REPORTER, unlock)
    if len(reporter) != 1:
        raise ConfigError(f"{folder / REPORTER} holds {len(reporter)} keys: reports are signed by one")
    return ServiceKeys(signer, read_keys(folder / OPERATOR, unlock), reporter)


def service_key_files(folder: Path) -> list[Path]:
    """Every file with a secret of the service: those of a rotation under way too, and those of it as a witness."""
    return sorted([*folder.glob("*.seed"), *folder.glob("*.jwk.json")])


def next_name(name: str) -> str:
    """The file of the keys that are to replace those of a file."""
    return name.replace(".jwk.json", ".next.jwk.json")


def passphrase_from(file: str, ask: Unlock | None = None) -> Unlock:
    """Gives the passphrase that stands in a file, or else the one that somebody types.

    Raises (when it is asked):
        ConfigError: the file cannot be read or is readable by others; or there is neither a file nor anybody to ask.
    """

    def unlock(locked: Path) -> str:
        if file:
            return read_secret(Path(file)).decode("utf-8", "replace").rstrip("\r\n")
        if ask is not None:
            return ask(locked)
        raise ConfigError(
            f"the key file {locked} is locked: name a file with the passphrase or PIN, LODESTONE_PASSPHRASE_FILE"
        )

    return unlock
