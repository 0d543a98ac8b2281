"""A whole file of records: checked for shares, signed, sent in groups, and after a refusal signed anew without it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.cli.client import Service
from ledger.cli.drafting import Drafter, Entry, Signed, needs_shares, unsigned
from ledger.cli.profile import Profile
from ledger.cli.sending import Answered, send
from ledger.errors import Forbidden, LodestoneError, Refused, Unauthorized, Violation
from ledger.material.batch import Batch

__all__ = ["Line", "Uploaded", "ask_check", "shares_of", "upload"]

_GROUP = 200
"""How many records are signed and sent at once; after a refused one the rest of its group is signed anew."""
_MOST_BYTES = 500_000
"""How many bytes a group may have as it was written; the service checks up to a megabyte at once."""


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one line: accepted, refused, or submitted by an earlier command already (`before`)."""

    entry: Entry
    outcome: str
    record: str = ""
    index: int | None = None
    receipt: dict[str, Any] | None = None
    violations: tuple[Violation, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The line for programs."""
        shown: dict[str, object] = {
            "file": self.entry.file,
            "line": self.entry.line,
            "as": self.entry.name or None,
            "outcome": self.outcome,
            "record": self.record or None,
            "index": self.index,
        }
        return shown | {"violations": [violation.as_json() for violation in self.violations]}


@dataclass(slots=True)
class Uploaded:
    """What to show while it goes on, where receipts go, and what is remembered from group to group."""

    progress: Callable[[str, int, int], None] = lambda _what, _done, _total: None
    receipt: Callable[[Line], None] = lambda _line: None
    notice: Callable[[str], None] = lambda _sentence: None
    resynced: bool = field(default=False)
    made: dict[str, Batch] = field(default_factory=dict)
    lacking: bool = field(default=False)


def upload(entries: Sequence[Entry], profile: Profile, service: Service, told: Uploaded) -> Iterator[Line]:
    """Submit entries in order; what became of each, in order. Only accepted records take a number of the chain.

    Raises:
        LodestoneError: the service cannot be reached or stopped answering. Run again, nothing is submitted twice.
    """
    waiting = list(entries)
    shares: dict[str, Mapping[str, Any]] = {}
    asked = 0
    done = 0
    most = _GROUP
    while waiting:
        group = _group(waiting, most)
        if asked <= done:
            ahead = _group(waiting, _GROUP)
            shares |= shares_of(ahead, profile, service)
            asked = done + len(ahead)
        lines, left = _send_group(group, profile, service, shares, told)
        for line in lines:
            done += 1
            told.progress("records", done, len(entries))
            yield line
        waiting = left + waiting[len(group) :]
        # What a refusal leaves is signed and sent anew: where there are many, small groups waste less.
        most = min(_GROUP, most * 2) if not left else max(1, min(most, 2 * len(lines)))


def _group(waiting: Sequence[Entry], most: int) -> list[Entry]:
    """The next entries that are sent together: at least one, not too many, not too large."""
    size = 0
    for place, entry in enumerate(waiting[:most]):
        size += entry.size
        if place and size > _MOST_BYTES:
            return list(waiting[:place])
    return list(waiting[:most])


def _send_group(
    group: Sequence[Entry], profile: Profile, service: Service, shares: Mapping[str, Mapping[str, Any]], told: Uploaded
) -> tuple[list[Line], list[Entry]]:
    """Send as many of a group as are taken: the lines that are decided, and those to be signed anew."""
    before, known = _known(group, profile)
    drafter = Drafter(profile, shares, told.made)
    decided: dict[str, Line] = dict(known)
    signed: list[Signed] = []
    for entry in before:
        try:
            signed.append(drafter.sign(entry))
        except Refused as refusal:
            decided[_key(entry)] = Line(entry, "refused", violations=refusal.violations)
    answers = list(_answers(signed, profile, service))
    told.made |= drafter.made_by({answer.record for answer in answers if answer.accepted})
    mismatch = any(violation.code == "shares-mismatch" for answer in answers for violation in answer.violations)
    if drafter.lacking and mismatch and not told.lacking:
        told.lacking = True
        told.notice(
            "The shares of what was made before are told by the service for a token only: give LODESTONE_TOKEN."
        )
    cut = _first_to_repeat(signed, answers, profile)
    for item, answer in list(zip(signed, answers, strict=True))[:cut]:
        line = _line(item.entry, answer)
        if answer.accepted and answer.new:
            told.receipt(line)
        decided[_key(item.entry)] = line
    again = {_key(item.entry) for item in signed[cut:]}
    if again and cut == 0 and not _resync(answers[0], profile, told):
        raise LodestoneError("the ledger refuses where this chain goes on: " + answers[0].violations[0].sentence)
    place = next((i for i, entry in enumerate(group) if _key(entry) in again), len(group))
    return [decided[_key(entry)] for entry in group[:place]], list(group[place:])


def _answers(signed: Sequence[Signed], profile: Profile, service: Service) -> Iterator[Answered]:
    if signed:
        yield from send(profile, service, [(item.submission, item.draft) for item in signed])


def _first_to_repeat(signed: Sequence[Signed], answers: Sequence[Answered], profile: Profile) -> int:
    """How many answers count: after a refused record the later ones of this chain are signed anew without it."""
    for place, (item, answer) in enumerate(zip(signed, answers, strict=True)):
        own = item.submission.record.chain.id == profile.chain and item.entry.envelope is None
        if own and not answer.accepted:
            conflict = any(violation.code == "chain-conflict" for violation in answer.violations)
            return place if conflict else place + 1
    return len(signed)


def _resync(answer: Answered, profile: Profile, told: Uploaded) -> bool:
    """Go on from where the ledger says that the chain stands, once: another machine has signed for it as well."""
    head = next((v.head for v in answer.violations if v.code == "chain-conflict" and v.head), None)
    if head is None or told.resynced or head[0] <= profile.seq:
        return False
    told.resynced = True
    profile.seq, profile.head = head
    profile.save()
    told.notice("Your chain stands further than this profile knew: another machine signs for it. Going on from there.")
    return True


def _known(group: Sequence[Entry], profile: Profile) -> tuple[list[Entry], dict[str, Line]]:
    """The entries still to be sent, and those that an earlier command submitted."""
    fresh, known = [], {}
    for entry in group:
        record = profile.lines.get(entry.digest)
        if record is None:
            fresh.append(entry)
        else:
            known[_key(entry)] = Line(entry, "before", record)
    return fresh, known


def _line(entry: Entry, answer: Answered) -> Line:
    if answer.accepted:
        return Line(entry, "accepted" if answer.new else "before", answer.record, answer.index, answer.receipt)
    return Line(entry, "refused", violations=answer.violations)


def _key(entry: Entry) -> str:
    return f"{entry.file}:{entry.line}"


def shares_of(entries: Sequence[Entry], profile: Profile, service: Service | None) -> dict[str, Mapping[str, Any]]:
    """The shares that the service computes for processes, by the digest of the entry.

    Without a token none: then the shares of what others made stay unknown here, and the ledger says so.

    Raises:
        LodestoneError: the service cannot be reached.
    """
    fresh, _ = _known(entries, profile)
    if service is None or not any(needs_shares(entry) for entry in fresh):
        return {}
    try:
        checked = ask_check(service, unsigned(fresh, profile))
    except (Unauthorized, Forbidden):
        return {}
    return {entry.digest: said.get("shares") or {} for entry, said in zip(fresh, checked, strict=False)}


def ask_check(service: Service, entries: Sequence[object]) -> list[dict[str, Any]]:
    """What the service would say of records, in order.

    Raises:
        LodestoneError: it cannot be reached, or the token is not good for it.
    """
    answer = service.send("POST", "/v1/check", {"records": list(entries)})
    checked = answer.get("records") if isinstance(answer, dict) else answer
    if not isinstance(checked, list) or len(checked) != len(entries):
        raise LodestoneError("the service did not answer for every record")
    return [dict(each) for each in checked]
