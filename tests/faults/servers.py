"""The servers that faults are done to: the service as operators run it, and PostgreSQL."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ledger.bench.serving import _await_port, _children, _free_port
from ledger.workflows.config import Config
from tests.faults.family import LeftOut
from tests.postgres import PostgresServer, PostgresUnavailable, find_postgres, running_postgres

__all__ = [
    "Serving",
    "await_postgres",
    "database_of",
    "kill_backend",
    "kill_postgres",
    "must_have_postgres",
    "postgres",
    "refused_start",
    "serve",
    "starting",
]

_PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Serving:
    """A running `lodestone serve`."""

    port: int
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """End it at once: nothing of it runs any more."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(_PATIENCE)

    def stop(self) -> int:
        """End it in order; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_PATIENCE)


def serve(home: Path, environment: Mapping[str, str] | None = None) -> Serving:
    """`lodestone serve` on a free port, once it answers.

    Raises:
        RuntimeError: it did not start; with what it said.
    """
    started = starting(home, environment)
    try:
        _await_port(started.port, started.process, _log_of(home))
    except BaseException:
        started.kill()
        raise
    return started


def starting(home: Path, environment: Mapping[str, str] | None = None) -> Serving:
    """The same, not waited for."""
    port = _free_port()
    with _log_of(home).open("ab") as err:
        process = subprocess.Popen(_command(home, port), env=_environment(environment), stdout=err, stderr=err)
    return Serving(port, process)


def _log_of(home: Path) -> Path:
    return home.with_name(f"{home.name}.log")


def database_of(config: Config) -> dict[str, str]:
    """The environment that names the database of a ledger."""
    return {"LODESTONE_DATABASE_URL": config.database}


def refused_start(home: Path, environment: Mapping[str, str] | None = None) -> str:
    """What `lodestone serve` says when it refuses to start; empty if it started."""
    command = _command(home, _free_port())
    process = subprocess.Popen(command, env=_environment(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        said, _ = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return ""
    return said.decode(errors="replace") if process.returncode == 1 else ""


def _command(home: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "ledger.cli", "serve", "--port", str(port), "--home", str(home)]


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LODESTONE_")}
    return {**kept, **(more or {})}


def must_have_postgres() -> None:
    """Say so where PostgreSQL is missing.

    Raises:
        LeftOut: there is none here.
    """
    try:
        find_postgres()
    except PostgresUnavailable as reason:
        raise LeftOut(str(reason)) from None


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that flushes every commit.

    Raises:
        LeftOut: there is none here.
    """
    must_have_postgres()
    with running_postgres(durable=True) as server:
        yield server


def kill_postgres(server: PostgresServer) -> None:
    """End a whole server, every session of it, at once; `start` brings it back."""
    process = server._process
    assert process is not None
    sessions = _children(process.pid)
    for pid in (process.pid, *sessions):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(_PATIENCE)


def kill_backend(server: PostgresServer, database: str) -> None:
    """End one session on a database at once, one in a transaction if there is one; the server restarts by itself."""
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s ORDER BY xact_start NULLS LAST LIMIT 1", (database,)
        ).fetchone()
    assert found is not None, "nobody uses the database"
    os.kill(found[0], signal.SIGKILL)


def await_postgres(server: PostgresServer) -> None:
    """Return once the server answers again."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            psycopg.connect(server.dsn("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
