"""Reading ahead: a thread that hands what waits to the reader process, parcel by parcel, and tells what it was.

Without a process, or once it has died, the thread reads by itself: slower, and otherwise the same.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ledger.errors import LedgerUnsafe, LodestoneError, Refused
from ledger.rules.submission import Submission
from ledger.workflows.readers import Keys, Reader, read_one

__all__ = ["ReadAhead", "Ready"]

Ready = Callable[[Submission | LodestoneError], None]
"""Told what some bytes are; called in the reading thread, and not to take long."""

_MOST_RECORDS = 128
_MOST_BYTES = 4_000_000
_FAILED = "The record could not be read: nothing is promised for it. Send it again."


@dataclass(frozen=True, slots=True)
class _Unread:
    data: bytes
    ready: Ready


class ReadAhead:
    """Reads in the order of asking. `known` are the keys by chain that are used without the process."""

    def __init__(self, ledger: str, known: dict[str, Keys]) -> None:
        self._ledger, self._known = ledger, known
        self._queue: queue.SimpleQueue[_Unread | None] = queue.SimpleQueue()
        self._learned: deque[tuple[str, Keys]] = deque()
        self._reader: Reader | None = None
        self._thread = threading.Thread(target=self._run, name="reading ahead", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read what waits, and end. Whoever calls it lets nobody ask any more."""
        self._queue.put(None)
        self._thread.join()

    @property
    def waiting(self) -> int:
        """How many wait to be read."""
        return self._queue.qsize()

    def read(self, data: bytes, ready: Ready) -> None:
        """Let some bytes be read."""
        self._queue.put(_Unread(data, ready))

    def learn(self, chain: str, keys: Keys) -> None:
        """Tell the keys of a chain."""
        self._learned.append((chain, keys))

    def _run(self) -> None:
        with suppress(OSError):  # no more processes here
            self._reader = Reader(self._ledger)
        try:
            while parcel := self._next_parcel():
                self._read(parcel)
        finally:
            self._drop()

    def _next_parcel(self) -> list[_Unread]:
        """Wait for one, then take what is there; empty at the end."""
        parcel: list[_Unread] = []
        size = 0
        entry = self._queue.get()
        while entry is not None:
            parcel.append(entry)
            size += len(entry.data)
            if len(parcel) == _MOST_RECORDS or size > _MOST_BYTES or self._queue.empty():
                return parcel
            entry = self._queue.get()
        if parcel:
            self._queue.put(None)
        return parcel

    def _read(self, parcel: list[_Unread]) -> None:
        read: list[Submission | Refused | None] = [None] * len(parcel)
        if self._reader is not None:
            learned: dict[str, Keys] = {}
            while self._learned:
                chain, keys = self._learned.popleft()
                learned[chain] = keys
            try:
                read = self._reader.read([entry.data for entry in parcel], learned)
            except Exception:  # noqa: BLE001 - it has died, or answers nonsense: what it would have done is done here
                self._drop()
        for entry, found in zip(parcel, read, strict=True):
            entry.ready(found if found is not None else self._read_here(entry.data))

    def _read_here(self, data: bytes) -> Submission | LodestoneError:
        try:
            return read_one(data, self._ledger, self._known)
        except Refused as refusal:
            return refusal
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told and the thread goes on
            failed = LedgerUnsafe(_FAILED)
            failed.__cause__ = error
            return failed

    def _drop(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
