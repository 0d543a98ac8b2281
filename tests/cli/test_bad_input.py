"""Whatever a file holds, a command ends with a sentence and 1 or 2, never with a traceback."""

import json
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.commands import Done, Person, inside, lodestone
from tests.cli.story import PLACES
from tests.cli.test_play import scenario

READS = [
    ("verify", "FILE", "--policy", "POLICY"),
    ("verify", "FILE", "FILE", "--policy", "POLICY"),
    ("audit", "FILE", "--policy", "POLICY"),
    ("verify", "POLICY", "--policy", "FILE"),
    ("sign", "FILE"),
    ("check", "FILE"),
    ("submit", "FILE"),
    ("batch", "list", "--token-file", "FILE"),
    ("report", "new", "sha-256:" + "A" * 43 + "#0", "--context", "FILE"),
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
members = st.sampled_from(
    "as by type at facility origin outputs inputs batches to batch transfer subject about steps op keys payload "
    "signatures organizations facilities records reports evidence report v".split()
)
kinds = st.sampled_from(["source", "process", "transfer", "receive", "facility", "adjust", "certificate", "inquiry"])
records = st.dictionaries(members, json_values | kinds, max_size=6)


def spelled(value: object) -> bytes:
    return json.dumps(value).encode()


def mutated(place: int, value: object) -> bytes:
    """A good scenario with one of its values replaced by another one."""
    said = scenario()
    spots: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key, inner in list(node.items() if isinstance(node, dict) else enumerate(node)):
            if key != "facility":
                spots.append((node, key))
            if isinstance(inner, dict | list):
                walk(inner)

    walk(said)
    node, key = spots[place % len(spots)]
    node[key] = value
    return spelled(said)


scenarios = st.builds(mutated, st.integers(0, 1_000), json_values) | st.binary(max_size=50)
files = st.binary(max_size=200) | records.map(spelled) | st.lists(records, max_size=2).map(spelled)


def run(person: Person, words: tuple[str, ...], file: Path) -> Done:
    named = {"FILE": str(file), "POLICY": str(person.home / "policy.txt"), "OUT": str(person.home / str(uuid4()))}
    said = [named.get(word, word) for word in words]
    return inside(*said, folder=person.home, LODESTONE_USER_HOME=str(person.home / "user"))


@pytest.mark.parametrize("words", READS, ids=lambda words: " ".join(words[:2]))
def test_random_bytes_and_random_members_are_refused_in_words(words: tuple[str, ...], producer: Person) -> None:
    producer.given_token()
    (producer.home / "policy.txt").write_text(producer.quickly("log", "policy").out)
    stands = producer.state["seq"]

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(files)
    def refused(content: bytes) -> None:
        path = producer.home / "input"
        path.write_bytes(content)
        done = run(producer, words, path)
        assert done.code in (1, 2), (content, done)
        assert done.err.strip() or done.out.strip()
        assert "did not expect" not in done.err, (content, done)

    refused()
    assert producer.state["seq"] == stands


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios)
def test_a_scenario_of_random_members_is_played_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("play")
    (folder / "s.json").write_bytes(content)
    done = inside("play", "s.json", "-o", "out", folder=folder, LODESTONE_USER_HOME=str(folder))
    assert done.code in (0, 1, 2)
    assert "did not expect" not in done.err, (content, (folder / "last-error.log").read_text())


PLAY = ("play", "FILE", "-o", "OUT")


@pytest.mark.parametrize("words", [PLAY, *READS], ids=lambda words: " ".join(words[:2]))
def test_a_missing_file_and_a_folder_are_refused_in_words(words: tuple[str, ...], producer: Person) -> None:
    (producer.home / "policy.txt").write_text("")
    for path in (producer.home / "nowhere", producer.home):
        done = run(producer, words, path)
        assert done.code in (1, 2)
        assert done.err.strip()
        assert "did not expect" not in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("play",),
        ("nothing",),
        ("key", "new", "--algorithm", "RSA", "--ledger", "x"),
        ("key", "new"),
        ("batch", "show", "x"),
        ("report", "show", "x"),
        ("serve", "--port", "99999"),
        ("submit", "--profile", "../x"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = lodestone(*words, folder=tmp_path, LODESTONE_USER_HOME=str(tmp_path))
    assert done.code == 2, done
    assert done.out == ""


def test_a_service_that_is_not_there_or_is_no_ledger_is_said_in_words(producer: Person) -> None:
    done = producer.run("submit", producer.file("f.ndjson", PLACES), "--url", "http://127.0.0.1:9")
    assert (done.code, "cannot be reached" in done.err) == (1, True)
    done = producer.run("key", "new", "--profile", "other", "--url", f"{producer.served.url}/livez")
    assert done.code == 1


def test_what_nobody_expected_is_a_sentence_and_a_log_and_with_debug_a_traceback(
    producer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("ledger.cli.records.entry_of", lambda *_: broken(None))
    path = producer.file("f.ndjson", [{}])
    done = producer.quickly("sign", path)
    log = producer.home / "user" / "last-error.log"
    assert (done.code, str(log) in done.err) == (1, True)
    assert "ZeroDivisionError" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_a_damaged_profile_is_said_to_be_damaged(producer: Person) -> None:
    for content in (b"", b"{}", b"[]", b"7", os.urandom(50), b'{"v":"lodestone-profile/1","ledger":7}'):
        (producer.profile / "profile.json").write_bytes(content)
        for words in (("submit",), ("key", "show"), ("org", "show")):
            done = producer.quickly(*words)
            assert (done.code, "damaged" in done.err) == (1, True), done


def test_control_characters_of_others_never_reach_the_terminal(producer: Person) -> None:
    evil = {"type": "facility", "as": "\x1b[2J\u202eevil", "name": "x", "country": "ZZ"}
    done = producer.run("submit", producer.file("f.ndjson", [evil]))
    assert done.code == 1
    assert "\x1b" not in done.text
    assert "\u202e" not in done.text


def test_when_json_is_asked_for_an_error_is_json_too(producer: Person) -> None:
    done = producer.run("submit", "nowhere.ndjson", "--json")
    assert done.code == 2
    assert "cannot be read" in done.json["error"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("submit", "nope.json"), "nope.json cannot be read"),
        (("batch", "show", "zzz"), ": zzz is neither"),
        (("verify",), "Missing argument"),
    ],
)
def test_what_is_complained_of_keeps_its_name(words: tuple[str, ...], named: str, tmp_path: Path) -> None:
    done = lodestone(*words, folder=tmp_path)
    assert done.code == 2
    assert named in done.err
