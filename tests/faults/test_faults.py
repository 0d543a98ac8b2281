"""The shorter form of `make faults`: every stop alone, and a few faults of each other family."""

import os
from pathlib import Path

import pytest
from sqlalchemy import text

from ledger.signing.newfile import write_new_file
from ledger.store.database import Database
from ledger.store.log import publishing
from tests.faults import families, steps
from tests.faults.files import file_faults
from tests.faults.road import Died, Failed, Road, walking
from tests.faults.run import Result, run
from tests.faults.seen import Checked
from tests.postgres import PostgresServer

FEW = {"pairs": 4, "publishing": 6, "files": 2, "full": 1, "power": 6, "kill": 1, "standby": 1}
"""PostgreSQL is killed before its standby takes over, so that `kill-postgresql` is left to the full form."""


def nothing_lost(result: Result) -> None:
    if result.left_out and os.environ.get("LODESTONE_REQUIRE_POSTGRESQL") != "1":
        pytest.skip(f"{result.family.name} was left out: {result.left_out}")
    assert result.left_out == ""
    assert result.losses == []
    assert result.trials > 0
    assert result.receipts > 0
    assert result.checkpoints > 0


def test_a_stop_at_every_point_of_the_commit_road_loses_nothing(tmp_path: Path) -> None:
    """Each point, failed and persisted; the process lives on after one half of them, and dies after the other half."""
    with steps.prepared(tmp_path) as made:
        every = steps.stops(made)
        points = {(stop.point, stop.persisted) for stop in every}
        trial = steps.alone(made)
        found = Checked()
        for seed in range(len(points)):
            found.add(trial(seed))
    assert found.losses == []
    assert min(found.receipts, found.checkpoints) > len(points)
    assert {(stop.point, stop.persisted) for stop in every[: len(points)]} == points
    assert [family.trials >= len(every) for family in families.ALL if family.name.startswith("steps")] == [True, True]


def test_the_full_form_tries_every_error_of_every_file_operation_of_publishing(tmp_path: Path) -> None:
    full = next(one for one in families.ALL if one.name == "publishing")
    with steps.prepared(tmp_path) as made:
        every = file_faults(made)
    assert len({fault.number for fault in every}) * 6 == len(every)
    assert len(every) <= full.trials


def test_the_same_on_postgresql(postgresql_server: PostgresServer, tmp_path: Path) -> None:
    """A few of them, spread over the road."""
    with steps.prepared(tmp_path, postgresql_server) as made:
        trial = steps.alone(made)
        found = Checked()
        for seed in range(11, 84, 24):
            found.add(trial(seed))
    assert found.losses == []
    assert found.receipts > 0


@pytest.mark.parametrize("name", FEW)
def test_a_few_faults_of_each_family_lose_nothing(name: str) -> None:
    family = next(one for one in families.ALL if one.name == name)
    nothing_lost(run(family, range(FEW[name])))


def test_a_turn_whose_end_failed_is_not_kept_for_ever(postgresql_url: str) -> None:
    """The session of PostgreSQL that holds the lock must end, else every later group waits for it."""
    database = Database(postgresql_url)
    with walking(Road(2, persisted=True)) as road, pytest.raises(Failed), publishing(database):
        pass
    assert road.walked == ["begin a transaction", "commit a transaction"]
    with database.engine.connect() as connection:
        held = connection.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")).scalar_one()
    assert held == 0
    database.close()


def test_a_new_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", Road(1, how=Died).step("flush", os.fsync))
        with pytest.raises(Died):
            write_new_file(path, b"secret")
    assert not path.exists()
    write_new_file(path, b"secret")
    with pytest.raises(FileExistsError):
        write_new_file(path, b"another")
    assert path.read_bytes() == b"secret"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
