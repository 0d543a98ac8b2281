"""The harness can fail: ledgers that are broken on purpose are caught, each by the family that is there for it."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection

from ledger.log.checkpoint import Checkpoint
from ledger.log.tree import Frontier
from ledger.store.log import read_head
from ledger.workflows import commit as commit_module
from ledger.workflows.commit import commit
from ledger.workflows.ledger import Ledger
from tests.faults import steps
from tests.faults.disk import Event, Kind
from tests.faults.family import LeftOut
from tests.faults.power import cut_at, recorded

Record = tuple[Sequence[Event], Path]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """What a process that keeps every rule did to its files."""
    try:
        return recorded(tmp_path_factory.mktemp("record"), rounds=3)
    except LeftOut as reason:
        pytest.skip(f"power cuts were left out: {reason}")


def unflushed(events: Sequence[Event], *names: str) -> list[Event]:
    """The same, by code that forgets to flush the files whose names contain one of these."""
    opened: dict[int, str] = {}
    kept = []
    for event in events:
        if event.kind is Kind.OPEN:
            opened[event.first] = event.name
        if event.kind is not Kind.SYNC or not any(name in opened[event.first] for name in names):
            kept.append(event)
    return kept


def too_early(events: Sequence[Event]) -> list[Event]:
    """The same, by code that gives the receipt when the record comes."""
    given = {}
    for event in events:
        if event.kind is Kind.MARK and (receipt := orjson.loads(event.data).get("receipt")):
            given[receipt["record"]] = event
    kept = []
    for event in events:
        if event not in given.values():
            kept.append(event)
        if event.kind is Kind.MARK and (sent := orjson.loads(event.data).get("sent")):
            kept.append(given[sent])
    return kept


@pytest.mark.parametrize(
    ("broken", "keeping", "caught_as"),
    [
        (lambda events: unflushed(events, "ledger.db-wal"), "none", "it does not start again"),
        (lambda events: unflushed(events, "-wal", "/tiles"), "none", "it does not start again"),
        (lambda events: unflushed(events, "/tiles/"), "some", "tile"),
        (lambda events: unflushed(events, "/keys"), "none", "key"),
        (too_early, "none", "a receipt was given"),
    ],
    ids=["records unflushed", "nor what was signed", "tiles unflushed", "keys unflushed", "receipts too early"],
)
def test_a_power_cut_finds_what_is_not_flushed_in_time(
    record: Record, tmp_path: Path, broken: Callable[[Sequence[Event]], list[Event]], keeping: str, caught_as: str
) -> None:
    events = broken(record[0])
    losses: list[str] = []
    for seed in range(40):
        chance = random.Random(seed)
        losses += cut_at(
            chance.randint(len(events) // 2, len(events)), events, record[1], tmp_path / "d", chance
        ).losses
        if any(caught_as in loss for loss in losses):
            return
    pytest.fail(f"not caught: {losses[:3]}")


def test_a_stop_finds_a_checkpoint_that_is_published_before_its_records_are_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_group: Any = commit_module.take_group

    def commit_too_late(group: Sequence[Any], ledger: Ledger) -> Any:
        def take(part: Sequence[Any], connection: Connection, *rest: Any) -> Any:
            done = take_group(part, connection, *rest)
            head = read_head(connection)
            root = Frontier.from_bytes(head.frontier).root()
            ledger.published.publish_checkpoint(ledger.signer.sign(Checkpoint(head.origin, head.size, root)))
            return done

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(commit_module, "take_group", take)
            return commit(group, ledger)

    monkeypatch.setattr(steps, "commit", commit_too_late)
    losses: list[str] = []
    with steps.prepared(tmp_path) as made:
        for stop in steps.stops(made):
            if stop.goes_on or stop.persisted or any("older copy" in loss for loss in losses):
                continue
            with made.copied() as (config, clients):
                checked = steps.stopped(config, clients, stop)
                assert checked is not None
                losses += checked.losses
    assert any("older copy" in loss for loss in losses)
