"""What is exported from the repository installs, and works in any folder."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IN_THE_WHEEL = (".toml", ".html", ".css", ".js", ".svg", ".py", ".mako", ".sql", ".typed", ".json", ".csv", ".txt")

pytestmark = pytest.mark.skipif(not (ROOT / "ledger/cli/main.py").exists(), reason="there is no command line yet")


def run(*command: str | Path, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LODESTONE", "COV"))}
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=clean, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the last commit, without .git."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    tree = tmp_path_factory.mktemp("exported")
    command = ["git", "-c", f"safe.directory={ROOT}", "archive", "--format=tar", "HEAD"]
    archive = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(tree, filter="data")
    return tree


@pytest.fixture(scope="module")
def wheel(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the locked tools, so that nothing is asked of a registry."""
    out = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", out, exported, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_package_holds_every_file_of_the_code(exported: Path, wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    files = [p for folder in ("ledger", "api") for p in (exported / folder).rglob("*") if p.suffix in IN_THE_WHEEL]
    assert {str(path.relative_to(exported)) for path in files} - packed == set()


@pytest.mark.slow
def test_an_installed_copy_works_in_another_folder(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=tmp_path)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", home)
    locked = ROOT / "requirements/runtime.txt"
    run(*pip, "install", "--quiet", "--no-deps", "--require-hashes", "-r", locked, cwd=elsewhere)
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=elsewhere)
    assert "verify" in run(home / "bin/lodestone", "--help", cwd=elsewhere)
    where = run(home / "bin/python", "-c", "import ledger; print(ledger.__file__)", cwd=elsewhere)
    assert str(home) in where
    assert not list(elsewhere.iterdir()), "asking for help leaves nothing behind"
