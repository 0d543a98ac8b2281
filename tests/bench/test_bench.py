"""The bench runs, measures a real service under load, and prints figures in the one shape."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from ledger.bench.goals import GOALS, reached
from ledger.bench.measure import Figure
from ledger.bench.serving import running
from ledger.bench.submissions import Place, submitted


def test_two_figures_are_measured_and_printed_with_their_limits(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *"ledger.cli bench --quick --json --only verify.bare --only submit.c16".split()],
        capture_output=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr.decode()
    figures = {figure["name"]: figure for figure in orjson.loads(done.stdout)["figures"]}
    assert list(figures) == ["verify.bare", "submit.c16"]
    bare, submitted = figures["verify.bare"], figures["submit.c16"]
    assert {"name", "value", "unit", "limit", "ratio", "rounds"} <= submitted.keys()
    assert submitted["limit"] == bare["value"] > 0
    assert submitted["ratio"] == pytest.approx(submitted["value"] / bare["value"], abs=0.001)
    assert 0 < submitted["p50_ms"] <= submitted["p99_ms"]
    assert list(tmp_path.iterdir()) == []  # what it needed it made elsewhere, and took away


def test_goals_say_whether_the_floor_and_the_aim_are_reached() -> None:
    figure = Figure("submit.c64", 1, "records/s", 5, 0.2, 5)
    assert reached(figure) == "floor"
    assert reached(replace(figure, ratio=0.19)) == "no"
    assert reached(replace(figure, ratio=0.35)) == "aim"
    assert reached(replace(figure, rounds=0)) == ""  # nothing was measured
    disk = Figure("disk.per_byte", 2.5, "bytes/byte", 1, 2.5, 1)
    assert reached(disk) == "floor"
    assert reached(replace(disk, ratio=2.6)) == "no"
    assert reached(replace(disk, ratio=1.5)) == "aim"
    assert reached(replace(figure, name="http.noop")) == ""
    assert all((goal.aim < goal.floor) == goal.less for goal in GOALS.values())


def test_a_service_under_load_that_is_told_to_stop_answers_and_closes_its_ledger(tmp_path: Path) -> None:
    place = Place(tmp_path, 2, 8)
    with running(["api"], place.environment, tmp_path / "log") as server:
        seen = submitted(place, [server], 4, 1)
        assert (place.home / "ledger.db-wal").exists()
    assert [one.records for one in seen] == [8]
    assert server.process.returncode == 0
    assert not (place.home / "ledger.db-wal").exists()
