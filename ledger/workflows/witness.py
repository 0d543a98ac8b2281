"""A witness: it keeps the last checkpoint of each of its logs, and cosigns what continues it (C2SP tlog-witness).

parse -> judge by what is kept -> cosign -> keep, durably -> answer

The standalone witness and a service that witnesses other logs run this same code. Its keys are its own: a stolen key of
a witness signs no checkpoint of a log, and the other way round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import ConfigError, NotFound, VerificationError
from ledger.log.checkpoint import is_origin, parse_checkpoint
from ledger.log.note import COSIGN_ED25519, COSIGN_MLDSA44, Note, NoteKey, parse_note, parse_vkey
from ledger.log.policy import parse_policy
from ledger.log.signatures import NoteSigner
from ledger.log.witness import UNKNOWN_LOG, Refusal, judge, log_keys, origin_hash, parse_add_checkpoint
from ledger.signing.secretfile import Unlock
from ledger.signing.seedfile import make_seed, read_seed
from ledger.store.witnessed import WitnessStore
from ledger.values.instant import Clock, posix_seconds, system_clock
from ledger.workflows.config import Config

__all__ = ["Cosigned", "Witness", "known_logs", "open_witness", "witness_of_service"]

_SEEDS: Mapping[str, int] = {"witness-ed25519.seed": COSIGN_ED25519, "witness-mldsa44.seed": COSIGN_MLDSA44}
_NAME = "witness-name"


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The signature lines that a witness answers with, one for each of its keys."""

    lines: str


@dataclass(frozen=True, slots=True)
class Witness:
    """Who cosigns, for which logs, and what was cosigned before."""

    signers: tuple[NoteSigner, ...]
    logs: Mapping[str, Sequence[NoteKey]]
    store: WitnessStore
    clock: Clock

    @property
    def name(self) -> str:
        """The name of all keys of this witness."""
        return self.signers[0].key.name

    def vkeys(self) -> list[str]:
        """The verifier keys to hand out, Ed25519 first."""
        return [signer.key.vkey for signer in self.signers]

    def policy_lines(self, url: str) -> str:
        """The lines for the policy of a log that this witness cosigns: both keys at an address, and a group of both."""
        plain, quantum = self.vkeys()
        both = f"witness {self.name} {plain} {url}\nwitness {self.name}-ml-dsa-44 {quantum} {url}\n"
        return f"{both}group {self.name}-both all {self.name} {self.name}-ml-dsa-44\n"

    def add_checkpoint(self, body: bytes) -> Cosigned | Refusal:
        """Cosign the checkpoint of a request, or say why not.

        Promised: on return of cosignatures the checkpoint is kept, durably; whatever else was asked at the same time
        was judged before it or is judged after it.
        """
        try:
            request = parse_add_checkpoint(body)
        except VerificationError as error:
            return Refusal(400, str(error))
        note = parse_note(request.note)
        origin = parse_checkpoint(note.text).origin
        if origin not in self.logs:
            return UNKNOWN_LOG
        with self.store.turn(origin) as turn:
            verdict = judge(request, self.logs, turn.known)
            if isinstance(verdict, Refusal):
                return verdict
            now = posix_seconds(self.clock())
            lines = tuple(signer.sign(note.text, now) for signer in self.signers)
            keys = {(key.name, key.key_id) for key in self.logs[origin]}
            by_log = (line for line in note.signatures if (line.name, line.key_id) in keys)
            turn.keep(verdict, str(Note(note.text, ()).signed_by((*by_log, *lines))))
        return Cosigned("".join(str(line) for line in lines))

    def last_cosigned(self, name: str) -> str:
        """The last checkpoint that was cosigned for the log whose origin has this hash, as a note.

        Raises:
            NotFound: none.
        """
        note = self.store.note(name) if name in map(origin_hash, self.logs) else None
        if note is None:
            raise NotFound("This witness has cosigned no checkpoint of such a log.")
        return note


def open_witness(
    name: str,
    keys: Path,
    state: Path,
    logs: Mapping[str, Sequence[NoteKey]],
    clock: Clock = system_clock,
    unlock: Unlock | None = None,
) -> Witness:
    """The witness of this name; its keys are made where there are none, with mode 0600.

    Keys keep the name that they were made for: an Ed25519 cosignature does not say whose it is.

    Raises:
        ConfigError: the name is impossible or another one, no log is given, or a key file is damaged or can be read by
            others.
    """
    if not is_origin(name):
        raise ConfigError(f"{name[:80]!r} cannot name a witness: expected a name such as witness.example.com")
    if not logs:
        raise ConfigError("a witness needs at least one log: give its policy, or its verifier keys")
    _must_be_called(name, keys / _NAME)
    signers = []
    for file, kind in _SEEDS.items():
        make_seed(keys / file)
        signers.append(NoteSigner.from_seed(name, kind, read_seed(keys / file, unlock)))
    return Witness(tuple(signers), dict(logs), WitnessStore(state), clock)


def _must_be_called(name: str, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            path.write_text(name + "\n")
        kept = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the name of the witness in {path} cannot be kept or read") from error
    if kept != name:
        raise ConfigError(f"the keys in {path.parent} are those of the witness {kept}: another name needs other keys")


def witness_of_service(config: Config, clock: Clock) -> Witness | None:
    """The witness that a service is for other ledgers' logs; None where its settings name none.

    Raises:
        ConfigError: as `open_witness`, or the service would witness its own log, which nobody could rely on.
    """
    if not config.witness_logs:
        return None
    policies = []
    for name in config.witness_logs.split(","):
        try:
            policies.append(Path(name.strip()).read_bytes())
        except OSError as error:
            raise ConfigError(f"LODESTONE_WITNESS_LOGS: {name.strip()} cannot be read: {error.strerror}") from error
    logs = known_logs(policies)
    if config.origin in logs:
        raise ConfigError("LODESTONE_WITNESS_LOGS: a ledger does not witness itself; name other ledgers' logs")
    name = config.witness_name or f"{config.ledger}/witness"
    return open_witness(name, config.keys, config.home / "witness.db", logs, clock, config.unlock)


def known_logs(policies: Sequence[bytes], vkeys: Sequence[str] = ()) -> dict[str, tuple[NoteKey, ...]]:
    """The logs of policy files, and those of verifier keys; several keys of one name are one log, and all must sign.

    Raises:
        ConfigError: a policy or a verifier key cannot be read.
    """
    logs: dict[str, dict[NoteKey, None]] = {}
    for policy in policies:
        for origin, keys in log_keys(parse_policy(policy)).items():
            logs.setdefault(origin, {}).update(dict.fromkeys(keys))
    for vkey in vkeys:
        try:
            key = parse_vkey(vkey)
        except ValueError as error:
            raise ConfigError(f"this is not the verifier key of a log: {error}") from error
        if key.kind == COSIGN_ED25519:
            raise ConfigError(f"the key {key.name} is one of a witness: a log signs with kind 1 or 6")
        logs.setdefault(key.name, {})[key] = None
    return {origin: tuple(keys) for origin, keys in logs.items()}
