"""Collecting: each witness is asked to cosign the newest checkpoint, beside the committer and never before it.

wait for a new checkpoint -> ask from the size that the witness knows -> (409: from the size that it says) -> verify
-> keep -> publish the checkpoint with them

One thread for each witness: a slow one holds nobody up, and a receipt never waits for any.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ledger.errors import LedgerUnsafe, LodestoneError, VerificationError
from ledger.log.checkpoint import Checkpoint, parse_checkpoint, parse_number
from ledger.log.note import Note, SignatureLine, parse_note
from ledger.log.tiles import TileSource
from ledger.log.tree import consistency_path
from ledger.log.witness import MAX_COSIGNATURES, SIZE_TYPE, AddCheckpoint, read_cosignatures
from ledger.values.instant import posix_seconds
from ledger.workflows.asking import Answer, ask
from ledger.workflows.cosigned import keep_cosignatures
from ledger.workflows.ledger import Ledger
from ledger.workflows.setback import must_not_be_set_back_behind
from ledger.workflows.witnesses import Asked

__all__ = ["Collector", "Outcome", "OutcomeSeen", "collect_once"]

_PATIENCE = 10.0
_LONGEST_PAUSE = 600.0
_FIRST_PAUSE = 1.0
_SKEW = 300
"""Seconds by which a witness's clock may be ahead of ours."""
_OTHERS = 10.0
"""Seconds after which a look is taken at what other processes have published."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of asking one witness: the size that it cosigned, or the problem, in a sentence."""

    witness: str
    size: int | None = None
    met: bool = False
    problem: str = ""


OutcomeSeen = Callable[[Outcome], None]
"""Told after each question to a witness."""


class Collector:
    """Asks all witnesses as long as it runs. Without witnesses in the settings it does nothing."""

    def __init__(self, ledger: Ledger, seen: OutcomeSeen | None = None) -> None:
        self._ledger = ledger
        self._seen = seen
        self._stopping = threading.Event()
        asked = ledger.witnesses.asked if ledger.witnesses is not None else ()
        self._threads = [
            threading.Thread(target=self._run, args=(each,), name=f"witness {each.name}", daemon=True) for each in asked
        ]

    def start(self) -> None:
        """Begin to ask."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask nobody any more. A question under way may still end; nobody waits for it."""
        self._stopping.set()
        with self._ledger.news:
            self._ledger.news.notify_all()

    def _run(self, witness: Asked) -> None:
        assert self._ledger.witnesses is not None
        least = self._ledger.witnesses.seconds
        cosigned, failures = 0, 0
        while self._wait_for_more_than(cosigned):
            outcome = self._collect(witness, cosigned)
            if outcome.size is not None:
                cosigned, failures, pause = outcome.size, 0, least
            else:
                failures += 1
                pause = min(max(least, _FIRST_PAUSE) * 2 ** min(failures, 20), _LONGEST_PAUSE)
            if self._seen is not None:
                self._seen(outcome)
            self._stopping.wait(pause)

    def _collect(self, witness: Asked, known: int) -> Outcome:
        try:
            return collect_once(self._ledger, witness, known)
        except LedgerUnsafe as error:
            self._ledger.broken = str(error)
            return Outcome(witness.name, problem=str(error))
        except LodestoneError as error:
            return Outcome(witness.name, problem=str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the witness is asked again later
            return Outcome(witness.name, problem=f"something unexpected went wrong ({type(error).__name__})")

    def _wait_for_more_than(self, cosigned: int) -> bool:
        """Wait for a published checkpoint that this witness has not cosigned; False where it is time to end."""
        ledger = self._ledger
        while not self._stopping.is_set():
            seen = ledger.checkpoint
            if _size(ledger) not in (0, cosigned):
                return True
            with ledger.news:  # held for a moment only: who publishes takes it too
                ledger.news.wait_for(lambda: self._stopping.is_set() or ledger.checkpoint != seen, _OTHERS)  # noqa: B023
        return False


def collect_once(ledger: Ledger, witness: Asked, known: int = 0) -> Outcome:
    """Ask one witness to cosign the newest published checkpoint.

    `known` is the size that it is thought to know; where it says another, it is asked once more from there.

    Raises:
        LodestoneError: it does not answer, or not as a witness does.
        VerificationError: its cosignatures do not verify.
        LedgerUnsafe: it holds a checkpoint of this log that this ledger does not continue.
    """
    note = _published(ledger)
    if note is None:
        raise LodestoneError("nothing has been published yet")
    checkpoint = parse_checkpoint(note.text)
    lines = _ask(ledger, witness, note, checkpoint, min(known, checkpoint.size))
    met = keep_cosignatures(ledger, checkpoint, str(note), lines)
    return Outcome(witness.name, checkpoint.size, met)


def _ask(ledger: Ledger, witness: Asked, note: Note, checkpoint: Checkpoint, known: int) -> tuple[SignatureLine, ...]:
    source = TileSource(ledger.published.read_object, checkpoint.size)
    for last in (False, True):
        path = tuple(consistency_path(source, known, checkpoint.size)) if known else ()
        body = AddCheckpoint(known, path, str(note)).text.encode()
        answer = ask("POST", f"{witness.url}/add-checkpoint", body, seconds=_PATIENCE, most=MAX_COSIGNATURES)
        if answer.status == 200:
            found = read_cosignatures(answer.body, note.text, witness.keys)
            _must_be_timely(witness, (signed.timestamp for _, signed in found), ledger.clock())
            return tuple(line for line, _ in found)
        said = _said_size(answer)
        if said is None or said == known or said > checkpoint.size or last:
            must_not_be_set_back_behind(ledger, witness)
            raise VerificationError(_why(witness, answer, said, checkpoint.size))
        known = said
    raise AssertionError


def _must_be_timely(witness: Asked, times: Iterable[int | None], now: str) -> None:
    """A cosignature says when this was the largest tree that the witness knew: at some time, not in the future."""
    if any(not time or time > posix_seconds(now) + _SKEW for time in times):
        raise VerificationError(
            f"the clock of the witness {witness.name} is wrong: it signs for no time, or for the future"
        )


def _said_size(answer: Answer) -> int | None:
    if answer.status != 409 or answer.media_type != SIZE_TYPE:
        return None
    try:
        return parse_number(answer.body.decode("ascii").removesuffix("\n"))
    except ValueError:
        return None


def _why(witness: Asked, answer: Answer, said: int | None, size: int) -> str:
    if said is not None and said > size:
        return f"the witness {witness.name} knows {said} entries, more than are published"
    if answer.status in (409, 422):
        return f"the witness {witness.name} says that this log does not continue what it cosigned ({answer.status})"
    return f"the witness {witness.name} answers with status {answer.status}"


def _published(ledger: Ledger) -> Note | None:
    """The newest published checkpoint with the signatures of the log alone: what others signed is not for a witness."""
    text = ledger.published.checkpoint()
    if text is None:
        return None
    note = parse_note(text)
    own = {(key.name, key.key_id) for key in ledger.signer.keys}
    return replace(note, signatures=tuple(line for line in note.signatures if (line.name, line.key_id) in own))


def _size(ledger: Ledger) -> int:
    note = ledger.published.checkpoint()
    return parse_checkpoint(parse_note(note).text).size if note else 0
