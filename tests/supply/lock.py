"""Reading the locks in requirements/, strictly: a line that is none of the known kinds is an error, not a comment."""

import re
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["LOCKS", "REQUIREMENTS", "Locked", "parse_lock", "read_lock"]

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
LOCKS = ("runtime", "build", "dev")
_PIN = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)==([0-9][0-9A-Za-z.!+]*)(?: ; ([^\\]+?))? \\")
_HASH = re.compile(r"    --hash=sha256:([0-9a-f]{64})(?: \\)?")


@dataclass(slots=True)
class Locked:
    """One package of a lock: its exact version, where it is used, the SHA-256 of its files, and who asks for it."""

    name: str
    version: str
    marker: str = ""
    hashes: list[str] = field(default_factory=list)
    wanted_by: list[str] = field(default_factory=list)

    @property
    def direct(self) -> bool:
        """Whether Lodestone itself asks for it."""
        return any(name.startswith("lodestone (") for name in self.wanted_by)


def read_lock(name: str) -> list[Locked]:
    """The packages of a lock in its order.

    Raises:
        ValueError: a line is no pin of an exact version, no hash and no comment, but an address, an option, a range.
    """
    return parse_lock((REQUIREMENTS / f"{name}.txt").read_text(), name)


def parse_lock(text: str, name: str = "lock") -> list[Locked]:
    """As `read_lock`, of a text."""
    found: list[Locked] = []
    for number, line in enumerate(text.splitlines(), start=1):
        pin, hashed = _PIN.fullmatch(line), _HASH.fullmatch(line)
        if pin:
            found.append(Locked(pin[1], pin[2], pin[3] or ""))
        elif hashed and found:
            found[-1].hashes.append(hashed[1])
        elif line.startswith("    # ") and found:
            wanted = line.removeprefix("    # ").removeprefix("via").strip()
            if wanted and not wanted.startswith("-c "):
                found[-1].wanted_by.append(wanted)
        elif not line.startswith("#"):
            raise ValueError(
                f"{name}, line {number}: expected name==version with hashes, and nothing else: {line[:80]}"
            )
    return found
