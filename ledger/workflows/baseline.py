"""The baseline of a check: what followed from all records up to an erasure, kept since nobody can recompute it now.

It is the index of a ledger as a SQLite file, without envelopes, made from a ledger that had just been found whole.
Later checks begin from it and take every record since by the commit road.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from ledger.store.compare import table_named
from ledger.workflows.config import Config

__all__ = ["Baseline", "baseline_file", "newest_baseline", "sha256_of"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The newest erasure: the size of the log then, the file, and the digest that the file must have."""

    size: int
    file: Path
    sha256: bytes

    @property
    def whole(self) -> bool:
        """Whether the file is the one that was kept."""
        try:
            return sha256_of(self.file) == self.sha256
        except OSError:
            return False


def baseline_file(config: Config, size: int, sha256: bytes) -> Path:
    """Where the baseline of a size is; the name holds some of its digest, so that no baseline ever replaces another."""
    return config.home / "erased" / f"{size}-{sha256.hex()[:16]}.db"


def newest_baseline(connection: Connection, config: Config) -> Baseline | None:
    """The baseline of the newest erasure, or None where nothing was ever erased."""
    erasure = table_named("erasure")
    newest = select(erasure.c.size, erasure.c.baseline).order_by(erasure.c.size.desc()).limit(1)
    row: Any = connection.execute(newest).first()
    if row is None:
        return None
    return Baseline(row.size, baseline_file(config, row.size, bytes(row.baseline)), bytes(row.baseline))


def sha256_of(path: Path) -> bytes:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
