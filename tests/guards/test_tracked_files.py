"""What is published says nothing about the machines where it was made, and holds no secret."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(rb"(?<![\w.${}~-])/" + rb"(?:work|root|tmp|home)" + rb"/[\w.]")
REGISTRY_HOST = re.compile(rb"py" rb"pi\.org|python" rb"hosted\.org|npm" rb"js\.org|crates" rb"\.io|proxy\.go" rb"lang")
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE" rb" KEY-----")
CONFLICT = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)


@pytest.fixture(scope="module")
def tracked() -> dict[str, bytes]:
    """The content of every tracked file; of every file, where this is no git checkout."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    # As whoever owns the checkout says: a checkout of another account is read too.
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.split(b"\0")
    paths = [ROOT / name.decode() for name in listed if name]
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in paths if path.is_file()}


def found(tracked: dict[str, bytes], wanted: re.Pattern[bytes], *, outside: str = "") -> dict[str, bytes]:
    hits = {
        name: wanted.search(content) for name, content in tracked.items() if not (outside and name.startswith(outside))
    }
    return {name: hit.group() for name, hit in hits.items() if hit}


def test_no_file_names_a_path_of_one_machine(tracked: dict[str, bytes]) -> None:
    assert found(tracked, MACHINE_PATH, outside="tests/vectors/") == {}


def test_no_file_names_the_host_of_a_registry(tracked: dict[str, bytes]) -> None:
    assert found(tracked, REGISTRY_HOST) == {}


def test_no_file_holds_a_private_key(tracked: dict[str, bytes]) -> None:
    assert found(tracked, PRIVATE_KEY, outside="tests/vectors/") == {}


def test_no_file_holds_an_unfinished_merge(tracked: dict[str, bytes]) -> None:
    assert found(tracked, CONFLICT) == {}


@pytest.mark.parametrize("line", [b"see " + b"/wo" + b"rk/main", b'"' + b"/tm" + b'p/x"', b"cd " + b"/ro" + b"ot/a"])
def test_the_guard_sees_a_path_of_one_machine(line: bytes) -> None:
    assert MACHINE_PATH.search(line)


@pytest.mark.parametrize("line", [b"ledger/workflows/x", b"$HOME/tmp/x", b"api/root/x", b"GET /log/tile/x"])
def test_the_guard_lets_other_paths_pass(line: bytes) -> None:
    assert not MACHINE_PATH.search(line)
