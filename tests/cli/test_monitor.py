"""`lodestone log monitor` as a chain's owner runs it, against the service over HTTP."""

import shutil
from pathlib import Path

import pytest

from tests.cli.commands import Done, Person, inside
from tests.cli.story import PLACES, ores


@pytest.fixture
def owner(producer: Person) -> Person:
    """A producer with a chain of a few records, who has pinned the policy."""
    done = producer.quickly("submit", producer.file("a.ndjson", [*PLACES, *ores(2)]))
    assert done.code == 0, done
    (producer.home / "user" / "policy.txt").write_text(producer.served.operator("log", "policy").out)
    return producer


def look(owner: Person, *words: str | Path) -> Done:
    return owner.quickly("log", "monitor", owner.served.url, "--once", "--json", *words)


def test_the_owner_of_a_chain_is_told_that_it_holds_what_he_made_and_nothing_else(owner: Person) -> None:
    first = look(owner)
    assert first.code == 0, first
    assert first.json["chains"] == {owner.state["chain"]: owner.state["seq"] + 1}
    assert first.json["alarms"] == []
    again = look(owner)
    assert (again.json["size"], again.json["new"]) == (first.json["size"], 0)
    assert owner.quickly("submit", owner.file("b.ndjson", ores(3)[4:])).code == 0
    assert look(owner).json["chains"] == {owner.state["chain"]: owner.state["seq"] + 1}
    words = owner.quickly("log", "monitor", owner.served.url, "--once")
    assert "it only grew" in words.out


def test_a_record_that_somebody_else_made_with_the_owners_key_is_told_until_it_is_forgotten(owner: Person) -> None:
    assert look(owner).code == 0
    thief = Person(owner.served, owner.home / "thief")
    shutil.copytree(owner.home / "user", thief.home / "user")
    done = thief.quickly("submit", thief.file("c.ndjson", ores(3)[4:5]))
    assert done.code == 0, done
    for _ in range(2):
        told = look(owner)
        assert told.code == 1
        assert [(alarm["code"], alarm["record"]) for alarm in told.json["alarms"]] == [
            ("foreign-leaf", thief.state["head"])
        ]
    assert "ALARM foreign-leaf" in owner.quickly("log", "monitor", owner.served.url, "--once").out
    assert look(owner, "--forget").code == 0
    assert look(owner).code == 0


def test_a_suspension_by_the_operator_is_told_to_the_owner(owner: Person) -> None:
    assert look(owner).code == 0
    assert owner.served.admit(owner.organization, "--suspend").code == 0
    told = look(owner)
    assert told.code == 1
    assert [alarm["code"] for alarm in told.json["alarms"]] == ["status-changed"]
    assert owner.organization in told.json["alarms"][0]["sentence"]


def test_who_holds_a_chains_first_envelope_is_told_when_the_chain_is_suspended(owner: Person, tmp_path: Path) -> None:
    held = tmp_path / "held.ndjson"
    held.write_bytes(next((owner.home / "user").rglob("organization.json")).read_bytes())
    words = ("log", "monitor", owner.served.url, "--once", "--json", "--watch", held)
    buyer = str(tmp_path / "buyer")
    policy = ("--policy", owner.home / "user" / "policy.txt")
    assert inside(*words, *policy, LODESTONE_USER_HOME=buyer).json["alarms"] == []
    assert owner.served.admit(owner.organization, "--suspend").code == 0
    told = inside(*words, *policy, LODESTONE_USER_HOME=buyer)
    assert told.code == 1
    assert [alarm["code"] for alarm in told.json["alarms"]] == ["status-changed"]


def test_an_auditor_watches_a_chain_by_its_id_and_compares_checkpoints(owner: Person, tmp_path: Path) -> None:
    other = tmp_path / "seen.txt"
    other.write_text(owner.quickly("log", "checkpoint", "--url", owner.served.url).out)
    words = ("log", "monitor", owner.served.url, "--once", "--json", "--state", tmp_path / "state.json")
    policy = ("--policy", owner.home / "user" / "policy.txt")
    chain = ("--chain", owner.state["chain"], "--compare", other, "--compare", f"{owner.served.url}/log/checkpoint")
    done = inside(*words, *policy, *chain, LODESTONE_USER_HOME=str(tmp_path / "auditor"))
    assert done.code == 0, done
    assert done.json["chains"] == {owner.state["chain"]: owner.state["seq"] + 1}
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_watched_is_said(owner: Person, tmp_path: Path) -> None:
    url, state = owner.served.url, ("--state", str(tmp_path / "s.json"))
    assert owner.quickly("log", "monitor", url, "--once", "--chain", "short", *state).code == 2
    nothing = inside("log", "monitor", url, "--once", LODESTONE_USER_HOME=str(tmp_path / "nobody"))
    assert (nothing.code, "I cannot say who signed this" in nothing.err) == (1, True)
    unreachable = owner.quickly("log", "monitor", "http://127.0.0.1:9", "--once", *state)
    assert (unreachable.code, "does not answer" in unreachable.err) == (1, True)
    assert owner.quickly("log", "monitor", "ftp://x", "--once", *state).code == 1
    (tmp_path / "s.json").write_text("{}")
    assert owner.quickly("log", "monitor", url, "--once", *state).code == 1
    (tmp_path / "junk").write_bytes(b"\x00")
    assert owner.quickly("log", "monitor", url, "--once", "--watch", tmp_path / "junk").code == 2
