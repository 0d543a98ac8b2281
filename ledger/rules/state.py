"""What the ledger stands at: the values that rules read and that an accepted record changes.

The store loads the part that a group of records needs; an auditor's replay keeps all of it in memory. Either way the
same rules see the same values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.material.batch import Batch
from ledger.rules.ruleset import RuleSet
from ledger.signing.keys import PublicKey

__all__ = ["Admission", "ChainState", "FacilityState", "KeySetAt", "RecordRef", "State", "TransferState"]


@dataclass(frozen=True, slots=True)
class KeySetAt:
    """A key set and the log index after which it is in force (the index of the record that names it)."""

    index: int
    kids: tuple[str, ...]
    jwks: tuple[Mapping[str, str], ...]


@dataclass(slots=True)
class ChainState:
    """An issuer's chain: whose it is, where it stands, and which keys speak for it."""

    id: str
    organization: str
    opened_by: str
    use: str
    head_seq: int
    head_id: str
    head_at: str
    sets: tuple[KeySetAt, ...]
    standing: str = "admitted"
    retired: bool = False
    standing_changes: int = 0
    untrusted: tuple[tuple[int, int], ...] = ()
    """Numbers between which (both left out) the chain's records count as unknown."""

    @property
    def keys(self) -> KeySetAt:
        """The key set in force."""
        return self.sets[-1]


@dataclass(frozen=True, slots=True)
class FacilityState:
    """A place. `operator` is an organization's id, or empty for one outside the ledger."""

    id: str
    organization: str
    operator: str
    country: str
    owner_country: str | None


@dataclass(slots=True)
class TransferState:
    """Custody offered. `batches` are by place, parts under their new names; `to` is empty outside the ledger."""

    id: str
    sender: str
    to: str
    terms: str
    at: str
    batches: tuple[str, ...]
    standing: str = "open"


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Where an accepted record stands."""

    id: str
    index: int
    type: str
    chain: str
    seq: int
    organization: str
    at: str


@dataclass(slots=True)
class Admission:
    """The operator's word that an organization record may open a chain."""

    record: str
    organization: str
    succeeds: str | None = None


@dataclass(slots=True)
class State:
    """The present of a ledger, or the part of it that some records need. What is absent does not exist."""

    ledger: str
    operator: str
    rules: RuleSet
    size: int = 0
    chains: dict[str, ChainState] = field(default_factory=dict)
    opened: dict[str, str] = field(default_factory=dict)
    organizations: set[str] = field(default_factory=set)
    admissions: dict[str, Admission] = field(default_factory=dict)
    facilities: dict[str, FacilityState] = field(default_factory=dict)
    transfers: dict[str, TransferState] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    records: dict[str, RecordRef] = field(default_factory=dict)
    keys: dict[str, PublicKey] = field(default_factory=dict)
    """Public keys that were read already, by thumbprint."""
    held: set[tuple[str, str]] = field(default_factory=set)
    """(batch, organization) for everyone who holds or held a batch."""
