"""Where the log stands, for people: its newest checkpoint, who signed it, and that each continues the one before.

What is said here is proven here, from the published tiles and the signed notes; who does not trust this service runs
`lodestone log monitor` instead.
"""

from dataclasses import dataclass

from ledger.errors import VerificationError
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.merkle import verify_consistency
from ledger.log.note import COSIGN_ED25519, COSIGN_MLDSA44, ED25519, NoteKey, encode_base64, parse_note
from ledger.log.policy import Policy, parse_policy
from ledger.log.signatures import open_checkpoint
from ledger.log.tiles import TileSource
from ledger.log.tree import consistency_path
from ledger.store.log import checkpoints_before
from ledger.values.encoding import digest
from ledger.values.instant import instant_of
from ledger.workflows.cosigned import on_checkpoint
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import policy_of

__all__ = ["PastCheckpoint", "Signer", "Standing", "log_standing", "past_checkpoints"]

_KINDS = {ED25519: "Ed25519", COSIGN_ED25519: "Ed25519", COSIGN_MLDSA44: "ML-DSA-44"}


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that the policy names: whose, of what kind, and what it has signed.

    `independent` is false for the log's own keys. `signed` is whether its signature on the newest checkpoint is proven;
    `at` is the time that it states, if its kind states one. `newest` is the largest checkpoint that it has signed,
    None where none is known.
    """

    name: str
    algorithm: str
    independent: bool
    signed: bool
    at: str | None
    newest: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest published checkpoint, its signers, and the policy that says which of them must have signed."""

    origin: str
    size: int
    root: str
    note: str
    signers: tuple[Signer, ...]
    demands_witness: bool
    met: bool
    witnessed: int | None
    policy: str
    policy_digest: str


@dataclass(frozen=True, slots=True)
class PastCheckpoint:
    """A published checkpoint. `continues` says whether it is proven to continue the one before; None for the first."""

    size: int
    root: str
    continues: bool | None
    note: str


def log_standing(ledger: Ledger) -> Standing | None:
    """Where the log stands; None before anything was published.

    Raises:
        VerificationError: what was published is no checkpoint of this log, or a signature on it does not verify.
    """
    note = ledger.published.checkpoint()
    if note is None:
        return None
    text = policy_of(ledger)
    policy = parse_policy(text)
    checkpoint, opened = open_checkpoint(note, (*policy.logs, *policy.witnesses.values()))
    times = {signed.key: signed.timestamp for signed in opened.signed}
    return Standing(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=encode_base64(checkpoint.root),
        note=note,
        signers=tuple(_signers(ledger, policy, checkpoint, times)),
        demands_witness=policy.demands_witness,
        met=_meets(policy, note),
        witnessed=ledger.cosigned.newest_met() if ledger.cosigned is not None else None,
        policy=text,
        policy_digest=digest(text.encode()),
    )


def past_checkpoints(ledger: Ledger, before: int | None, limit: int) -> tuple[list[PastCheckpoint], int | None]:
    """Published checkpoints, newest first, each proven from the tiles to continue the one before; and the next page."""
    with ledger.database.reading() as connection:
        notes = checkpoints_before(connection, before, limit + 1)
    found = [parse_checkpoint(parse_note(note).text) for note in notes]
    if not found:
        return [], None
    source = TileSource(ledger.published.read_object, found[0].size)
    earlier = [*found[1:], None]
    shown = [
        PastCheckpoint(
            later.size,
            encode_base64(later.root),
            _continues(source, later, old),
            on_checkpoint(ledger, later.size, note),
        )
        for later, old, note in zip(found, earlier, notes, strict=True)
    ][:limit]
    return shown, shown[-1].size if len(found) > limit else None


def _signers(
    ledger: Ledger, policy: Policy, checkpoint: Checkpoint, times: dict[NoteKey, int | None]
) -> "list[Signer]":
    kept = ledger.cosigned.newest_by_key() if ledger.cosigned is not None else {}
    signers = []
    for key in dict.fromkeys((*policy.logs, *policy.witnesses.values())):
        at = times.get(key)
        signers.append(
            Signer(
                name=key.name,
                algorithm=_KINDS[key.kind],
                independent=key.name != checkpoint.origin,
                signed=key in times,
                at=instant_of(at) if at else None,
                newest=checkpoint.size if key in times else kept.get(f"{key.name}+{key.key_id.hex()}"),
            )
        )
    return signers


def _continues(source: TileSource, later: Checkpoint, old: Checkpoint | None) -> bool | None:
    """Whether the tiles prove, root to signed root, that the log only grew in between."""
    if old is None:
        return None
    try:
        path = consistency_path(source, old.size, later.size)
        verify_consistency(old.size, later.size, path, old.root, later.root)
    except VerificationError:
        return False
    return True


def _meets(policy: Policy, note: str) -> bool:
    try:
        policy.evaluate(note)
    except VerificationError:
        return False
    return True
