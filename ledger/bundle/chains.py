"""Which keys spoke for which chain at which index, told by the evidence alone; and every signature verified under them.

A buyer does not learn the id of a chain. Chains are followed all the same: an `organization` record names the first key
set, and the leaf of every later record that changes the standing of a chain (rotation, compromise, retirement,
suspension, end) carries a tag made of that `organization` record's payload and of how many such records there were
before (docs/formats/leaf-and-log.md). So each is assigned to its chain by the log itself, and none before it can be
left out.

A set is in force from the index after the record that names it, up to and including the one that replaces it.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from ledger.bundle.format import Entry, Evidence
from ledger.bundle.proving import Verified, nothing_proven
from ledger.errors import Refused, VerificationError
from ledger.log.leaf import chain_tag, filler_tag, status_tag
from ledger.signing.disclosure import Opened, open_record
from ledger.signing.keys import KeySet, PublicKey, check_strength, key_set
from ledger.signing.verify import verify_signatures

__all__ = ["Chain", "Chains", "OpenedEntry", "check_strong", "follow"]

Signed = tuple[Entry, tuple[KeySet, ...]]
"""A record, and the key sets that must have signed it."""

_ADMISSIONS = ("admit", "suspend", "end")
_KEY_CHANGES = ("rotate", "compromised", "retire")


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """A record of the evidence, opened as far as it is disclosed, and the chains that may have issued it.

    Usually that is one; chains that share a key set cannot be told apart by a buyer.
    """

    entry: Entry
    opened: Opened
    chains: tuple["Chain", ...]

    @property
    def type(self) -> str:
        """The record's type, which stands in the clear."""
        return str(self.entry.envelope.claims["type"])


@dataclass(slots=True, eq=False)
class Chain:
    """An issuer's chain as the evidence shows it; `keys` are those in force after the record looked at last."""

    opened_by: Entry
    use: str
    keys: KeySet
    id: str | None
    standing: str = "admitted"
    changes: int = 0
    records: int = 0
    compromised: list[tuple[int, object]] = field(default_factory=list)
    """Index of each `compromised` record, and its `since` where that is disclosed."""

    @property
    def next_tag(self) -> str:
        """The tag of the next record that changes this chain's standing."""
        return status_tag(self.opened_by.envelope.payload, self.changes)


@dataclass(slots=True)
class Chains:
    """All chains of the evidence, and its records in order; every signature was verified."""

    operator: Chain
    all: list[Chain]
    records: list[OpenedEntry]
    signatures: int = 0

    @property
    def reporters(self) -> list[Chain]:
        """The operator's chains that sign reports."""
        return [chain for chain in self.all if chain.use == "report"]


def follow(evidence: Evidence, proven: Verified = nothing_proven) -> Chains:
    """Go through the evidence in the order of the log, and verify every record under the keys in force at its index.

    Promised: each record is signed exactly once by each key of its set (old and new set for a change of keys) and by
    nobody else; its chain was opened by an `organization` record that the operator admitted before, and is neither
    suspended, ended nor retired there; the operator is the one that the genesis entry names; disclosures fit their
    digests. What is `proven` ahead of it is not verified again. Not checked: inclusion (`inclusion`), and what the
    records say.

    Raises:
        VerificationError: something of this does not hold; the sentence names the record and its index.
    """
    walk = _Walk(evidence)
    try:
        for entry in evidence.entries:
            with _told_of(entry):
                walk.take(entry)
    finally:  # whatever was found after them: the first fault is told first
        _verify(walk.signed, proven())
    return walk.done()


def _verify(signed: Iterable[Signed], proven: Sequence[bool]) -> None:
    for number, (entry, sets) in enumerate(signed):
        with _told_of(entry):
            verify_signatures(entry.envelope, *sets, proven=number < len(proven) and proven[number])


@contextmanager
def _told_of(entry: Entry) -> Iterator[None]:
    """What is wrong with a record names it."""
    try:
        yield
    except Refused as refusal:
        first = refusal.violations[0]
        member = f", {first.member}" if first.member else ""
        raise VerificationError(f"{entry}{member}: {first.sentence}") from refusal


def check_strong(keys: KeySet) -> None:
    """Refuse Ed25519 keys of small or mixed order. Each key is looked at once in a process: it costs a millisecond.

    Raises:
        Refused: `weak-key`.
    """
    for key in keys.keys:
        if not _is_strong(key):
            check_strength(key)


@lru_cache(maxsize=65_536)
def _is_strong(key: PublicKey) -> bool:
    try:
        check_strength(key)
    except Refused:
        return False
    return True


class _Walk:
    """The state of `follow`."""

    def __init__(self, evidence: Evidence) -> None:
        self.genesis = evidence.genesis
        self.where = evidence.where
        self.operator: Chain | None = None
        self.chains: list[Chain] = []
        self.by_kids: dict[frozenset[str], list[Chain]] = {}
        self.by_tag: dict[str, Chain] = {}
        self.by_record: dict[str, Chain] = {}
        self.admitted: set[str] = set()
        self.operators: set[str] = {self.genesis.operator}  # organization records of the operator's
        self.records: list[OpenedEntry] = []
        self.signatures = 0
        self.signed: list[Signed] = []
        self.places: dict[tuple[str, int], str] = {}

    def done(self) -> Chains:
        if self.operator is None:
            raise VerificationError(f"{self.where}: the operator's record at index 1 is missing")
        exempt = (self.operator, *(chain for chain in self.chains if chain.use == "report"))
        idle = next((chain for chain in self.chains if not chain.records and chain not in exempt), None)
        if idle is not None:
            raise VerificationError(f"{idle.opened_by}: no record of this chain is here: it is not used")
        unused = self.admitted - self.by_record.keys()
        if unused:
            raise VerificationError(f"{self.where}: the admission of {min(unused)} is not used")
        return Chains(self.operator, self.chains, self.records, self.signatures)

    def take(self, entry: Entry) -> None:
        claims = entry.envelope.claims
        if claims["log"] != self.genesis.ledger:
            raise VerificationError(f"{entry}: it is a record of the ledger {str(claims['log'])[:80]}")
        opened = open_record(entry.envelope, submission=False)
        self.signatures += len(entry.envelope.signatures)
        kind = claims["type"]
        chains: tuple[Chain, ...]
        if kind == "organization":
            chains = (self._open(entry, opened),)
        elif kind == "key":
            chains = (self._change_keys(entry, opened),)
        elif kind == "admission":
            chains = (self._admit(entry, opened),)
        else:
            chains = self._issuers(entry, opened)
            self.signed.append((entry, (chains[0].keys,)))
            for chain in chains:
                chain.records += 1
        self._check_place(entry, opened, chains)
        self.records.append(OpenedEntry(entry, opened, chains))

    def _open(self, entry: Entry, opened: Opened) -> Chain:
        if (entry.index == 1) != (entry.id == self.genesis.operator):
            raise VerificationError(f"{entry}: index 1 is the operator's record, which genesis names, and nothing else")
        if entry.index > 1 and entry.id not in self.admitted:
            raise VerificationError(f"{entry}: no admission by the operator comes before it")
        keys = key_set(opened.get("keys"))
        check_strong(keys)
        self.signed.append((entry, (keys,)))
        place = opened.get("chain")
        number = place.get("id") if isinstance(place, dict) else None
        chain = Chain(entry, str(opened.get("use")), keys, number if isinstance(number, str) else None)
        if entry.index == 1:
            self.operator = chain
        self.chains.append(chain)
        self.by_record[entry.id] = chain
        self.by_kids.setdefault(keys.kids, []).append(chain)
        self.by_tag[chain.next_tag] = chain
        return chain

    def _change_keys(self, entry: Entry, opened: Opened) -> Chain:
        chain = self._of_tag(entry)
        change = opened.get("op")
        if chain.standing != "admitted" and (chain.standing, change) != ("suspended", "compromised"):
            raise VerificationError(f"{entry}: its chain is {chain.standing} at this index")
        if change not in _KEY_CHANGES or (change == "retire") == ("keys" in opened):
            raise VerificationError(f"{entry}, op: this is no change of keys that we know")
        sets = [chain.keys]
        if change != "retire":
            sets.append(key_set(opened.get("keys")))
            check_strong(sets[-1])
        self.signed.append((entry, tuple(sets)))
        self.by_kids[chain.keys.kids].remove(chain)
        if change == "retire":
            chain.standing = "retired"
        else:
            chain.keys = sets[-1]
            self.by_kids.setdefault(chain.keys.kids, []).append(chain)
        if change == "compromised":
            chain.compromised.append((entry.index, opened.get("since")))
        self._count_change(chain)
        return chain

    def _admit(self, entry: Entry, opened: Opened) -> Chain:
        if self.operator is None:
            raise VerificationError(f"{entry}: the operator's record at index 1 is missing")
        self.signed.append((entry, (self.operator.keys,)))
        if self.operator.standing != "admitted":
            raise VerificationError(f"{entry}: the operator's keys are {self.operator.standing} at this index")
        change, record = opened.get("op"), opened.get("record")
        if change not in _ADMISSIONS or not isinstance(record, str):
            raise VerificationError(f"{entry}: what it admits, suspends or ends is not disclosed")
        chain = self.by_record.get(record)
        if change == "admit":
            if chain is None:
                self.admitted.add(record)
                if opened.get("organization") == self.genesis.operator:
                    self.operators.add(record)
            elif chain.standing == "suspended":
                chain.standing = "admitted"
            return self.operator
        if chain is None or self._of_tag(entry) is not chain:
            raise VerificationError(f"{entry}: the record whose chain it {change}s is not here")
        chain.standing = "suspended" if change == "suspend" else "ended"
        self._count_change(chain)
        return self.operator

    def _of_tag(self, entry: Entry) -> Chain:
        """The chain whose standing a record changes, by the tag in its leaf."""
        found = [self.by_tag[tag] for tag in entry.leaf.tags if tag in self.by_tag]
        if len(found) != 1:
            raise VerificationError(f"{entry}: no chain that is here comes to this change of its standing next")
        return found[0]

    def _count_change(self, chain: Chain) -> None:
        del self.by_tag[chain.next_tag]
        chain.changes += 1
        self.by_tag[chain.next_tag] = chain

    def _issuers(self, entry: Entry, opened: Opened) -> tuple[Chain, ...]:
        """The chains whose key set in force is the one that has signed."""
        kids = frozenset([signature.kid for signature in entry.envelope.signatures])
        chains = self.by_kids.get(kids)
        place = opened.get("chain")
        if chains and isinstance(place, dict) and len(chains) > 1:
            chains = [chain for chain in chains if chain.id in (None, place.get("id"))]
        if not chains:
            raise VerificationError(f"{entry}: it is not signed by a key set that is in force at its index")
        standing = [chain for chain in chains if chain.standing == "admitted"]
        if not standing:
            raise VerificationError(f"{entry}: its chain is {chains[0].standing} at this index")
        if entry.envelope.claims["type"] == "rules" and not any(c.opened_by.id in self.operators for c in standing):
            raise VerificationError(f"{entry}: only the operator issues rules")
        return tuple(standing)

    def _check_place(self, entry: Entry, opened: Opened, chains: Sequence[Chain]) -> None:
        """Where the place in the chain is disclosed: it is the leaf's, nobody else has it, and prev fits."""
        place = opened.get("chain")
        if place is None:
            return
        if not isinstance(place, dict) or not isinstance(place.get("id"), str) or type(place.get("seq")) is not int:
            raise VerificationError(f"{entry}, chain: expected id and seq")
        number, seq = place["id"], place["seq"]
        if chain_tag(number, seq) not in entry.leaf.tags:
            raise VerificationError(f"{entry}, chain: the leaf is tagged with another place in a chain")
        if entry.envelope.claims["type"] not in ("key", "admission") and filler_tag(number, seq) not in entry.leaf.tags:
            raise VerificationError(f"{entry}, chain: the leaf says that it changes the standing of a record")
        if all(chain.id not in (None, number) for chain in chains):
            raise VerificationError(f"{entry}, chain: the key set that signed speaks for another chain")
        if self.places.setdefault((number, seq), entry.id) != entry.id:
            raise VerificationError(f"{entry}, chain: two records have the number {seq} of one chain")
        before = self.places.get((number, seq - 1))
        if before is not None and place.get("prev") != before:
            raise VerificationError(f"{entry}, chain.prev: expected {before}")
