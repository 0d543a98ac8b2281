"""The witnesses of a ledger's own log, as its settings name them: who they are, where they are, and the quorum.

The file is a C2SP policy without `log` lines. A witness with two keys has two lines with one address. The policy that
the ledger hands out is made of it, so what verifiers demand is what is collected.
"""

from dataclasses import dataclass
from pathlib import Path

from ledger.errors import ConfigError
from ledger.log.note import NoteKey
from ledger.log.policy import Policy, parse_policy
from ledger.workflows.asking import check_url
from ledger.workflows.config import Config

__all__ = ["Asked", "Witnesses", "read_witnesses"]

_MOST = 32
"""Keys of witnesses: with those of the log far fewer signatures than a note may have."""
_LONGEST = 86_400


@dataclass(frozen=True, slots=True)
class Asked:
    """One witness: its address, and its keys. `name` is for people: the name of its first key in the settings."""

    name: str
    url: str
    keys: tuple[NoteKey, ...]


@dataclass(frozen=True, slots=True)
class Witnesses:
    """All of them, the quorum as a policy, and the least time in seconds between two questions to one of them."""

    policy: Policy
    asked: tuple[Asked, ...]
    seconds: float


def read_witnesses(config: Config) -> Witnesses | None:
    """The witnesses that the settings name; None where they name none.

    Raises:
        ConfigError: the file cannot be read, or is no such policy; or the time is impossible.
    """
    if not config.witnesses:
        return None
    if not config.witness_seconds.isascii() or not config.witness_seconds.isdecimal():
        raise ConfigError("LODESTONE_WITNESS_SECONDS: expected a whole number of seconds")
    seconds = int(config.witness_seconds)
    if seconds > _LONGEST:
        raise ConfigError(f"LODESTONE_WITNESS_SECONDS: expected at most {_LONGEST}")
    try:
        policy = parse_policy(Path(config.witnesses).read_bytes())
    except OSError as error:
        raise ConfigError(f"LODESTONE_WITNESSES: {config.witnesses} cannot be read: {error.strerror}") from error
    except ConfigError as error:
        raise ConfigError(f"LODESTONE_WITNESSES: {error}") from error
    if policy.logs:
        raise ConfigError("LODESTONE_WITNESSES: expected no log line; the keys of the log are the ledger's own")
    if len(policy.witnesses) > _MOST:
        raise ConfigError(f"LODESTONE_WITNESSES: expected at most {_MOST} witness lines")
    if any(key.name == config.origin for key in policy.witnesses.values()):
        raise ConfigError("LODESTONE_WITNESSES: a witness cannot carry the name of the log")
    return Witnesses(policy, _asked(policy), seconds)


def _asked(policy: Policy) -> tuple[Asked, ...]:
    """Those with an address; others may be named too: somebody else collects what they sign."""
    at: dict[str, list[str]] = {}
    for name, url in policy.urls.items():
        at.setdefault(check_url(url), []).append(name)
    return tuple(Asked(names[0], url, tuple(policy.witnesses[name] for name in names)) for url, names in at.items())
