"""How large a run is, and what its figures share: the limit, a folder, and a voice."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.bench.measure import rate

__all__ = ["FULL", "QUICK", "USUAL", "Bench", "Size", "bare_verifications"]

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. `requests` are those of a round over all connections."""

    rounds: int
    requests: int
    bulk: int
    ancestors: tuple[int, ...]
    audits: tuple[int, ...]
    grown: tuple[int, ...]
    leaves: int


QUICK = Size(
    rounds=2, requests=512, bulk=400, ancestors=(10, 300), audits=(1_000,), grown=(1_000, 3_000), leaves=20_000
)
"""Everything small, in about two minutes: whether it works, not how fast it is."""
USUAL = Size(
    rounds=5,
    requests=3_000,
    bulk=3_000,
    ancestors=(10, 1_000, 100_000),
    audits=(10_000, 100_000),
    grown=(1_000, 100_000),
    leaves=1_000_000,
)
FULL = replace(USUAL, grown=(1_000, 100_000, 1_000_000))


@dataclass(frozen=True, slots=True)
class Bench:
    """One run: `bare` is `cryptography`'s Ed25519 verification a second on one core, the limit of every rate."""

    size: Size
    folder: Path
    kept: Path | None
    bare: float
    say: Say

    @contextlib.contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """An empty folder of this run that is gone after the block."""
        home = self.folder / name
        home.mkdir()
        try:
            yield home
        finally:
            shutil.rmtree(home, ignore_errors=True)


def bare_verifications(rounds: int) -> float:
    """`cryptography`'s Ed25519 verification, whatever library the product verifies with."""
    private = Ed25519PrivateKey.generate()
    key, message = private.public_key(), os.urandom(1_500)
    signature = private.sign(message)
    return rate(lambda: [key.verify(signature, message) for _ in range(2_000)], 2_000, rounds)
