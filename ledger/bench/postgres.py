"""A private PostgreSQL server for tests and measurements: real, on loopback, in its own folder, gone at the end."""

import contextlib
import itertools
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

__all__ = ["PostgresServer", "PostgresUnavailable", "find_postgres", "running_postgres"]

_USER = "lodestone"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_START_SECONDS = 30


class PostgresUnavailable(Exception):
    """There is no PostgreSQL here that could be started; the sentence says why."""


def find_postgres() -> Path:
    """The folder with `initdb` and `postgres`: that of PATH, else the newest where Debian or Red Hat put it.

    Raises:
        PostgresUnavailable: there is none, or nobody whom it would run as (it refuses to run as root).
    """
    if os.geteuid() == 0 and _server_account() is None:
        raise PostgresUnavailable("PostgreSQL does not run as root, and there is no account postgres or nobody")
    found = shutil.which("initdb")
    candidates = [Path(found).resolve().parent] if found else []
    root = Path("/usr")
    installed = [*root.glob("lib/postgresql/*/bin"), *root.glob("pgsql-*/bin")]
    candidates += sorted(installed, key=_version, reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresUnavailable("initdb is not installed")


def _version(folder: Path) -> int:
    numbers = re.findall(r"\d+", str(folder))
    return int(numbers[-1]) if numbers else 0


def _server_account() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


@dataclass(slots=True)
class PostgresServer:
    """One running server. `durable` servers flush every commit to disk; the others are for speed."""

    binaries: Path
    folder: Path
    port: int
    durable: bool
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _templates: set[str] = field(default_factory=set)

    def url(self, database: str) -> str:
        """The address of a database as SQLAlchemy and `LODESTONE_DATABASE_URL` write it."""
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/{database}"

    def dsn(self, database: str) -> str:
        """The address of a database as psycopg and psql write it."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The name of a fresh database, a copy of the template; dropped at the end, whoever is still connected."""
        name = f"test_{next(self._numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield name
        finally:
            self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def template(self, name: str, prepare: Callable[[str], None]) -> str:
        """The name of a template database; `prepare` fills it, the first time, given its `url`.

        `prepare` must leave no connection open: a database in use cannot be copied.
        """
        if name not in self._templates:
            self._execute(f'CREATE DATABASE "{name}"')
            prepare(self.url(name))
            self._templates.add(name)
        return name

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start it and wait until it answers; also after `crash`, when it recovers from its log first."""
        settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100"]
        if not self.durable:
            settings += _FAST
        options = [word for setting in settings for word in ("-c", setting)]
        command = [str(self.binaries / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port), *options]
        with (self.folder / "server.log").open("ab") as log:
            self._process = _run_as_server(command, self.folder, log.fileno())
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.dsn("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    said = (self.folder / "server.log").read_text(errors="replace")[-1000:]
                    raise PostgresUnavailable(f"PostgreSQL did not start: {said}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop it in order: connections are closed, everything is written."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Stop it as a power cut would: nothing more is written."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            try:
                self._process.wait(timeout=_START_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None


@contextlib.contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A server that runs inside the block, with its own data, port and log, and leaves nothing behind.

    Raises:
        PostgresUnavailable: as `find_postgres`, or it did not start.
    """
    binaries = find_postgres()
    folder = Path(tempfile.mkdtemp(prefix="lodestone-postgres-"))
    server = PostgresServer(binaries=binaries, folder=folder, port=_free_port(), durable=durable)
    try:
        if os.geteuid() == 0 and (account := _server_account()) is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        _make_data(binaries, folder, durable=durable)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _make_data(binaries: Path, folder: Path, *, durable: bool) -> None:
    command = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", _USER, "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C", "--no-instructions"]
    if not durable:
        command.append("--no-sync")
    log = folder / "initdb.log"
    with log.open("wb") as out:
        if _run_as_server(command, folder, out.fileno()).wait() != 0:
            raise PostgresUnavailable(f"initdb failed: {log.read_text(errors='replace')[-1000:]}")


def _run_as_server(command: list[str], folder: Path, out: int) -> subprocess.Popen[bytes]:
    """Start a program of PostgreSQL; where we are root, as the server's own account."""
    if os.geteuid() == 0 and (account := _server_account()) is not None:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
        )
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port
