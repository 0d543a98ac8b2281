"""A ledger's records judged again from scratch, in memory, and compared with what its database says of everything."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import orjson

from ledger.material.batch import Batch
from ledger.records import Process, Record, Source, Transfer
from ledger.rules import State
from ledger.rules.apply import apply
from ledger.rules.judge import judge
from ledger.rules.recompute import PastRecord, reach_back
from ledger.rules.ruleset import known_rule_sets
from ledger.rules.state import Admission
from ledger.rules.submission import Submission, read_submission
from ledger.store.gather import Loader
from ledger.store.log import read_head, read_leaves
from ledger.store.references import References
from ledger.workflows.ledger import Ledger

__all__ = ["MemoryHistory", "differences", "replayed", "stored_state", "submissions"]


class MemoryHistory:
    """The `History` of records that are all in memory."""

    def __init__(self) -> None:
        self.past: list[PastRecord] = []

    def of_chain(self, chain: str, after: int, before: int) -> Iterable[PastRecord]:
        making = [past for past in self.past if isinstance(past.record, Source | Process | Transfer)]
        return [p for p in making if p.record.chain.id == chain and after < p.record.chain.seq < before]

    def taking(self, batches: Collection[str]) -> Iterable[PastRecord]:
        return [past for past in self.past if _taken(past.record) & set(batches)]


def _taken(record: Record) -> set[str]:
    if isinstance(record, Process):
        return {entry.batch for entry in record.inputs}
    if isinstance(record, Transfer):
        return {entry.batch for entry in record.batches}
    return set()


def submissions(ledger: Ledger) -> list[Submission]:
    """Every record of a ledger, read from its stored envelope as an auditor would."""
    with ledger.database.reading() as connection:
        leaves = read_leaves(connection, 0, read_head(connection).size)
    return [read_submission(leaf.envelope, ledger.config.ledger, submission=False) for leaf in leaves if leaf.envelope]


def replayed(ledger: Ledger) -> State:
    """The state that follows from the envelopes alone."""
    with ledger.database.reading() as connection:
        genesis = orjson.loads(read_head(connection).genesis)
    operator = genesis["operator"]
    state = State(genesis["ledger"], operator, known_rule_sets()[genesis["rules"]], size=1)
    state.admissions[operator] = Admission(operator, operator)
    history = MemoryHistory()
    for entry in submissions(ledger):
        effects = apply(judge(entry, state))
        reach_back(state, effects, entry.record.chain.id, history)
        history.past.append(PastRecord(state.size - 1, entry.id, entry.record))
    return state


def stored_state(ledger: Ledger, like: State) -> State:
    """What the database says of everything that there is in a state."""
    wanted = References(
        chains=set(like.chains),
        records=set(like.records),
        organizations=set(like.organizations),
        opened=set(like.opened) | set(like.admissions),
        facilities=set(like.facilities),
        transfers=set(like.transfers),
        batches=set(like.batches),
    )
    with ledger.database.reading() as connection:
        return Loader(connection, type(ledger.book)()).load(wanted)


def differences(one: State, other: State) -> list[str]:
    """Where two states differ, member by member."""
    found = [
        f"{name}: {getattr(one, name)} / {getattr(other, name)}"
        for name in ("ledger", "operator", "rules", "size", "opened", "organizations", "admissions", "facilities")
        if getattr(one, name) != getattr(other, name)
    ]
    for name in ("chains", "transfers", "records", "batches"):
        ours, theirs = getattr(one, name), getattr(other, name)
        found += [f"{name}: {key}" for key in set(ours) ^ set(theirs)]
        for key in ours.keys() & theirs.keys():
            if _plain(ours[key]) != _plain(theirs[key]):
                found.append(f"{name}[{key}]: {ours[key]} / {theirs[key]}")
    found += [f"held: {pair}" for pair in one.held ^ other.held]
    return found


def _plain(value: object) -> object:
    """Compositions and descriptions compare as JSON, which is how they are stored."""
    if isinstance(value, Batch):
        parts = tuple(replace(part, description=_as_json(part.description)) for part in value.contents)
        return replace(value, description=_as_json(value.description), contents=parts)
    return value


def _as_json(said: Mapping[str, object]) -> Mapping[str, object]:
    read: dict[str, object] = orjson.loads(orjson.dumps(dict(said)))
    return read
