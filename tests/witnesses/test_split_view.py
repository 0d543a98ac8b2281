"""A dishonest operator keeps two histories with the same keys and shows one to each: the witnesses see through it."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.bundle.verify import verify
from ledger.errors import LedgerUnsafe, LodestoneError, VerificationError
from ledger.log.checkpoint import Checkpoint
from ledger.log.signer import LogSigner
from ledger.workflows.collect import Collector, Outcome, collect_once
from ledger.workflows.cosigned import continuation
from ledger.workflows.open import policy_of
from tests.witnesses.conftest import Panel
from tests.world import World


def ask(world: World, name: str) -> bool:
    """Whether a witness cosigns the newest checkpoint; what it signs is kept."""
    assert world.ledger.witnesses is not None
    witness = next(each for each in world.ledger.witnesses.asked if each.name == name)
    try:
        return collect_once(world.ledger, witness).size is not None
    except VerificationError:
        return False


@pytest.fixture
def fork(panel: Panel, tmp_path: Path) -> Iterator[tuple[World, World, str, str]]:
    """Two ledgers of one name and one key that went apart, and a batch in each."""
    world = panel.open()
    world.organization("mine", "AU")
    world.close()
    shutil.copytree(panel.home, tmp_path / "fork" / "ledger")
    honest, fork = panel.open(), panel.open(home=tmp_path / "fork" / "ledger")
    batches = [w.organization("works", "EE").mines("concentrate", 1_000, {"Nd": 62_000}) for w in (honest, fork)]
    yield honest, fork, batches[0], batches[1]
    honest.close()
    fork.close()


def test_two_witnesses_who_have_seen_the_honest_history_sign_no_other(fork: tuple[World, World, str, str]) -> None:
    honest, false, batch, other = fork
    assert [ask(honest, name) for name in ("one", "two")] == [True, True]
    made = honest.report(batch)
    assert verify(made.jwt.encode(), honest.bundle_bytes(made), policy_of(honest.ledger)).passed

    for name in ("one", "two"):
        with pytest.raises(LedgerUnsafe, match="another history"):
            ask(false, name)
    made = false.report(other)
    answer = verify(made.jwt.encode(), false.bundle_bytes(made), policy_of(honest.ledger))
    assert not answer.passed
    assert "lacks what the policy demands: 2 of (2 of (the witness one, the witness one-pq), " in answer.sentence


def test_an_operator_who_shows_each_witness_another_history_gets_neither_witnessed(
    fork: tuple[World, World, str, str],
) -> None:
    honest, false, batch, other = fork
    assert ask(honest, "one")
    assert ask(false, "two")
    with pytest.raises(LedgerUnsafe):
        ask(honest, "two")
    with pytest.raises(LedgerUnsafe):
        ask(false, "one")
    for world, name in ((honest, batch), (false, other)):
        made = world.report(name)
        answer = verify(made.jwt.encode(), world.bundle_bytes(made), policy_of(honest.ledger))
        assert not answer.passed
        assert "lacks what the policy demands" in answer.sentence
        assert continuation(world.ledger, world.ledger.tree.size) is None
        assert not ask_quietly(world, "one" if world is false else "two")


def ask_quietly(world: World, name: str) -> bool:
    try:
        return ask(world, name)
    except LodestoneError:
        return False


def test_a_service_that_finds_out_stops_signing(fork: tuple[World, World, str, str]) -> None:
    honest, false, _, _ = fork
    assert [ask(honest, name) for name in ("one", "two")] == [True, True]
    told: list[Outcome] = []
    collector = Collector(false.ledger, told.append)
    collector.start()
    for _ in range(2_000):
        if len(told) >= 2:
            break
        time.sleep(0.02)
    collector.stop()
    assert {outcome.witness for outcome in told} == {"one", "two"}
    assert all("another history" in outcome.problem for outcome in told)
    with pytest.raises(LedgerUnsafe, match="another history"):
        false.organizations["works"].mines("concentrate", 1_000, {"Nd": 62_000})


def test_a_ledger_restored_from_an_older_backup_is_refused_at_start_because_a_witness_is_ahead(
    panel: Panel, tmp_path: Path
) -> None:
    """Even where the second store and the published files were restored with it."""
    world = panel.open()
    world.close()
    shutil.copytree(panel.home, tmp_path / "backup")
    world = panel.open()
    world.organization("mine", "AU")
    assert [ask(world, name) for name in ("one", "two")] == [True, True]
    world.close()
    shutil.rmtree(panel.home)
    shutil.copytree(tmp_path / "backup", panel.home)
    with pytest.raises(LedgerUnsafe, match="a witness has cosigned more"):
        panel.open()


def test_a_new_ledger_with_old_keys_is_not_founded_where_a_witness_knows_the_log(panel: Panel, tmp_path: Path) -> None:
    world = panel.open()
    assert ask(world, "one")
    world.close()
    (tmp_path / "again").mkdir()
    shutil.copytree(panel.home / "keys", tmp_path / "again" / "ledger" / "keys")
    with pytest.raises(LedgerUnsafe, match="a witness has cosigned more"):
        panel.open(home=tmp_path / "again" / "ledger")


def test_a_witness_cannot_stop_a_ledger_by_what_it_makes_up(panel: Panel) -> None:
    """What it shows counts only with the log's own signatures."""
    world = panel.open()
    origin = world.ledger.config.origin
    stranger = LogSigner.from_seeds(origin, b"\x11" * 32, b"\x12" * 32)
    for witness in panel.witnesses.values():
        with witness.store.turn(origin) as turn:
            made_up = Checkpoint(origin, 10_000, bytes(32))
            turn.keep(made_up, stranger.sign(made_up))
    try:
        with pytest.raises(VerificationError, match="more than are published"):
            ask_loudly(world)
        world.organization("mine", "AU")
    finally:
        world.close()
    panel.open().close()


def ask_loudly(world: World) -> None:
    assert world.ledger.witnesses is not None
    collect_once(world.ledger, world.ledger.witnesses.asked[0])
