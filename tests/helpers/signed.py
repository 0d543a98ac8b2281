"""A desk whose records are signed for real, one after the other, so that a ledger can be given the same bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.errors import Refused
from ledger.records import parse_record
from ledger.rules.apply import Effects, apply
from ledger.rules.judge import judge
from ledger.rules.recompute import PastRecord, reach_back
from ledger.rules.submission import Submission, read_submission
from ledger.signing.build import sign_record
from ledger.signing.signer import LocalSigner, Signer
from ledger.workflows.commit import commit
from ledger.workflows.issue import new_chain_id
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import operator_issuer
from ledger.workflows.shares import with_shares
from tests.helpers.desk import Desk, Maker
from tests.helpers.replay import MemoryHistory, replayed

__all__ = ["Issued", "SignedDesk", "SignedMaker"]


@dataclass(frozen=True, slots=True)
class Issued:
    """An envelope, and the codes that it deserves: none if it is in order."""

    data: bytes
    codes: tuple[str, ...]


@dataclass(slots=True)
class SignedMaker(Maker):
    """Somebody with keys. `also` are new keys that sign the next record with the old ones."""

    signers: list[Signer] = field(default_factory=list)
    also: list[Signer] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The chain's id is a real one already."""


class SignedDesk(Desk):
    """Stands where a ledger stands. What it issues waits in `waiting` until `submit` gives it to the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.numbers = ledger, 0
        self.state = replayed(ledger)
        self.waiting: list[Issued] = []
        self.history = MemoryHistory()
        own = operator_issuer(ledger)
        organization = self.state.operator
        self.operator: SignedMaker = SignedMaker(
            self, own.chain, "US", organization, organization, own.seq, own.head, signers=list(ledger.operator)
        )

    def maker(
        self,
        country: str = "AU",
        *,
        of: Maker | None = None,
        owner: str | None = None,
        signers: list[Signer] | None = None,
    ) -> SignedMaker:
        """A new organization, or one more chain `of` one that there is, with a facility."""
        signers = signers or [LocalSigner.generate("Ed25519")]
        made = SignedMaker(self, new_chain_id(), country, signers=signers)
        keys = [signer.key.jwk for signer in signers]
        entry = self._signed(made, "organization", {"keys": keys, "use": "records", "name": "X", "country": country})
        made.organization, made.opened_by = of.organization if of else entry.id, entry.id
        self.operator.accept("admission", op="admit", record=entry.id, organization=made.organization)
        issued = self._judged(entry)
        assert isinstance(issued, tuple), issued
        made.seq, made.head = 0, entry.id
        made.facility(country, owner)
        return made

    def issue(self, maker: Maker, kind: str, said: Mapping[str, Any]) -> tuple[str, Effects] | list[str]:
        """As the desk does, by real signatures over real bytes."""
        assert isinstance(maker, SignedMaker)
        entry = self._signed(maker, kind, said)
        maker.also = []
        return self._judged(entry)

    def submit(self, size: int = 0) -> list[tuple[str, ...]]:
        """Give what waits to the ledger, in groups of a size (0: all at once); the codes that it finds."""
        found = []
        waiting, self.waiting = self.waiting, []
        for start in range(0, len(waiting), size or len(waiting) or 1):
            part = waiting[start : start + (size or len(waiting))]
            group = [read_submission(issued.data, self.ledger.config.ledger) for issued in part]
            outcomes = commit(group, self.ledger, at_door=False)
            found += [tuple(violation.code for violation in outcome.violations) for outcome in outcomes]
        assert found == [issued.codes for issued in waiting]
        return found

    def _signed(self, maker: SignedMaker, kind: str, said: Mapping[str, Any]) -> Submission:
        members = with_shares({**maker.members(kind, said), "log": self.state.ledger}, self.state)
        parse_record(members)
        data = sign_record(members, [*maker.signers, *maker.also])
        return read_submission(data, self.state.ledger)

    def _judged(self, entry: Submission) -> tuple[str, Effects] | list[str]:
        try:
            facts = judge(entry, self.state)
        except Refused as refusal:
            codes = [violation.code for violation in refusal.violations]
            self.waiting.append(Issued(entry.envelope.data, tuple(codes)))
            return codes
        effects = apply(facts)
        reach_back(self.state, effects, entry.record.chain.id, self.history)
        self.history.past.append(PastRecord(self.state.size - 1, entry.id, entry.record))
        self.waiting.append(Issued(entry.envelope.data, ()))
        return entry.id, effects
