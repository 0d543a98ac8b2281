"""One served ledger for all tests of commands, and for each test people with folders of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.commands import Person, Served, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served") / "home") as running:
        yield running


@pytest.fixture
def person(served: Served, tmp_path: Path) -> Person:
    return Person(served, tmp_path)


@pytest.fixture
def producer(person: Person) -> Person:
    """Somebody who is in the ledger and may submit."""
    person.known()
    return person


@pytest.fixture
def people(served: Served, tmp_path: Path) -> Callable[[str], Person]:
    def make(name: str) -> Person:
        (tmp_path / name).mkdir()
        return Person(served, tmp_path / name)

    return make
