"""Backups while a ledger serves, restored and checked; and an old one, which nothing may go on from."""

import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from ledger.errors import ConfigError, LedgerUnsafe, LodestoneError, UsageError
from ledger.log.proof import parse_proof
from ledger.workflows.backup import back_up
from ledger.workflows.config import Config
from ledger.workflows.fsck import fsck
from ledger.workflows.open import open_ledger
from ledger.workflows.receipts import Receipt, receipt
from ledger.workflows.restore import restore
from tests.fsck.everything import World
from tests.fsck.test_beside import going_on

AT = "2026-05-01T00:00:00Z"


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [folder, *folder.rglob("*")]}


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_a_backup_is_restored_and_is_the_ledger_that_it_was(either: Config, tmp_path: Path, name: str) -> None:
    made = back_up(either, tmp_path / name, keys=True, clock=lambda: AT)
    assert (made.listed.origin, made.listed.made_at, made.listed.keys) == (either.origin, AT, True)
    if name == "backup":
        assert modes(made.path) == {0}
    else:
        assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    restored = restore(made.path, tmp_path / "again")
    assert (restored.fsck.findings, restored.fsck.notes, restored.fsck.unchecked) == ((), (), ())
    assert restored.fsck.counts == fsck(either).counts
    assert restored.own_second_store
    assert stat.S_IMODE((tmp_path / "again" / "keys" / "operator.jwk.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "again" / "ledger.db").stat().st_mode) == 0o600
    open_ledger(restored.config).close()


def test_a_backup_of_sqlite_is_restored_into_postgresql(
    config: Config, tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(config, tmp_path / "backup", keys=True)
    monkeypatch.setenv("LODESTONE_DATABASE_URL", postgresql_url)
    restored = restore(tmp_path / "backup", tmp_path / "again")
    assert restored.fsck.clean
    assert restored.config.database_url == postgresql_url
    assert not (tmp_path / "again" / "ledger.db").exists()
    with pytest.raises(UsageError, match="holds a ledger already"):
        restore(tmp_path / "backup", tmp_path / "third")
    assert list((tmp_path / "third").iterdir()) == []


def test_every_receipt_from_before_a_backup_under_load_is_kept(database_url: str, tmp_path: Path) -> None:
    world = World(tmp_path / "home", database_url=database_url)
    enough, thread = going_on(world)
    given: list[tuple[Receipt, Path]] = []
    try:
        for number in range(2):
            newest = int(world.ledger.checkpoint.split("\n")[1]) - 1
            given.append((receipt(world.ledger, newest), tmp_path / f"backup-{number}"))
            back_up(world.config, given[-1][1], keys=True)
    finally:
        enough.set()
        thread.join()
        world.close()
    for number, (kept, backup) in enumerate(given):
        restored = restore(backup, tmp_path / f"again-{number}")
        assert restored.fsck.findings == ()
        assert restored.fsck.counts["entries"] > parse_proof(str(kept["proof"])).index
        again = open_ledger(restored.config)
        assert receipt(again, parse_proof(str(kept["proof"])).index)["leaf"] == kept["leaf"]
        again.close()


def test_keys_are_in_a_backup_only_if_they_are_asked_for(config: Config, tmp_path: Path) -> None:
    back_up(config, tmp_path / "backup")
    assert not (tmp_path / "backup" / "keys").exists()
    secret = (config.keys / "log-ed25519.seed").read_bytes().strip()
    assert [path for path in (tmp_path / "backup").rglob("*") if path.is_file() and secret in path.read_bytes()] == []
    restored = restore(tmp_path / "backup", tmp_path / "again")
    assert restored.fsck.clean
    assert "signatures were not verified" in restored.fsck.unchecked[0]
    shutil.copytree(config.keys, tmp_path / "again" / "keys")
    open_ledger(restored.config).close()


def test_a_backup_replaces_nothing_and_half_of_one_is_not_left_behind(config: Config, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(UsageError, match="replaces nothing"):
        back_up(config, tmp_path / "backup")
    (config.home / "ledger.db").write_bytes(b"no database" * 1_000)
    before = set(tmp_path.iterdir())
    with pytest.raises(LedgerUnsafe, match="cannot be copied"):
        back_up(config, tmp_path / "other")
    assert set(tmp_path.iterdir()) == before
    with pytest.raises(ConfigError, match="no ledger"):
        back_up(Config(tmp_path / "nowhere"), tmp_path / "third")


def test_a_backup_is_restored_into_an_empty_folder_only(config: Config, tmp_path: Path) -> None:
    back_up(config, tmp_path / "backup")
    with pytest.raises(UsageError, match="not empty"):
        restore(tmp_path / "backup", config.home)
    (tmp_path / "empty").mkdir()
    assert restore(tmp_path / "backup", tmp_path / "empty").fsck.clean
    with pytest.raises(UsageError, match="no backup"):
        restore(tmp_path / "nothing", tmp_path / "again")


def _lose(folder: Path) -> None:
    (folder / "ledger.db").unlink()


def _change(folder: Path) -> None:
    (folder / "tiles" / "checkpoint").write_text("other\n")


def _add(folder: Path) -> None:
    (folder / "more").write_text("x")


def _unlist(folder: Path) -> None:
    (folder / "backup.json").write_text("{}")


def _newer(folder: Path) -> None:
    said = orjson.loads((folder / "backup.json").read_bytes())
    (folder / "backup.json").write_bytes(orjson.dumps(said | {"v": "lodestone-backup/2"}))


@pytest.mark.parametrize("damage", [_lose, _change, _add, _unlist, _newer])
def test_a_backup_that_was_damaged_is_refused_before_anything_is_restored(
    config: Config, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    back_up(config, tmp_path / "backup")
    damage(tmp_path / "backup")
    with pytest.raises(LodestoneError, match="backup"):
        restore(tmp_path / "backup", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_tar_file_that_leads_outside_is_refused(config: Config, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        archive.add(config.home / "config.toml", arcname="../outside.toml")
    with pytest.raises(LodestoneError, match="cannot be unpacked"):
        restore(tmp_path / "evil.tar", tmp_path / "again")
    assert not (tmp_path / "outside.toml").exists()


def test_a_ledger_that_was_damaged_before_its_backup_is_restored_and_not_called_good(
    config: Config, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(config.home / "ledger.db")) as connection:
        connection.execute("UPDATE batch SET left_mg = left_mg + 1")
        connection.commit()
    back_up(config, tmp_path / "backup")
    assert not restore(tmp_path / "backup", tmp_path / "again").fsck.clean


def later(world: World) -> None:
    """One more record, for which a receipt is given."""
    world.organization("later", "NZ")


def test_an_old_backup_is_refused_where_the_second_store_lives_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path / "home")
    back_up(world.config, tmp_path / "backup", keys=True)
    later(world)
    world.close()
    elsewhere = tmp_path / "other-disk" / "checkpoints.db"
    elsewhere.parent.mkdir()
    shutil.move(world.config.second_store, elsewhere)
    monkeypatch.setenv("LODESTONE_CHECKPOINTS", str(elsewhere))
    before = elsewhere.read_bytes()
    restored = restore(tmp_path / "backup", tmp_path / "again")
    assert not restored.own_second_store
    assert {finding.code for finding in restored.fsck.findings} == {"behind"}
    assert "would fork the log" in restored.fsck.findings[0].sentence
    with pytest.raises(LedgerUnsafe, match="older copy"):
        open_ledger(restored.config)
    assert elsewhere.read_bytes() == before


def test_an_old_backup_is_found_out_by_a_checkpoint_that_others_have(tmp_path: Path) -> None:
    world = World(tmp_path / "home")
    back_up(world.config, tmp_path / "backup", keys=True)
    old = world.ledger.checkpoint
    later(world)
    new = world.ledger.checkpoint
    world.close()
    assert restore(tmp_path / "backup", tmp_path / "one", seen=old).fsck.clean
    assert {f.code for f in restore(tmp_path / "backup", tmp_path / "two", seen=new).fsck.findings} == {"behind"}
    assert {f.code for f in restore(tmp_path / "backup", tmp_path / "three", seen="no").fsck.findings} == {"checkpoint"}


def test_a_backup_of_another_log_than_the_settings_name_is_refused(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(replace(config), tmp_path / "backup")
    monkeypatch.setenv("LODESTONE_SHARD", "2031")
    with pytest.raises(UsageError, match="the settings name"):
        restore(tmp_path / "backup", tmp_path / "again")
    assert list((tmp_path / "again").iterdir()) == []
