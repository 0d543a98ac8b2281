"""Checking before signing: what would be wrong with records, and the balance that would result. Nothing is stored.

Entries are judged in order in one reading transaction, each on top of those before it. An entry is a signed envelope,
or a plain unsigned record. An unsigned one skips the key tier, and may leave out `v`, `log`, `shares` (they are
computed) and `chain` (it stands next in the organization's own). It gets a stand-in id, since its real one comes with
its salts; a later unsigned entry names it as `@<number>`, and what it makes as `@<number>#<place>`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection

from ledger.errors import Refused, Violation
from ledger.records import RECORD_VERSION, Process, Record, parse_record, supported_type
from ledger.rules import check, gather
from ledger.rules.apply import apply
from ledger.rules.balance import balance_of
from ledger.rules.contents import has_links
from ledger.rules.facts import Facts
from ledger.rules.judge import judge
from ledger.rules.keysets import named_kids
from ledger.rules.remarks import Remark, remarks
from ledger.rules.state import State
from ledger.rules.submission import door, read_submission
from ledger.store.gather import Loader
from ledger.store.queries import Viewer, chain_of
from ledger.store.references import References, references
from ledger.values.canonical import canonical, check_profile
from ledger.values.encoding import digest, unb64u
from ledger.workflows.ledger import Ledger
from ledger.workflows.shares import with_shares

__all__ = ["Checked", "dry_run"]

_MOST_ENTRIES = 1_000


@dataclass(slots=True)
class Checked:
    """What would become of one entry. `shares` are those to sign; `balance` and `left` are masses in mg."""

    id: str
    type: str = ""
    violations: tuple[Violation, ...] = ()
    remarks: tuple[Remark, ...] = ()
    balance: dict[str, dict[str, int]] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    shares: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The answer as the HTTP API and the command line print it; what does not apply is left out."""
        shown: dict[str, Any] = {
            "id": self.id,
            "type": self.type,
            "accepted": not self.violations,
            "violations": [violation.as_json() for violation in self.violations],
            "remarks": [{"code": r.code, "sentence": r.sentence, "member": r.member} for r in self.remarks],
        }
        told = {"balance": self.balance, "left": self.left, "made": self.made, "shares": self.shares}
        return shown | {name: value for name, value in told.items() if value}


def dry_run(ledger: Ledger, entries: Sequence[object], viewer: Viewer | None = None) -> list[Checked]:
    """Judge entries (decoded JSON, or the bytes of envelopes) in order, as if each accepted one had been committed.

    With a viewer, unsigned records must be of his own chains, and masses are told of his own records only.

    Raises:
        Refused: too many entries at once.
    """
    if len(entries) > _MOST_ENTRIES:
        raise Refused([Violation("too-large", f"Expected at most {_MOST_ENTRIES} records to check at once.")])
    viewer = viewer or Viewer(None)
    now = ledger.clock()
    answers: list[Checked] = []
    with ledger.database.reading() as connection:
        run = _Run(ledger, connection, viewer, now)
        home = chain_of(connection, viewer.number) if viewer.number is not None else None
        run.chain = home.id if home else ""
        for entry in entries:
            answers.append(run.judged(entry, answers))
    return answers


class _Run:
    def __init__(self, ledger: Ledger, connection: Connection, viewer: Viewer, now: str) -> None:
        self.ledger, self.connection, self.viewer, self.now = ledger, connection, viewer, now
        self.name = ledger.config.ledger
        self.state: State = Loader(connection, ledger.book).state
        self.numbers: dict[str, int] = {}
        self.chain = ""

    def judged(self, entry: object, before: Sequence[Checked]) -> Checked:
        """One entry on top of the accepted ones before it."""
        try:
            if isinstance(entry, bytes) or (isinstance(entry, dict) and "payload" in entry):
                return self._signed(entry if isinstance(entry, bytes) else orjson.dumps(entry))
            return self._unsigned(_named(entry, before))
        except Refused as refusal:
            kind = entry.get("type") if isinstance(entry, dict) else None
            return Checked("", kind if isinstance(kind, str) else "", refusal.violations)

    def _signed(self, data: bytes) -> Checked:
        submission = read_submission(data, self.name)
        self._load(references([(submission.id, submission.record)]))
        try:
            facts = judge(submission, self.state)
            wrong = door(submission, self.now)
            if wrong:
                raise Refused(wrong)
        except Refused as refusal:
            return Checked(submission.id, submission.record.type, refusal.violations)
        return self._applied(facts, {})

    def _unsigned(self, members: object) -> Checked:
        plain, given = self._completed(members)
        record_id = digest(canonical(plain))
        record = parse_record(plain)
        wrong = supported_type(record) + _other_ledger(record, self.name)
        self._load(references([(record_id, record)]))
        chain = self.state.chains.get(record.chain.id)
        mine = chain is not None and self._owns(chain.organization)
        if not mine and (chain is not None or record.type != "organization"):
            wrong.append(_no_chain_of_yours())
        if wrong:
            return Checked(record_id, record.type, tuple(wrong))
        completed = with_shares(plain, self.state)
        record = parse_record(completed)
        facts = gather(record, record_id, _kids(record, self.state), self.state)
        wrong = check(facts)
        shares = {} if given else _shares(completed)
        if wrong:
            return Checked(record_id, record.type, tuple(wrong), shares=shares)
        return self._applied(facts, shares)

    def _completed(self, members: object) -> tuple[dict[str, Any], bool]:
        """The record with the members that may be left out, and whether it states its shares itself."""
        if not isinstance(members, dict):
            raise Refused([Violation("malformed", "Expected a record or an envelope as a JSON object.")])
        try:
            check_profile(members)
        except ValueError as error:
            raise Refused([Violation("not-canonical", str(error))]) from None
        plain = {"v": RECORD_VERSION, "log": self.name, **members}
        chain = plain.get("chain", {})
        if isinstance(chain, dict) and "seq" not in chain and plain.get("type") != "organization":
            plain["chain"] = self._next(chain.get("id", self.chain))
        inputs = plain.get("inputs")
        given = isinstance(inputs, list) and any(isinstance(e, dict) and "shares" in e for e in inputs)
        return plain, given

    def _next(self, chain: object) -> dict[str, Any]:
        """The next place of a chain, as it would stand here."""
        if not isinstance(chain, str) or not chain:
            raise Refused([Violation("malformed", "Expected chain: it says who would issue this record.", "chain")])
        self._load(References(chains={chain} if _is_chain(chain) else set()))
        known = self.state.chains.get(chain)
        if known is None or not self._owns(known.organization):
            raise Refused([_no_chain_of_yours()])
        return {"id": chain, "seq": known.head_seq + 1, "prev": known.head_id}

    def _load(self, wanted: References) -> None:
        """Load what is named, and keep what this run has met and perhaps changed already."""
        loader = Loader(self.connection, self.ledger.book)
        fresh, state = loader.load(wanted), self.state
        self.numbers |= loader.index
        state.organizations |= fresh.organizations
        state.held |= fresh.held
        state.chains = fresh.chains | state.chains
        state.opened = fresh.opened | state.opened
        state.admissions = fresh.admissions | state.admissions
        state.facilities = fresh.facilities | state.facilities
        state.transfers = fresh.transfers | state.transfers
        state.batches = fresh.batches | state.batches
        state.records = fresh.records | state.records

    def _owns(self, organization: str) -> bool:
        return self.viewer.number is None or self.numbers.get(organization) == self.viewer.number

    def _applied(self, facts: Facts, shares: dict[str, Any]) -> Checked:
        said = tuple(remarks(facts))
        balance = _balance(facts)
        effects = apply(facts)
        answer = Checked(facts.id, facts.record.type, remarks=said, shares=shares)
        if self._owns(facts.organization):
            answer.balance = balance
            answer.left = {batch.id: batch.left_mg for batch in effects.touched}
            answer.made = {batch.id: batch.mass_mg for batch in effects.made}
        return answer


def _named(value: object, before: Sequence[Checked]) -> Any:
    """The entry with `@<number>` replaced by the stand-in id of that earlier entry."""
    if isinstance(value, dict):
        return {key: _named(member, before) for key, member in value.items()}
    if isinstance(value, list):
        return [_named(member, before) for member in value]
    if isinstance(value, str) and value.startswith("@"):
        number, sign, place = value[1:].partition("#")
        if number.isdecimal() and len(number) < 5 and int(number) < len(before):
            return before[int(number)].id + sign + place
    return value


def _kids(record: Record, state: State) -> frozenset[str]:
    """The keys that will have to sign."""
    chain = state.chains.get(record.chain.id)
    return frozenset(named_kids(record)) | frozenset(chain.keys.kids if chain and record.type != "organization" else ())


def _no_chain_of_yours() -> Violation:
    """The same for a chain that there is not and for another's: whether there is one is nobody's business."""
    return Violation(
        "unknown-key", "You have no chain of this id; unsigned, only records of one's own are checked.", "chain.id"
    )


def _is_chain(text: str) -> bool:
    try:
        return len(unb64u(text)) == 32
    except ValueError:
        return False


def _other_ledger(record: Record, ledger: str) -> list[Violation]:
    if record.log == ledger:
        return []
    return [Violation("wrong-log", f"This ledger is {ledger}: the record names another one.", "log")]


def _balance(facts: Facts) -> dict[str, dict[str, int]]:
    if not isinstance(facts.record, Process) or has_links(facts):
        return {}
    balance = balance_of(facts)
    elements = sorted({*balance.put_in, *balance.taken_out} - {"*"})
    return {
        element: {
            "in_mg": (put_in := balance.put_in.get(element, 0)),
            "out_mg": (out := balance.taken_out.get(element, 0)),
            "loss_mg": max(0, put_in - out),
        }
        for element in elements
    }


def _shares(members: Mapping[str, Any]) -> dict[str, Any]:
    """The shares to sign, in the places where the record states them."""
    if members.get("type") != "process":
        return {}
    shares: dict[str, Any] = {"inputs": [entry.get("shares", {}) for entry in members.get("inputs", ())]}
    if members.get("additions"):
        shares["additions"] = [entry.get("shares", {}) for entry in members["additions"]]
    if members.get("undetermined"):
        shares["undetermined"] = members["undetermined"]
    return shares
