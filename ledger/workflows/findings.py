"""What a check of a whole ledger finds: differences, each in a plain sentence, and notes of what is no damage."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

__all__ = ["Finding", "Findings", "Progress", "shown"]

Progress = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and how much there is."""

_MOST = 10_000
"""So many differences are kept word by word; all are counted."""
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: what kind of thing (`code`), where, what was expected there and what was found.

    `mends`: the thing is derived from the records, so `lodestone fsck --repair` makes it anew.
    """

    code: str
    where: str
    sentence: str
    expected: str = ""
    found: str = ""
    mends: bool = False

    def as_json(self) -> dict[str, object]:
        """The finding for programs."""
        return {
            "code": self.code,
            "where": self.where,
            "sentence": self.sentence,
            "expected": self.expected,
            "found": self.found,
            "repairable": self.mends,
        }


@dataclass(slots=True)
class Findings:
    """Gathers what is found. `notes` are no damage; `unchecked` says what could not be looked at, and why."""

    kept: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def differs(
        self, code: str, where: str, sentence: str, *, expected: object = "", found: object = "", mends: bool = False
    ) -> None:
        """Add a difference."""
        self.counts[code] += 1
        if len(self.kept) < _MOST:
            self.kept.append(Finding(code, where, sentence, shown(expected), shown(found), mends=mends))

    def nothing_mends(self) -> None:
        """Take back that anything could be made anew: what it would be made from is damaged itself."""
        self.kept = [replace(finding, mends=False) for finding in self.kept]

    def note(self, sentence: str) -> None:
        """Add a word about something that is no damage."""
        self.notes.append(sentence)

    def left_out(self, sentence: str) -> None:
        """Say what was not looked at, and why."""
        self.unchecked.append(sentence)


def shown(value: object) -> str:
    """A stored value as a person can read it: never long, bytes that are no text in hexadecimal."""
    if value is None:
        return "nothing"
    if isinstance(value, memoryview | bytearray):
        value = bytes(value)
    if isinstance(value, bytes):
        if not value:
            return "no bytes"
        text = value.decode("ascii", "replace")
        value = text if text.isprintable() and "\ufffd" not in text else f"{len(value)} bytes {value.hex()}"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
