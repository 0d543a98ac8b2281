"""Bulk submission: many records, one a line, each with its own outcome, all through the group committer.

Lines of different chains do not wait for each other. After a refused line of a chain the rest of that chain is not
tried: it answers `chain-conflict`, so that later records never slip in before a missing one.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

from ledger.errors import Refused, Violation
from ledger.records import Organization
from ledger.rules.submission import Submission
from ledger.store.queries import chain_position
from ledger.workflows.committer import Answer, Committer
from ledger.workflows.ledger import Ledger
from ledger.workflows.receipts import Receipt

__all__ = ["LineAnswer", "submit_lines"]

_BLOCK = 500
_BLOCKS_AT_ONCE = 2
"""One block is committed while the next is read and waits."""
_READ_AHEAD = 1_000
_KEYS = frozenset({"signature-invalid", "unknown-key", "weak-key", "key-revoked"})
"""Codes of the keys tier: whoever meets one has not shown that the chain is his."""
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
    answer: "Future[Answer] | None" = None


@dataclass(slots=True)
class _Upload:
    """What is under way: blocks of lines that were sent, and chains of which a line was refused."""

    ledger: Ledger
    committer: Committer
    flying: deque[list[_Line]] = field(default_factory=deque)
    refused: dict[str, bool] = field(default_factory=dict)
    """Chain -> whether the sender has shown that it is his."""

    def send(self, block: list[_Line]) -> None:
        for line in block:
            if line.submission is not None and line.submission.record.chain.id not in self.refused:
                line.answer = self.committer.enqueue(line.submission)
        if block:
            self.flying.append(block)

    def land(self, most: int) -> Iterator[list[LineAnswer]]:
        """Wait until no more than so many blocks are under way."""
        while len(self.flying) > most:
            landed: list[LineAnswer] = []
            try:
                landed.extend(map(self._landed, self.flying.popleft()))
            finally:  # where the ledger failed, those before it stay
                if landed:
                    yield landed

    def _landed(self, line: _Line) -> LineAnswer:
        if line.submission is None:
            return LineAnswer(line.number, "", violations=line.violations, data=line.data)
        chain = line.submission.record.chain.id
        answer = line.answer.result() if line.answer is not None else None
        if answer is not None and answer.outcome.accepted:
            outcome = answer.outcome
            return LineAnswer(line.number, outcome.id, outcome.index, outcome.new, answer.receipt)
        if answer is None or chain in self.refused:
            return LineAnswer(line.number, line.submission.id, violations=(self._behind(chain),))
        self.refused[chain] = _shown_own(line.submission, answer)
        return LineAnswer(line.number, answer.outcome.id, violations=answer.outcome.violations)

    def _behind(self, chain: str) -> Violation:
        """Where a chain stands is told to its owner only: anybody may name a chain that he heard of."""
        position = None
        if self.refused.get(chain):
            with self.ledger.database.reading() as connection:
                position = chain_position(connection, chain)
        return Violation("chain-conflict", _BEHIND, "chain", (position.seq, position.head) if position else None)


def _shown_own(submission: Submission, answer: Answer) -> bool:
    opens = isinstance(submission.record, Organization)  # which is signed by whatever keys it names itself
    return not opens and not any(violation.code in _KEYS for violation in answer.outcome.violations)


def submit_lines(lines: Iterable[bytes], ledger: Ledger, committer: Committer) -> Iterator[list[LineAnswer]]:
    """Submit records line by line; empty lines are skipped. Answers come in the order of the lines, block by block.

    Every answer with an index is durable and published when it is given.

    Raises:
        LedgerUnsafe: the ledger cannot commit. Lines that were answered stay; the others were not promised anything.
    """
    upload = _Upload(ledger, committer)
    block: list[_Line] = []
    ends: dict[str, str] = {}
    for line in _read(lines, committer):
        if line.submission is not None:
            chain, prev = line.submission.record.chain.id, line.submission.record.chain.prev
            if chain in ends and ends[chain] != prev:  # whether this one counts hangs on those before it
                upload.send(block)
                yield from upload.land(0)
                block, ends = [], {}
            ends[chain] = line.submission.id
        block.append(line)
        if len(block) == _BLOCK:
            upload.send(block)
            block = []
            yield from upload.land(_BLOCKS_AT_ONCE - 1)
    upload.send(block)
    yield from upload.land(0)


def _read(lines: Iterable[bytes], committer: Committer) -> Iterator[_Line]:
    """The lines in their order; some are read ahead of those that wait."""
    ahead: deque[tuple[int, bytes, Future[Submission] | Refused]] = deque()
    for number, data in enumerate(lines, start=1):
        if not data.strip():
            continue
        try:
            ahead.append((number, data, committer.prepare(data)))
        except Refused as refusal:
            ahead.append((number, data, refusal))
        if len(ahead) > _READ_AHEAD:
            yield _line(*ahead.popleft())
    while ahead:
        yield _line(*ahead.popleft())


def _line(number: int, data: bytes, reading: "Future[Submission] | Refused") -> _Line:
    try:
        if isinstance(reading, Refused):
            raise reading
        return _Line(number, reading.result())
    except Refused as refusal:
        return _Line(number, None, refusal.violations, data)
