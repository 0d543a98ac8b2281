"""A mine, a refiner and a stranger, as the tests of the service need them: they sign, the operator admits them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from ledger.signing.signer import LocalSigner
from ledger.values.instant import instant
from ledger.workflows.commit import commit, commit_one
from ledger.workflows.config import Config
from ledger.workflows.issue import Issuer, new_chain_id
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger, operator_issuer

NOW = "2026-06-01T12:00:00Z"
LEDGER = "test.lodestone.example"
KG = 1_000_000

_BEGIN = datetime(2020, 2, 1, tzinfo=UTC)
_seconds = count()


def config_of(home: Path, database_url: str = "") -> Config:
    return Config(
        home=home,
        ledger=LEDGER,
        did=f"did:web:{LEDGER}",
        public_url=f"https://{LEDGER}",
        database_url=database_url,
    )


def open_test_ledger(home: Path, database_url: str = "") -> Ledger:
    return open_ledger(config_of(home, database_url), clock=lambda: NOW)


@dataclass(slots=True)
class Producer:
    """An admitted organization with one facility."""

    issuer: Issuer
    id: str
    facility: str
    country: str

    def at(self) -> str:
        """Later than anything before, whoever asks."""
        return instant(_BEGIN + timedelta(seconds=next(_seconds)))

    def sign(self, type_: str, members: Mapping[str, Any], at: str = "") -> tuple[bytes, str]:
        """The envelope of the next record of the chain, and its id. The chain stays where it is until `accept`."""
        record = self.issuer.submission(type_, at or self.at(), members)
        return record.envelope.data, record.id

    def chained(self, type_: str, members: Mapping[str, Any], at: str = "") -> tuple[bytes, str]:
        """As `sign`, and the chain goes on from it at once."""
        data, record_id = self.sign(type_, members, at)
        self.issuer.advance(record_id)
        return data, record_id

    def source(self, lot: str = "C-1", mass_mg: int = 10 * KG, **more: Any) -> dict[str, Any]:
        output = {"lot": lot, "material": "oxide", "mass_mg": mass_mg, "composition": {"Nd": 800_000}}
        return {
            "facility": self.facility,
            "country": self.country,
            "operated": "self",
            "origin": {"kind": "mined", "mineral": "monazite"},
            "outputs": [output],
            **more,
        }

    def reduce(self, batch: str, mass_mg: int, lot: str = "M-1") -> dict[str, Any]:
        """A process of one input into metal."""
        return {
            "facility": self.facility,
            "country": self.country,
            "operated": "self",
            "steps": ["reduce"],
            "custody": "segregated",
            "inputs": [{"batch": batch, "mass_mg": mass_mg, "shares": {"Nd": 1_000_000, "*": 1_000_000}}],
            "outputs": [
                {"lot": lot, "material": "metal", "mass_mg": mass_mg * 7 // 10, "composition": {"Nd": 990_000}}
            ],
        }


def admit(ledger: Ledger, name: str, country: str = "AU", organization: str = "") -> Producer:
    """A new organization (or another chain of one), admitted, with a facility of its own."""
    operator = operator_issuer(ledger)
    signer = LocalSigner.generate()
    issuer = Issuer(ledger.config.ledger, [signer], new_chain_id())
    begin = "2020-01-01T00:00:00Z"
    members = {"keys": [signer.key.jwk], "use": "records", "name": name, "country": country}
    first = issuer.submission("organization", begin, members)
    admission = {"op": "admit", "record": first.id, "organization": organization or first.id}
    for outcome in commit([operator.submission("admission", NOW, admission), first], ledger, at_door=False):
        assert outcome.accepted, outcome.violations
    issuer.advance(first.id)
    place = issuer.submission(
        "facility", begin, {"name": f"{name} works", "operator": organization or first.id, "country": country}
    )
    commit_one(place, ledger)
    issuer.advance(place.id)
    return Producer(issuer, organization or first.id, place.id, country)
