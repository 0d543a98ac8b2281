"""A world to test in: a real ledger on a real file, and the organizations, facilities and batches of a supply chain.

    world = World(tmp_path)
    mine, works = world.organization("mine", "AU"), world.organization("works", "MY")
    ore = mine.mines("concentrate", 100_000, {"Nd": 62_000, "Pr": 19_000})
    world.hand_over(ore, mine, works)
    oxide = works.process(["leach", "separate", "calcine"], {ore: 40_000}, [Lot("oxide", 2_900, {"Nd": 620_000})])[0]
    made = works.report(oxide, delivered="2026-12-31")

Masses are in grams, compositions in ppm. Every record is an hour after the one before. What the ledger refuses raises
`Refused`; whoever wants the outcome itself asks `Organization.submit`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson

from ledger.errors import Refused
from ledger.records import RECORD_VERSION
from ledger.rules.state import State
from ledger.rules.submission import Submission
from ledger.signing.signer import LocalSigner
from ledger.store.gather import Loader
from ledger.store.references import References
from ledger.values.instant import after
from ledger.workflows.commit import Outcome, commit, commit_one
from ledger.workflows.config import Config
from ledger.workflows.issue import Issuer, new_chain_id
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger, operator_issuer, policy_of
from ledger.workflows.report import MadeReport, ReportRequest, make_report, write_bundle
from ledger.workflows.shares import with_shares

__all__ = ["GRAM", "Lot", "Organization", "World"]

GRAM = 1_000
"""Milligrams."""
NAME = "test.lodestone.example"


@dataclass(frozen=True, slots=True)
class Lot:
    """An output: its material, mass in grams, composition in ppm, and what else is said of it."""

    material: str
    grams: int
    composition: Mapping[str, int] | None = None
    says: Mapping[str, Any] = field(default_factory=dict)
    lot: str = "LOT"

    def members(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"lot": self.lot, "material": self.material, "mass_mg": self.grams * GRAM, **self.says}
        return shown | ({"composition": dict(self.composition)} if self.composition is not None else {})

    def saying(self, **says: Any) -> "Lot":
        return replace(self, says={**self.says, **says})


class World:
    """A ledger, its operator, its time, and everyone in it."""

    def __init__(
        self, home: Path, *, start: str = "2026-01-01T00:00:00Z", database_url: str = "", **settings: str
    ) -> None:
        self.now = start
        self.config = Config(
            home=home,
            ledger=NAME,
            did=f"did:web:{NAME}",
            public_url=f"https://{NAME}",
            database_url=database_url,
            **settings,  # type: ignore[arg-type]  # all of them are texts
        )
        self.ledger: Ledger = open_ledger(self.config, clock=lambda: self.now)
        self.operator = operator_issuer(self.ledger)
        self.organizations: dict[str, Organization] = {}

    def tick(self) -> str:
        """An hour later."""
        self.now = after(self.now, 3600)
        return self.now

    def organization(
        self, name: str, country: str = "US", *, signers: Sequence[LocalSigner] | None = None, owner: str | None = None
    ) -> "Organization":
        """A new organization, admitted, with one facility of its own in its country."""
        signers = signers or [LocalSigner.generate("Ed25519")]
        issuer = Issuer(NAME, signers, new_chain_id())
        keys = [signer.key.jwk for signer in signers]
        said = {"keys": keys, "use": "records", "name": f"{name} plc", "country": country}
        first = issuer.submission("organization", self.tick(), said)
        self.operate("admission", {"op": "admit", "record": first.id, "organization": first.id})
        commit_one(first, self.ledger, at_door=False)
        issuer.advance(first.id)
        made = Organization(self, name, country, first.id, issuer)
        self.organizations[name] = made
        made.facility(country, owner)
        return made

    def operate(self, type_: str, members: Mapping[str, object]) -> str:
        """A record of the operator's."""
        entry = self.operator.submission(type_, self.tick(), members)
        commit_one(entry, self.ledger, at_door=False)
        self.operator.advance(entry.id)
        return entry.id

    def hand_over(
        self,
        batch: str,
        sender: "Organization",
        to: "Organization",
        *,
        grams: int | None = None,
        terms: str | None = None,
    ) -> str:
        """A batch, or so many grams of it, changes hands; the name under which it arrives."""
        transfer = sender.transfer({batch: grams}, to, terms=terms)
        name = batch if grams is None else f"{transfer}#0"
        to.receive(transfer, {name: None})
        return name

    def state(self, chain: str, batches: Sequence[str]) -> State:
        with self.ledger.database.reading() as connection:
            wanted = References(chains={chain}, batches=set(batches))
            return Loader(connection, self.ledger.book).load(wanted)

    def report(self, batch: str, audience: str = "buyer", caller: str | None = None, **context: object) -> MadeReport:
        """A report on a batch, for the operator unless an organization asks."""
        return make_report(self.ledger, ReportRequest(batch, audience, caller, context))

    def bundle(self, report: MadeReport, depth: int | None = None) -> dict[str, Any]:
        """The bundle of a report, decoded."""
        bundle: dict[str, Any] = orjson.loads(self.bundle_bytes(report, depth))
        return bundle

    def bundle_bytes(self, report: MadeReport, depth: int | None = None) -> bytes:
        out = BytesIO()
        write_bundle(self.ledger, report.id, out, depth)
        return out.getvalue()

    @property
    def policy(self) -> str:
        """The policy that a verifier would pin."""
        return policy_of(self.ledger)

    def reopen(self) -> None:
        """Stop the service and start it again."""
        self.ledger.close()
        self.ledger = open_ledger(self.config, clock=lambda: self.now)

    def close(self) -> None:
        self.ledger.close()


@dataclass(slots=True)
class Organization:
    """Somebody who signs records. `at` is his newest facility, where what he does next happens."""

    world: World
    name: str
    country: str
    id: str
    issuer: Issuer
    at: str = ""
    place: dict[str, str] = field(default_factory=dict)

    def sign(self, type_: str, members: Mapping[str, Any], also: Sequence[LocalSigner] = ()) -> Submission:
        """The next record of the chain, signed and not submitted."""
        time = str(members.get("at") or self.world.tick())
        place: dict[str, Any] = {"id": self.issuer.chain, "seq": self.issuer.seq + 1, "prev": self.issuer.head}
        header = {"v": RECORD_VERSION, "log": self.issuer.ledger, "type": type_, "chain": place, "at": time}
        inputs = [entry["batch"] for entry in members.get("inputs", ())]
        whole = with_shares({**header, **members}, self.world.state(self.issuer.chain, inputs))
        return self.issuer.submission(type_, time, {k: v for k, v in whole.items() if k not in header}, also)

    def submit(self, type_: str, members: Mapping[str, Any], also: Sequence[LocalSigner] = ()) -> Outcome:
        """Sign a record and submit it; what became of it."""
        entry = self.sign(type_, members, also)
        outcome = commit([entry], self.world.ledger, at_door=False)[0]
        if outcome.accepted:
            self.issuer.advance(entry.id)
        return outcome

    def record(self, type_: str, members: Mapping[str, Any], also: Sequence[LocalSigner] = ()) -> str:
        """A record that must be accepted; its id.

        Raises:
            Refused: it is not.
        """
        outcome = self.submit(type_, members, also)
        if not outcome.accepted:
            raise Refused(outcome.violations)
        return outcome.id

    def facility(self, country: str, owner: str | None = None, *, operator: object = None, name: str = "plant") -> str:
        """A new place, where what this organization does next happens."""
        said = {"name": f"{self.name} {name}", "operator": operator or self.id, "country": country}
        self.at = self.record("facility", said | ({"owner_country": owner} if owner else {}))
        self.place = {"facility": self.at, "country": country, "operated": "self" if operator is None else "other"}
        self.place |= {"owner_country": owner} if owner else {}
        return self.at

    def source(self, origin: Mapping[str, Any], lots: Sequence[Lot], **more: Any) -> list[str]:
        """Material enters the ledger; the names of the batches."""
        said = {**self.place, "origin": dict(origin), "outputs": [lot.members() for lot in lots], **more}
        return _outputs(self.record("source", said), lots)

    def mines(self, material: str, grams: int, composition: Mapping[str, int]) -> str:
        """Out of the ground here."""
        return self.source({"kind": "mined", "mineral": "monazite"}, [Lot(material, grams, composition)])[0]

    def process(
        self,
        steps: Sequence[str],
        inputs: Mapping[str, int | Mapping[str, Any]],
        lots: Sequence[Lot],
        *,
        custody: str = "segregated",
        **more: Any,
    ) -> list[str]:
        """Inputs, by grams or with more said of them, become outputs here; the names of the batches."""
        entries = []
        for batch, taken in inputs.items():
            said = {"grams": taken} if isinstance(taken, int) else dict(taken)
            entries.append({"batch": batch, "mass_mg": said.pop("grams") * GRAM, **said})
        outputs = [lot.members() for lot in lots]
        members = {**self.place, "steps": list(steps), "inputs": entries, "outputs": outputs, "custody": custody}
        return _outputs(self.record("process", {**members, **more}), lots)

    def transfer(self, batches: Mapping[str, int | None], to: "Organization | str", *, terms: str | None = None) -> str:
        """Batches, or so many grams of them, are offered to an organization, or leave the ledger for somebody named."""
        entries = [
            {"batch": batch, **({"mass_mg": grams * GRAM} if grams is not None else {})}
            for batch, grams in batches.items()
        ]
        addressee = to.id if isinstance(to, Organization) else {"external": {"name": to, "country": "US"}}
        members: dict[str, Any] = {"batches": entries, "to": addressee}
        return self.record("transfer", members | ({"terms": terms} if terms else {}))

    def receive(self, transfer: str, accepted: Mapping[str, int | None]) -> str:
        """What was offered is accepted, some of it weighed anew."""
        entries = [
            {"batch": batch, **({"mass_mg": grams * GRAM} if grams is not None else {})}
            for batch, grams in accepted.items()
        ]
        return self.record("receive", {"transfer": transfer, "accepted": entries})

    def certifies(self, scheme: str, days: tuple[str, str], **subject: str) -> str:
        """A third party's document on an organization, facility, batch or transfer."""
        said = {"subject": subject, "scheme": scheme, "number": "NO-1", "issuer": "Certifier"}
        return self.record("certificate", {**said, "valid": {"from": days[0], "to": days[1]}})

    def asks(self, batch: str, **more: Any) -> str:
        """An inquiry about a batch, sent upstream."""
        said = {"about": {"batch": batch}, "to": {"name": "Somebody upstream"}, "sent": self.world.now[:10]}
        return self.record("inquiry", {**said, "outcome": "open", **more})

    def rotate(self, signers: Sequence[LocalSigner] | None = None) -> str:
        """New keys for the chain, signed by the old and the new ones."""
        new = signers or [LocalSigner.generate("Ed25519")]
        record = self.record("key", {"op": "rotate", "keys": [signer.key.jwk for signer in new]}, also=new)
        self.issuer.signers = list(new)
        return record

    def report(self, batch: str, audience: str = "buyer", **context: object) -> MadeReport:
        """A report on a batch that this organization holds or held."""
        return self.world.report(batch, audience, self.id, **context)


def _outputs(record: str, lots: Sequence[Lot]) -> list[str]:
    return [f"{record}#{place}" for place in range(len(lots))]
