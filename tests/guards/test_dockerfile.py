"""The Dockerfile keeps its promises as far as reading shows: building it needs an engine that tests do not have."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """Every instruction with its text, lines joined, comments left out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


@pytest.fixture(scope="module")
def final_stage(steps: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return steps[max(place for place, (word, _) in enumerate(steps) if word == "FROM") :]


def of(steps: list[tuple[str, str]], word: str) -> list[str]:
    return [rest for kind, rest in steps if kind == word]


def test_every_stage_starts_from_one_pinned_image(steps: list[tuple[str, str]]) -> None:
    images = {rest.split()[0] for rest in of(steps, "FROM")}
    assert len(of(steps, "FROM")) == 2
    assert len(images) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", images.pop())


def test_it_does_not_run_as_root(final_stage: list[tuple[str, str]]) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", of(final_stage, "USER")[-1])
    after_user = final_stage[[word for word, _ in final_stage].index("USER") :]
    assert "RUN" not in dict(after_user)


def test_every_copied_file_exists(steps: list[tuple[str, str]]) -> None:
    sources = [s for rest in of(steps, "COPY") if "--from" not in rest for s in rest.split()[:-1]]
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_every_copied_file_reaches_the_build(steps: list[tuple[str, str]]) -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {s.split("/")[0] for rest in of(steps, "COPY") if "--from" not in rest for s in rest.split()[:-1]}
    assert sources <= let_in


def test_dependencies_are_installed_by_hash_and_without_a_compiler(steps: list[tuple[str, str]]) -> None:
    commands = [c for rest in of(steps, "RUN") for c in rest.split("&&") if " install " in c and "-r " in c]
    assert len(commands) == 2
    assert all("--require-hashes" in c and "--no-deps" in c and "--only-binary :all:" in c for c in commands)
    assert not re.search(r"gcc|build-essential|apt-get", " ".join(of(steps, "RUN")))


def test_nothing_is_installed_in_the_final_stage(final_stage: list[tuple[str, str]]) -> None:
    assert not re.search(r"\bpip\b", " ".join(of(final_stage, "RUN")))


def test_its_health_is_asked_of_readyz(final_stage: list[tuple[str, str]]) -> None:
    (check,) = of(final_stage, "HEALTHCHECK")
    assert "/readyz" in check
    assert "curl" not in check
    assert of(final_stage, "EXPOSE") == [re.findall(r"127\.0\.0\.1:(\d+)", check)[0]]


def test_it_writes_to_its_volume_only(final_stage: list[tuple[str, str]]) -> None:
    assert of(final_stage, "VOLUME") == ["/data"]
    assert "LODESTONE_HOME=/data" in of(final_stage, "ENV")[0]
    assert "PYTHONDONTWRITEBYTECODE=1" in of(final_stage, "ENV")[0]


def test_it_serves_when_started_without_a_command(final_stage: list[tuple[str, str]]) -> None:
    assert of(final_stage, "ENTRYPOINT") == ['["lodestone"]']
    assert of(final_stage, "CMD") == ['["serve", "--host", "0.0.0.0"]']
