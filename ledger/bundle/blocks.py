"""The part of an auditor's replay that needs no record before: bytes to typed records, a block of them at a time.

Doing one thing to many records keeps its code and tables at hand in the processor, which makes a replay faster by a
sixth. What is wrong with a record waits until the replay comes to it: the first divergence stays the first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.bundle.format import Leaf, log_entry, read_envelope
from ledger.errors import Refused, VerificationError
from ledger.records import Record, parse_record, supported_type
from ledger.rules.judge import known_keys
from ledger.rules.state import State
from ledger.rules.submission import Submission, plain, verify_signatures
from ledger.signing.disclosure import Opened, open_record
from ledger.signing.envelope import Envelope
from ledger.values.canonical import JsonValue

__all__ = ["Waiting", "read_ahead"]

_BLOCK = 512


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


def read_ahead(entries: Sequence[JsonValue], state: State) -> Iterator[Waiting]:
    """Every entry in order, read block by block; signatures are verified by keys that the state knows already.

    Not checked: signatures by keys that are not known when a block begins, and all that depends on other records.
    """
    for start in range(0, len(entries), _BLOCK):
        block = [
            Waiting(value, number, f"evidence.records[{number}]")
            for number, value in enumerate(entries[start : start + _BLOCK], start)
        ]
        for step in (_entry, _envelope, _opened, _typed):
            for each in block:
                if each.fault is None:
                    try:
                        step(each, state)
                    except (Refused, VerificationError) as fault:
                        each.fault = fault
        for each in block:
            if each.entry is not None:  # what does not verify is told when the record is judged
                verify_signatures(each.entry, known_keys(each.entry.record, state))
        yield from block


def _entry(each: Waiting, _state: State) -> None:
    each.index, each.leaf, each.said = log_entry(each.value, each.number)
    each.where = f"{each.where} (index {each.index}, {each.leaf.record})"


def _envelope(each: Waiting, state: State) -> None:
    """The envelope of this ledger, and the one that its leaf names."""
    leaf, where = each.leaf, each.where
    if each.said is None or leaf is None:
        return
    envelope = read_envelope(each.said, where)
    if envelope.record_id != leaf.record:
        raise VerificationError(f"{where}: expected the record {leaf.record}, found {envelope.record_id}")
    if envelope.signatures_digest() != leaf.signatures:
        raise VerificationError(f"{where}: the leaf names other signatures than the envelope carries")
    if envelope.claims["log"] != state.ledger:
        raise VerificationError(f"{where}, log: expected {state.ledger}")
    each.envelope = envelope


def _opened(each: Waiting, _state: State) -> None:
    if each.envelope is not None:
        each.opened = open_record(each.envelope, submission=False)


def _typed(each: Waiting, _state: State) -> None:
    if each.envelope is None or each.opened is None:
        return
    record: Record = parse_record(plain(each.opened))
    wrong = supported_type(record)
    if wrong:
        raise Refused(wrong)
    each.entry = Submission(each.envelope, record)
