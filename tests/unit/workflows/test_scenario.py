"""Scenarios in people's words: names become ids, units become integers; what cannot be read is not guessed."""

from typing import Any

import pytest

from ledger.errors import UsageError
from ledger.values.encoding import is_digest
from ledger.workflows.people import Reader
from ledger.workflows.scenario import FacilityCard, Names, check_scenario, record_members

ID = "sha-256:" + "A" * 43
OTHER = "sha-256:" + "B" * 42 + "A"
NAMES = Names(
    {"mtx": ID, "buyer": OTHER},
    {"mine": FacilityCard(OTHER, ID, "AU", "GB"), "tolled": FacilityCard(OTHER, OTHER, "MY", None)},
    {"ore": OTHER},
)


def read(**entry: Any) -> tuple[dict[str, Any], list[str]]:
    members, wrong = record_members({"as": "x", "by": "mtx", "at": "2026-01-01T00:00:00Z", **entry}, ID, NAMES)
    return members, [violation.member for violation in wrong]


def test_a_process_in_peoples_words() -> None:
    members, wrong = read(
        type="process",
        facility="mine",
        steps=["leach"],
        inputs=[{"batch": "ore#0", "mass": "12.5 kg"}],
        additions=[{"material": "iron", "mass": "1 t", "composition": {"Fe": "99 %"}, "origin": "undisclosed"}],
        outputs=[{"material": "oxide", "mass": "500 g", "composition": {"Nd2O3": "75 %", "Pr": "500 ppm"}}],
        expect="accepted",
    )
    assert wrong == []
    assert members == {
        "facility": OTHER,
        "country": "AU",
        "owner_country": "GB",
        "operated": "self",
        "custody": "segregated",
        "steps": ["leach"],
        "inputs": [{"batch": f"{OTHER}#0", "mass_mg": 12_500_000}],
        "additions": [
            {
                "material": "iron",
                "mass_mg": 10**9,
                "composition": {"Fe": 990_000},
                "origin": {"kind": "undisclosed"},
            }
        ],
        "outputs": [
            {
                "lot": "x-0",
                "material": "oxide",
                "mass_mg": 500_000,
                "composition": {"Nd": 643_017, "Pr": 500},
                "assay": {"Nd2O3": 750_000},
            }
        ],
    }


def test_a_facility_run_by_another_is_operated_by_another_unless_said_otherwise() -> None:
    said = {"type": "source", "facility": "tolled", "origin": {"kind": "mined"}, "outputs": []}
    assert read(**said)[0]["operated"] == "other"
    assert read(**said, operated="self")[0]["operated"] == "self"
    assert read(**said, country="SG")[0]["country"] == "SG"


def test_batches_are_named_whole_or_in_part() -> None:
    members, _ = read(type="transfer", batches=["ore#0", {"batch": "ore#12", "mass": "5 mg"}], to="buyer")
    assert members["batches"] == [{"batch": f"{OTHER}#0"}, {"batch": f"{OTHER}#12", "mass_mg": 5}]
    assert members["to"] == OTHER
    outside, _ = read(type="transfer", batches=[], to={"external": {"name": "X"}})
    assert outside["to"] == {"external": {"name": "X"}}


def test_a_name_of_nothing_becomes_an_id_of_nothing_and_the_ledger_says_so() -> None:
    members, wrong = read(type="transfer", batches=["nothing#0"], to="nobody")
    assert wrong == []
    assert is_digest(members["to"])
    assert members["to"] not in (ID, OTHER)
    assert is_digest(members["batches"][0]["batch"].removesuffix("#0"))


@pytest.mark.parametrize("mass", ["12.5", "kg", "1.0000005 g", "0 kg", "-1 kg", "1e3 kg", 5, None, "1,5 kg", "2 lb"])
def test_a_mass_that_cannot_be_read_is_named_and_not_guessed(mass: object) -> None:
    _, wrong = read(type="adjust", batch="ore#0", mass=mass, reason="spill")
    assert wrong == ["mass"]


@pytest.mark.parametrize("share", ["6.2", "101 %", "0.00001 %", "-1 %", 0.5, None, "five %"])
def test_a_share_that_cannot_be_read_is_named_and_not_guessed(share: object) -> None:
    outputs = [{"material": "ore", "mass": "1 kg", "composition": {"Nd": share}}]
    _, wrong = read(type="source", facility="mine", outputs=outputs)
    assert wrong == ["outputs[0].composition.Nd"]


def test_everything_that_cannot_be_read_is_named_at_once() -> None:
    outputs = [
        {"material": "ore", "mass": "heavy", "gross": "heavier", "purity": "pure", "composition": {"Nd": "much"}}
    ]
    _, wrong = read(type="source", facility="mine", outputs=outputs)
    assert set(wrong) == {f"outputs[0].{name}" for name in ("mass", "gross", "purity", "composition.Nd")}


def test_an_element_and_its_oxide_add_up() -> None:
    found = Reader().quantities({"composition": {"Nd": "1 %", "Nd2O3": "75 %"}}, "")
    assert found["composition"] == {"Nd": 653_017}


@pytest.mark.parametrize(
    ("said", "kind"), [("mtx", "organization"), ("mine", "facility"), ("ore#0", "batch"), ("ore", "transfer")]
)
def test_a_certificate_is_about_whatever_has_that_name(said: str, kind: str) -> None:
    members, _ = read(type="certificate", subject=said, scheme="ISO 14001")
    assert list(members["subject"]) == [kind]
    explicit, _ = read(type="certificate", subject={kind: said}, scheme="ISO 14001")
    assert explicit["subject"] == members["subject"]


@pytest.mark.parametrize(
    "scenario",
    [
        [],
        "text",
        {"people": {}},
        {"records": {}},
        {"organizations": []},
        {"records": [5]},
        {"records": [{"by": "mtx", "type": "source"}], "organizations": {"mtx": {}}},
        {"records": [{"by": "nobody", "type": "source", "at": "2026-01-01T00:00:00Z"}], "organizations": {}},
    ],
)
def test_what_is_no_scenario_is_refused_before_anything_is_made(scenario: object) -> None:
    with pytest.raises(UsageError):
        check_scenario(scenario)
