"""An inquiry reaches what was made already, in the store as in a replay, and its answer closes it everywhere."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from ledger.bundle.audit import audit
from ledger.values.encoding import unb64u
from ledger.workflows.config import Config
from ledger.workflows.open import open_ledger
from tests.bundle.files import log_export
from tests.helpers.replay import differences, replayed, stored_state
from tests.world import Lot, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "ledger")
    yield world
    world.close()


def inquiries(world: World, batch: str) -> list[str]:
    subject: Any = world.report(batch).credential["credentialSubject"]
    return [inquiry["record"] for inquiry in subject["inquiries"]]


def test_a_question_about_an_oxide_stands_in_the_report_on_the_metal_that_it_became(world: World) -> None:
    maker = world.organization("smelter", "DE")
    ore, other = (maker.source({"kind": "undisclosed"}, [Lot("oxide", 1_000, {"Nd": 800_000})])[0] for _ in range(2))
    metal = maker.process(["reduce"], {ore: 800}, [Lot("metal", 600, {"Nd": 990_000})])[0]
    alloy = maker.process(["alloy"], {metal: 500, other: 10}, [Lot("alloy", 500, {"Nd": 900_000})])[0]
    apart = maker.process(["reduce"], {other: 500}, [Lot("metal", 300, {"Nd": 990_000})])[0]
    assert inquiries(world, alloy) == []
    asked = maker.asks(ore)
    assert [inquiries(world, batch) for batch in (ore, metal, alloy, apart)] == [[asked], [asked], [asked], []]
    again = maker.asks(ore, follows=asked, outcome="refused-by-law")
    assert [inquiries(world, batch) for batch in (metal, alloy)] == [[again], [again]]
    later = maker.process(["strip-cast"], {alloy: 100}, [Lot("alloy", 90, {"Nd": 900_000})])[0]
    maker.asks(ore, follows=again, outcome="answered")
    assert [inquiries(world, batch) for batch in (ore, metal, alloy, later)] == [[], [], [], []]
    state = replayed(world.ledger)
    assert differences(state, stored_state(world.ledger, state)) == []
    assert audit(log_export(world), world.policy).passed


def test_the_operator_is_called_what_the_settings_say(tmp_path: Path) -> None:
    ledger = open_ledger(Config(home=tmp_path / "ledger", operator="Ledger Works", country="FI"))
    with ledger.database.reading() as connection:
        stored = connection.exec_driver_sql("SELECT name, country FROM organization").all()
    ledger.close()
    assert [tuple(row) for row in stored] == [("Ledger Works", "FI")]


def test_nobody_else_reads_the_databases_and_keys(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        open_ledger(Config(home=tmp_path / "ledger")).close()
    finally:
        os.umask(before)
    home = tmp_path / "ledger"
    private = [home / "ledger.db", home / "checkpoints.db", *(home / "keys").iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home, home / "keys")} == {0o700}


def test_the_issuer_is_held_to_the_did_that_the_log_names_without_being_told(world: World) -> None:
    maker = world.organization("mine", "AU")
    made = world.report(maker.mines("concentrate", 1_000, {"Nd": 62_000}))
    credential = orjson.loads(unb64u(made.jwt.split(".")[1]))
    first = credential["trust"]["records"][0]["envelope"]["signatures"][0]
    shown = [orjson.loads(unb64u(text))[1] for text in first["header"]["disclosures"]]
    assert shown == ["identifiers"]
