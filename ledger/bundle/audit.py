"""The auditor's replay: a whole log from its first entry on, by the very code that accepted each record.

Every leaf is hashed into the tree, every signature verified, every rule judged in the state that all records before it
left behind, every commitment computed anew. The first record at which that comes out otherwise is named.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from ledger.bundle.batches import write_batches
from ledger.bundle.blocks import Waiting
from ledger.bundle.collector import uncollected
from ledger.bundle.format import Bundle, Leaf, LogExport, Report, log_entry, read_file
from ledger.bundle.processes import processors
from ledger.bundle.proven import CLOSED, ERASED, OPEN, Follower, ProvenRecord, Weighed, left_of
from ledger.bundle.readers import read_ahead
from ledger.bundle.result import FAILED, NOT_CHECKED, PASSED, Check, Verification, concluded
from ledger.bundle.trust import Later, approve
from ledger.bundle.verify import verify
from ledger.errors import LodestoneError, ProofInvalid, Refused, VerificationError
from ledger.log.leaf import chain_tag, tags
from ledger.log.merkle import leaf_hash, root
from ledger.log.policy import parse_policy
from ledger.records import Admission as AdmissionRecord
from ledger.records import Key, Organization, Process, Rules, Source, Transfer
from ledger.rules.apply import Effects, apply
from ledger.rules.common import UNKNOWN_RULES, chain_continues
from ledger.rules.facts import Facts, gather
from ledger.rules.judge import judge
from ledger.rules.keysets import keys_speak
from ledger.rules.recompute import PastRecord, reach_back
from ledger.rules.ruleset import known_rule_sets
from ledger.rules.state import Admission, State
from ledger.rules.submission import Submission, keys_named, verify_signatures
from ledger.signing.keys import public_key

__all__ = ["Progress", "audit"]

Progress = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and how much there is."""

_BAD = "This file does not hold what it claims"
_STEPS = 200
"""Progress is told about so many times."""


def audit(
    data: bytes,
    policy: bytes | str,
    progress: Progress | None = None,
    issuer: str | None = None,
    *,
    readers: int | None = None,
    batches: BinaryIO | None = None,
    later: Later | None = None,
    follower: Follower | None = None,
) -> Verification:
    """Replay an auditor's file: the export of a log, or a bundle (which is verified, with masses where they are open).

    Promised: no bytes raise; the first divergence is named with index, record, what was expected and what was found.
    `readers` processes read ahead (default: one for each processor; 1: this process does all). An export states no
    routes; they are worked out as far as a rule asks for them, and wholly where `batches` is a file to write every
    batch to. `later` finds a witnessed checkpoint, as in `verify`. `follower` is handed every record, and the batches,
    as they are proven; it keeps them only if the answer passes. Not checked of an export that holds only some records:
    rules that need the others; the answer says so.
    """
    work = _Work(progress or _silent, processors() if readers is None else readers, batches, later, follower)
    with uncollected():
        return _audit(data, policy, issuer, work)


@dataclass(frozen=True, slots=True)
class _Work:
    """How an audit is done: who is told, by how many readers, and where batches are written to."""

    progress: Progress
    readers: int
    batches: BinaryIO | None
    later: Later | None
    follower: Follower | None


def _audit(data: bytes, policy: bytes | str, issuer: str | None, work: _Work) -> Verification:
    try:
        found = read_file(data)
        if isinstance(found, Report):
            raise VerificationError("a report alone cannot be audited: that needs its bundle, or the export of the log")
    except LodestoneError as error:
        return concluded([Check("file", FAILED, str(error))], "", _BAD)
    if isinstance(found, Bundle):
        return verify(None, data, policy, issuer, work.later, follower=work.follower)
    return _audit_log(found, policy, work)


def _audit_log(export: LogExport, policy: bytes | str, work: _Work) -> Verification:
    checks = [Check("file", PASSED, f"the export of a log, with {len(export.entries)} entries after the first")]
    try:
        pinned = parse_policy(policy)
        approved = approve(export.checkpoint, pinned, work.later)
        checkpoint = approved.checkpoint
        checks.append(Check("checkpoint", PASSED, f"{checkpoint.origin}, {checkpoint.size} entries, {approved.said}"))
        if (export.genesis.origin, len(export.entries) + 1) != (checkpoint.origin, checkpoint.size):
            raise VerificationError(
                f"evidence.records: {len(export.entries) + 1} entries of {export.genesis.origin[:80]},"
                f" but the checkpoint is of {checkpoint.size} of {checkpoint.origin}"
            )
    except LodestoneError as error:
        return concluded([*checks, Check("checkpoint", FAILED, str(error))], "", _BAD)
    replay = _Replay(export, work.follower)
    checks += replay.run(work)
    checks.append(_tree(export, replay.hashes, checkpoint.root))
    not_shown = ["That the first record told the truth about the ground: nothing can show that to anybody."]
    if not pinned.demands_witness:
        not_shown.insert(0, "That everybody sees one and the same log: the policy names no independent witness.")
    if work.batches is None and work.follower is None:
        not_shown.append("Where material has been: no record states that; it is worked out with the list of batches.")
    good = (
        f"All {checkpoint.size} entries of {checkpoint.origin} replay: signatures, chains, balances, commitments hold."
    )
    if replay.closed:
        good = f"The tree of {checkpoint.origin} is whole, and so are the {replay.opened} records that are open to you."
    if replay.beyond is not None:
        good = (
            f"The tree of {checkpoint.origin} is whole, and its entries before {replay.beyond} replay; the rest was not"
            " checked: it is under a rule set that this version does not hold."
        )
    return concluded(checks, good, _BAD, not_shown)


def _tree(export: LogExport, known: Sequence[bytes], expected: bytes) -> Check:
    """Hash every leaf into the tree; `known` are the hashes that the replay has come to."""
    try:
        hashes = [leaf_hash(export.genesis.data), *known]
        rest = range(len(known), len(export.entries))
        hashes += [leaf_hash(log_entry(export.entries[number], number)[1].data) for number in rest]
        if root(hashes) != expected:
            raise ProofInvalid("evidence.records: the leaves do not give the root of the checkpoint")
    except VerificationError as error:
        return Check("tree", FAILED, str(error))
    return Check("tree", PASSED, f"{len(hashes)} leaves give the root of the checkpoint")


@dataclass(slots=True)
class _Past:
    """Past records in memory (`ledger.rules.recompute.History`); every batch is in the state already."""

    chains: dict[str, list[tuple[int, PastRecord]]] = field(default_factory=dict)
    takers: dict[str, list[PastRecord]] = field(default_factory=dict)

    def of_chain(self, chain: str, after: int, before: int) -> Iterable[PastRecord]:
        """The records of a chain that make batches, with numbers between these two."""
        return [past for seq, past in self.chains.get(chain, ()) if after < seq < before]

    def taking(self, batches: Collection[str]) -> Iterable[PastRecord]:
        """The processes and transfers that take from any of these batches."""
        found = {past.id: past for batch in batches for past in self.takers.get(batch, ())}
        return sorted(found.values(), key=lambda past: past.index)

    def remember(self, index: int, facts: Facts) -> None:
        """Keep a record that makes or takes batches."""
        record = facts.record
        if isinstance(record, Source | Process | Transfer):
            past = PastRecord(index, facts.id, record)
            self.chains.setdefault(record.chain.id, []).append((record.chain.seq, past))
            for taken in facts.taken:
                self.takers.setdefault(taken.batch_id, []).append(past)


class _Replay:
    """The replay of an export. `closed` counts entries that come without their record, `erased` the erased ones.

    `beyond` is the index from which on nothing was replayed, since the rule set is not known here.
    """

    def __init__(self, export: LogExport, follower: Follower | None = None) -> None:
        self.export = export
        self.follower = follower
        self.closed = sum("envelope" not in value for value in export.entries if type(value) is dict)
        self.erased = sum("erased" in value for value in export.entries if type(value) is dict)
        self.beyond: int | None = None
        self.opened = 0
        self.signatures = 0
        self.hashes: list[bytes] = []
        self.payloads: dict[str, bytes] = {}
        self.past = _Past()

    def run(self, work: _Work) -> list[Check]:
        """Replay every entry; the checks that come of it."""
        genesis = self.export.genesis
        rules = known_rule_sets().get(genesis.rules)
        if rules is None:
            return self._stop(1, genesis.rules, work)
        state = State(ledger=genesis.ledger, operator=genesis.operator, rules=rules, size=1)
        state.admissions[genesis.operator] = Admission(genesis.operator, genesis.operator)
        total = len(self.export.entries)
        pace = max(1, total // _STEPS)
        for each in read_ahead(self.export.entries, state, work.readers):
            if each.number % pace == 0:
                work.progress("Replaying", each.number, total)
            try:
                self._follow(each, state)
            except Refused as refusal:
                record = each.entry.record if each.entry is not None else None
                if refusal.violations == (UNKNOWN_RULES,) and isinstance(record, Rules):
                    return self._stop(each.index, record.rules, work, state)
                return [Check("replay", FAILED, f"{each.where}: {_told(refusal)}")]
            except VerificationError as error:
                return [Check("replay", FAILED, str(error))]
        work.progress("Replaying", total, total)
        checks = self._told(total)
        if self.follower is not None:
            self.follower.batches(() if self.closed else state.batches.values(), whole=not self.closed)
        return checks if work.batches is None else [*checks, self._routes(state, work.batches)]

    def _stop(self, index: int, rules: str, work: _Work, state: State | None = None) -> list[Check]:
        """What is known of the entries before this one, from which on another version is needed."""
        self.beyond = index
        why = f"from entry {index} on nothing was replayed: this version does not hold the rule set {rules}"
        checks = [Check("replay", NOT_CHECKED, why)]
        if state is not None:
            self.opened -= 1  # the record that names the rule set
            checks = [*self._told(index - 1), *checks]
        if self.follower is not None:
            self.follower.batches(state.batches.values() if state is not None else (), whole=False)
        return checks if work.batches is None else [*checks, Check("routes", NOT_CHECKED, why)]

    def _routes(self, state: State, out: BinaryIO) -> Check:
        if self.closed:
            return Check("routes", NOT_CHECKED, "routes follow from all records, of which some are closed to you")
        try:
            count = write_batches(state.batches.values(), out)
        except VerificationError as error:
            return Check("routes", FAILED, str(error))
        return Check("routes", PASSED, f"worked out for {count} batches; by route, every element sums to its mass")

    def _told(self, total: int) -> list[Check]:
        checks = [Check("signatures", PASSED, f"{self.signatures} by the keys in force at their indexes")]
        commitments = f"{self.opened} leaves are those of their records, tags included"
        checks.append(Check("commitments", PASSED, commitments))
        if self.closed:
            why = f"{self._closed_of(total)}: rules of custody and mass need them all"
            return [
                *checks,
                Check("chains", PASSED, "your records follow each other"),
                Check("rules", NOT_CHECKED, why),
            ]
        return [*checks, Check("rules", PASSED, f"every rule holds for each of {total} records, in order")]

    def _closed_of(self, total: int) -> str:
        if not self.erased:
            return f"{self.closed} of {total} records are closed to you"
        gone = f"the disclosures of {self.erased} of {total} records were erased"
        rest = self.closed - self.erased
        return f"{gone}, and {rest} more are closed to you" if rest else gone

    def _follow(self, each: Waiting, state: State) -> None:
        """One entry at its turn: what was found wrong with it before is told now."""
        if each.leaf is None:
            raise _fault(each)
        self.hashes.append(leaf_hash(each.leaf.data))
        if each.index != state.size:
            where = f"evidence.records[{each.number}]"
            raise VerificationError(f"{where}: expected index {state.size}, found {each.index}")
        if each.said is None:
            if self.follower is not None:
                erased = type(each.value) is dict and "erased" in each.value
                self.follower.record(ProvenRecord(each.index, each.leaf.record, ERASED if erased else CLOSED))
            state.size += 1
            return
        if each.envelope is None:
            raise _fault(each)
        if each.envelope.record_id in state.records:
            raise VerificationError(f"{each.where}: this record stands in the log already")
        if each.entry is None:
            raise _fault(each)
        self.opened += 1
        self.signatures += len(each.envelope.signatures)
        if isinstance(each.entry.record, Organization):
            self.payloads[each.entry.id] = each.envelope.payload
        take = self._take_alone if self.closed else self._take
        take(each.entry, each.leaf, each.where, state)
        if self.closed and self.follower is not None:
            chain = state.chains[each.entry.record.chain.id]
            self._tell(each.index, each.entry, chain.organization, None)

    def _take(self, entry: Submission, leaf: Leaf, where: str, state: State) -> None:
        """Judge and apply one record, and compute its leaf anew."""
        facts = judge(entry, state)
        index = state.size
        left = left_of(facts) if self.follower is not None else {}
        effects = apply(facts)
        reach_back(state, effects, entry.record.chain.id, self.past)
        self.past.remember(index, facts)
        self._check_leaf(entry, effects, leaf, where)
        if self.follower is not None:
            self._tell(index, entry, facts.organization, Weighed(facts, effects.made, left))

    def _tell(self, index: int, entry: Submission, organization: str, weighed: Weighed | None) -> None:
        assert self.follower is not None
        members = entry.record.model_dump(by_alias=True, exclude_none=True)
        signatures = entry.envelope.signatures
        kind = entry.record.type
        self.follower.record(ProvenRecord(index, entry.id, OPEN, kind, organization, members, signatures, 0, weighed))

    def _take_alone(self, entry: Submission, leaf: Leaf, where: str, state: State) -> None:
        """Judge what can be judged of a record without the records of others: keys, signatures, its place."""
        record = entry.record
        if isinstance(record, Organization):
            state.admissions.setdefault(entry.id, Admission(entry.id, entry.id))
        chain = state.chains.get(record.chain.id)
        known = {key.kid: key for key in (public_key(dict(jwk)) for jwk in (chain.keys.jwks if chain else ()))}
        wrong = verify_signatures(entry, {**known, **keys_named(record)})
        others = {signature.kid for signature in entry.envelope.signatures}
        facts = gather(record, entry.id, frozenset(others), state)
        wrong = wrong or list(keys_speak(facts)) or list(chain_continues(facts))  # the second needs an open chain
        if wrong:
            raise Refused(wrong)
        if isinstance(record, Key):  # since when keys were compromised concerns routes, which are not computed here
            facts.record = record.model_copy(update={"since": None})
        if isinstance(record, Organization | Key):
            self._check_leaf(entry, apply(facts), leaf, where)
            return
        assert chain is not None
        if isinstance(record, AdmissionRecord) and record.op != "admit":
            self._check_standing(entry, facts, leaf, where)
            return
        chain.head_seq, chain.head_id, chain.head_at = record.chain.seq, entry.id, record.at
        state.size += 1
        self._check_leaf(entry, Effects(), leaf, where)

    def _check_standing(self, entry: Submission, facts: Facts, leaf: Leaf, where: str) -> None:
        """The leaf of a record that suspends or ends a chain; where that chain is closed, only its own place in it."""
        record, state = entry.record, facts.state
        if isinstance(record, AdmissionRecord) and record.record in state.opened:
            self._check_leaf(entry, apply(facts), leaf, where)
            return
        state.chains[record.chain.id].head_seq = record.chain.seq
        state.chains[record.chain.id].head_id, state.chains[record.chain.id].head_at = entry.id, record.at
        state.size += 1
        if chain_tag(record.chain.id, record.chain.seq) not in leaf.tags:
            raise VerificationError(f"{where}, leaf.c: expected the tag of the record's place in its chain")

    def _check_leaf(self, entry: Submission, effects: Effects, leaf: Leaf, where: str) -> None:
        place = entry.record.chain
        changed = None
        if effects.status_of is not None:
            changed = (self.payloads[effects.status_of], effects.status_number)
        expected = tags(place.id, place.seq, changed)
        if list(leaf.tags) != expected:
            raise VerificationError(f"{where}, leaf.c: expected the tags {', '.join(expected)}")


def _fault(each: Waiting) -> Refused | VerificationError:
    return each.fault or VerificationError(f"{each.where}: it cannot be read")


def _told(refusal: Refused) -> str:
    return " ".join(f"{v.code}{f' ({v.member})' if v.member else ''}: {v.sentence}" for v in refusal.violations)


def _silent(_what: str, _done: int, _total: int) -> None:
    """Nobody looks."""
