"""Go programs as outside judges: built where Go is present, else left out in words.

With LODESTONE_REQUIRE_GO=1, which `.ci/run` sets where Go is installed, modules that cannot be fetched fail the tests:
a judge who did not come is not one who agreed.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

__all__ = ["build"]

_GO = Path(__file__).resolve().parent / "go"
_REQUIRED = "LODESTONE_REQUIRE_GO"


def build(source: str, target: Path) -> Path:
    """The program of a folder of tests/go."""
    folder = _GO / source
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed: no outside judge was asked")
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    wanted, found = (
        _version((folder / "go.mod").read_text(), r"^go (\S+)$"),
        _version(_run([go, "version"]), r" go(\S+) "),
    )
    if found < wanted:
        pytest.skip(f"Go {'.'.join(map(str, wanted))} or later is not installed: no outside judge was asked")
    fetched = subprocess.run(
        [go, "mod", "download"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if fetched.returncode != 0:
        said = f"the Go modules of {folder.name} cannot be fetched: {fetched.stderr.strip()[:200]}"
        if os.environ.get(_REQUIRED) == "1":
            pytest.fail(f"{_REQUIRED}=1, but {said}")
        pytest.skip(said)
    subprocess.run([go, "build", "-o", target, "."], cwd=folder, env=environment, check=True)
    return target


def _run(words: list[str]) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def _version(text: str, pattern: str) -> tuple[int, ...]:
    found = re.search(pattern, text, re.MULTILINE)
    assert found is not None, text
    return tuple(int(part) for part in re.findall(r"\d+", found[1]))[:2]
