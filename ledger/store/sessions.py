"""Who else has the database open: what needs a ledger for itself asks before it changes anything."""

from sqlalchemy import Connection, text

__all__ = ["other_sessions"]


def other_sessions(connection: Connection) -> int:
    """How many other sessions of Lodestone a PostgreSQL database has; always 0 on SQLite, where a file's lock decides.

    Not seen: sessions under another role, or under an application name that the database's address sets.
    """
    if connection.dialect.name != "postgresql":
        return 0
    wanted = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'lodestone' AND pid <> pg_backend_pid()"
    )
    return int(connection.execute(text(wanted)).scalar_one())
