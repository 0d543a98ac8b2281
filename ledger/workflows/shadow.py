"""A second database of a ledger, grown anew from its records by the commit road itself: one meaning of every rule.

What the real database holds beside the envelopes has to be what this one holds. It stands in a temporary folder and is
thrown away; nothing in it is flushed to the disk.
"""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from sqlalchemy import bindparam, event, update

from ledger.errors import VerificationError
from ledger.log.leaf import genesis_leaf
from ledger.rules.ruleset import known_rule_sets
from ledger.rules.submission import Submission
from ledger.store.codec import RouteBook
from ledger.store.compare import table_named
from ledger.store.database import Database
from ledger.store.log import StoredLeaf, begin_log, read_leaves
from ledger.store.migrate import migrate
from ledger.values.canonical import JsonValue, parse_canonical
from ledger.workflows.baseline import Baseline
from ledger.workflows.commit import Outcome, parts_of, take_group

__all__ = ["Shadow", "read_genesis"]


class _Stopped(Exception):
    def __init__(self, place: int, outcome: Outcome) -> None:
        self.place = place
        self.outcome = outcome
        super().__init__()


def read_genesis(data: bytes) -> dict[str, str]:
    """The members of a genesis entry in its one form.

    Raises:
        VerificationError: it is none, or names a rule set that this version does not hold.
    """
    try:
        said: JsonValue = parse_canonical(data, max_depth=2)
    except ValueError as error:
        raise VerificationError(f"the genesis entry cannot be read: {error}") from error
    members = ("ledger", "operator", "origin", "rules")
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in members):
        raise VerificationError("the genesis entry lacks its members")
    named = {name: str(said[name]) for name in members}
    if genesis_leaf(**named) != data:
        raise VerificationError("the genesis entry holds more than its members")
    if named["rules"] not in known_rule_sets():
        raise VerificationError(f"this version does not hold the rule set {named['rules'][:60]} of the genesis entry")
    return named


class Shadow:
    """The ledger as its records say it is. `size` counts the entries that were taken; `stopped` says why no more.

    What follows from the first `kept` entries comes from a baseline.
    """

    def __init__(self, genesis: bytes, named: dict[str, str], baseline: Baseline | None = None) -> None:
        """Begin with the genesis entry alone, or with the state that a baseline keeps."""
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="lodestone-fsck-")))
        path = folder / "anew.db"
        if baseline is not None:
            shutil.copyfile(baseline.file, path)
        self.database = Database(f"sqlite:///{path}")
        self._stack.callback(self.database.close)
        event.listen(self.database.engine, "connect", _careless)
        if baseline is not None:
            migrate(self.database)
        else:
            self.database.create()
            with self.database.writing(locked=False) as connection:
                begin_log(connection, **named, genesis=genesis)
        self.book = RouteBook()
        self.size = self.kept = baseline.size if baseline is not None else 1
        self.stopped = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._stack.close()

    def take(self, entries: Sequence[Submission]) -> None:
        """Take records by the commit road, up to the first that it would not accept; then `stopped` says why."""
        for part in parts_of(entries):
            if self.stopped:
                return
            try:
                self._write(part)
            except _Stopped as stop:
                self.stopped = _why(stop.outcome)
                if stop.place:
                    self._write(part[: stop.place])

    def fill(self, envelopes: Mapping[int, bytes]) -> None:
        """Put the stored envelopes of records in place that the baseline knows without them."""
        record = table_named("record")
        statement = update(record).where(record.c.idx == bindparam("key")).values(envelope=bindparam("data"))
        with self.database.writing() as connection:
            rows = [{"key": index, "data": data} for index, data in envelopes.items()]
            connection.execute(statement, rows)

    def leaves(self, start: int, end: int) -> list[StoredLeaf]:
        """The leaves of records that were taken."""
        with self.database.reading() as connection:
            return read_leaves(connection, start, end)

    def _write(self, part: Sequence[Submission]) -> None:
        with self.database.writing() as connection:
            outcomes, added = take_group(part, connection, self.book, None)
            for place, outcome in enumerate(outcomes):
                if not outcome.accepted or not outcome.new:
                    raise _Stopped(place, outcome)
        self.book.adopt(added)
        self.size += len(part)


def _why(outcome: Outcome) -> str:
    if outcome.accepted:
        return "it stands in the log already"
    return " ".join(f"{v.code}{f' ({v.member})' if v.member else ''}: {v.sentence}" for v in outcome.violations)


def _careless(connection: Any, _: object) -> None:
    """What is thrown away need not survive a crash."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()
