"""The group committer: what arrived while one group was being committed is the next group. No timer, one road.

A single record, the lines of a bulk upload and whatever waits at shutdown go through this one thread. Several processes
may each have one on the same PostgreSQL: the lock of the log's head makes their groups take turns.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from ledger.errors import LedgerUnsafe, LodestoneError, Violation
from ledger.records import Key
from ledger.rules.submission import Submission, verify_signatures
from ledger.signing.keys import public_key
from ledger.store.records import chain_sets
from ledger.workflows.ahead import ReadAhead, Ready
from ledger.workflows.commit import Outcome, commit
from ledger.workflows.ledger import Ledger
from ledger.workflows.readers import Keys, read_one
from ledger.workflows.receipts import Receipt, receipts

__all__ = ["Answer", "Committer", "GroupSeen", "Told"]

_MOST_IN_A_GROUP = 1_000
_MOST_CHAINS = 10_000
_STOPPED = "The service is stopping: send the record again in a moment."
_FAILED = (
    "The ledger could not commit: nothing is promised for this record. Send it again; a record is taken only once."
)

GroupSeen = Callable[[int, float], None]
"""Told after each group how many submissions it had and how many seconds it took."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a submitter is told: the outcome, and the receipt where the record is in the log."""

    outcome: Outcome
    receipt: Receipt | None


Told = Callable[[Answer | LodestoneError], None]
"""Told what became of a submission, in the committer's thread or in the reader's, and not to take long."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    submission: Submission
    tell: Told


class Committer:
    """One thread that commits. `submit` may be called from any thread; `stop` lets everything that waits finish.

    With `ahead`, records are read in a process beside this one; without, in the thread of whoever submits.
    """

    def __init__(self, ledger: Ledger, seen: GroupSeen | None = None, *, ahead: bool = False) -> None:
        self._ledger = ledger
        self._seen = seen
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._keys: dict[str, Keys] = {}
        self._ahead = ReadAhead(ledger.config.ledger, self._keys) if ahead else None
        self._door = threading.Lock()
        self._open = False
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)

    def start(self) -> None:
        """Begin to commit."""
        self._open = True
        self._thread.start()
        if self._ahead is not None:
            self._ahead.start()

    def stop(self) -> None:
        """Take nothing more, finish what waits, and end. Every future is resolved when this returns."""
        with self._door:
            was_open, self._open = self._open, False
        if was_open:
            if self._ahead is not None:
                self._ahead.stop()
            self._queue.put(None)
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether submissions are being committed."""
        return self._open and self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How many submissions wait to be read, or for the next group."""
        return self._queue.qsize() + (self._ahead.waiting if self._ahead is not None else 0)

    def submit(self, data: bytes) -> "Future[Answer]":
        """Hand in the bytes of a record; the future tells what became of it.

        The first tier is judged beside the committing of the group before: in the process that reads ahead, and then
        it is the future that raises, or here.

        Raises:
            Refused: the bytes tier refuses, or a signature does not verify.
            LedgerUnsafe: the service stops or is broken; nothing was taken.
        """
        future = _promise()
        self.offer(data, partial(_settle, future))
        return future

    def offer(self, data: bytes, tell: Told) -> None:
        """As `submit`, where whoever is told is quicker to reach than by a future.

        Raises:
            Refused, LedgerUnsafe: as `submit`, or it is told.
        """
        if self._ahead is None:
            self._wait(_Waiting(read_one(data, self._ledger.config.ledger, self._keys), tell))
            return

        def ready(read: Submission | LodestoneError) -> None:
            if isinstance(read, Submission):
                self._queue.put(_Waiting(read, tell))
            else:
                tell(read)

        self._read_ahead(self._ahead, data, ready)

    def prepare(self, data: bytes) -> "Future[Submission]":
        """The well-formed record that some bytes are, its signatures verified where the chain's keys are known here.

        The future, or this call, raises as `submit`.
        """
        future: Future[Submission] = Future()
        if self._ahead is None:
            future.set_result(read_one(data, self._ledger.config.ledger, self._keys))
            return future

        def ready(read: Submission | LodestoneError) -> None:
            if isinstance(read, Submission):
                future.set_result(read)
            else:
                future.set_exception(read)

        self._read_ahead(self._ahead, data, ready)
        return future

    def _read_ahead(self, ahead: ReadAhead, data: bytes, ready: Ready) -> None:
        self._ledger.must_be_safe()
        with self._door:
            if not self.alive:
                raise LedgerUnsafe(_STOPPED)
            ahead.read(data, ready)

    def enqueue(self, submission: Submission) -> "Future[Answer]":
        """Let a prepared record wait for the next group.

        Raises:
            LedgerUnsafe: the service stops or is broken.
        """
        future = _promise()
        self._wait(_Waiting(submission, partial(_settle, future)))
        return future

    def _wait(self, waiting: _Waiting) -> None:
        self._ledger.must_be_safe()
        with self._door:
            if not self.alive:
                raise LedgerUnsafe(_STOPPED)
            self._queue.put(waiting)

    def _run(self) -> None:
        while True:
            group, last = self._next_group()
            if group:
                begun = time.perf_counter()
                self._commit(group)
                if self._seen is not None:
                    self._seen(len(group), time.perf_counter() - begun)
            if last:
                return

    def _next_group(self) -> tuple[list[_Waiting], bool]:
        """Wait for one submission, then take all that are there; true where the last one has been taken."""
        group: list[_Waiting] = []
        entry = self._queue.get()
        while entry is not None:
            group.append(entry)
            if len(group) == _MOST_IN_A_GROUP or self._queue.empty():
                return group, False
            entry = self._queue.get()
        return group, True

    def _commit(self, group: Sequence[_Waiting]) -> None:
        try:
            answers = self._answers([entry.submission for entry in group])
        except LedgerUnsafe as error:
            _fail(group, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers are told and the thread goes on
            if len(group) > 1 and not self._ledger.broken:
                for entry in group:  # one record that we cannot handle does not fail the others
                    self._commit([entry])
                return
            _fail(group, _unsafe(error))
        else:
            for entry, answer in zip(group, answers, strict=True):
                entry.tell(answer)

    def _answers(self, group: Sequence[Submission]) -> list[Answer]:
        outcomes = commit(group, self._ledger)
        outcomes = [self._signed(entry, outcome) for entry, outcome in zip(group, outcomes, strict=True)]
        given = receipts(self._ledger, {o.index for o in outcomes if o.index is not None})
        for chain in {entry.record.chain.id for entry in group if isinstance(entry.record, Key)}:
            self._keys.pop(chain, None)  # it may have others now
        for chain in {entry.record.chain.id for entry in group}:
            self._learn(chain)
        return [Answer(o, None if o.index is None else given[o.index]) for o in outcomes]

    def _signed(self, entry: Submission, outcome: Outcome) -> Outcome:
        """A record that was there before is answered by its id alone, so its signatures are verified here."""
        if outcome.new:
            return outcome
        self._keys.pop(entry.record.chain.id, None)
        keys = self._learn(entry.record.chain.id)
        wrong = verify_signatures(entry, keys)
        strange = {signature.kid for signature in entry.envelope.signatures} - keys.keys()
        wrong += [
            Violation("unknown-key", f"The key {kid} never spoke for this chain.", "signatures") for kid in strange
        ]
        return Outcome(entry.id, None, tuple(wrong)) if wrong else outcome

    def _learn(self, chain: str) -> Keys:
        """Every key that ever spoke for a chain. A stale answer does no harm: a key is named by its own thumbprint."""
        known = self._keys.get(chain)
        if known is None:
            with self._ledger.database.reading() as connection:
                sets = chain_sets(connection, chain)
            known = {
                kid: public_key(dict(jwk)) for s in sets or () for kid, jwk in zip(s["kids"], s["jwks"], strict=True)
            }
            if len(self._keys) >= _MOST_CHAINS:
                self._keys.clear()
            if known:
                self._keys[chain] = known
                if self._ahead is not None:
                    self._ahead.learn(chain, known)
        return known


def _settle(future: "Future[Answer]", answer: Answer | LodestoneError) -> None:
    if isinstance(answer, Answer):
        future.set_result(answer)
    else:
        future.set_exception(answer)


def _promise() -> "Future[Answer]":
    future: Future[Answer] = Future()
    future.set_running_or_notify_cancel()  # whoever stops waiting does not take the record back
    return future


def _fail(group: Sequence[_Waiting], error: LedgerUnsafe) -> None:
    for entry in group:
        entry.tell(error)


def _unsafe(error: Exception) -> LedgerUnsafe:
    unsafe = LedgerUnsafe(_FAILED)
    unsafe.__cause__ = error
    return unsafe
