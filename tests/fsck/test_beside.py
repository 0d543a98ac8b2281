"""Beside a service that goes on committing, and from the command line."""

import threading
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from ledger.cli.main import app
from ledger.workflows.config import Config
from ledger.workflows.fsck import fsck
from tests.fsck.everything import World


def going_on(world: World) -> tuple[threading.Event, threading.Thread]:
    """Records are committed one after the other until the event is set."""
    who, enough = world.organization("busy", "AU"), threading.Event()

    def commit() -> None:
        while not enough.is_set():
            who.facility("AU")

    thread = threading.Thread(target=commit)
    thread.start()
    return enough, thread


def test_a_ledger_is_whole_at_every_moment_of_a_service(database_url: str, tmp_path: Path) -> None:
    world = World(tmp_path / "home", database_url=database_url)
    enough, thread = going_on(world)
    try:
        answers = [fsck(world.config, alone=False) for _ in range(3)]
    finally:
        enough.set()
        thread.join()
        world.close()
    assert [answer.findings for answer in answers] == [()] * 3
    sizes = [answer.counts["entries"] for answer in answers]
    assert sizes == sorted(set(sizes))
    assert fsck(world.config).clean


@pytest.fixture
def run(config: Config) -> Callable[..., tuple[int, str]]:
    """The command on this ledger: exit code and what it printed."""

    def command(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["fsck", "--home", str(config.home), *arguments])
        return done.exit_code, done.stdout

    return command


def test_the_command_says_that_a_ledger_is_whole(run: Callable[..., tuple[int, str]]) -> None:
    code, said = run()
    assert (code, said.startswith("The ledger is whole: ")) == (0, True)
    code, said = run("--json")
    answer = orjson.loads(said)
    assert (code, answer["clean"], answer["findings"]) == (0, True, [])
    assert answer["counts"]["records"] == answer["counts"]["replayed"] > 0


def test_the_command_names_what_differs_and_mends_it(config: Config, run: Callable[..., tuple[int, str]]) -> None:
    partial = next(iter((config.tiles / "tile" / "0" / "000.p").iterdir()))
    partial.write_bytes(b"")
    code, said = run()
    assert code == 1
    assert "The ledger is damaged: 1 difference in" in said
    assert partial.name in said
    code, said = run("--json")
    (finding,) = orjson.loads(said)["findings"]
    assert (code, finding["code"], finding["repairable"]) == (1, "tile", True)
    code, said = run("--repair")
    assert code == 0
    assert "Made anew: 1 of kind tile." in said
    assert run()[0] == 0
