"""Facts: everything that the rules look at when they judge one record, gathered from the state.

Rules read facts and never a clock, a store or each other's results.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.material.batch import Batch
from ledger.records import (
    Adjust,
    Certificate,
    Header,
    Inquiry,
    Organization,
    Process,
    Receive,
    Record,
    Source,
    Transfer,
)
from ledger.rules.state import ChainState, FacilityState, State, TransferState

__all__ = ["Facts", "Taken", "gather"]


class Taken(NamedTuple):
    """A batch that a record takes from: `standing` is `held`, `in-transit` or `unknown` to the issuer.

    `mass_mg` is None where what is left moves whole.
    """

    member: str
    batch_id: str
    mass_mg: int | None
    batch: Batch | None
    standing: str


@dataclass(slots=True)
class Facts:
    """One record and what the ledger knows that bears on it."""

    record: Record
    id: str
    kids: frozenset[str]
    state: State
    chain: ChainState | None
    organization: str
    facility: FacilityState | None = None
    transfer: TransferState | None = None
    taken: Sequence[Taken] = ()
    cache: dict[str, object] = field(default_factory=dict)

    @property
    def all_known(self) -> bool:
        """Whether every batch that the record takes from is known to its issuer."""
        return "unknown" not in [taken.standing for taken in self.taken]


def gather(record: Record, record_id: str, kids: frozenset[str], state: State) -> Facts:
    """The facts for a record whose signatures by the keys `kids` were verified."""
    chain = state.chains.get(record.chain.id)
    organization = chain.organization if chain else _organization_to_be(record, record_id, state)
    facts = Facts(record, record_id, kids, state, chain, organization)
    if isinstance(record, Source | Process):
        facility = state.facilities.get(record.facility)
        facts.facility = facility if facility and facility.organization == organization else None
    if isinstance(record, Receive):
        facts.transfer = state.transfers.get(record.transfer)
    facts.taken = _taken(record, organization, state)
    return facts


def _organization_to_be(record: Header, record_id: str, state: State) -> str:
    if isinstance(record, Organization) and record_id in state.admissions:
        return state.admissions[record_id].organization
    return ""


def _taken(record: Header, organization: str, state: State) -> list[Taken]:
    wanted: list[tuple[str, str, int | None]] = []
    if isinstance(record, Process):
        wanted = [(f"inputs[{i}]", entry.batch, entry.mass_mg) for i, entry in enumerate(record.inputs)]
    elif isinstance(record, Transfer):
        wanted = [(f"batches[{i}]", entry.batch, entry.mass_mg) for i, entry in enumerate(record.batches)]
    elif isinstance(record, Adjust):
        wanted = [("", record.batch, record.mass_mg)]
    elif isinstance(record, Inquiry):
        wanted = [("about", record.about.batch, 0)]
    elif isinstance(record, Certificate) and record.subject.batch:
        wanted = [("subject", record.subject.batch, 0)]
    past = isinstance(record, Inquiry | Certificate)
    return [
        Taken(
            f"{member}.batch" if member else "batch",
            batch_id,
            mass,
            state.batches.get(batch_id),
            _standing(batch_id, organization, state, past=past),
        )
        for member, batch_id, mass in wanted
    ]


def _standing(batch_id: str, organization: str, state: State, *, past: bool) -> str:
    """How a batch stands to an organization. `past`: having held it is enough (to ask about it, or to certify it)."""
    batch = state.batches.get(batch_id)
    if batch is None:
        return "unknown"
    if past and ((batch_id, organization) in state.held or batch.holder == organization):
        return "held"
    if batch.transit is not None:
        transfer = state.transfers[batch.transit]
        if organization in (transfer.sender, transfer.to):
            return "held" if past else "in-transit"
        return "unknown"
    return "held" if batch.holder == organization else "unknown"
