"""What every test can ask for: databases, and a network that is closed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chromium import ChromiumUnavailable, find_chromium
from tests.network import close_network
from tests.postgres import PostgresServer, PostgresUnavailable, find_postgres, running_postgres
from tests.softhsm import SoftHsm, SoftHsmUnavailable, find_softhsm, initialized

_REQUIRED = "LODESTONE_REQUIRE_POSTGRESQL"
_REQUIRED_HSM = "LODESTONE_REQUIRE_SOFTHSM"


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Only this machine can be reached."""
    with pytest.MonkeyPatch.context() as patch:
        close_network(patch)
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """A private PostgreSQL server for all tests; fast, so not one that survives a power cut."""
    yield from _server(durable=False)


@pytest.fixture
def durable_postgresql_server() -> Iterator[PostgresServer]:
    """A server of this test's own that flushes every commit: for tests that `crash` and `start` it."""
    yield from _server(durable=True)


def _server(*, durable: bool) -> Iterator[PostgresServer]:
    try:
        find_postgres()
    except PostgresUnavailable as reason:
        if os.environ.get(_REQUIRED) == "1":
            pytest.fail(f"{_REQUIRED}=1, but {reason}")
        pytest.skip(f"PostgreSQL was left out: {reason}")
    with running_postgres(durable=durable) as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: PostgresServer) -> Iterator[str]:
    """The address of a fresh, empty PostgreSQL database."""
    with postgresql_server.database() as name:
        yield postgresql_server.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh, empty database: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url = request.getfixturevalue("postgresql_url")
    assert isinstance(url, str)
    return url


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    """A hardware module in software, one for all tests: a process loads such a module once."""
    try:
        find_softhsm()
    except SoftHsmUnavailable as reason:
        if os.environ.get(_REQUIRED_HSM) == "1":
            pytest.fail(f"{_REQUIRED_HSM}=1, but {reason}")
        pytest.skip(f"Keys in hardware were left out: {reason}")
    with initialized(tmp_path_factory.mktemp("softhsm")) as module:
        yield module


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Say in the very last lines what was left out; a line in the middle is not read."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or config.option.collectonly:
        return
    try:
        find_softhsm()
    except SoftHsmUnavailable as reason:
        reporter.write_line(f"Keys in hardware were left out: {reason}.")
    try:
        find_chromium()
    except ChromiumUnavailable as reason:
        reporter.write_line(f"What a browser shows was left out: {reason}.")
    try:
        find_postgres()
    except PostgresUnavailable as reason:
        reporter.write_line(f"PostgreSQL was left out: {reason}. What was tested ran on SQLite only.")
