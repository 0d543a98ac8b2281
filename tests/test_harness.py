"""The tests' own tools do what the other tests rely on."""

import asyncio
import socket
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.network import NetworkClosed
from tests.postgres import PostgresServer, PostgresUnavailable, find_postgres

ELSEWHERE = "192.0.2.1"  # RFC 5737: an address that belongs to nobody


def test_a_test_cannot_connect_to_another_machine() -> None:
    with socket.socket() as outside, pytest.raises(NetworkClosed):
        outside.connect((ELSEWHERE, 80))
    with socket.socket(type=socket.SOCK_DGRAM) as outside, pytest.raises(NetworkClosed):
        outside.sendto(b"x", (ELSEWHERE, 53))


def test_a_test_cannot_look_up_a_name() -> None:
    with pytest.raises(NetworkClosed):
        socket.getaddrinfo("example.org", 443)


def test_an_asyncio_client_is_held_back_too() -> None:
    with pytest.raises(NetworkClosed):
        asyncio.run(asyncio.open_connection(ELSEWHERE, 80))


def test_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_every_test_gets_an_empty_database(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (n INTEGER)"))
        assert connection.execute(text("SELECT count(*) FROM kept")).scalar() == 0
    engine.dispose()


def test_a_template_is_filled_once_and_copied_for_each_database(postgresql_server: PostgresServer) -> None:
    filled = []

    def fill(url: str) -> None:
        filled.append(url)
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept AS SELECT 7 AS n"))
        engine.dispose()

    for _ in range(2):
        template = postgresql_server.template("filled", fill)
        with postgresql_server.database(template) as name, psycopg.connect(postgresql_server.dsn(name)) as connection:
            assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]
            connection.execute("DELETE FROM kept")
    assert len(filled) == 1


@pytest.mark.slow
def test_a_durable_server_keeps_what_was_committed_through_a_crash(durable_postgresql_server: PostgresServer) -> None:
    server = durable_postgresql_server
    with psycopg.connect(server.dsn("postgres")) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    server.crash()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.dsn("postgres"), connect_timeout=2)
    server.start()
    with psycopg.connect(server.dsn("postgres")) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_a_machine_without_initdb_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(()))
    with pytest.raises(PostgresUnavailable, match="initdb is not installed"):
        find_postgres()
