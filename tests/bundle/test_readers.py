"""Processes that read ahead change nothing of an audit's answer, whatever is wrong with the file, or with them."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from ledger.bundle import blocks, readers
from ledger.bundle.audit import audit
from ledger.values.canonical import canonical
from tests.bundle.files import Files, log_export

# Other tests' servers may still have threads in this process; what is forked here never needs them.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "can_fork", lambda: True)
    monkeypatch.setattr(blocks, "BLOCK", 4)
    monkeypatch.setattr(readers, "BLOCK", 4)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries of each block readers handed on, so that a test sees that they were at work."""
    counts: list[int] = []
    received = readers._received

    def counting(pipes: Any, number: int) -> Any:
        block = received(pipes, number)
        if block is not None:
            counts.append(sum(each is not None for each in block))
        return block

    monkeypatch.setattr(readers, "_received", counting)
    return counts


@pytest.mark.parametrize("many", [2, 3, 50])
def test_the_answer_is_that_of_one_process_alone(magnets: Files, told: list[int], many: int) -> None:
    export = log_export(magnets.world)
    alone = audit(export, magnets.policy, readers=1)
    assert (alone.passed, told) == (True, [])
    assert audit(export, magnets.policy, readers=many) == alone
    assert sum(told) > len(orjson.loads(export)["evidence"]["records"]) * 3 // 4


def test_every_kind_of_damage_gets_the_same_sentence(magnets: Files, told: list[int]) -> None:
    export = log_export(magnets.world)
    different = 0
    for place in range(0, len(export), 1_201):
        bad = export[:place] + bytes([export[place] ^ 1]) + export[place + 1 :]
        one, three = audit(bad, magnets.policy, readers=1), audit(bad, magnets.policy, readers=3)
        assert one == three
        assert not three.passed
        different += three.checks[0].result == "passed"
    assert different > 3
    assert told


@pytest.mark.parametrize("number", [3, 9, -1])
@pytest.mark.parametrize(
    "change",
    [
        lambda entry, other: entry.update(index=entry["index"] + 1),
        lambda entry, other: entry.update(envelope=other["envelope"]),
        lambda entry, other: entry["envelope"]["signatures"][0].update(
            signature=other["envelope"]["signatures"][0]["signature"]
        ),
        lambda entry, other: entry.pop("envelope"),
        lambda entry, other: entry["envelope"].pop("payload"),
        lambda entry, other: entry["leaf"].update(c=other["leaf"]["c"]),
    ],
)
def test_an_entry_that_was_changed_is_named_alike(
    magnets: Files, number: int, change: Callable[[dict[str, Any], dict[str, Any]], object]
) -> None:
    export = orjson.loads(log_export(magnets.world))
    records = export["evidence"]["records"]
    change(records[number], records[5])
    bad = canonical(export)
    answer = audit(bad, magnets.policy, readers=3)
    assert answer != audit(log_export(magnets.world), magnets.policy)
    assert answer == audit(bad, magnets.policy, readers=1)


def test_who_sees_some_records_only_gets_the_same_answer(magnets: Files) -> None:
    export = log_export(magnets.world, magnets.world.organizations["maker"].id)
    answer = audit(export, magnets.policy, readers=3)
    assert answer.passed
    assert answer == audit(export, magnets.policy, readers=1)


def test_a_reader_that_dies_costs_time_and_nothing_else(
    magnets: Files, told: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    export = log_export(magnets.world)
    found = readers._found

    def dying(each: blocks.Waiting, keys: Any) -> Any:
        if each.number == 9:
            os.kill(os.getpid(), signal.SIGKILL)
        return found(each, keys)

    monkeypatch.setattr(readers, "_found", dying)
    assert audit(export, magnets.policy, readers=2) == audit(export, magnets.policy, readers=1)
    assert len(told) < len(orjson.loads(export)["evidence"]["records"]) // 4


def test_readers_are_gone_when_the_audit_ends_early(magnets: Files) -> None:
    export = orjson.loads(log_export(magnets.world))
    export["evidence"]["records"][0]["index"] = 2
    assert not audit(canonical(export), magnets.policy, readers=3).passed
    assert multiprocessing.active_children() == []
