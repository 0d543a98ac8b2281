"""Running `lodestone` as people do: as a process of its own, with folders of its own."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from ledger.cli.main import main

__all__ = ["Done", "Person", "Served", "inside", "lodestone", "running", "serving"]

Started = Callable[["subprocess.Popen[bytes]"], object]
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def text(self) -> str:
        return self.out + self.err


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LODESTONE_", "COV_"))}
    return kept | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | more


def lodestone(*words: str | Path, stdin: bytes = b"", folder: Path | None = None, **more: str) -> Done:
    """Run one command; no command may ever show a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "ledger.cli.main", *map(str, words)],
        cwd=folder or ROOT,
        env=environment(**more),
        input=stdin,
        capture_output=True,
        check=False,
        timeout=300,
    )
    ended = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ended.text, ended.text
    assert ended.code in (0, 1, 2), ended
    return ended


def inside(*words: str | Path, folder: Path | None = None, **more: str) -> Done:
    """The same within this process, which is much faster: to get where a test begins, and for very many inputs."""
    out, err = StringIO(), StringIO()
    argv, kept, here = sys.argv, dict(os.environ), Path.cwd()
    try:
        sys.argv = ["lodestone", *map(str, words)]
        os.environ.clear()
        os.environ.update(environment(**more))
        os.chdir(folder or here)
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = argv
        os.environ.clear()
        os.environ.update(kept)
        os.chdir(here)
    code = ended.value.code or 0
    done = Done(int(code), out.getvalue(), err.getvalue())
    assert "Traceback" not in done.text, done.text
    return done


@dataclass(frozen=True)
class Served:
    url: str
    home: Path

    def operator(self, *words: str | Path) -> Done:
        """A command of the operator, where the ledger's keys are."""
        return lodestone(*words, LODESTONE_HOME=str(self.home), LODESTONE_USER_HOME=str(self.home / "user"))

    def admit(self, organization: str, *words: str) -> Done:
        return inside("org", "admit", organization, *words, "--url", self.url, LODESTONE_HOME=str(self.home))


@dataclass(frozen=True)
class Person:
    """Somebody with a user folder of his own."""

    served: Served
    home: Path

    def run(self, *words: str | Path, stdin: bytes = b"", **more: str) -> Done:
        return lodestone(*words, stdin=stdin, folder=self.home, LODESTONE_USER_HOME=str(self.home / "user"), **more)

    @property
    def profile(self) -> Path:
        return self.home / "user" / "profiles" / "default"

    @property
    def organization(self) -> str:
        return str(self.state["organization"])

    @property
    def state(self) -> dict[str, Any]:
        kept: dict[str, Any] = json.loads((self.profile / "profile.json").read_bytes())
        return kept

    def quickly(self, *words: str | Path) -> Done:
        return inside(*words, folder=self.home, LODESTONE_USER_HOME=str(self.home / "user"))

    def key(self, *words: str) -> Done:
        done = self.quickly("key", "new", "--url", self.served.url, *words)
        assert done.code == 0, done
        return done

    def known(self, name: str = "Wattle Range", country: str = "AU") -> None:
        """Keys, an organization, admitted, and in the ledger."""
        if not self.profile.exists():
            self.key()
        made = self.quickly(
            "org", "new", "--name", name, "--country", country, "--at", "2026-01-01T00:00:00Z", "--json"
        )
        assert made.code == 0, made
        assert self.served.admit(made.json["organization"]).code == 0
        assert self.quickly("submit").code == 0

    def given_token(self, *scopes: str) -> None:
        words = [word for scope in scopes for word in ("--scope", scope)]
        made = inside(
            "token", "new", "--organization", self.organization, "-o", self.profile / "token", *words,
            LODESTONE_HOME=str(self.served.home),
        )  # fmt: skip
        assert made.code == 0, made

    def file(self, name: str, records: list[Any]) -> Path:
        path = self.home / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return path


@contextmanager
def serving(home: Path, **more: str) -> Iterator[Served]:
    """`lodestone serve` on a free port; what it says goes to serve.out and serve.err beside its folder."""
    with running("serve", beside=home.parent / "serve", started=None, LODESTONE_HOME=str(home), **more) as url:
        yield Served(url, home)


@contextmanager
def running(*words: str | Path, beside: Path, started: "Started | None" = None, **more: str) -> Iterator[str]:
    """A command that serves until it is stopped, on a free port; its address. What it says goes to files.

    Whoever wants to kill it is given the process with `started`.
    """
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with beside.with_suffix(".out").open("wb") as out, beside.with_suffix(".err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "ledger.cli.main", *map(str, words), "--port", str(port)],
            cwd=ROOT,
            env=environment(**more),
            stdout=out,
            stderr=err,
        )
        try:
            _wait(url, process)
            if started is not None:
                started(process)
            yield url
        finally:
            process.terminate()
            process.wait(60)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None, "the service ended"
        try:
            with urllib.request.urlopen(f"{url}/livez", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the service does not answer")
