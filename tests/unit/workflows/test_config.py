"""Settings: defaults, the file in the ledger's folder, and the environment, which wins."""

from pathlib import Path

import pytest

from ledger.errors import ConfigError
from ledger.workflows.config import SETTINGS, Config, read_config, write_config


def test_without_anything_said_there_are_defaults(tmp_path: Path) -> None:
    config = read_config({}, home=tmp_path)
    assert config == Config(tmp_path)
    assert config.origin == "ledger.lodestone.example/2026"
    assert config.database == f"sqlite:///{tmp_path / 'ledger.db'}"
    assert config.second_store == tmp_path / "checkpoints.db"
    assert (config.tiles, config.keys) == (tmp_path / "tiles", tmp_path / "keys")


def test_the_folder_is_named_by_the_environment_or_is_here() -> None:
    assert read_config({"LODESTONE_HOME": "/nowhere/at/all"}).home == Path("/nowhere/at/all")
    assert read_config({}).home == Path("lodestone-data")


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    config = Config(tmp_path, ledger='a "quoted" \\ name', did="did:web:x", public_url="https://x", shard="2031")
    write_config(config)
    assert read_config({}, home=tmp_path) == config


def test_the_names_of_a_ledger_are_written_once(tmp_path: Path) -> None:
    write_config(Config(tmp_path, ledger="first.example"))
    write_config(Config(tmp_path, ledger="second.example"))
    assert read_config({}, home=tmp_path).ledger == "first.example"


def test_where_things_are_kept_is_not_written_with_the_names(tmp_path: Path) -> None:
    """A database's address may hold a password."""
    write_config(Config(tmp_path, database_url="postgresql://user:secret@host/x", checkpoints=tmp_path / "c.db"))
    assert "secret" not in (tmp_path / "config.toml").read_text()
    assert read_config({}, home=tmp_path).database_url == ""


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('ledger = "file.example"\nshard = "2030"\ncheckpoints = "/file/c.db"\n')
    environment = {
        "LODESTONE_LEDGER": "environment.example",
        "LODESTONE_DID": "did:web:environment.example",
        "LODESTONE_PUBLIC_URL": "https://environment.example",
        "LODESTONE_DATABASE_URL": "postgresql://host/x",
        "LODESTONE_SHARD": "",  # an empty setting says nothing
    }
    config = read_config(environment, home=tmp_path)
    assert config == Config(
        tmp_path,
        ledger="environment.example",
        did="did:web:environment.example",
        public_url="https://environment.example",
        shard="2030",
        database_url="postgresql://host/x",
        checkpoints=Path("/file/c.db"),
    )
    assert read_config({"LODESTONE_CHECKPOINTS": "/other/c.db"}, home=tmp_path).second_store == Path("/other/c.db")


@pytest.mark.parametrize(
    "written", ["ledger = ", "ledgre = 'x'", "shard = 2026", "[ledger]\nname = 'x'", "ledger = 'a'\nledger = 'b'"]
)
def test_a_file_that_is_no_settings_file_is_refused(tmp_path: Path, written: str) -> None:
    (tmp_path / "config.toml").write_text(written)
    with pytest.raises(ConfigError, match=r"config\.toml"):
        read_config({}, home=tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"config\.toml"):
        read_config({}, home=tmp_path)


def test_every_setting_of_a_ledger_is_named() -> None:
    names = {"HOME", "LEDGER", "DID", "PUBLIC_URL", "SHARD", "DATABASE_URL", "CHECKPOINTS"}
    assert {f"LODESTONE_{name}" for name in names} <= set(SETTINGS)
    assert all(SETTINGS.values())
