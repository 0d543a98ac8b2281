"""The first tiers of a submission: bytes to a typed record, and its signatures.

What comes out of `read_submission` is well formed; what comes out of `verify_signatures` was signed by the keys named.
Neither needs the lock of the log, so both run beside the committing of the group before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.errors import Refused, Violation
from ledger.log.leaf import LeafParts, leaf_parts, tags
from ledger.records import Key, Organization, Record, parse_record, supported_type
from ledger.signing.disclosure import Opened, read_record
from ledger.signing.envelope import Envelope
from ledger.signing.keys import PublicKey, check_strength, key_set
from ledger.signing.verify import signature_fault
from ledger.values.instant import after

__all__ = [
    "Submission",
    "door",
    "keys_named",
    "plain",
    "plain_leaf",
    "read_opened",
    "read_submission",
    "verify_signatures",
]

_FUTURE_SECONDS = 600


@dataclass(slots=True)
class Submission:
    """A well-formed record. `kids` are the keys whose signatures were verified so far."""

    envelope: Envelope
    record: Record
    kids: set[str] = field(default_factory=set)
    leaf: LeafParts | None = None
    """What its leaf is made of where it changes no earlier record's standing, if that was worked out already."""

    @property
    def id(self) -> str:
        """The record's id."""
        return self.envelope.record_id

    def clear(self, member: str) -> object:
        """A member that stands in the clear."""
        return self.envelope.claims.get(member)


def read_submission(data: bytes, ledger: str, *, submission: bool = True) -> Submission:
    """The record that some bytes are, wholly disclosed.

    Raises:
        Refused: everything of the bytes tier that is wrong.
    """
    return read_opened(data, ledger, submission=submission)[0]


def read_opened(data: bytes, ledger: str, *, submission: bool = True) -> tuple[Submission, Opened]:
    """As `read_submission`, with the members as they were opened."""
    envelope, opened = read_record(data, submission=submission)
    wrong = []
    if envelope.claims.get("log") != ledger:
        wrong.append(Violation("wrong-log", f"This ledger is {ledger}: the record names another one.", "log"))
    record = None
    try:
        record = parse_record(plain(opened))
    except Refused as refusal:
        wrong += refusal.violations
    if record is not None:
        wrong += supported_type(record)
    if wrong or record is None:
        raise Refused(wrong)
    return Submission(envelope, record), opened


def plain_leaf(entry: Submission) -> LeafParts:
    """What the leaf of a record is made of that changes no earlier record's standing."""
    chain = entry.record.chain
    return leaf_parts(entry.id, entry.envelope.signatures_digest(), tags(chain.id, chain.seq, None))


def plain(opened: Opened) -> dict[str, object]:
    """An opened record without the marks of disclosure; nothing may be withheld in it."""
    return dict(opened)


def keys_named(record: Record) -> dict[str, PublicKey]:
    """The keys that a record brings itself, strong ones only.

    Raises:
        Refused: `malformed` or `weak-key`.
    """
    if not isinstance(record, Organization | Key) or record.keys is None:
        return {}
    named = key_set(record.keys)
    check_strength(named)
    return {key.kid: key for key in named.keys}


def verify_signatures(submission: Submission, keys: Mapping[str, PublicKey]) -> list[Violation]:
    """Verify every signature whose key is among `keys`; others stay unverified, and the key rules will miss them."""
    wrong = []
    for place, signature in enumerate(submission.envelope.signatures):
        key = keys.get(signature.kid)
        if key is None or signature.kid in submission.kids:
            continue
        if signature_fault(submission.envelope, place, key):
            sentence = f"The signature by the key {signature.kid} does not verify."
            wrong.append(Violation("signature-invalid", sentence, f"signatures[{place}]"))
        else:
            submission.kids.add(signature.kid)
    if len({signature.kid for signature in submission.envelope.signatures}) != len(submission.envelope.signatures):
        wrong.append(Violation("signature-invalid", "Expected exactly one signature by each key.", "signatures"))
    return wrong


def door(submission: Submission, now: str) -> list[Violation]:
    """What only the door of a live service refuses: a record from over ten minutes in its future."""
    if submission.record.at > now and submission.record.at > after(now, _FUTURE_SECONDS):
        return [Violation("time-order", f"It is {now} here: the record is from the future.", "at")]
    return []
