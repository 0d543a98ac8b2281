"""A service in a process of its own, as operators run it, and the load on it; CPU time is counted for both."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

__all__ = ["Load", "Server", "load", "running"]

_START_SECONDS = 60
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True, slots=True)
class Server:
    """A running service and its log of standard error."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """Seconds of CPU that the process, its threads and its children have used; 0 where the system does not say."""
        every = [self.process.pid]
        for pid in every:
            every += _children(pid)
        return sum(map(_cpu_seconds, every))


@dataclass(frozen=True, slots=True)
class Load:
    """What a load took: wall time, latencies, CPU of both sides, and some answers as they came."""

    records: int
    seconds: float
    p50_ms: float
    p99_ms: float
    server_cpu_us: float
    client_cpu_us: float
    sample: Sequence[bytes]

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds


@contextmanager
def running(command: Sequence[str], environment: dict[str, str], log: Path) -> Iterator[Server]:
    """`python -m <command>` on a free port until the block ends; `LODESTONE_PORT` in its environment says which.

    Raises:
        RuntimeError: it did not start, or did not end in order.
    """
    port = _free_port()
    with log.open("ab") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, str(port)],
            env={**os.environ, **environment, "LODESTONE_PORT": str(port)},
            stdout=subprocess.DEVNULL,
            stderr=err,
        )
    try:
        _await_port(port, process, log)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(_START_SECONDS)


def load(servers: Sequence[Server], lanes: Path, records: int, *, kind: str = "one", must: str = '"proof":') -> Load:
    """Put the load of a file of lanes on the servers, from a process of its own.

    Raises:
        RuntimeError: an answer was not a success, or did not contain what it must.
    """
    plan = {"ports": [server.port for server in servers], "kind": kind, "must": must, "lanes": str(lanes)}
    before = sum(server.cpu_seconds() for server in servers)
    command = [sys.executable, "-m", "ledger.bench.load"]
    done = subprocess.run(command, input=orjson.dumps(plan), stdout=subprocess.PIPE, check=True)
    said: dict[str, Any] = orjson.loads(done.stdout)
    if said["wrong"]:
        raise RuntimeError(f"An answer under load was not as it must be: {said['wrong']}")
    spent = sum(server.cpu_seconds() for server in servers) - before
    return Load(
        records,
        said["seconds"],
        said["p50_ms"],
        said["p99_ms"],
        spent / records * 1e6,
        said["cpu_seconds"] / records * 1e6,
        [body.encode() for body in said["sample"]],
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"The service did not start: {log.read_text(errors='replace')[-2_000:]}")


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        found = [(task / "children").read_text() for task in tasks]
    except OSError:
        return []
    return [int(child) for line in found for child in line.split()]


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS
