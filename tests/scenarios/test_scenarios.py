"""The stories of this folder, played, and compared with what an independent calculation said of them.

`X.expected.json` was written by `python -m tests.oracle.freeze`, never by the program under test.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from ledger.workflows.play import PlayResult, play
from tests.oracle.compare import differences
from tests.oracle.freeze import frozen, stories
from tests.oracle.model import answer

SLACK = 12
"""ppm: two, and one for each process on the longest path of a story."""


def _read(path: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(path.read_text())
    return said


@pytest.fixture(scope="module", params=stories(), ids=lambda path: path.stem)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PlayResult]:
    path: Path = request.param
    return path, play(_read(path), tmp_path_factory.mktemp("story") / "played")


def test_a_story_goes_as_it_says(story: tuple[Path, PlayResult]) -> None:
    path, played = story
    assert played.unmet == []
    told = {record["as"]: set(record.get("violations", [])) for record in _read(path)["records"]}
    assert {line["as"]: {violation["code"] for violation in line["violations"]} for line in played.outcomes} == told


def test_a_story_has_the_outcomes_and_reports_that_were_frozen(story: tuple[Path, PlayResult]) -> None:
    path, played = story
    expected = _read(path.with_suffix(".expected.json"))
    outcomes = {
        line["as"]: sorted({violation["code"] for violation in line["violations"]}) or "accepted"
        for line in played.outcomes
    }
    assert outcomes == expected["outcomes"]
    assert played.reports.keys() == expected["reports"].keys()
    wrong = [
        f"{name}: {words}"
        for name, said in expected["reports"].items()
        for words in _wrong(said, played.reports[name]["credentialSubject"])
    ]
    assert not wrong, "\n".join(wrong)


def test_a_story_means_to_the_oracle_what_was_frozen_and_what_was_played(story: tuple[Path, PlayResult]) -> None:
    path, played = story
    given = answer(_read(path))
    assert frozen(given) == _read(path.with_suffix(".expected.json"))
    assert differences(given, played.outcomes, played.reports) == []


def test_the_comparison_notices_what_is_a_little_wrong(story: tuple[Path, PlayResult]) -> None:
    path, played = story
    given = answer(_read(path))
    for name in played.reports:
        if given.reports[name].batch.mass < 1_000_000:
            continue  # in a few milligrams a hundred ppm is nothing
        for spoil in (_shift_a_share, _name_another_country, _pass_anyway, _forget_an_element):
            reports = deepcopy(played.reports)
            if spoil(reports[name]["credentialSubject"]):
                assert differences(given, played.outcomes, reports), f"{name}: {spoil.__name__}"


def _shift_a_share(subject: dict[str, Any]) -> bool:
    cells = next(iter(subject["statement"]["elements"].values()))["mined"]
    cells[0]["share_ppm"] -= 100
    cells.append({"countries": ["NZ"], "basis": "traced", "share_ppm": 100})
    return True


def _name_another_country(subject: dict[str, Any]) -> bool:
    cell = subject["statement"]["magnetized"][0]
    cell["countries"] = [*cell["countries"], "NZ"]
    return True


def _pass_anyway(subject: dict[str, Any]) -> bool:
    for verdict in subject["verdicts"]:
        if verdict["verdict"] != "PASS":
            verdict["verdict"] = "PASS"
            return True
    return False


def _forget_an_element(subject: dict[str, Any]) -> bool:
    del subject["statement"]["elements"][next(iter(subject["statement"]["elements"]))]
    return True


def _wrong(said: dict[str, Any], subject: dict[str, Any]) -> Iterator[str]:
    statement = subject["statement"]
    for bucket in ("sintered_or_bonded", "magnetized"):
        yield from _apart(bucket, said["statement"][bucket], _cells(statement[bucket]))
    for element, buckets in said["statement"]["elements"].items():
        for bucket, cells in buckets.items():
            yield from _apart(f"{element}.{bucket}", cells, _cells(statement["elements"][element][bucket]))
    for element, kinds in said["recycled"].items():
        yield from _apart(f"recycled.{element}", kinds, subject["recycled"][element])
    yield from _apart("completeness", said["completeness"], subject["completeness"])
    verdicts = [[verdict["verdict"], verdict["strict"], verdict["ground"]] for verdict in subject["verdicts"]]
    if verdicts != said["verdicts"]:
        yield f"verdicts: expected {said['verdicts']}, reported {verdicts}"


def _cells(cells: list[dict[str, Any]]) -> dict[str, int]:
    assert sum(cell["share_ppm"] for cell in cells) == 1_000_000
    found: dict[str, int] = {}
    for cell in cells:
        name = " ".join([cell["basis"], *cell["countries"]])
        found[name] = found.get(name, 0) + cell["share_ppm"]
    return found


def _apart(where: str, expected: dict[str, str], reported: dict[str, int]) -> Iterator[str]:
    for name in expected.keys() | reported.keys():
        if name.endswith("_ppm") and name not in expected:
            continue
        if name not in reported or abs(float(expected.get(name, "0")) - reported[name]) > SLACK:
            yield f"{where}: {name} is {expected.get(name, '0')} ppm, reported {reported.get(name)}"
