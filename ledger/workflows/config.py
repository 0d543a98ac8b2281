"""Settings: one frozen object, read once. The environment wins over `config.toml` in the ledger's folder."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ledger.errors import ConfigError
from ledger.signing.newfile import write_new_file
from ledger.signing.secretfile import Unlock
from ledger.workflows.keys import passphrase_from

__all__ = ["SETTINGS", "Config", "read_config", "write_config"]

SETTINGS = {
    "LODESTONE_HOME": "the ledger's folder; default ./lodestone-data",
    "LODESTONE_LEDGER": "the ledger's name, in every record and in the origin of the log; fixed on first start",
    "LODESTONE_DID": "the issuer of reports, a did:web",
    "LODESTONE_PUBLIC_URL": "where buyers reach the service; links and status lists begin with it",
    "LODESTONE_OPERATOR": "the name of the operator, in the first record of the log; fixed on first start",
    "LODESTONE_COUNTRY": "the operator's country, likewise; default US",
    "LODESTONE_SHARD": "the year in the origin of the log, <ledger>/<year>; fixed on first start",
    "LODESTONE_DATABASE_URL": "the database; default sqlite in the ledger's folder, or postgresql://...",
    "LODESTONE_CHECKPOINTS": "the file of the second checkpoint store; best on another disk",
    "LODESTONE_WITNESSES": "a file of policy lines: who cosigns this ledger's log, at which address, and the quorum",
    "LODESTONE_WITNESS_SECONDS": "the least time between two questions to a witness; default 30",
    "LODESTONE_WITNESS_LOGS": "policy files of other ledgers' logs that this service witnesses, separated by commas",
    "LODESTONE_WITNESS_NAME": "the name of this service as a witness of other logs; default <ledger>/witness",
    "LODESTONE_PASSPHRASE_FILE": "a file (0600) with the passphrase of locked key files, or the PIN of a hardware key",
    "LODESTONE_LIMIT_REQUESTS": "requests a second by token, or by address without one; default 300, 0 is no limit",
    "LODESTONE_LIMIT_SUBMISSIONS": "submissions a second by address; default 5000, 0 is no limit",
    "LODESTONE_LIMIT_REFUSALS": "wrong tokens and refused submissions a second by address; default 300, 0 is no limit",
    "LODESTONE_LIMIT_AT_ONCE": "requests of one caller under way; default 500, 0 is no limit",
    "LODESTONE_LIMIT_HEAVY_AT_ONCE": "uploads, bundles, exports and verifications of one caller under way; default 8",
    "LODESTONE_LIMIT_CONNECTIONS": "open connections of everybody; default 1000, 0 is no limit",
    "LODESTONE_LIMIT_SECONDS": "how long a client may let the service wait; default 20",
}
"""Every setting of the service with its meaning."""

_KEPT = ("ledger", "did", "public_url", "operator", "country", "shard")
_LIMITS = ("requests", "submissions", "refusals", "at_once", "heavy_at_once", "connections", "seconds")
_MEMBERS = (
    *_KEPT,
    "database_url",
    "checkpoints",
    "witnesses",
    "witness_seconds",
    "witness_logs",
    "witness_name",
    "passphrase_file",
    *(f"limit_{name}" for name in _LIMITS),
)


@dataclass(frozen=True, slots=True)
class Config:
    """Where a ledger lives and what it is called."""

    home: Path
    ledger: str = "ledger.lodestone.example"
    did: str = "did:web:ledger.lodestone.example"
    public_url: str = "https://ledger.lodestone.example"
    operator: str = ""
    country: str = "US"
    shard: str = "2026"
    database_url: str = ""
    checkpoints: Path | None = None
    witnesses: str = ""
    witness_seconds: str = "30"
    witness_logs: str = ""
    witness_name: str = ""
    limit_requests: str = ""
    limit_submissions: str = ""
    limit_refusals: str = ""
    limit_at_once: str = ""
    limit_heavy_at_once: str = ""
    limit_connections: str = ""
    limit_seconds: str = ""
    passphrase_file: str = ""
    ask: Unlock | None = field(default=None, repr=False, compare=False)
    """Asks somebody for the passphrase of a locked key file."""

    @property
    def origin(self) -> str:
        """The name of the log of this shard."""
        return f"{self.ledger}/{self.shard}"

    @property
    def database(self) -> str:
        """The URL of the database."""
        return self.database_url or f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def second_store(self) -> Path:
        """The file of the second checkpoint store."""
        return self.checkpoints or self.home / "checkpoints.db"

    @property
    def cosignatures(self) -> Path:
        """The file of collected cosignatures."""
        return self.home / "cosignatures.db"

    @property
    def tiles(self) -> Path:
        """The folder of published objects."""
        return self.home / "tiles"

    @property
    def keys(self) -> Path:
        """The folder of the service's own keys."""
        return self.home / "keys"

    @property
    def unlock(self) -> Unlock:
        """Gives the passphrase of a locked key file."""
        return passphrase_from(self.passphrase_file, self.ask)


def read_config(
    environment: Mapping[str, str] | None = None, *, home: Path | None = None, ask: Unlock | None = None
) -> Config:
    """The settings of this process; `ask` may be asked for the passphrase of locked key files.

    Raises:
        ConfigError: a file that cannot be read, or a member that there is not.
    """
    environment = os.environ if environment is None else environment
    home = home or Path(environment.get("LODESTONE_HOME", "lodestone-data"))
    said = _read_file(home / "config.toml")
    for member in _MEMBERS:
        value = environment.get(f"LODESTONE_{member.upper()}")
        if value:
            said[member] = value
    checkpoints = said.pop("checkpoints", None)
    return Config(home=home, checkpoints=Path(checkpoints) if checkpoints else None, ask=ask, **said)


def write_config(config: Config) -> None:
    """Keep the names of a new ledger in its folder, durably. An existing file is left alone."""
    path = config.home / "config.toml"
    if path.exists():
        return
    lines = [f"{name} = {_quoted(getattr(config, name))}" for name in _KEPT]
    said = "# The names of this ledger. What records and reports carry cannot change once there are any."
    write_new_file(path, "\n".join([said, *lines, ""]).encode())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _read_file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        said = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"config.toml cannot be read: {error}") from error
    for name, value in said.items():
        if name not in _MEMBERS or not isinstance(value, str):
            raise ConfigError(
                f"config.toml: {name} is not a setting with a text value; expected {', '.join(sorted(_MEMBERS))}"
            )
    return said
