"""Starting: a ledger is founded once, taken up where a founding stopped, and refused where its stores disagree."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ledger.errors import ConfigError, LedgerUnsafe, LodestoneError, VerificationError
from ledger.log.policy import parse_policy
from ledger.store.checkpoints import CheckpointStore
from ledger.store.database import Database
from ledger.store.gather import record_name
from ledger.store.log import log_size, read_head
from ledger.store.migrate import migrate
from ledger.store.records import has_reporter
from ledger.values.encoding import unb64u
from ledger.workflows import open as opening
from ledger.workflows.config import Config
from ledger.workflows.open import open_ledger, operator_issuer, policy_of
from tests.helpers.replay import differences, replayed, stored_state, submissions
from tests.world import World

AT = "2026-03-01T00:00:00Z"


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    return Config(tmp_path / "home", ledger="open.example", database_url=database_url)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "home")
    made.organization("maker", "AU")
    yield made
    made.close()


def test_a_new_ledger_has_its_operator_and_his_reports_chain(config: Config) -> None:
    ledger = open_ledger(config, clock=lambda: AT)
    records = [entry.record for entry in submissions(ledger)]
    assert [record.type for record in records] == ["organization", "admission", "organization"]
    assert [getattr(record, "use", "") for record in records] == ["records", "", "report"]
    assert {record.at for record in records} == {AT}
    state = replayed(ledger)
    assert differences(stored_state(ledger, state), state) == []
    assert {chain.organization for chain in state.chains.values()} == {state.operator}
    ledger.close()


def test_the_second_start_finds_what_the_first_one_made(config: Config) -> None:
    first = open_ledger(config, clock=lambda: AT)
    note, policy, kids = first.checkpoint, policy_of(first), [signer.key.kid for signer in first.operator]
    first.close()
    second = open_ledger(config, clock=lambda: AT, found=False)
    assert (second.checkpoint, policy_of(second)) == (note, policy)
    assert [signer.key.kid for signer in second.operator] == kids
    second.close()


def test_nothing_is_founded_and_no_folder_made_where_nobody_asked_for_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no ledger"):
        open_ledger(Config(tmp_path / "nowhere"), found=False)
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no ledger"):
        open_ledger(Config(tmp_path / "empty"), found=False)


class PowerCut(BaseException):
    """Nothing of ours catches it on purpose."""


@pytest.mark.parametrize("place", range(8))
def test_a_founding_that_was_interrupted_is_taken_up(config: Config, place: int) -> None:
    """Stopped at each of its writes in turn: the genesis, and each commit before and after it took effect."""
    calls = 0

    def stopping(real: Callable[..., Any]) -> Callable[..., Any]:
        def stopped(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == place + 1:
                raise PowerCut
            done = real(*args, **kwargs)
            calls += 1
            if calls == place + 1:
                raise PowerCut
            return done

        return stopped

    with pytest.MonkeyPatch.context() as patch:
        for name in ("_write_genesis", "commit_one"):
            patch.setattr(opening, name, stopping(getattr(opening, name)))
        with pytest.raises(PowerCut):
            open_ledger(config, clock=lambda: AT)
    ledger = open_ledger(config, clock=lambda: AT)
    with ledger.database.reading() as connection:
        assert has_reporter(connection)
        size = read_head(connection).size
    assert size == (5 if place in (5, 6) else 4)  # the admission of a chain whose keys' record was never written stays
    latest = ledger.second.latest(config.origin)
    assert latest is not None
    assert (latest.size, latest.note) == (size, ledger.checkpoint)
    state = replayed(ledger)
    assert differences(stored_state(ledger, state), state) == []
    assert operator_issuer(ledger).signers[0].key.kid == ledger.operator[0].key.kid
    ledger.close()


def test_processes_that_start_together_found_one_ledger(postgresql_url: str, tmp_path: Path) -> None:
    config = Config(tmp_path / "home", ledger="open.example", database_url=postgresql_url)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: open_ledger(config, clock=lambda: AT), range(4)))
    assert {each.checkpoint for each in found} == {found[0].checkpoint}
    assert len(submissions(found[0])) == 3
    for each in found:
        each.close()


def copy_of(world: World, target: Path) -> None:
    """A backup of the database, taken while the service stands still."""
    world.ledger.close()
    shutil.copy(world.config.home / "ledger.db", target)


def restore(world: World, backup: Path) -> None:
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (world.config.home / name).unlink(missing_ok=True)
    shutil.copy(backup, world.config.home / "ledger.db")


def older_copy(world: World, tmp_path: Path) -> None:
    """The database is put back to what it was before one more record."""
    copy_of(world, tmp_path / "backup.db")
    world.ledger = open_ledger(world.config, clock=lambda: world.now)
    world.organizations["maker"].facility("NZ")
    world.ledger.close()
    restore(world, tmp_path / "backup.db")


def test_an_older_copy_of_the_database_is_refused(world: World, tmp_path: Path) -> None:
    older_copy(world, tmp_path)
    with pytest.raises(LedgerUnsafe, match="older copy"):
        open_ledger(world.config)


def test_an_older_copy_is_refused_even_if_the_second_store_was_lost(world: World, tmp_path: Path) -> None:
    older_copy(world, tmp_path)
    world.config.second_store.unlink()
    with pytest.raises(LedgerUnsafe, match="older copy"):
        open_ledger(world.config)
    assert not _signed_anything(world.config)


def test_another_history_of_the_same_length_is_refused(world: World, tmp_path: Path) -> None:
    older_copy(world, tmp_path)
    second, tiles = world.config.second_store, world.config.tiles
    kept = second.read_bytes(), tmp_path / "tiles"
    shutil.move(tiles, kept[1])
    second.unlink()
    forked = open_ledger(world.config, clock=lambda: world.now)
    world.ledger = forked
    world.organizations["maker"].issuer.seq -= 1
    maker = world.organizations["maker"]
    with forked.database.reading() as connection:
        maker.issuer.head = _head_of(connection, maker.issuer.chain)
    maker.facility("CK")
    forked.close()
    shutil.rmtree(tiles)
    shutil.move(kept[1], tiles)
    second.write_bytes(kept[0])
    with pytest.raises(LedgerUnsafe, match="disagrees"):
        open_ledger(world.config)
    second.unlink()
    with pytest.raises(LedgerUnsafe, match="disagrees"):
        open_ledger(world.config)
    assert not _signed_anything(world.config)


def _head_of(connection: Any, chain: str) -> str:
    raw = connection.execute(text("SELECT head_id FROM chain WHERE id = :id"), {"id": unb64u(chain)}).scalar_one()
    return record_name(raw)


def _signed_anything(config: Config) -> bool:
    return CheckpointStore(config.second_store).latest(config.origin) is not None


def test_an_empty_database_is_no_new_ledger_where_one_was_signed(world: World) -> None:
    world.close()
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (world.config.home / name).unlink(missing_ok=True)
    with pytest.raises(LedgerUnsafe, match="restore the database"):
        open_ledger(world.config)


def test_a_lost_second_store_and_lost_tiles_are_made_again_from_the_database(world: World) -> None:
    world.close()
    before = world.ledger.checkpoint.split("\n\n")[0]
    world.config.second_store.unlink()
    shutil.rmtree(world.config.tiles)
    world.ledger = open_ledger(world.config, clock=lambda: world.now)
    assert world.ledger.checkpoint.split("\n\n")[0] == before
    world.organizations["maker"].facility("NZ")


def test_a_second_store_that_was_copied_without_its_newest_part_is_refused(world: World) -> None:
    world.close()
    second = world.config.second_store
    second.unlink()
    CheckpointStore(second).close()
    with pytest.raises(LedgerUnsafe, match="knows nothing of this log"):
        open_ledger(world.config)
    assert not _signed_anything(world.config)


@pytest.mark.parametrize("column", ["envelope", "tags", "signatures"])
def test_a_record_that_was_changed_in_the_database_is_not_signed_again(world: World, column: str) -> None:
    with world.ledger.database.engine.begin() as connection:
        row = connection.execute(text(f"SELECT idx, {column} FROM record ORDER BY idx DESC LIMIT 1")).one()
        changed = bytes(row[1])[:-40] + bytes([row[1][-40] ^ 1]) + bytes(row[1])[-39:] if column == "envelope" else None
        changed = changed or bytes([row[1][0] ^ 1]) + bytes(row[1])[1:]
        connection.execute(text(f"UPDATE record SET {column} = :new WHERE idx = :idx"), {"new": changed, "idx": row[0]})
    world.ledger.close()
    with pytest.raises((LedgerUnsafe, ValueError)):
        open_ledger(world.config)


def test_a_missing_record_is_noticed(world: World) -> None:
    with world.ledger.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM record WHERE idx = 3"))
    world.ledger.close()
    with pytest.raises(LedgerUnsafe, match="every record"):
        open_ledger(world.config)


def test_the_log_keeps_its_name(world: World) -> None:
    world.close()
    for changed in ({"ledger": "other.example"}, {"shard": "2027"}):
        with pytest.raises(ConfigError, match="the settings name"):
            open_ledger(replace(world.config, **changed))  # type: ignore[arg-type]
    world.ledger = open_ledger(world.config, clock=lambda: world.now)


def test_a_rule_set_that_this_version_does_not_hold_is_a_reason_not_to_start(world: World) -> None:
    with world.ledger.database.engine.begin() as connection:
        connection.execute(text("UPDATE log_head SET rules = 'sha-256:of-the-future'"))
    world.close()
    with pytest.raises(ConfigError, match="rule set"):
        open_ledger(world.config)


@pytest.mark.parametrize("name", ["log-ed25519.seed", "log-mldsa44.seed", "operator.jwk.json", "report.jwk.json"])
@pytest.mark.parametrize("damaged", [False, True], ids=["missing", "damaged"])
def test_a_ledger_does_not_start_without_each_of_its_keys(world: World, name: str, damaged: bool) -> None:
    world.close()
    path = world.config.keys / name
    path.unlink()
    if damaged:
        path.write_text("nonsense")
        path.chmod(0o600)
    with pytest.raises(ConfigError):
        open_ledger(world.config)
    assert path.exists() is damaged  # no key is ever made anew for a ledger that has one


def test_another_key_of_the_log_is_noticed_by_whoever_pinned_it(world: World) -> None:
    """The service cannot know; the pinned policy does. What was signed with the old key stays valid."""
    policy, old = world.policy, world.ledger.checkpoint
    world.close()
    (world.config.keys / "log-ed25519.seed").write_text("11" * 32 + "\n")
    world.ledger = open_ledger(world.config, clock=lambda: world.now)
    assert parse_policy(policy).evaluate(old).checkpoint.size > 0
    world.organizations["maker"].facility("NZ")
    with pytest.raises(VerificationError):
        parse_policy(policy).evaluate(world.ledger.checkpoint)


def test_a_database_that_is_damaged_or_away_is_named(world: World, postgresql_url: str) -> None:
    world.close()
    path = world.config.home / "ledger.db"
    path.write_bytes(path.read_bytes()[:5_000])
    away = replace(world.config, database_url=postgresql_url.rpartition("/")[0] + "/nowhere")
    for config in (world.config, away):
        with pytest.raises(LodestoneError, match="The database does not work: "):
            open_ledger(config)


def test_a_database_without_a_ledger_has_nothing_to_commit_to(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    migrate(database)
    with database.reading() as connection:
        assert log_size(connection) == 0
        with pytest.raises(LedgerUnsafe, match="no ledger"):
            read_head(connection)
    database.close()
