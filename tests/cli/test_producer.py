"""A producer submits a spreadsheet-sized file and sees what was refused and why."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ledger.cli import sending
from ledger.cli.client import Service
from ledger.cli.drafting import Drafter, entry_of
from ledger.cli.profile import Draft, open_profile
from ledger.signing.keyfile import write_keys
from ledger.signing.signer import LocalSigner
from tests.cli.commands import Person, Served
from tests.cli.story import AT, PLACES, magnets, ores
from tests.softhsm import PIN, SoftHsm


def with_three_wrong_lines() -> list[dict[str, Any]]:
    records = [*PLACES, *ores(20)]
    records[7]["inputs"][0]["mass"] = "140 t"
    records[21]["steps"] = ["conjure"]
    records[31]["outputs"][0]["composition"] = {"Nd": "eighty"}
    return records


def test_a_file_with_three_wrong_lines_is_taken_but_for_these_and_each_says_why(producer: Person) -> None:
    records = with_three_wrong_lines()
    path = producer.file("january.ndjson", records)
    done = producer.run("submit", path, "--json")
    assert done.code == 1
    assert (done.json["accepted"], done.json["refused"], done.json["before"]) == (len(records) - 3, 3, 0)
    refused = {line["line"]: line["violations"] for line in done.json["lines"] if line["outcome"] == "refused"}
    assert {line: [v["code"] for v in said] for line, said in refused.items()} == {
        8: ["mass-exceeded"],
        22: ["malformed"],
        32: ["malformed"],
    }
    assert refused[8][0]["member"] == "inputs[0].mass_mg"
    assert "100 t" in refused[8][0]["sentence"]
    assert refused[22][0]["member"] == "steps[0]"
    assert refused[32][0]["member"] == "outputs[0].composition.Nd"
    assert producer.state["seq"] == len(records) - 3  # the organization's own record was number 0
    receipts = [json.loads(line) for line in Path(done.json["receipts"]).read_text().splitlines()]
    accepted = [line["record"] for line in done.json["lines"] if line["outcome"] == "accepted"]
    assert [receipt["record"] for receipt in receipts] == accepted
    assert all(r["proof"].startswith("c2sp.org/tlog-proof@v1\n") for r in receipts)


def test_after_mending_the_same_file_only_what_is_missing_is_sent(producer: Person) -> None:
    producer.given_token()
    wrong = with_three_wrong_lines()
    assert producer.run("submit", producer.file("j.ndjson", wrong)).code == 1
    stands = producer.state["seq"]
    path = producer.file("j.ndjson", [*PLACES, *ores(20)])
    mended = producer.run("submit", path, "--json")
    assert mended.code == 0
    assert (mended.json["accepted"], mended.json["before"]) == (3, len(wrong) - 3)
    again = producer.run("submit", path, "--json")
    assert (again.code, again.json["accepted"], again.json["before"]) == (0, 0, len(wrong))
    assert producer.state["seq"] == stands + 3


def test_without_a_token_it_is_said_why_shares_of_earlier_batches_are_unknown(producer: Person) -> None:
    assert producer.run("submit", producer.file("a.ndjson", [*PLACES, *ores(1)])).code == 0
    done = producer.run("submit", producer.file("b.ndjson", magnets()))
    assert (done.code, "shares-mismatch" in done.out) == (1, True)
    assert "LODESTONE_TOKEN" in done.err


def test_what_people_read_names_line_code_and_member_and_how_to_go_on(producer: Person) -> None:
    done = producer.run("submit", producer.file("f.ndjson", with_three_wrong_lines()))
    assert done.code == 1
    for word in ("mass-exceeded", "inputs[0].mass_mg", "oxide2"):
        assert word in done.out
    assert "39 accepted, 3 refused" in done.err
    assert "submit the same file again" in done.err


def test_five_hundred_records_with_two_kinds_of_input_are_one_command(producer: Person) -> None:
    producer.given_token()
    first = producer.run("submit", producer.file("a.ndjson", [*PLACES, *ores(1)]))
    assert first.code == 0, first
    more = [record for record in ores(250) if record["as"] not in ("ore0", "oxide0")]
    for number in range(2):
        little = {"inputs": [{"batch": "oxide0#0", "mass": "10 kg"}]}
        metal = {"material": "metal", "mass": "7 kg", "composition": {"Nd": "99 %"}}
        more.append({**magnets()[0], "as": f"metal{number}", **little, "outputs": [metal]})
    done = producer.run("submit", producer.file("b.ndjson", more), "--json")
    assert done.code == 0, [line for line in done.json["lines"] if line["outcome"] != "accepted"][:3]
    assert done.json["accepted"] == len(more) == 500


def test_a_file_that_is_wrong_on_every_line_is_refused_line_by_line(producer: Person) -> None:
    records = [{**record, "at": "2025-01-01T00:00:00Z"} for record in [*PLACES, *ores(10)]]
    done = producer.run("submit", producer.file("f.ndjson", records), "--json")
    assert (done.code, done.json["refused"]) == (1, len(records))
    assert all("time-order" in [v["code"] for v in line["violations"]] for line in done.json["lines"])
    assert producer.state["seq"] == 0


def test_check_says_the_same_before_anything_is_signed_or_sent(producer: Person) -> None:
    producer.given_token()
    before = producer.state
    done = producer.run("check", producer.file("f.ndjson", with_three_wrong_lines()), "--json")
    assert done.code == 1
    assert [line["line"] for line in done.json if line["violations"]] == [8, 22, 32]
    assert done.json[3]["balance"]["Nd"]["in_mg"] == 2_480_000_000
    assert producer.state == before
    good = producer.run("check", producer.file("g.ndjson", [*PLACES, *ores(3), *magnets()]))
    assert good.code == 0, good
    assert "10 of 10 records would be accepted" in good.err


def test_signed_records_are_sent_later_and_keep_their_names(producer: Person) -> None:
    path = producer.file("f.ndjson", [*PLACES, *ores(2)])
    signed = producer.run("sign", path, "-o", "signed.ndjson")
    assert signed.code == 0, signed
    assert producer.state["seq"] == 0  # nothing is accepted yet
    sent = producer.run("submit", "signed.ndjson", "--json")
    assert (sent.code, sent.json["accepted"]) == (0, 6)
    assert "oxide1" in producer.state["names"]["records"]
    again = producer.run("submit", "signed.ndjson", "--json")
    assert (again.code, again.json["before"]) == (0, 6)


def test_nothing_is_signed_where_one_line_is_wrong(producer: Person) -> None:
    done = producer.run("sign", producer.file("f.ndjson", [*PLACES, {"type": "source"}]))
    assert done.code == 1
    assert "payload" not in done.out


def test_a_lost_answer_is_asked_for_again_and_nothing_is_submitted_twice(
    producer: Person, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODESTONE_USER_HOME", str(producer.home / "user"))
    records = [*PLACES, *ores(2)]
    path = producer.file("f.ndjson", records)
    with open_profile("default") as mine:
        drafter = Drafter(mine)
        signed = [drafter.sign(entry_of(str(path), n, record)) for n, record in enumerate(records, 1)]
        answers = sending.send(mine, Service(served.url), [(item.submission, item.draft) for item in signed])
        assert next(answers).accepted
        answers.close()  # type: ignore[attr-defined]  # the line is cut after the first answer
        assert mine.outbox.exists()
    done = producer.run("submit", path, "--json")
    assert (done.code, done.json["before"]) == (0, len(records))
    assert producer.state["seq"] == len(records)
    assert not (producer.profile / "outbox.ndjson").exists()
    receipts = Path(done.json["receipts"]).read_text().splitlines()
    assert len(receipts) == len(records)


@pytest.mark.parametrize("algorithm", ["ES256", "ML-DSA-65", "ML-DSA-87", "Ed25519+ML-DSA-65"])
def test_every_algorithm_signs_records_that_are_accepted(person: Person, algorithm: str) -> None:
    person.key("--algorithm", algorithm)
    person.known()
    assert person.run("submit", person.file("f.ndjson", PLACES)).code == 0
    kept = json.loads((person.profile / "keys.jwk.json").read_bytes())
    assert len(kept["keys"]) == len(algorithm.split("+"))


def test_rotated_keys_sign_from_then_on(producer: Person) -> None:
    before = json.loads((producer.profile / "keys.jwk.json").read_bytes())
    done = producer.run("key", "rotate", "--algorithm", "Ed25519+ML-DSA-65", "--json")
    assert done.code == 0, done
    after = json.loads((producer.profile / "keys.jwk.json").read_bytes())
    assert len(after["keys"]) == 2
    assert before["keys"][0] not in after["keys"]
    assert not (producer.profile / "keys.next.jwk.json").exists()
    record = {"type": "facility", "name": "New works", "country": "AU"}
    assert producer.run("submit", "-", stdin=json.dumps(record).encode()).code == 0


def test_a_rotation_that_crashed_after_acceptance_is_finished_by_the_next_command(
    producer: Person, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODESTONE_USER_HOME", str(producer.home / "user"))
    new = [LocalSigner.generate("Ed25519")]
    with open_profile("default") as mine:
        write_keys(mine.next_key_file, new)
        members = {"op": "rotate", "keys": [new[0].key.jwk]}
        envelope = mine.issuer().sign("key", AT, members, new)
        monkeypatch.setattr(sending, "_adopt", _crash)
        with pytest.raises(RuntimeError):
            sending.sent_one(mine, Service(served.url), envelope, Draft())
    assert (producer.profile / "keys.next.jwk.json").exists()
    assert producer.run("submit", producer.file("f.ndjson", PLACES)).code == 0
    assert producer.run("key", "show", "--json").json["kids"] == [new[0].key.kid]
    assert not (producer.profile / "keys.next.jwk.json").exists()


def _crash(*_: object) -> None:
    raise RuntimeError


def test_locked_keys_sign_with_their_passphrase_only_and_it_is_never_shown(producer: Person, tmp_path: Path) -> None:
    phrase = tmp_path / "phrase"
    phrase.write_text("four words of mine\n")
    assert producer.run("key", "passphrase", "--to", phrase).code == 1  # others may read the file
    phrase.chmod(0o600)
    locked = producer.run("key", "passphrase", "--to", phrase)
    assert locked.code == 0, locked
    record = json.dumps({"type": "facility", "name": "New works", "country": "AU"}).encode()
    refused = producer.run("submit", "-", stdin=record)
    assert refused.code == 1
    assert "LODESTONE_PASSPHRASE_FILE" in refused.err
    assert producer.run("key", "rotate", LODESTONE_PASSPHRASE_FILE=str(phrase)).code == 0
    assert (producer.profile / "keys.jwk.json").read_bytes().startswith(b"age-encryption.org/v1")
    opened = producer.run("key", "passphrase", "--remove", LODESTONE_PASSPHRASE_FILE=str(phrase))
    assert opened.code == 0, opened
    assert "four words" not in locked.text + refused.text + opened.text
    assert json.loads((producer.profile / "keys.jwk.json").read_bytes())["keys"]


def test_keys_in_a_hardware_module_sign_and_stay_there(person: Person, softhsm: SoftHsm, tmp_path: Path) -> None:
    phrase = tmp_path / "pin"
    phrase.write_text(PIN)
    phrase.chmod(0o600)
    pin: dict[str, Any] = {"LODESTONE_PASSPHRASE_FILE": str(phrase), "SOFTHSM2_CONF": str(softhsm.settings)}
    made = person.run("key", "new", "--url", person.served.url, "--hardware", softhsm.uri("first"), **pin)
    assert made.code == 0, made
    new = person.run("org", "new", "--name", "Hard", "--country", "AU", "--at", AT, "--json", **pin)
    assert person.served.admit(new.json["organization"]).code == 0
    assert person.run("submit", person.file("f.ndjson", PLACES), **pin).code == 0
    assert b'"d"' not in (person.profile / "keys.jwk.json").read_bytes()
    same = person.run("key", "rotate", "--hardware", softhsm.uri("first"), **pin)
    assert (same.code, "in force already" in same.err) == (2, True)
    assert person.run("key", "rotate", "--hardware", softhsm.uri("second"), **pin).code == 0
    record = json.dumps({"type": "facility", "name": "New works", "country": "AU"}).encode()
    assert person.run("submit", "-", stdin=record, **pin).code == 0
    without = person.run("submit", "-", stdin=record)
    assert without.code == 1
    phrase.write_text("000000")
    wrong = person.run("submit", "-", stdin=record, **pin)
    assert (wrong.code, "not the PIN" in wrong.err, "000000" in wrong.text) == (1, True, False)


def test_a_short_passphrase_is_refused_and_the_keys_stay(producer: Person, tmp_path: Path) -> None:
    phrase = tmp_path / "phrase"
    phrase.write_text("short\n")
    phrase.chmod(0o600)
    done = producer.run("key", "passphrase", "--to", phrase)
    assert (done.code, "at least 12" in done.err) == (2, True)
    assert producer.run("key", "show").code == 0


def test_compromised_keys_are_replaced_and_what_they_signed_since_is_unknown(producer: Person) -> None:
    producer.given_token()
    assert producer.run("submit", producer.file("f.ndjson", [*PLACES, *ores(2)])).code == 0
    names = producer.state["names"]["records"]
    before = producer.run("key", "show", "--json").json["kids"]
    done = producer.run("key", "compromised", "--since", "ore0", "--reason", "a lost laptop", "--json")
    assert done.code == 0, done
    assert done.json["keys"] != before
    routes = producer.run("batch", "routes", f"{names['ore1']}#0", "--json", "--url", producer.served.url)
    assert "compromised" in routes.out, routes
    assert producer.run("key", "compromised", "--since", "sha-256:" + "A" * 43).code == 1
    record = json.dumps({"type": "facility", "name": "New works", "country": "AU"}).encode()
    assert producer.run("submit", "-", stdin=record).code == 0


def test_a_retired_chain_signs_nothing_more(producer: Person) -> None:
    assert producer.run("key", "retire", "--reason", "sold").code == 0
    done = producer.run("submit", producer.file("f.ndjson", PLACES))
    assert done.code == 1
    assert "key-revoked" in done.text


def test_private_keys_are_readable_by_their_owner_alone_and_never_printed(person: Person) -> None:
    said = [person.key("--algorithm", "Ed25519+ML-DSA-65").text]
    person.known()
    kept = (person.profile / "keys.jwk.json").read_bytes()
    commands = (("key", "show"), ("key", "show", "--json"), ("org", "show"), ("submit", "--json"), ("key", "rotate"))
    said += [person.run(*words).text for words in commands]
    secrets = [key.get("d") or key.get("priv") for key in json.loads(kept)["keys"]]
    secrets += [
        key.get("d") or key.get("priv") for key in json.loads((person.profile / "keys.jwk.json").read_bytes())["keys"]
    ]
    assert all(len(secret) == 43 for secret in secrets)
    assert not [secret for secret in secrets if any(secret in text for text in said)]
    for path in person.profile.iterdir():
        if path.name != "organization.json":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    (person.profile / "keys.jwk.json").chmod(0o644)
    refused = person.run("submit", person.file("f.ndjson", PLACES))
    assert refused.code == 1
    assert "chmod 600" in refused.err


def test_keys_are_not_replaced_by_mistake(person: Person) -> None:
    person.key()
    before = (person.profile / "keys.jwk.json").read_bytes()
    assert person.run("key", "new", "--url", person.served.url).code == 2
    assert (person.profile / "keys.jwk.json").read_bytes() == before


def test_before_the_operator_admits_nothing_is_taken_and_it_says_so(person: Person) -> None:
    person.key()
    made = person.run("org", "new", "--name", "Kuala 分離", "--country", "MY", "--json")
    done = person.run("submit", person.file("f.ndjson", PLACES))
    assert done.code == 1
    assert "not-admitted" in done.err
    assert made.json["organization"] in done.err
    assert person.state["seq"] == -1


def test_a_record_by_somebody_else_is_not_signed(producer: Person) -> None:
    done = producer.run("submit", producer.file("f.ndjson", [{**PLACES[0], "by": "mtx"}]))
    assert (done.code, "another profile" in done.out) == (1, True)


def test_a_batch_goes_from_one_organization_to_another_by_name(producer: Person, people: Any) -> None:
    works = people("works")
    works.known("Works", "MY")
    assert producer.run("org", "name", "works", works.organization).code == 0
    send = {"as": "send", "type": "transfer", "at": AT, "batches": ["ore0#0"], "to": "works"}
    done = producer.run("submit", producer.file("f.ndjson", [*PLACES, *ores(1)[:1], send]), "--json")
    assert done.code == 0, done.json
    ore, sent = (producer.state["names"]["records"][name] for name in ("ore0", "send"))
    works.given_token()
    records = [
        {**PLACES[1], "country": "MY"},
        {"type": "receive", "at": AT, "transfer": sent, "accepted": [f"{ore}#0"]},
        {**ores(1)[1], "inputs": [{"batch": f"{ore}#0", "mass": "40 t"}]},
    ]
    taken = works.run("submit", works.file("g.ndjson", records), "--json")
    assert taken.code == 0, taken.json
