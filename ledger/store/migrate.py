"""Migrations: the tables of every version are reached step by step, with Alembic; a newer database is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ledger.errors import ConfigError
from ledger.store.database import Database

__all__ = ["at_this_version", "migrate", "schema_version", "stamp"]


def migrate(database: Database) -> None:
    """Bring the database to the tables of this version. Does nothing where it is there already.

    Raises:
        ConfigError: the database was made by a newer version.
    """
    with _settings() as settings:
        scripts = ScriptDirectory.from_config(settings)
        present = schema_version(database)
        if present == scripts.get_current_head():
            return
        if present is not None and present not in {script.revision for script in scripts.walk_revisions()}:
            raise ConfigError("This database was made by a newer version of Lodestone: use that one.")
        with database.writing(locked=False) as connection:
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")


def schema_version(database: Database) -> str | None:
    """The revision that the database is at, or None for an empty one."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def at_this_version(database: Database) -> bool:
    """Whether the database has the tables of this version."""
    with _settings() as settings:
        return schema_version(database) == ScriptDirectory.from_config(settings).get_current_head()


def stamp(database: Database) -> None:
    """Write down that a database, whose tables were made at once, has those of this version."""
    with _settings() as settings, database.writing(locked=False) as connection:
        settings.attributes["connection"] = connection
        command.stamp(settings, "head")


@contextmanager
def _settings() -> Iterator[AlembicConfig]:
    with as_file(files("ledger.store") / "migrations") as folder:
        settings = AlembicConfig()
        settings.set_main_option("script_location", str(folder))
        yield settings
