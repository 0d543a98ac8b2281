"""A ledger in which there is something of everything, made once for each database and copied for every test."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.workflows.config import Config
from tests.fsck.everything import World, everything, moved


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The ledger itself; nobody changes it."""
    world = World(tmp_path_factory.mktemp("everything") / "home")
    everything(world)
    world.close()
    return world.config


@pytest.fixture
def config(made: Config, tmp_path: Path) -> Config:
    """A copy, on SQLite."""
    shutil.copytree(made.home, tmp_path / "home")
    return replace(made, home=tmp_path / "home")


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, config: Config) -> Config:
    """A copy, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return config
    return moved(config, request.getfixturevalue("postgresql_url"))
