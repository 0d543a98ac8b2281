"""Records for measuring, signed for real: 60 % process with 2 inputs, 20 % transfer and receive, 20 % source.

The material is well mixed on purpose: every process blends two batches that were blended before, over many countries.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ledger.records import RECORD_VERSION
from ledger.rules import gather
from ledger.rules.apply import apply
from ledger.rules.ruleset import current_rule_set
from ledger.rules.state import Admission, State
from ledger.rules.submission import Submission, read_submission
from ledger.signing.build import sign_record
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import b64u
from ledger.workflows.shares import with_shares

__all__ = ["Mix", "Producer"]

_COUNTRIES = ("AU", "US", "MY", "VN", "EE", "DE", "JP", "BR", "CA", "FR", "ZA", "IN")
_AT = "2026-01-01T00:00:00Z"
_BLEND = {"Nd": 200_000, "Pr": 60_000, "Dy": 5_000, "Fe": 650_000, "B": 10_000}


@dataclass(slots=True)
class Producer:
    """An organization of the mix with its chain, its facility, and the batches it may still use."""

    signer: LocalSigner
    chain: str
    country: str
    organization: str = ""
    places: list[tuple[str, str]] = field(default_factory=list)
    seq: int = -1
    head: str = ""
    batches: list[str] = field(default_factory=list)


class Mix:
    """An endless supply of acceptable submissions, in an order in which they are accepted."""

    def __init__(self, ledger: str, operator: str, *, producers: int = 12, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.state = State(ledger, operator, current_rule_set())
        self.ledger = ledger
        self.producers = [
            Producer(LocalSigner.generate("Ed25519"), b64u(self.random.randbytes(32)), _COUNTRIES[i % len(_COUNTRIES)])
            for i in range(producers)
        ]

    def organizations(self) -> Iterator[Submission]:
        """The records that open the chains; the operator must admit each before it comes."""
        for number, producer in enumerate(self.producers):
            members = {
                "keys": [producer.signer.key.jwk],
                "use": "records",
                "name": f"Producer {number}",
                "country": producer.country,
            }
            entry = self._signed(producer, "organization", members)
            self.state.admissions[entry.id] = Admission(entry.id, entry.id)
            producer.organization = entry.id
            yield self._accept(producer, entry)

    def facilities(self) -> Iterator[Submission]:
        """A facility for each producer."""
        for producer in self.producers:
            yield self.facility(producer, producer.country)

    def facility(self, producer: Producer, country: str) -> Submission:
        """A facility in a country, at which the producer works from now on."""
        members = {"name": "Works", "operator": producer.organization, "country": country}
        entry = self._accept(producer, self._signed(producer, "facility", members))
        producer.places.append((entry.id, country))
        return entry

    def records(self, count: int) -> Iterator[Submission]:
        """That many records of the mix."""
        made = 0
        while made < count:
            for entry in self._some():
                made += 1
                yield entry

    def blend(self, producer: Producer, first: str, second: str) -> Submission:
        """An alloy out of halves of what is left of two batches, at most 5 kg of each."""
        halves = [min(5_000_000, self.state.batches[name].left_mg // 2) for name in (first, second)]
        members = {
            **self._place(producer),
            "steps": ["alloy", "strip-cast"],
            "custody": "controlled-blending",
            "inputs": [{"batch": name, "mass_mg": half} for name, half in zip((first, second), halves, strict=True)],
            "outputs": [
                {"lot": "B", "material": "alloy", "mass_mg": sum(halves), "composition": _BLEND, "basis": "assay"}
            ],
        }
        entry = self._accept(producer, self._signed(producer, "process", members))
        producer.batches.append(f"{entry.id}#0")
        return entry

    def source(self, producer: Producer, mass_mg: int = 1_000_000_000, outputs: int = 1) -> Submission:
        """A mined source of such a composition that everything else can be made of it; the first output is used."""
        members = {
            **self._place(producer),
            "origin": {"kind": "mined", "mineral": "all of it"},
            "outputs": [
                {"lot": "S", "material": "alloy", "mass_mg": mass_mg, "composition": _BLEND, "basis": "assay"}
                for _ in range(outputs)
            ],
        }
        entry = self._accept(producer, self._signed(producer, "source", members))
        producer.batches.append(f"{entry.id}#0")
        return entry

    def _some(self) -> Iterator[Submission]:
        producer = self.random.choice(self.producers)
        usable = [name for name in producer.batches[-40:] if self.state.batches[name].left_mg >= 20_000]
        dice = self.random.random()
        if len(usable) < 2 or dice < 0.22:
            yield self.source(producer)
        elif dice < 0.89:
            first, second = self.random.sample(usable, 2)
            yield self.blend(producer, first, second)
        else:
            yield from self._transfer(producer, self.random.choice(self.producers), usable[-1])

    def _transfer(self, sender: Producer, receiver: Producer, batch: str) -> Iterator[Submission]:
        offered = {"batches": [{"batch": batch}], "to": receiver.organization}
        offer = self._accept(sender, self._signed(sender, "transfer", offered))
        sender.batches.remove(batch)
        yield offer
        taken = {"transfer": offer.id, "accepted": [{"batch": batch}]}
        yield self._accept(receiver, self._signed(receiver, "receive", taken))
        receiver.batches.append(batch)

    def _place(self, producer: Producer) -> dict[str, Any]:
        facility, country = self.random.choice(producer.places)
        return {"facility": facility, "country": country, "operated": "self"}

    def _signed(self, producer: Producer, kind: str, members: dict[str, Any]) -> Submission:
        chain: dict[str, Any] = {"id": producer.chain, "seq": producer.seq + 1}
        if producer.head:
            chain["prev"] = producer.head
        record = {"v": RECORD_VERSION, "log": self.ledger, "type": kind, "chain": chain, "at": _AT, **members}
        return read_submission(sign_record(with_shares(record, self.state), [producer.signer]), self.ledger)

    def _accept(self, producer: Producer, entry: Submission) -> Submission:
        """Keep the mix's own books, so that the next record fits."""
        apply(gather(entry.record, entry.id, frozenset(), self.state))
        producer.seq, producer.head = producer.seq + 1, entry.id
        return entry
