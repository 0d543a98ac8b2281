"""Checking a whole ledger: everything that is stored is held against what follows from the stored envelopes.

1 what was signed and published, read first   2 the database's own form   3 every record again, by the commit road
4 leaves, tree, tiles, checkpoints            5 every table that follows from records, column by column
6 reports, status lists, tokens, keys         7 how far the stores are apart

The database is read as it was at one moment, so that a service may go on beside it. A repair needs the ledger for
itself; it makes anew what is derived, and only where the records give every root that was ever signed.
"""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from ledger.errors import ConfigError, LodestoneError
from ledger.log.note import NoteKey
from ledger.store.database import Database
from ledger.store.sessions import other_sessions
from ledger.workflows.alone import only_process
from ledger.workflows.config import Config
from ledger.workflows.findings import Finding, Findings, Progress
from ledger.workflows.fsck_look import Looked, look
from ledger.workflows.fsck_repair import repair_ledger
from ledger.workflows.keys import read_service_keys

__all__ = ["Fsck", "fsck", "fsck_inside"]

_LOOKS = 10
_MOMENT = 0.1


@dataclass(frozen=True, slots=True)
class Fsck:
    """The answer. `counts` says how much was looked at; `differences` counts by kind, `findings` names the first ones.

    `notes` are no damage; `unchecked` says what could not be looked at; `repaired` what a repair made anew before this
    answer was found.
    """

    origin: str
    findings: tuple[Finding, ...]
    differences: dict[str, int]
    counts: dict[str, int]
    notes: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    repaired: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        seen = f"{self.counts.get('entries', 0)} entries of {self.origin}"
        if self.clean:
            return f"The ledger is whole: {seen} and everything that follows from them."
        total = sum(self.differences.values())
        return f"The ledger is damaged: {total} difference{'s' if total > 1 else ''} in {seen}."

    def as_json(self) -> dict[str, object]:
        """The answer for programs."""
        return {
            "clean": self.clean,
            "sentence": self.sentence,
            "origin": self.origin,
            "counts": self.counts,
            "differences": self.differences,
            "findings": [finding.as_json() for finding in self.findings],
            "notes": list(self.notes),
            "not_checked": list(self.unchecked),
            "repaired": self.repaired,
        }


def fsck(
    config: Config,
    *,
    repair: bool = False,
    progress: Progress | None = None,
    alone: bool | None = None,
    seen: str = "",
) -> Fsck:
    """Check the ledger of these settings, and with `repair` make anew what is derived and differs; then check again.

    `alone` says whether no service runs on it, where the caller knows; `seen` is a checkpoint that somebody outside
    has, which the ledger has to reach. Promised: records, leaves, signatures and
    checkpoints are never changed; a damaged ledger is an answer, not an error. Memory does not grow with the ledger but
    for its distinct routes; a database as large as the ledger's is grown in the folder for temporary files.

    Raises:
        ConfigError: there is no ledger, or it is of another version.
        LodestoneError: a repair is asked for while a service runs.
    """
    _must_be_there(config)
    with ExitStack() as stack:
        database = Database(config.database)
        stack.callback(database.close)
        if database.sqlite:
            event.listen(database.engine, "connect", _read_anything)
        if alone is None or repair:
            alone = _alone(config, database, stack)
        if repair and not alone:
            raise LodestoneError("A service is running on this ledger: a repair needs it for itself, stop it first.")
        first = _looked(config, database, progress or _silent, stack, seen, alone=alone)
        if not repair or not any(finding.mends for finding in first.findings.kept):
            return _answer(config, first)
        repair_ledger(config, database, first)
        again = _looked(config, database, progress or _silent, stack, seen, alone=alone)
        return _answer(config, again, first.findings.counts - again.findings.counts)


def fsck_inside(config: Config, stack: ExitStack, progress: Progress | None = None) -> tuple[Database, Looked]:
    """Check a ledger that nobody else may open until the stack is closed; the database, and what was seen of it.

    Raises:
        ConfigError, LodestoneError: as `fsck` with a repair.
    """
    _must_be_there(config)
    database = Database(config.database)
    stack.callback(database.close)
    if not _alone(config, database, stack):
        raise LodestoneError("A service is running on this ledger: this needs it for itself, stop it first.")
    return database, _looked(config, database, progress or _silent, stack, "", alone=True)


def _looked(
    config: Config, database: Database, progress: Progress, stack: ExitStack, seen: str, *, alone: bool
) -> Looked:
    findings = Findings()
    keys = _log_keys(config, findings)
    try:
        return look(config, database, keys, findings, progress, stack, seen, alone=alone)
    except DatabaseError as error:
        why = str(error.orig or error).splitlines()[0]
        sentence = f"The database cannot be read: {why}. Restore its newest copy."
        findings.differs("database", "database", sentence)
        return Looked(findings)


def _answer(config: Config, looked: Looked, repaired: Counter[str] | None = None) -> Fsck:
    findings = looked.findings
    return Fsck(
        origin=config.origin,
        findings=tuple(findings.kept),
        differences=dict(findings.counts),
        counts=dict(looked.counts),
        notes=tuple(findings.notes),
        unchecked=tuple(findings.unchecked),
        repaired=dict(repaired or {}),
    )


def _must_be_there(config: Config) -> None:
    if not config.database.startswith("sqlite:///"):
        return
    path = config.database.removeprefix("sqlite:///")
    try:
        with open(path, "rb"):  # noqa: PTH123 - only whether it can be read
            return
    except OSError as error:
        raise ConfigError(f"There is no ledger in {config.home} that could be checked: {error.strerror}.") from error


def _alone(config: Config, database: Database, stack: ExitStack) -> bool:
    """Whether no service runs on the ledger; on SQLite it is then kept from starting until the stack is closed."""
    if not database.sqlite:
        return _no_sessions(database)
    try:
        stack.enter_context(only_process(config))
    except LodestoneError:
        return False
    return True


def _no_sessions(database: Database) -> bool:
    """Whether nobody else has the database open; the server needs a moment to see that somebody left."""
    for _ in range(_LOOKS):
        with database.reading() as connection:
            if not other_sessions(connection):
                return True
        time.sleep(_MOMENT)
    return False


def _log_keys(config: Config, findings: Findings) -> Sequence[NoteKey]:
    try:
        return read_service_keys(config.keys, config.origin, config.unlock).log.keys
    except LodestoneError as error:
        findings.left_out(f"The log's signatures were not verified: {error}")
        return ()


def _read_anything(connection: object, _: object) -> None:
    """A damaged text is a finding, not an error of the driver's."""
    connection.text_factory = _text  # type: ignore[attr-defined]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _silent(_what: str, _done: int, _total: int) -> None:
    """Nobody looks."""
