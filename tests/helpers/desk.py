"""A desk at which records are judged in memory: the rules alone, without signatures, bytes or database.

    desk = Desk()
    maker = desk.maker("AU")
    batch = maker.source(1_000_000, {"Nd": 300_000})
    assert maker.wrong("adjust", batch=batch, mass_mg=1_000_001, reason="spill") == {("mass-exceeded", "mass_mg")}

Masses are in milligrams. Shares of a process are filled in where the members do not state them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

from ledger.errors import Violation
from ledger.material.batch import Batch
from ledger.records import RECORD_VERSION, parse_record
from ledger.rules import State, check, gather
from ledger.rules.apply import Effects, apply
from ledger.rules.remarks import remarks
from ledger.rules.ruleset import current_rule_set
from ledger.rules.state import Admission
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import b64u, digest
from ledger.workflows.shares import with_shares

__all__ = ["AT", "LEDGER", "NOBODY", "Desk", "Maker", "entry", "lot"]

LEDGER = "desk.example"
AT = "2026-03-01T00:00:00Z"
NOBODY = digest(b"nothing has this name")


@cache
def _jwk() -> dict[str, str]:
    return LocalSigner.from_secret("Ed25519", b"\x07" * 32).key.jwk


def lot(material: str, mass_mg: int, composition: Mapping[str, int] | None = None, **more: Any) -> dict[str, Any]:
    """An output."""
    said = {"lot": "LOT", "material": material, "mass_mg": mass_mg, **more}
    return said if composition is None else {**said, "composition": dict(composition)}


def entry(batch: str, mass_mg: int | None = None, **more: Any) -> dict[str, Any]:
    """An input, or a batch of a transfer or receive."""
    return {"batch": batch, **({} if mass_mg is None else {"mass_mg": mass_mg}), **more}


class Desk:
    """The state of a ledger, an operator, and whoever was admitted."""

    def __init__(self) -> None:
        self.numbers = 0
        self.state = State(LEDGER, "", current_rule_set(), size=1)
        self.operator = Maker(self, self.fresh(), "US")
        self.state.operator = self._open(self.operator, "records", organization=None, operator=True)

    def fresh(self) -> str:
        """An id that nothing has yet."""
        self.numbers += 1
        return digest(f"{self.numbers}".encode())

    def maker(self, country: str = "AU", *, of: "Maker | None" = None, owner: str | None = None) -> "Maker":
        """A new organization, or one more chain `of` one that there is, with a facility."""
        maker = Maker(self, self.fresh(), country)
        self._open(maker, "records", organization=of.organization if of else None)
        maker.facility(country, owner)
        return maker

    def batch(self, name: str) -> Batch:
        """A batch as it stands."""
        return self.state.batches[name]

    def routes(self, name: str, element: str) -> dict[tuple[str, ...], int]:
        """An element's masses by route, each route as its origin and its stages in words: `sinter:JP,US`."""
        shown: dict[tuple[str, ...], int] = {}
        for route, mass in self.batch(name).routes[element].items():
            stages = [f"{s.step}:{','.join(s.countries)}{'' if s.basis == 'traced' else '?'}" for s in route.stages]
            shown[(route.origin + (f"({route.known})" if route.known else ""), *stages)] = mass
        return shown

    def issue(self, maker: "Maker", kind: str, said: Mapping[str, Any]) -> tuple[str, Effects] | list[str]:
        """The next record of a chain: its id and what it changed, or the codes of what is wrong with it."""
        name = self.fresh()
        facts = gather(maker.record(kind, said), name, maker.kids, self.state)
        wrong = check(facts)
        return [violation.code for violation in wrong] if wrong else (name, apply(facts))

    def _open(self, maker: "Maker", use: str, *, organization: str | None, operator: bool = False) -> str:
        said = {"keys": [_jwk()], "use": use, "name": "Somebody", "country": maker.country}
        record = maker.record("organization", said)
        opened = self.fresh()
        maker.organization = organization or opened
        self.state.admissions[opened] = Admission(opened, maker.organization)
        if operator:
            self.state.operator = opened
        facts = gather(record, opened, maker.kids, self.state)
        assert check(facts) == []
        apply(facts)
        maker.seq, maker.head, maker.opened_by = 0, opened, opened
        return opened


@dataclass(slots=True)
class Maker:
    """Somebody with a chain. `place` is repeated by sources and processes."""

    desk: Desk
    chain: str
    country: str
    organization: str = ""
    opened_by: str = ""
    seq: int = -1
    head: str = ""
    place: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chain = b64u(sha256(self.chain.encode()).digest())

    @property
    def kids(self) -> frozenset[str]:
        from ledger.signing.keys import public_key

        return frozenset({public_key(_jwk()).kid})

    def members(self, kind: str, said: Mapping[str, Any]) -> dict[str, Any]:
        place: dict[str, Any] = {"id": self.chain, "seq": self.seq + 1} | ({"prev": self.head} if self.head else {})
        header = {"v": RECORD_VERSION, "log": LEDGER, "type": kind, "chain": place, "at": AT}
        where = self.place if kind in ("source", "process") else {}
        return {**header, **where, **({"custody": "segregated"} if kind == "process" else {}), **said}

    def record(self, kind: str, said: Mapping[str, Any]) -> Any:
        return parse_record(with_shares(self.members(kind, said), self.desk.state))

    def violations(self, kind: str, **said: Any) -> list[Violation]:
        """What the rules say of a record; nothing changes."""
        return check(gather(self.record(kind, said), self.desk.fresh(), self.kids, self.desk.state))

    def wrong(self, kind: str, **said: Any) -> set[tuple[str, str]]:
        """Codes and members of what is wrong; each only once."""
        found = [(violation.code, violation.member) for violation in self.violations(kind, **said)]
        assert len(set(found)) == len(found)
        return set(found)

    def codes(self, kind: str, **said: Any) -> set[str]:
        """Codes of what is wrong."""
        return {code for code, _ in self.wrong(kind, **said)}

    def accept(self, kind: str, **said: Any) -> str:
        """A record that nothing is wrong with; its id."""
        return self.effects(kind, **said)[0]

    def effects(self, kind: str, **said: Any) -> tuple[str, Effects]:
        issued = self.desk.issue(self, kind, said)
        assert isinstance(issued, tuple), issued
        self.seq, self.head = self.seq + 1, issued[0]
        return issued

    def attempt(self, kind: str, **said: Any) -> str | None:
        """A record that may be refused: its id, or None."""
        issued = self.desk.issue(self, kind, said)
        if isinstance(issued, list):
            return None
        self.seq, self.head = self.seq + 1, issued[0]
        return issued[0]

    def remarks(self, kind: str, **said: Any) -> set[str]:
        """Codes of what is unusual."""
        facts = gather(self.record(kind, said), self.desk.fresh(), self.kids, self.desk.state)
        assert check(facts) == []
        return {remark.code for remark in remarks(facts)}

    def facility(self, country: str, owner: str | None = None, operator: Any = None) -> str:
        """A new place, where what follows happens."""
        said = {"name": "Works", "operator": operator or self.organization, "country": country}
        name = self.accept("facility", **said, **({"owner_country": owner} if owner else {}))
        own = operator is None or operator == self.organization
        self.place = {"facility": name, "country": country, "operated": "self" if own else "other"}
        self.place |= {"owner_country": owner} if owner else {}
        return name

    def source(
        self,
        mass_mg: int,
        composition: Mapping[str, int] | None = None,
        *,
        material: str = "alloy",
        origin: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> str:
        """One batch enters the ledger, mined unless said otherwise."""
        said = {"origin": dict(origin or {"kind": "mined"}), "outputs": [lot(material, mass_mg, composition)], **more}
        return self.accept("source", **said) + "#0"

    def process(
        self, steps: Sequence[str], inputs: Sequence[dict[str, Any]], outputs: Sequence[dict[str, Any]], **more: Any
    ) -> list[str]:
        """Inputs become outputs; their names."""
        name = self.accept("process", steps=list(steps), inputs=list(inputs), outputs=list(outputs), **more)
        return [f"{name}#{place}" for place in range(len(outputs))]

    def hand_over(self, batch: str, to: "Maker", mass_mg: int | None = None, **more: Any) -> str:
        """A batch or a part of it to somebody else, who takes it; its name there."""
        transfer = self.accept("transfer", batches=[entry(batch, mass_mg)], to=to.organization, **more)
        name = batch if mass_mg is None else f"{transfer}#0"
        to.accept("receive", transfer=transfer, accepted=[entry(name)])
        return name
