"""From what people write to signed records: names become ids, units integers, the header and the shares are filled in.

Shares of a process follow from its inputs. Where those were made in the same upload they are computed here, by the
ledger's own rules; else the service is asked, since only it knows what others have made.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ledger.cli.profile import Draft, Profile
from ledger.errors import Refused, Violation
from ledger.material.batch import Batch
from ledger.records import RECORD_VERSION
from ledger.rules import check, gather
from ledger.rules.apply import apply
from ledger.rules.ruleset import current_rule_set
from ledger.rules.state import ChainState, FacilityState, KeySetAt, State
from ledger.rules.submission import Submission, read_submission
from ledger.values.canonical import canonical
from ledger.values.encoding import digest, is_digest
from ledger.values.instant import system_clock
from ledger.workflows.issue import Issuer
from ledger.workflows.scenario import FacilityCard, Names, record_members
from ledger.workflows.shares import Shares, filled, with_shares

__all__ = ["Drafter", "Entry", "Signed", "entry_of", "needs_shares", "plain_entries", "unsigned"]

_OWN_COMMANDS = {
    "organization": "lodestone org new",
    "admission": "lodestone org admit",
    "rules": "the operator's own tools",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a file: its place, what it says, and the digest by which it is known again."""

    file: str
    line: int
    said: object
    digest: str
    size: int = 0

    @property
    def name(self) -> str:
        """The name that it gives to its record, or none."""
        name = self.said.get("as") if isinstance(self.said, Mapping) else None
        return name if isinstance(name, str) else ""

    @property
    def envelope(self) -> bytes | None:
        """The bytes to send, if the line is a signed record."""
        if isinstance(self.said, Mapping) and {"payload", "signatures"} <= self.said.keys():
            return canonical(dict(self.said))
        return None


@dataclass(frozen=True, slots=True)
class Signed:
    """A record ready to be sent, and what to remember of it when it is accepted."""

    entry: Entry
    submission: Submission
    draft: Draft


def entry_of(file: str, line: int, said: object) -> Entry:
    """A line with the digest of its content, however it is spaced."""
    try:
        content = said if isinstance(said, bytes) else canonical(said)
    except TypeError:
        content = repr(said).encode()
    return Entry(file, line, said, digest(content), len(content))


class Drafter:
    """Signs records one after the other, as if each were accepted. Made anew from the profile after a refusal.

    `shares` are those that the service computed, by the digest of the entry; `made` are batches that this upload made.
    """

    def __init__(
        self, profile: Profile, shares: Mapping[str, Shares] | None = None, made: Mapping[str, Batch] | None = None
    ) -> None:
        self._shares = shares or {}
        self._profile = profile
        self.names = _copied(profile.names)
        self.issuer: Issuer = profile.issuer()
        self.lacking = False
        """Whether shares of some process could not be computed."""
        self._state = _state_of(self.issuer, profile)
        self._state.batches |= {name: replace(batch, left_mg=batch.mass_mg) for name, batch in (made or {}).items()}

    def made_by(self, records: Collection[str]) -> dict[str, Batch]:
        """The batches that these records made, as far as they are known here."""
        return {name: b for name, b in self._state.batches.items() if name.rpartition("#")[0] in records}

    def sign(self, entry: Entry) -> Signed:
        """The signed record that an entry stands for; a line that is signed already as it is.

        Raises:
            Refused: what of it cannot be read, or is not well formed.
        """
        if entry.envelope is not None:
            return self._as_signed(entry, entry.envelope)
        kind, at, members = _members(entry, self._profile, self.names)
        header = self._header(kind, at)
        members = self._with_shares({**header, **members}, entry)
        submission = self.issuer.submission(kind, at, {k: v for k, v in members.items() if k not in header})
        self._advance(submission)
        draft = Draft(entry.name, _card(kind, members, submission.id), entry.digest)
        _remember(self.names, draft, submission.id)
        return Signed(entry, submission, draft)

    def _as_signed(self, entry: Entry, envelope: bytes) -> Signed:
        submission = read_submission(envelope, self._profile.ledger)
        chain = submission.record.chain
        if chain.id == self.issuer.chain and chain.seq == self.issuer.seq + 1:
            self._advance(submission)
        draft = self._profile.drafts.get(submission.id, Draft(line=entry.digest))
        _remember(self.names, draft, submission.id)
        return Signed(entry, submission, draft)

    def _header(self, kind: str, at: str) -> dict[str, Any]:
        chain: dict[str, object] = {"id": self.issuer.chain, "seq": self.issuer.seq + 1}
        if self.issuer.seq >= 0:
            chain["prev"] = self.issuer.head
        return {"v": RECORD_VERSION, "log": self.issuer.ledger, "type": kind, "chain": chain, "at": at}

    def _with_shares(self, members: dict[str, Any], entry: Entry) -> dict[str, Any]:
        inputs = members.get("inputs")
        if members["type"] != "process" or not isinstance(inputs, list):
            return members
        batches = {str(each.get("batch")) for each in inputs if isinstance(each, Mapping)}
        if batches <= self._state.batches.keys():
            return with_shares(members, self._state)
        computed = self._shares.get(entry.digest, {})
        self.lacking = self.lacking or (not computed and needs_shares(entry))
        return filled(members, computed)

    def _advance(self, submission: Submission) -> None:
        self.issuer.advance(submission.id)
        kids = frozenset(signature.kid for signature in submission.envelope.signatures)
        facts = gather(submission.record, submission.id, kids, self._state)
        if not check(facts):
            apply(facts)
        else:  # the service will say what is wrong, if it is; here its batches just stay unknown
            chain = self._state.chains[self.issuer.chain]
            chain.head_seq, chain.head_id = self.issuer.seq, self.issuer.head


def unsigned(entries: Sequence[Entry], profile: Profile) -> list[object]:
    """Entries as the service checks them before they are signed: what names an earlier one says `@<number>`.

    What cannot be read stays in its place as an empty object, which the service refuses.
    """
    return [said for said, _wrong in plain_entries(entries, profile)]


def plain_entries(entries: Sequence[Entry], profile: Profile) -> list[tuple[object, Sequence[Violation]]]:
    """As `unsigned`, each with what of it cannot be read."""
    names = _copied(profile.names)
    shown: list[tuple[object, Sequence[Violation]]] = []
    for number, entry in enumerate(entries):
        if entry.envelope is not None:
            shown.append((entry.said, ()))
            continue
        try:
            kind, at, members = _members(entry, profile, names)
        except Refused as refusal:
            shown.append(({}, refusal.violations))
            continue
        shown.append(({"type": kind, "at": at, "chain": {"id": profile.chain}, **members}, ()))
        _remember(names, Draft(entry.name, _card(kind, members, f"@{number}")), f"@{number}")
    return shown


def needs_shares(entry: Entry) -> bool:
    """Whether an entry is a process that does not state all of its shares itself."""
    said = entry.said
    if entry.envelope is not None or not isinstance(said, Mapping) or said.get("type") != "process":
        return False
    inputs, steps = said.get("inputs"), said.get("steps")
    if not isinstance(inputs, list) or (isinstance(steps, list) and "assemble" in steps):
        return False
    return not all(isinstance(each, Mapping) and "shares" in each for each in inputs)


def _members(entry: Entry, profile: Profile, names: Names) -> tuple[str, str, dict[str, Any]]:
    """Type, time and members of an entry.

    Raises:
        Refused: what of it cannot be read.
    """
    if not isinstance(entry.said, Mapping):
        raise Refused([Violation("malformed", "Expected a record as a JSON object.")])
    said = dict(entry.said)
    said.setdefault("at", system_clock())
    wrong = _frame(said, entry.name, profile, names)
    if wrong:
        raise Refused(wrong)
    _name_facility(said, names)
    try:
        members, wrong = record_members(said, profile.organization, names)
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # any JSON may stand in a user's file
        raise Refused([Violation("malformed", "This is not put as a record is.")]) from error
    if wrong:
        raise Refused(wrong)
    return said["type"], said["at"], {k: v for k, v in members.items() if k not in ("v", "log", "chain")}


def _frame(said: Mapping[str, Any], name: str, profile: Profile, names: Names) -> list[Violation]:
    """What is wrong with the members that are not the record's own."""
    wrong = [
        Violation("malformed", f"A member is missing or is no text: expected {member}.", member)
        for member in ("type", "at")
        if not isinstance(said.get(member), str)
    ]
    kind, by = said.get("type"), said.get("by")
    if isinstance(kind, str) and kind in _OWN_COMMANDS:
        wrong.append(Violation("malformed", f"Records of type {kind} are made by {_OWN_COMMANDS[kind]}.", "type"))
    if kind == "key" and "keys" not in said and said.get("op") != "retire":
        wrong.append(Violation("malformed", "Keys are replaced by lodestone key rotate.", "keys"))
    own = {profile.organization, *(n for n, known in names.organizations.items() if known == profile.organization)}
    if by is not None and (not isinstance(by, str) or by not in own):
        wrong.append(Violation("malformed", f"This record is by {by}: another profile speaks for it.", "by"))
    if name and name in names.records:
        wrong.append(Violation("malformed", f"The name {name} stands for another record already.", "as"))
    return wrong


def _name_facility(said: dict[str, Any], names: Names) -> None:
    """A facility by its id, as by its name: what is known of it is repeated in the record."""
    facility = said.get("facility")
    if said.get("type") not in ("source", "process") or not isinstance(facility, str):
        return
    known = {card.id: name for name, card in names.facilities.items()}
    if facility in known:
        said["facility"] = known[facility]
    elif is_digest(facility) and not {"country", "operated"} <= said.keys():
        sentence = "This profile does not know the facility: say its country and operated (self or other)."
        raise Refused([Violation("malformed", sentence, "facility")])


def _card(kind: str, members: Mapping[str, Any], record_id: str) -> FacilityCard | None:
    operator, country, owner = (members.get(name) for name in ("operator", "country", "owner_country"))
    if kind != "facility" or not isinstance(country, str):
        return None
    owner_country = owner if isinstance(owner, str) else None
    return FacilityCard(record_id, operator if isinstance(operator, str) else "", country, owner_country)


def _remember(names: Names, draft: Draft, record_id: str) -> None:
    if draft.name:
        names.records[draft.name] = record_id
        if draft.facility is not None:
            names.facilities[draft.name] = draft.facility


def _copied(names: Names) -> Names:
    return Names(dict(names.organizations), dict(names.facilities), dict(names.records))


def _state_of(issuer: Issuer, profile: Profile) -> State:
    """What this machine knows before it signs anything: its own chain and facilities, and no batch."""
    organization = profile.organization
    state = State(ledger=issuer.ledger, operator="", rules=current_rule_set(), size=1)
    keys = [signer.key for signer in issuer.signers]
    sets = (KeySetAt(0, tuple(key.kid for key in keys), tuple(key.jwk for key in keys)),)
    state.chains[issuer.chain] = ChainState(
        issuer.chain, organization, organization, "records", issuer.seq, issuer.head, "", sets
    )
    state.organizations |= {organization, *profile.names.organizations.values()}
    for card in profile.names.facilities.values():
        state.facilities[card.id] = FacilityState(
            card.id, organization, card.operator, card.country, card.owner_country
        )
    return state
