"""The locked versions are what pyproject.toml allows, with hashes, and the three files agree."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
WANTED = {
    "runtime": SETTINGS["project"]["dependencies"],
    "build": SETTINGS["dependency-groups"]["build"],
    "dev": SETTINGS["project"]["dependencies"] + SETTINGS["dependency-groups"]["dev"],
}


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", WANTED)
def test_everything_asked_for_is_locked_within_its_range(name: str) -> None:
    versions = locked(name)
    for requirement in map(Requirement, WANTED[name]):
        version = versions.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not locked: make lock"
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}: make lock"


@pytest.mark.parametrize("name", WANTED)
def test_every_locked_package_has_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    for entry in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_locks_agree_where_they_overlap() -> None:
    dev = locked("dev")
    for name in ("runtime", "build"):
        assert {p: v for p, v in locked(name).items() if dev.get(p, v) != v} == {}


def test_whoever_runs_lodestone_installs_no_tool_of_development() -> None:
    assert not {"pytest", "mypy", "ruff", "hypothesis", "hatchling"} & set(locked("runtime"))


def test_the_build_is_locked_as_it_is_asked_for() -> None:
    assert set(SETTINGS["build-system"]["requires"]) <= set(SETTINGS["dependency-groups"]["build"])
