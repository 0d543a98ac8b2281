"""Files: every tile, full or partial, the checkpoint, the second store, keys, and what does not belong there."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import LodestoneError
from ledger.log.tiles import TILE_WIDTH
from ledger.rules.submission import Submission
from ledger.workflows.alone import only_process
from ledger.workflows.commit import commit
from ledger.workflows.config import Config
from ledger.workflows.fsck import Fsck, fsck
from ledger.workflows.open import open_ledger
from tests.fsck.everything import World


def tiles_of(config: Config) -> list[Path]:
    return sorted(path for path in (config.tiles / "tile").rglob("*") if path.is_file())


def codes(answer: Fsck) -> list[str]:
    return [finding.code for finding in answer.findings]


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


def test_every_tile_that_was_changed_is_named_and_written_anew(config: Config) -> None:
    for number, path in enumerate(tiles_of(config)):
        flip(path, number % path.stat().st_size)
    answer = fsck(config)
    names = {path.relative_to(config.tiles).as_posix() for path in tiles_of(config)}
    assert {finding.where for finding in answer.findings} == names
    assert "partial" not in answer.sentence
    before = {path: path.read_bytes() for path in (config.tiles / "checkpoint", config.second_store)}
    assert fsck(config, repair=True).clean
    assert {path: path.read_bytes() for path in before} == before


def test_tiles_that_were_lost_or_cut_are_written_anew(config: Config) -> None:
    shutil.rmtree(config.tiles / "tile" / "0")
    entries = [path for path in tiles_of(config) if "entries" in path.parts]
    entries[-1].write_bytes(b"")
    answer = fsck(config)
    assert sorted(codes(answer)) == ["tile", "tile"]
    assert [finding for finding in answer.findings if "missing" in finding.sentence]
    assert fsck(config, repair=True).clean


def test_files_that_belong_to_nothing_are_named(config: Config) -> None:
    beyond = config.tiles / "tile" / "0" / "007"
    beyond.write_bytes(b"\x00" * 32 * TILE_WIDTH)
    (config.tiles / "tile" / "0" / "000.p" / "255").write_bytes(b"\x00" * 32 * 255)
    (config.tiles / "notes.txt").write_text("whose is this?")
    (config.tiles / "tile" / ".writing-abc").write_text("half")
    answer = fsck(config)
    assert sorted(codes(answer)) == ["file", "tile", "tile"]
    assert [note for note in answer.notes if ".writing-abc" in note]
    mended = fsck(config, repair=True)
    assert [finding.where for finding in mended.findings] == ["notes.txt"]
    assert not beyond.exists()
    assert (config.tiles / "notes.txt").exists()


def test_a_log_of_more_than_one_tile_is_compared_in_all_its_levels(tmp_path: Path) -> None:
    world = World(tmp_path / "home")
    who = world.organization("maker", "AU")
    entries: list[Submission] = []
    for _ in range(2 * TILE_WIDTH):
        said = {"name": "Plant", "operator": who.id, "country": "AU"}
        entries.append(who.issuer.submission("facility", world.tick(), said))
        who.issuer.advance(entries[-1].id)
    for start in range(0, len(entries), 100):
        commit(entries[start : start + 100], world.ledger, at_door=False)
    world.close()
    answer = fsck(world.config)
    assert (answer.findings, answer.notes) == ((), ())
    names = {path.relative_to(world.config.tiles).as_posix() for path in tiles_of(world.config)}
    assert {"tile/0/000", "tile/0/001", "tile/1/000.p/1", "tile/1/000.p/2", "tile/entries/001"} <= names
    assert answer.counts["files"] >= len(names)
    for path in tiles_of(world.config):
        flip(path, path.stat().st_size - 1)
    assert not [name for name in names if name.startswith("tile/0/000.p/")]  # the full one is there
    assert {finding.where for finding in fsck(world.config).findings} >= names
    assert fsck(world.config, repair=True).clean


@pytest.mark.parametrize("text", ["", "nonsense\n", "other.example/2026\n3\n" + "A" * 43 + "=\n\n"])
def test_a_published_checkpoint_that_is_none_is_named(config: Config, text: str) -> None:
    (config.tiles / "checkpoint").write_text(text)
    answer = fsck(config)
    assert "checkpoint" in codes(answer)
    assert not any(finding.mends for finding in answer.findings if finding.code == "checkpoint")


def test_a_signature_on_the_published_checkpoint_that_does_not_hold_is_named(config: Config) -> None:
    path = config.tiles / "checkpoint"
    lines = path.read_text().split("\n")
    lines[-2] = lines[-2][:-20] + ("A" if lines[-2][-20] != "A" else "B") + lines[-2][-19:]
    path.write_text("\n".join(lines))
    assert codes(fsck(config))[0] == "checkpoint"
    path.write_text("\n".join(lines[:-2]) + "\n")
    assert "lacks" in fsck(config).findings[0].sentence


def test_a_published_checkpoint_that_is_older_than_one_step_is_named(config: Config) -> None:
    with closing(sqlite3.connect(config.home / "ledger.db")) as connection:
        notes = [row[0] for row in connection.execute("SELECT note FROM checkpoint ORDER BY size")]
    (config.tiles / "checkpoint").write_text(notes[-2])
    answer = fsck(config)
    assert (answer.clean, len(answer.notes)) == (True, 1)
    assert "next start" in answer.notes[0]
    (config.tiles / "checkpoint").write_text(notes[-4])
    assert codes(fsck(config)) == ["published"]
    (config.tiles / "checkpoint").unlink()
    assert codes(fsck(config)) == ["published"]
    open_ledger(config).close()
    assert fsck(config).clean


def second(config: Config, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(config.second_store)) as connection:
        connection.execute(statement, values)
        connection.commit()


@pytest.mark.parametrize(
    ("statement", "value", "code"),
    [
        ("DELETE FROM latest", None, "second-store"),
        ("UPDATE latest SET size = size + ?", 1, "second-store"),
        ("UPDATE latest SET root = ?", b"x" * 32, "second-store"),
        ("UPDATE latest SET note = ?", "nonsense", "checkpoint"),
        ("UPDATE latest SET origin = ?", "other.example/2026", "second-store"),
        ("DROP TABLE latest", None, "second-store"),
    ],
)
def test_every_column_of_the_second_store_is_looked_at(
    config: Config, statement: str, value: object, code: str
) -> None:
    second(config, statement, *(() if value is None else (value,)))
    assert code in codes(fsck(config))


def test_a_second_store_that_is_lost_is_named_and_nothing_is_made_in_its_place(config: Config) -> None:
    config.second_store.unlink()
    answer = fsck(config, repair=True)
    assert codes(answer) == ["second-store"]
    assert not config.second_store.exists()
    open_ledger(config).close()
    assert fsck(config).clean


def test_an_older_second_store_is_named(made: Config, config: Config) -> None:
    with closing(sqlite3.connect(config.home / "ledger.db")) as connection:
        size, note = connection.execute("SELECT size, note FROM checkpoint ORDER BY size LIMIT 1 OFFSET 3").fetchone()
    root = fsck(made)
    assert root.clean
    second(config, "UPDATE latest SET size = ?, note = ?", size, note)
    assert "second-store" in codes(fsck(config))


@pytest.mark.parametrize("name", ["log-ed25519.seed", "log-mldsa44.seed"])
def test_checkpoints_by_another_key_are_named(config: Config, name: str) -> None:
    (config.keys / name).write_text("11" * 32 + "\n")
    answer = fsck(config)
    assert set(codes(answer)) == {"checkpoint"}


@pytest.mark.parametrize("name", ["operator.jwk.json", "report.jwk.json"])
def test_a_key_of_the_service_that_is_not_in_force_is_named(config: Config, tmp_path: Path, name: str) -> None:
    other = World(tmp_path / "other")
    other.close()
    shutil.copy(other.config.keys / name, config.keys / name)
    assert codes(fsck(config)) == ["key"]


def test_without_keys_everything_else_is_checked_and_that_is_said(config: Config) -> None:
    shutil.rmtree(config.keys)
    answer = fsck(config)
    assert answer.clean
    assert ["signatures were not verified" in sentence for sentence in answer.unchecked] == [True]


def test_a_repair_waits_for_nobody_and_asks_for_the_ledger_alone(config: Config) -> None:
    with only_process(config):
        assert fsck(config).clean
        with pytest.raises(LodestoneError, match="stop it first"):
            fsck(config, repair=True)


def test_a_repair_on_postgresql_asks_that_no_service_has_the_database_open(postgresql_url: str, tmp_path: Path) -> None:
    world = World(tmp_path / "home", database_url=postgresql_url)
    assert fsck(world.config).clean
    with pytest.raises(LodestoneError, match="stop it first"):
        fsck(world.config, repair=True)
    world.close()
    assert fsck(world.config, repair=True).clean
