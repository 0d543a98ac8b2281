"""The database: engines, transactions and their promises.

`reading()` sees one moment and changes nothing. `writing()` holds the lock of the log's head from its first statement,
on SQLite (BEGIN IMMEDIATE) as on PostgreSQL (the head's row lock): what it read stays true until it commits, and when
it returns without an error everything is durable (`synchronous=FULL`; PostgreSQL's default `synchronous_commit`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlmodel import SQLModel

from ledger.errors import ConfigError, LedgerUnsafe
from ledger.store.private import make_private
from ledger.store.tables import HeadRow

__all__ = ["Database", "engine_for"]

_head = HeadRow.__table__  # type: ignore[attr-defined]


def engine_for(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://...`.

    Raises:
        ConfigError: another kind of database.
    """
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if url.startswith("postgresql+psycopg://"):
        named = {"fallback_application_name": "lodestone"}
        return create_engine(
            url, connect_args=named, pool_pre_ping=True, pool_size=8, max_overflow=8, isolation_level="READ COMMITTED"
        )
    if not url.startswith("sqlite:///"):
        raise ConfigError("LODESTONE_DATABASE_URL: expected sqlite:///path or postgresql://...")
    # Records have three kilobytes: on SQLite's own pages of four, a quarter of the file would be nothing.
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _settings(connection: object, _: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in (
            "page_size=8192",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("lodestone_writing", False)
        connection.connection.cursor().execute("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


class Database:
    """One ledger's database."""

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite:///"):
            make_private(Path(url.removeprefix("sqlite:///")))
        self.engine = engine_for(url)
        self.sqlite = self.engine.dialect.name == "sqlite"

    def create(self) -> None:
        """Make the tables of this version in an empty database. Deployments use `lodestone migrate` instead."""
        SQLModel.metadata.create_all(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the ledger."""
        options = {} if self.sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, *, locked: bool = True) -> Iterator[Connection]:
        """A transaction that holds the head's lock (unless `locked` is false: tokens and the like)."""
        with self.engine.connect().execution_options(lodestone_writing=True) as connection, connection.begin():
            if locked and not self.sqlite:
                held = connection.execute(select(_head.c.id).with_for_update()).all()
                if not held:
                    raise LedgerUnsafe("This database holds no ledger yet.")
            yield connection

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()
