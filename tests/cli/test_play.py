"""`lodestone play`: what comes out, and its exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import lodestone
from tests.cli.story import PLACES, magnets, ores

STORY = Path(__file__).resolve().parents[1] / "scenarios" / "six-countries.json"


def scenario(**changed: Any) -> dict[str, Any]:
    too_much = {**ores(1, taken="61 t")[1], "as": "too-much", "expect": "refused", "violations": ["mass-exceeded"]}
    return {
        "organizations": {"mt": {"name": "Wattle 赣江", "country": "AU"}},
        "facilities": {place["as"]: {"of": "mt", "name": place["name"], "country": "AU"} for place in PLACES},
        "records": [{**record, "by": "mt"} for record in [*ores(1), too_much, *magnets()]],
        "reports": [{"as": "r", "by": "mt", "batch": "magnet#0", "audience": "buyer", "delivered": "2027-01-01"}],
    } | changed


def played(folder: Path, said: object, *words: str) -> Any:
    (folder / "s.json").write_text(json.dumps(said))
    return lodestone("play", folder / "s.json", "-o", folder / "out", *words, folder=folder)


def test_everything_is_in_the_folder_and_reports_verify(tmp_path: Path) -> None:
    done = played(tmp_path, scenario())
    assert done.code == 0, done
    assert ("mass-exceeded" in done.out, "2027-01-01" in done.out) == (True, True)
    out = tmp_path / "out"
    lines = [json.loads(line) for line in (out / "outcomes.jsonl").read_text().splitlines()]
    assert [(line["as"], line["outcome"]) for line in lines] == [
        ("ore0", "accepted"),
        ("oxide0", "accepted"),
        ("too-much", "refused"),
        ("metal", "accepted"),
        ("magnet", "accepted"),
    ]
    assert lines[2]["violations"][0]["code"] == "mass-exceeded"
    assert json.loads((out / "reports" / "r.json").read_bytes())["credentialSubject"]["audience"] == "buyer"
    verified = lodestone(
        "verify", out / "reports" / "r.jwt", out / "reports" / "r.bundle.json", "--policy", out / "policy.txt"
    )
    assert verified.code == 0, verified
    assert (out / "ledger" / "ledger.db").exists()


def test_for_programs_it_prints_one_document(tmp_path: Path) -> None:
    done = lodestone("play", STORY, "-o", tmp_path / "out", "--json")
    assert done.code == 0, done
    assert done.json["unmet"] == []
    assert {line["outcome"] for line in done.json["outcomes"]} <= {"accepted", "refused"}


def test_an_expectation_that_is_not_met_is_named_and_exits_1(tmp_path: Path) -> None:
    said = scenario()
    said["records"][2]["violations"] = ["time-order"]
    done = played(tmp_path, said)
    assert (done.code, "too-much" in done.err, "time-order" in done.err) == (1, True, True)


def test_a_report_never_takes_the_files_of_another_nor_leaves_its_folder(tmp_path: Path) -> None:
    (first,) = scenario()["reports"]
    said = scenario(reports=[{**first, "as": "../r"}, {**first, "as": "_r", "audience": "public"}])
    done = played(tmp_path, said)
    assert (done.code, "another report's files are named _r already" in done.err) == (1, True), done
    assert sorted(path.name for path in (tmp_path / "out" / "reports").iterdir()) == [
        "_r.bundle.json",
        "_r.json",
        "_r.jwt",
    ]
    assert (
        json.loads((tmp_path / "out" / "reports" / "_r.json").read_bytes())["credentialSubject"]["audience"] == "buyer"
    )


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    assert played(tmp_path, scenario()).code == 2
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "said",
    [
        [],
        7,
        "story",
        {"people": {}},
        {"records": {}},
        {"records": [7]},
        {"records": [{"by": "nobody", "type": "source"}]},
    ],
)
def test_what_is_no_scenario_exits_2_and_makes_nothing(tmp_path: Path, said: object) -> None:
    done = played(tmp_path, said)
    assert done.code == 2, done
    assert not (tmp_path / "out").exists()
