"""Sending records and keeping account of them: what was sent is in the outbox until its answer is kept in the profile.

    1 outbox written   2 sent   3 keys switched, if they were rotated   4 profile saved   5 outbox removed

After a crash at any point `send_outbox` sends the same bytes again, and the ledger gives the same answers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.cli.client import Service, violations_of
from ledger.cli.files import write_whole
from ledger.cli.passphrase import unlock
from ledger.cli.profile import Draft, Profile
from ledger.errors import LodestoneError, Refused, Violation
from ledger.records import Key
from ledger.rules.keysets import named_kids
from ledger.rules.submission import Submission, read_submission
from ledger.signing.keyfile import read_keys

__all__ = ["Answered", "send", "send_outbox", "sent_one"]

_SEEN_BEFORE = 200


@dataclass(frozen=True, slots=True)
class Answered:
    """What the ledger said of one record."""

    record: str
    index: int | None
    receipt: dict[str, Any] | None
    violations: tuple[Violation, ...]
    new: bool = True
    """Whether it was not in the log before."""

    @property
    def accepted(self) -> bool:
        """Whether the record is in the log."""
        return self.index is not None


def send(profile: Profile, service: Service, items: Sequence[tuple[Submission, Draft]]) -> Iterator[Answered]:
    """Send records in order; the answers as they come. The profile is saved when all have come, or when it stops.

    Raises:
        LodestoneError: the service cannot be reached or stopped answering; the outbox keeps what was sent.
    """
    submissions = [submission for submission, _ in items]
    body = b"".join(submission.envelope.data + b"\n" for submission in submissions)
    profile.drafts |= {submission.id: draft for submission, draft in items}
    profile.save()
    write_whole(profile.outbox, body, private=True)  # 1
    come = 0
    try:
        for said in service.lines("/v1/records", body):  # 2
            submission = submissions[come]
            answer = _answered(said, submission)
            come += 1
            if answer.accepted:
                _adopt(profile, submission)  # 3
            else:
                profile.drafts.pop(submission.id, None)
            yield answer
            if come == len(submissions):
                break
    finally:
        profile.save()  # 4
    if come < len(submissions):
        raise LodestoneError("the service stopped answering; run the command again: nothing is submitted twice")
    profile.outbox.unlink(missing_ok=True)  # 5


def send_outbox(profile: Profile, service: Service) -> list[Answered]:
    """Send again what a crash or a lost connection left without an answer. What is refused now is dropped.

    Raises:
        LodestoneError: as `send`.
    """
    if not profile.outbox.exists():
        return []
    submissions = []
    for line in profile.outbox.read_bytes().splitlines():
        try:
            submissions.append(read_submission(line, profile.ledger))
        except Refused:  # not whole: it was never sent
            continue
    if not submissions:
        profile.outbox.unlink()
        return []
    items = [(submission, profile.drafts.get(submission.id, Draft())) for submission in submissions]
    return [answer for answer in send(profile, service, items) if answer.accepted]


def sent_one(profile: Profile, service: Service, envelope: bytes, draft: Draft) -> dict[str, Any]:
    """Send one record of this chain that must be accepted; its receipt.

    Raises:
        Refused: it is not.
        LodestoneError: as `send`.
    """
    submission = read_submission(envelope, profile.ledger)
    (answer,) = list(send(profile, service, [(submission, draft)]))
    if not answer.accepted:
        raise Refused(answer.violations)
    return answer.receipt or {}


def _adopt(profile: Profile, submission: Submission) -> None:
    record = submission.record
    if record.chain.id != profile.chain:
        return
    if isinstance(record, Key) and profile.next_key_file.exists():
        new = {signer.key.kid for signer in read_keys(profile.next_key_file, unlock())}
        if new == set(named_kids(record)):
            profile.next_key_file.replace(profile.key_file)
    profile.accepted(submission.id, record.chain.seq, submission.envelope.payload)


def _answered(said: dict[str, object], submission: Submission) -> Answered:
    index, receipt = said.get("index"), said.get("receipt")
    violations = tuple(violations_of(said.get("violations")))
    if isinstance(receipt, dict) and not isinstance(index, int):
        index = receipt.get("index")
    if isinstance(index, int):
        kept = receipt if isinstance(receipt, dict) else None
        return Answered(submission.id, index, kept, (), new=said.get("status") != _SEEN_BEFORE)
    if not violations:
        raise LodestoneError(str(said.get("sentence") or "the service did not say what became of a record"))
    return Answered(submission.id, None, None, violations)
