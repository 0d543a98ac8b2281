"""The operator's commands: admitting, tokens, the log; and who may work on a ledger at the same time."""

import json
import stat
from pathlib import Path

import pytest

from ledger.log.leaf import LEAF_VERSION
from ledger.log.merkle import leaf_hash, verify_inclusion
from ledger.log.policy import parse_policy
from ledger.log.proof import parse_proof
from tests.cli.commands import Person, Served, lodestone, serving
from tests.cli.story import PLACES


def test_the_first_start_prints_the_policy_to_hand_out_and_says_where_the_keys_are(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as served:
        assert served.operator("log", "policy").out == (tmp_path / "serve.out").read_text()
    policy = parse_policy((tmp_path / "serve.out").read_bytes())
    assert len(policy.logs) == 1
    said = (tmp_path / "serve.err").read_text()
    assert str(home / "keys") in said
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home / "keys").iterdir()} == {0o600}
    with serving(home):
        pass
    assert (tmp_path / "serve.out").read_text() == ""  # a later start has nothing to hand out


def test_a_ledger_on_sqlite_belongs_to_one_process(served: Served) -> None:
    for words in (("serve", "--port", "0"), ("migrate",), ("org", "admit", "sha-256:" + "A" * 43)):
        done = served.operator(*words)
        assert done.code == 1, done
        assert "belongs to one process" in done.err


def test_where_no_service_runs_the_operator_admits_directly(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as served:
        person = Person(served, tmp_path)
        person.key()
        made = person.quickly("org", "new", "--name", "Wattle", "--country", "AU", "--json").json["organization"]
    done = served.operator("org", "admit", made, "--json")
    assert (done.code, done.json["op"], done.json["record"]) == (0, "admit", made)
    with serving(home) as again:
        assert person.run("submit", "--url", again.url).code == 0


def test_a_ledger_is_not_founded_by_mistake(tmp_path: Path) -> None:
    for words in (("org", "admit", "sha-256:" + "A" * 43), ("token", "list"), ("log", "policy"), ("batch", "list")):
        done = lodestone(
            *words, folder=tmp_path, LODESTONE_HOME=str(tmp_path / "none"), LODESTONE_USER_HOME=str(tmp_path / "user")
        )
        assert done.code == 1, done
        assert "no ledger" in done.err
    assert not (tmp_path / "none").exists()


def test_a_suspended_chain_is_refused_until_it_is_admitted_again(producer: Person) -> None:
    path = producer.file("f.ndjson", PLACES)
    assert producer.served.admit(producer.organization, "--suspend").code == 0
    done = producer.run("submit", path)
    assert (done.code, "not-admitted" in done.text or "key-revoked" in done.text) == (1, True)
    assert producer.served.admit(producer.organization).code == 0
    assert producer.run("submit", path).code == 0


def test_a_token_is_shown_once_and_reads_until_it_is_revoked(producer: Person) -> None:
    served = producer.served
    made = served.operator("token", "new", "--organization", producer.organization, "--label", "erp", "--json")
    assert made.code == 0, made
    token, number = made.json["token"], made.json["id"]
    listed = served.operator("token", "list", "--json")
    assert number in {entry["id"] for entry in listed.json}
    assert token.rpartition("_")[2] not in listed.out
    (producer.home / "token").write_text(token + "\n")
    assert producer.run("batch", "list", "--json", "--token-file", "token").json == []
    assert producer.run("batch", "list", "--json", LODESTONE_TOKEN=token).json == []
    assert served.operator("token", "revoke", number).code == 0
    done = producer.run("batch", "list", LODESTONE_TOKEN=token)
    assert (done.code, "token" in done.err, token in done.text) == (1, True, False)


@pytest.mark.parametrize(
    "words",
    [
        ("token", "new", "--scope", "everything"),
        ("token", "new", "--organization", "sha-256:" + "A" * 43),
        ("token", "revoke", "nobody"),
    ],
)
def test_an_impossible_token_is_refused_in_a_sentence(served: Served, words: tuple[str, ...]) -> None:
    done = served.operator(*words)
    assert done.code in (1, 2)
    assert done.out == ""
    assert done.err.strip()


def test_checkpoint_proof_and_policy_together_prove_a_record(producer: Person) -> None:
    producer.given_token()
    done = producer.run("submit", producer.file("f.ndjson", PLACES), "--json")
    record = done.json["lines"][0]["record"]
    assert producer.run("log", "proof", record, "-o", "kept.proof").code == 0
    leaf = (producer.home / "kept.proof.leaf").read_bytes()
    assert json.loads(leaf)["r"] == record
    assert json.loads(leaf)["t"] == LEAF_VERSION
    proof = parse_proof((producer.home / "kept.proof").read_bytes())
    policy = parse_policy(producer.run("log", "policy").out)
    checkpoint = policy.evaluate(proof.note).checkpoint
    verify_inclusion(proof.index, checkpoint.size, leaf_hash(leaf), proof.path, checkpoint.root)
    newest = producer.run("log", "checkpoint")
    assert policy.evaluate(newest.out).checkpoint.size == producer.run("log", "checkpoint", "--json").json["size"]


def test_the_services_keys_are_replaced_and_locked_while_it_stands_still(tmp_path: Path) -> None:
    home, phrase = tmp_path / "home", tmp_path / "phrase"
    phrase.write_text("four words of the operator\n")
    phrase.chmod(0o600)
    with serving(home) as served:
        refused = served.operator("key", "replace", "report")
        assert (refused.code, "belongs to one process" in refused.err) == (1, True)
    changes: list[tuple[str | Path, ...]] = [
        ("replace", "report"),
        ("replace", "operator", "--algorithm", "ES256"),
        ("passphrase", "--service", "--to", phrase),
    ]
    for words in changes:
        done = served.operator("key", *words)
        assert done.code == 0, done
    assert served.operator("key", "replace", "log").code == 2
    kept = [path.read_bytes() for path in (home / "keys").iterdir()]
    assert len(kept) == 4
    assert all(data.startswith(b"age-encryption.org/v1") for data in kept)
    locked = served.operator("org", "admit", "sha-256:" + "A" * 43)
    assert (locked.code, "LODESTONE_PASSPHRASE_FILE" in locked.err) == (1, True)
    known = lodestone("token", "list", LODESTONE_HOME=str(home), LODESTONE_PASSPHRASE_FILE=str(phrase))
    assert known.code == 0, known
