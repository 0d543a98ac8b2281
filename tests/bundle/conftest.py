"""Worlds and files that many tests verify; each is made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundle.both import ask_both
from tests.bundle.files import Files, files_of
from tests.bundle.stories import magnet, small
from tests.world import World


@pytest.fixture(scope="session", autouse=True)
def both_verifiers() -> Iterator[None]:
    """Whatever these tests verify is verified in JavaScript too, at the end and where Node is there."""
    yield
    ask_both()


@pytest.fixture(scope="session")
def magnets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    """A magnet of six records and more, for a buyer, delivered in 2027."""
    world = World(_folder(tmp_path_factory))
    batch, maker = magnet(world)
    yield files_of(world, maker.report(batch, delivered="2027-02-01"))
    world.close()


@pytest.fixture(scope="session")
def oxide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    """The shortest story with a process in it, for a buyer."""
    world = World(_folder(tmp_path_factory))
    yield files_of(world, world.report(small(world)))
    world.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world of a test's own."""
    world = World(tmp_path / "ledger")
    yield world
    world.close()


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("world") / "ledger"
