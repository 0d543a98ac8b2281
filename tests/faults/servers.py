"""The servers that faults are done to: the service as operators run it, and PostgreSQL."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.bench.serving import _await_port, _free_port
from tests.faults.family import LeftOut
from tests.postgres import PostgresServer, PostgresUnavailable, find_postgres, running_postgres

__all__ = ["Serving", "postgres", "refused_start", "serve"]

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
    port, log = _free_port(), home.with_name(f"{home.name}.log")
    with log.open("ab") as err:
        process = subprocess.Popen(_command(home, port), env=_environment(environment), stdout=err, stderr=err)
    try:
        _await_port(port, process, log)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return Serving(port, process)


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


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that flushes every commit.

    Raises:
        LeftOut: there is none here.
    """
    try:
        find_postgres()
    except PostgresUnavailable as reason:
        raise LeftOut(str(reason)) from None
    with running_postgres(durable=True) as server:
        yield server
