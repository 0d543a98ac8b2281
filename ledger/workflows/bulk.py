"""Bulk submission: many records, one a line, each with its own outcome, all through the group committer.

Lines of different chains do not wait for each other. After a refused line of a chain the rest of that chain is not
tried: it answers `chain-conflict`, so that later records never slip in before a missing one.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

from ledger.errors import Refused, Violation
from ledger.rules.submission import Submission
from ledger.store.queries import chain_position
from ledger.workflows.committer import Answer, Committer
from ledger.workflows.ledger import Ledger
from ledger.workflows.receipts import Receipt

__all__ = ["LineAnswer", "submit_lines"]

_WINDOW = 512
_BEHIND = "A record of this chain was refused earlier in this upload: send it again first."


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What became of one line, numbered from 1. Where the line is no record `id` is empty and `data` are its bytes."""

    line: int
    id: str
    index: int | None = None
    new: bool = True
    receipt: Receipt | None = None
    violations: tuple[Violation, ...] = ()
    data: bytes | None = None


@dataclass(slots=True)
class _Line:
    number: int
    submission: Submission | None
    violations: tuple[Violation, ...] = ()
    data: bytes | None = None


def submit_lines(lines: Iterable[bytes], ledger: Ledger, committer: Committer) -> Iterator[LineAnswer]:
    """Submit records line by line; empty lines are skipped. Answers come in the order of the lines.

    Every answer with an index is durable and published when it is given.

    Raises:
        LedgerUnsafe: the ledger cannot commit. Lines that were answered stay; the others were not promised anything.
    """
    refused: set[str] = set()
    window: list[_Line] = []
    ends: dict[str, str] = {}
    for line in _read(lines, committer):
        if line.submission is not None:
            chain, prev = line.submission.record.chain.id, line.submission.record.chain.prev
            if chain in ends and ends[chain] != prev:  # whether this one counts hangs on those before it
                yield from _flush(window, refused, ledger, committer)
                window, ends = [], {}
            ends[chain] = line.submission.id
        window.append(line)
        if len(window) == _WINDOW:
            yield from _flush(window, refused, ledger, committer)
            window, ends = [], {}
    yield from _flush(window, refused, ledger, committer)


def _read(lines: Iterable[bytes], committer: Committer) -> Iterator[_Line]:
    for number, data in enumerate(lines, start=1):
        if not data.strip():
            continue
        try:
            yield _Line(number, committer.prepare(data))
        except Refused as refusal:
            yield _Line(number, None, refusal.violations, data)


def _flush(window: list[_Line], refused: set[str], ledger: Ledger, committer: Committer) -> Iterator[LineAnswer]:
    sent: dict[int, Future[Answer]] = {}
    for line in window:
        if line.submission is not None and line.submission.record.chain.id not in refused:
            sent[line.number] = committer.enqueue(line.submission)
    for line in window:
        if line.submission is None:
            yield LineAnswer(line.number, "", violations=line.violations, data=line.data)
            continue
        chain = line.submission.record.chain.id
        answer = sent[line.number].result() if line.number in sent else None
        if answer is not None and answer.outcome.accepted:
            outcome = answer.outcome
            yield LineAnswer(line.number, outcome.id, outcome.index, outcome.new, answer.receipt)
        elif answer is None or chain in refused:
            yield LineAnswer(line.number, line.submission.id, violations=(_behind(ledger, chain),))
        else:
            refused.add(chain)
            yield LineAnswer(line.number, answer.outcome.id, violations=answer.outcome.violations)


def _behind(ledger: Ledger, chain: str) -> Violation:
    with ledger.database.reading() as connection:
        position = chain_position(connection, chain)
    head = (position.seq, position.head) if position else None
    return Violation("chain-conflict", _BEHIND, "chain", head)
