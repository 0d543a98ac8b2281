"""Tables: reached from nothing by migrations, the same as the models say, and never taken back from a newer version."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlmodel import SQLModel

from ledger.errors import ConfigError
from ledger.store.database import Database, engine_for
from ledger.store.migrate import migrate, schema_version
from ledger.workflows.config import Config
from ledger.workflows.open import open_ledger


def test_an_empty_database_is_brought_to_the_tables_of_the_models(database_url: str) -> None:
    database = Database(database_url)
    assert schema_version(database) is None
    migrate(database)
    assert schema_version(database) is not None
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    migrate(database)
    database.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database_url: str, tmp_path: Path) -> None:
    config = Config(tmp_path / "home", database_url=database_url)
    open_ledger(config).close()
    database = Database(database_url)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    with pytest.raises(ConfigError, match="newer version"):
        migrate(database)
    with pytest.raises(ConfigError, match="newer version"):
        open_ledger(config)
    assert schema_version(database) == "from-the-future"
    database.close()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://", "", "postgres"])
def test_other_databases_are_refused_by_name(url: str) -> None:
    with pytest.raises(ConfigError, match="LODESTONE_DATABASE_URL"):
        engine_for(url)


def test_sqlite_is_opened_so_that_a_commit_survives_a_power_cut(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    with database.engine.connect() as connection:
        said = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")}
    assert said == {"journal_mode": "wal", "synchronous": 2}
    database.close()


def test_reading_sees_one_moment_and_cannot_write(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    insert = text("INSERT INTO route (no, key) VALUES (:no, :key)")
    with database.reading() as reader:
        count = text("SELECT count(*) FROM route")
        assert reader.execute(count).scalar() == 0
        with database.writing(locked=False) as writer:
            writer.execute(insert, {"no": 1, "key": b"x"})
        assert reader.execute(count).scalar() == 0
    with database.reading() as reader:
        assert reader.execute(count).scalar() == 1
    database.close()
