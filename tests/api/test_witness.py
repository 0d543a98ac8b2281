"""A witness over real HTTP: what it answers, and that what it answered once binds it for ever."""

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from api.witness import create_witness_app
from ledger.errors import ConfigError, LodestoneError
from ledger.log.policy import policy_text
from ledger.log.signatures import open_checkpoint
from ledger.log.witness import AddCheckpoint, origin_hash, read_cosignatures
from ledger.store.witnessed import WitnessStore
from ledger.workflows.config import Config
from ledger.workflows.open import open_ledger
from ledger.workflows.witness import Witness, known_logs, open_witness, witness_of_service
from tests.api.conftest import Service, served_app, serving
from tests.unit.log.test_witness import FORK, LOG, ORIGIN, OTHER, STRANGER, TREE, asked, at, spoilt

NAME = "witness.example/w1"
POLICY = policy_text(*LOG.vkeys()).encode()
NOW = "2026-11-25T06:00:00Z"


def a_witness(folder: Path, name: str = NAME) -> Witness:
    return open_witness(name, folder / "keys", folder / "witness.db", known_logs([POLICY]), lambda: NOW)


@contextmanager
def running(folder: Path) -> Iterator[tuple[Witness, httpx.Client]]:
    witness = a_witness(folder)
    with served_app(create_witness_app(witness)) as http:
        yield witness, http


def ask(http: httpx.Client, request: AddCheckpoint) -> httpx.Response:
    return http.post("/add-checkpoint", content=request.text)


def test_it_cosigns_a_log_that_grows_and_refuses_everything_else_with_the_statuses_of_the_specification(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as (witness, http):
        keys = [signer.key for signer in witness.signers]
        first = ask(http, asked(0, 10))
        assert (first.status_code, first.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        signed = [each for _, each in read_cosignatures(first.content, at(10).text, keys)]
        assert [(each.key, each.timestamp) for each in signed] == [(key, 1_795_586_400) for key in keys]
        assert ask(http, asked(10, 30)).status_code == 200

        behind = ask(http, asked(10, 40))
        assert (behind.status_code, behind.headers["content-type"], behind.text) == (409, "text/x.tlog.size", "30\n")
        forked = ask(http, asked(30, 30, FORK))
        assert (forked.status_code, forked.text) == (409, "30\n")
        assert ask(http, asked(30, 40, FORK)).status_code == 422
        assert ask(http, spoilt(asked(30, 40))).status_code == 422
        assert ask(http, asked(40, 30)).status_code == 400
        assert http.post("/add-checkpoint", content=b"old 30\n\xff").status_code == 400
        assert ask(http, asked(30, 40, signer=STRANGER)).status_code == 403
        other = OTHER.sign(type(at(10))("other.example", 10, TREE.root_at(10)))
        assert ask(http, AddCheckpoint(0, (), other)).status_code == 404
        assert http.post("/add-checkpoint", content=b"x" * 1_000_001).status_code == 413
        assert http.get("/add-checkpoint").status_code == 405

        assert ask(http, asked(30, 50)).status_code == 200  # none of it moved the witness
        shown = http.get(f"/{origin_hash(ORIGIN)}/checkpoint")
        checkpoint, opened = open_checkpoint(shown.text, (*LOG.keys, *keys))
        assert checkpoint == at(50)
        assert {each.key for each in opened.signed} == {*LOG.keys, *keys}
        assert http.get(f"/{origin_hash('other.example')}/checkpoint").status_code == 404


def test_what_it_cosigned_binds_it_after_a_restart_too(tmp_path: Path) -> None:
    with running(tmp_path) as (before, http):
        assert ask(http, asked(0, 30)).status_code == 200
    with running(tmp_path) as (after, http):
        assert after.vkeys() == before.vkeys()
        assert (forked := ask(http, asked(0, 40, FORK))).status_code == 409
        assert forked.text == "30\n"
        assert ask(http, asked(30, 40, FORK)).status_code == 422


def test_of_many_who_ask_at_once_each_is_judged_by_what_was_kept_before(tmp_path: Path) -> None:
    """Two histories race for one witness: one of them gets all cosignatures, the other none."""
    witnesses = [a_witness(tmp_path) for _ in range(2)]  # two processes could share the file as well
    bodies = [asked(0, size, tree).text.encode() for size in range(25, 45) for tree in (TREE, FORK)]
    with ThreadPoolExecutor(16) as pool:
        given = list(pool.map(lambda i: witnesses[i % 2].add_checkpoint(bodies[i]), range(len(bodies))))
    assert sum(hasattr(each, "lines") for each in given) == 1


def test_its_keys_are_made_once_and_are_for_its_owner_alone(tmp_path: Path) -> None:
    first = a_witness(tmp_path)
    assert a_witness(tmp_path).vkeys() == first.vkeys()
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in [*tmp_path.glob("keys/*.seed"), *tmp_path.glob("*.db")]
    }
    assert modes == {"witness-ed25519.seed": 0o600, "witness-mldsa44.seed": 0o600, "witness.db": 0o600}
    (tmp_path / "keys" / "witness-ed25519.seed").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        a_witness(tmp_path)
    (tmp_path / "keys" / "witness-ed25519.seed").chmod(0o600)
    (tmp_path / "keys" / "witness-ed25519.seed").write_text("00ff")
    with pytest.raises(ConfigError, match="32 bytes"):
        a_witness(tmp_path)


def test_what_cannot_be_a_witness_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot name a witness"):
        a_witness(tmp_path, "a name with spaces")
    with pytest.raises(ConfigError, match="at least one log"):
        open_witness(NAME, tmp_path, tmp_path / "w.db", {})
    a_witness(tmp_path)
    with pytest.raises(ConfigError, match=f"those of the witness {NAME}"):
        a_witness(tmp_path, "other.example")
    with pytest.raises(ConfigError, match="verifier key of a log"):
        known_logs([], ["nonsense"])
    with pytest.raises(ConfigError, match="one of a witness"):
        known_logs([], [a_witness(tmp_path).vkeys()[0]])
    (tmp_path / "bad.db").write_bytes(b"this is no database at all, and long enough to be read as one" * 20)
    with pytest.raises(LodestoneError, match="cannot be used"):
        WitnessStore(tmp_path / "bad.db")


def test_both_keys_of_a_log_may_be_given_one_by_one() -> None:
    assert known_logs([], LOG.vkeys()) == known_logs([POLICY]) == {ORIGIN: LOG.keys}


def test_a_service_witnesses_other_ledgers_where_it_is_set_up_for_it(quick: Service, tmp_path: Path) -> None:
    assert quick.http.post("/witness/add-checkpoint", content=asked(0, 10).text).status_code == 404
    (tmp_path / "other.txt").write_bytes(POLICY)
    config = Config(tmp_path / "home", ledger="ledger.example", witness_logs=str(tmp_path / "other.txt"))
    witness = witness_of_service(config, lambda: NOW)
    assert witness is not None
    assert (witness.name, witness.logs) == ("ledger.example/witness", {ORIGIN: LOG.keys})
    ledger = open_ledger(config)
    try:
        with serving(ledger) as http:
            answer = http.post("/witness/add-checkpoint", content=asked(0, 10).text)
            assert read_cosignatures(answer.content, at(10).text, [signer.key for signer in witness.signers])
            assert http.get(f"/witness/{origin_hash(ORIGIN)}/checkpoint").text.startswith(at(10).text)
    finally:
        ledger.close()
    with pytest.raises(ConfigError, match="does not witness itself"):
        witness_of_service(
            Config(tmp_path, ledger="log.example", witness_logs=str(tmp_path / "other.txt")), lambda: NOW
        )
    with pytest.raises(ConfigError, match="cannot be read"):
        witness_of_service(Config(tmp_path, witness_logs=str(tmp_path / "none.txt")), lambda: NOW)
