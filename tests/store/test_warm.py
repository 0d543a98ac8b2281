"""What a group leaves in memory for the next counts only while nobody else has changed the ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ledger.rules.submission import Submission
from ledger.store.log import rewritten
from ledger.workflows import commit as road
from ledger.workflows.commit import commit
from ledger.workflows.open import open_ledger
from tests.helpers.desk import entry, lot
from tests.helpers.replay import differences, replayed, stored_state
from tests.world import Organization, World

KILOGRAM = 1_000_000


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "home", database_url=database_url)
    yield made
    made.close()


def alloys(maker: Organization, batch: str, mass_mg: int) -> Submission:
    said = {"steps": ["alloy"], "custody": "segregated", "inputs": [entry(batch, mass_mg)]}
    return maker.sign("process", {**maker.place, **said, "outputs": [lot("alloy", mass_mg)]})


def accepted(world: World, maker: Organization, batch: str, mass_mg: int) -> bool:
    record = alloys(maker, batch, mass_mg)
    outcome = commit([record], world.ledger)[0]
    if outcome.accepted:
        maker.issuer.advance(record.id)
    return outcome.accepted


def test_what_is_left_of_a_batch_goes_on_from_group_to_group(world: World) -> None:
    maker = world.organization("maker", "AU")
    batch = maker.mines("alloy", 3_000, {"Nd": 300_000})
    assert [accepted(world, maker, batch, KILOGRAM) for _ in range(4)] == [True, True, True, False]
    state = replayed(world.ledger)
    assert differences(state, stored_state(world.ledger, state)) == []


def test_what_was_written_anew_is_read_anew(world: World) -> None:
    maker = world.organization("maker", "AU")
    batch = maker.mines("alloy", 3_000, {"Nd": 300_000})
    assert accepted(world, maker, batch, KILOGRAM)
    with world.ledger.database.writing() as connection:
        connection.execute(text("UPDATE batch SET left_mg = 0"))
        rewritten(connection)
    assert not accepted(world, maker, batch, KILOGRAM)


def test_what_another_process_took_is_seen(world: World) -> None:
    maker = world.organization("maker", "AU")
    batch = maker.mines("alloy", 3_000, {"Nd": 300_000})
    other = open_ledger(world.config, clock=lambda: world.now)
    try:
        for turn in range(3):  # in turn, so that each finds in its memory what the other has changed since
            record = alloys(maker, batch, KILOGRAM)
            assert commit([record], other if turn % 2 else world.ledger)[0].accepted
            maker.issuer.advance(record.id)
        for ledger in (world.ledger, other):
            codes = {violation.code for violation in commit([alloys(maker, batch, KILOGRAM)], ledger)[0].violations}
            assert codes == {"mass-exceeded"}
    finally:
        other.close()


def test_a_group_that_failed_leaves_nothing_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = world.organization("maker", "AU")
    batch = maker.mines("alloy", 3_000, {"Nd": 300_000})
    assert accepted(world, maker, batch, KILOGRAM)

    def fails(*_: object) -> None:
        raise OSError("the disk is full")

    record = alloys(maker, batch, 2 * KILOGRAM)
    with monkeypatch.context() as patch:
        patch.setattr(road, "append_group", fails)
        with pytest.raises(OSError, match="full"):
            commit([record], world.ledger)
    assert accepted(world, maker, batch, 2 * KILOGRAM)
    assert not accepted(world, maker, batch, 1)
