"""What an accepted record changes. Only a record without violations may come here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ledger.material.batch import Batch, Carried
from ledger.records import (
    Adjust,
    Admission,
    Facility,
    Inquiry,
    Key,
    Organization,
    Process,
    Receive,
    Rules,
    Source,
    Transfer,
)
from ledger.rules import state as kept
from ledger.rules.facts import Facts
from ledger.rules.keysets import named_kids
from ledger.rules.outputs import made_by_process, made_by_source, parts_of_transfer
from ledger.rules.ruleset import known_rule_sets
from ledger.values.vocabulary import DISPOSED_BY_SALE, SECONDARY_MATERIALS

__all__ = ["Asked", "Effects", "apply"]


@dataclass(frozen=True, slots=True)
class Asked:
    """An inquiry about a batch: its id, the one that it follows, and whether it still is open or was of no avail."""

    batch: str
    inquiry: str
    follows: str | None
    answered: bool

    def upon(self, carried: Carried) -> Carried:
        """What a batch carries once it knows of the inquiry."""
        open_still = set(carried.inquiries) - {self.follows}
        return replace(carried, inquiries=frozenset(open_still if self.answered else open_still | {self.inquiry}))


@dataclass(slots=True)
class Effects:
    """What changed: new batches, batches touched, and the record whose standing this one changes.

    `unknown` are the numbers of the chain between which its records count as unknown from now on; `remade` the batches
    whose routes that changes; `asked` an inquiry that what was made of its batch must learn of. Both are found by
    `ledger.rules.recompute`.
    """

    made: list[Batch] = field(default_factory=list)
    touched: list[Batch] = field(default_factory=list)
    unknown: tuple[int, int] | None = None
    asked: Asked | None = None
    remade: list[Batch] = field(default_factory=list)
    status_of: str | None = None
    status_number: int = 0


def apply(facts: Facts) -> Effects:
    """Give the record the next index and change the state accordingly.

    Not checked: any rule. The state's values are changed in place.
    """
    record, state = facts.record, facts.state
    effects = Effects()
    if isinstance(record, Organization):
        _open_chain(record, facts)
    else:
        assert facts.chain is not None
        facts.chain.head_seq, facts.chain.head_id, facts.chain.head_at = record.chain.seq, facts.id, record.at
    if isinstance(record, Source):
        effects.made = made_by_source(facts)
    elif isinstance(record, Process):
        effects.made = made_by_process(facts)
        _consume(facts, effects)
    elif isinstance(record, Transfer):
        _offer(record, facts, effects)
    elif isinstance(record, Receive):
        _receive(record, facts, effects)
    elif isinstance(record, Adjust):
        _consume(facts, effects)
    else:
        _administer(facts, effects)
    for batch in effects.made:
        state.batches[batch.id] = batch
        state.held.add((batch.id, facts.organization))
    state.records[facts.id] = kept.RecordRef(
        facts.id, state.size, record.type, record.chain.id, record.chain.seq, facts.organization, record.at
    )
    state.size += 1
    return effects


def _open_chain(record: Organization, facts: Facts) -> None:
    state = facts.state
    state.organizations.add(facts.organization)
    state.opened[facts.id] = record.chain.id
    state.chains[record.chain.id] = kept.ChainState(
        id=record.chain.id,
        organization=facts.organization,
        opened_by=facts.id,
        use=record.use,
        head_seq=0,
        head_id=facts.id,
        head_at=record.at,
        sets=(_key_set(facts, record.keys),),
    )


def _key_set(facts: Facts, keys: list[dict[str, str]]) -> kept.KeySetAt:
    jwks: tuple[Mapping[str, str], ...] = tuple(keys)
    return kept.KeySetAt(facts.state.size, named_kids(facts.record), jwks)


def _consume(facts: Facts, effects: Effects) -> None:
    for taken in facts.taken:
        assert taken.batch is not None
        assert taken.mass_mg is not None
        taken.batch.left_mg -= taken.mass_mg
        effects.touched.append(taken.batch)


def _offer(record: Transfer, facts: Facts, effects: Effects) -> None:
    outside = not isinstance(record.to, str)
    effects.made = parts_of_transfer(facts)
    parts = {part.id: part for part in effects.made}
    offered = []
    for place, taken in enumerate(facts.taken):
        batch = taken.batch
        assert batch is not None
        effects.touched.append(batch)
        part = parts.get(f"{facts.id}#{place}")
        if part is not None:
            batch.left_mg -= part.mass_mg
            batch = part
        batch.transit = None if outside else facts.id
        batch.holder = None if outside else batch.holder
        offered.append(batch.id)
    facts.state.transfers[facts.id] = kept.TransferState(
        id=facts.id,
        sender=facts.organization,
        to=record.to if isinstance(record.to, str) else "",
        terms=record.terms or "sale",
        at=record.at,
        batches=tuple(offered),
        standing="sent out of the ledger" if outside else "open",
    )


def _receive(record: Receive, facts: Facts, effects: Effects) -> None:
    transfer = facts.transfer
    assert transfer is not None
    accepted = {entry.batch: entry.mass_mg for entry in record.accepted}
    for batch_id in transfer.batches:
        batch = facts.state.batches[batch_id]
        batch.transit = None
        effects.touched.append(batch)
        if batch_id not in accepted:
            continue
        batch.holder = facts.organization
        facts.state.held.add((batch_id, facts.organization))
        batch.left_mg = min(batch.left_mg, accepted[batch_id] or batch.left_mg)
        sold = transfer.terms in DISPOSED_BY_SALE and batch.material in SECONDARY_MATERIALS
        if sold and batch.secondary_at is None:
            batch.secondary_at = facts.state.size
    withdrawn = facts.organization == transfer.sender and not accepted and transfer.sender != transfer.to
    transfer.standing = "withdrawn" if withdrawn else "received" if accepted else "refused"


def _administer(facts: Facts, effects: Effects) -> None:
    record, state = facts.record, facts.state
    if isinstance(record, Facility):
        operator = record.operator if isinstance(record.operator, str) else ""
        state.facilities[facts.id] = kept.FacilityState(
            facts.id, facts.organization, operator, record.country, record.owner_country
        )
    elif isinstance(record, Rules):
        state.rules = known_rule_sets()[record.rules]
    elif isinstance(record, Admission):
        _admit(record, facts, effects)
    elif isinstance(record, Key):
        _change_keys(record, facts, effects)
    elif isinstance(record, Inquiry):
        _ask(record, facts, effects)


def _admit(record: Admission, facts: Facts, effects: Effects) -> None:
    chain = facts.state.chains.get(facts.state.opened.get(record.record, ""))
    if record.op == "admit":
        assert record.organization is not None
        facts.state.admissions[record.record] = kept.Admission(record.record, record.organization, record.succeeds)
        if chain is not None:
            chain.standing = "admitted"
        return
    assert chain is not None
    chain.standing = "suspended" if record.op == "suspend" else "ended"
    _change_standing(chain, effects)


def _change_keys(record: Key, facts: Facts, effects: Effects) -> None:
    chain = facts.chain
    assert chain is not None
    if record.op == "retire":
        chain.retired = True
    else:
        chain.sets = (*chain.sets, _key_set(facts, record.keys or []))
    if record.since is not None:
        effects.unknown = (facts.state.records[record.since].seq, record.chain.seq)
        chain.untrusted = (*chain.untrusted, effects.unknown)
    _change_standing(chain, effects)


def _change_standing(chain: kept.ChainState, effects: Effects) -> None:
    effects.status_of, effects.status_number = chain.opened_by, chain.standing_changes
    chain.standing_changes += 1


def _ask(record: Inquiry, facts: Facts, effects: Effects) -> None:
    batch = facts.taken[0].batch
    assert batch is not None
    effects.asked = Asked(batch.id, facts.id, record.follows, record.outcome == "answered")
    batch.carried = effects.asked.upon(batch.carried)
    effects.touched.append(batch)
