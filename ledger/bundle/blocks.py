"""The part of an auditor's replay that needs no record before: bytes to typed records, a block of them at a time.

Doing one thing to many records keeps its code and tables at hand in the processor, which makes a replay faster by a
sixth. What is wrong with a record waits until the replay comes to it: the first divergence stays the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.bundle.format import Leaf, log_entry, read_envelope
from ledger.errors import Refused, VerificationError
from ledger.records import Record, parse_record, supported_type
from ledger.rules.submission import Submission, plain
from ledger.signing.disclosure import Opened, open_record
from ledger.signing.envelope import Envelope
from ledger.values.canonical import JsonValue

__all__ = ["BLOCK", "Waiting", "read_block", "read_entries"]

BLOCK = 512
"""Entries that are read together."""


@dataclass(slots=True)
class Waiting:
    """An entry of an export, read as far as that goes; `fault` says why it goes no further.

    `leaf` is None where the entry is none; `said` where the record is closed to the auditor. `envelope` stays None
    unless it is the one that the leaf names, of this ledger. `entry` is the typed record, wholly disclosed.
    """

    value: JsonValue
    number: int
    where: str
    index: int = 0
    leaf: Leaf | None = None
    said: JsonValue | None = None
    envelope: Envelope | None = None
    opened: Opened | None = None
    entry: Submission | None = None
    fault: Refused | VerificationError | None = None


def read_block(entries: Sequence[JsonValue], start: int, ledger: str) -> list[Waiting]:
    """The entries of the block that begins here, read one step after the other.

    Not checked: signatures, and all that depends on other records.
    """
    return read_entries(entries[start : start + BLOCK], start, ledger)


def read_entries(entries: Sequence[JsonValue], start: int, ledger: str) -> list[Waiting]:
    """As `read_block`, of these entries, the first of which has this number."""
    block = [Waiting(value, number, f"evidence.records[{number}]") for number, value in enumerate(entries, start)]
    for step in (_entry, _envelope, _opened, _typed):
        for each in block:
            if each.fault is None:
                try:
                    step(each, ledger)
                except (Refused, VerificationError) as fault:
                    each.fault = fault
    return block


def _entry(each: Waiting, _ledger: str) -> None:
    each.index, each.leaf, each.said = log_entry(each.value, each.number)
    each.where = f"{each.where} (index {each.index}, {each.leaf.record})"


def _envelope(each: Waiting, ledger: str) -> None:
    """The envelope of this ledger, and the one that its leaf names."""
    leaf, where = each.leaf, each.where
    if each.said is None or leaf is None:
        return
    envelope = read_envelope(each.said, where)
    if envelope.record_id != leaf.record:
        raise VerificationError(f"{where}: expected the record {leaf.record}, found {envelope.record_id}")
    if envelope.signatures_digest() != leaf.signatures:
        raise VerificationError(f"{where}: the leaf names other signatures than the envelope carries")
    if envelope.claims["log"] != ledger:
        raise VerificationError(f"{where}, log: expected {ledger}")
    each.envelope = envelope


def _opened(each: Waiting, _ledger: str) -> None:
    if each.envelope is not None:
        each.opened = open_record(each.envelope, submission=False)


def _typed(each: Waiting, _ledger: str) -> None:
    if each.envelope is None or each.opened is None:
        return
    record: Record = parse_record(plain(each.opened))
    wrong = supported_type(record)
    if wrong:
        raise Refused(wrong)
    each.entry = Submission(each.envelope, record)
