"""The private PostgreSQL server of the bench, by the name that tests know it by."""

from ledger.bench.postgres import PostgresServer, PostgresUnavailable, find_postgres, running_postgres

__all__ = ["PostgresServer", "PostgresUnavailable", "find_postgres", "running_postgres"]
