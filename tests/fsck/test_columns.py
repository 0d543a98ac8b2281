"""Every column of every table is changed in turn, found by reflection: what is not named is a defect."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, Table, func, select, update
from sqlmodel import SQLModel

from ledger.store.compare import GIVEN, RECOMPUTED
from ledger.store.database import Database
from ledger.workflows.config import Config
from ledger.workflows.findings import Finding
from ledger.workflows.fsck import fsck
from tests.fsck.everything import World

SIGNED = {("log_head", "genesis"), ("record", "envelope")}
"""What everything else follows from: see `test_records`."""
NOT_SHOWN = {("token", "label"), ("log_head", "edition")}
"""Nothing tells what it was, and nothing depends on it."""
OTHERS = tuple(name for name in GIVEN if name != "erasure")
"""What erasures write is changed where there are some: see `test_erasure`."""
NUMBER = ("route", "no")
"""Numbers of routes are the database's own: see the test of them."""


def tables(names: tuple[str, ...]) -> list[Table]:
    return [SQLModel.metadata.tables[name] for name in names]


def other(column: Column[Any], value: Any) -> Any:
    """Another value of the column's kind."""
    kind = column.type.python_type
    if kind is bool:
        return not value
    if kind is int:
        return 1_000 if value is None else value + 1_000
    if isinstance(column.type, LargeBinary):
        return b"x" if value is None else bytes(value)[:-1]
    return "never" if value is None else f"?{value}"


def change(connection: Connection, table: Table, column: Column[Any], *, last: bool) -> None:
    """Give one row another value in a column."""
    keys = list(table.primary_key)
    order = [key.desc() if last else key for key in keys]
    row = connection.execute(select(table).order_by(*order).limit(1)).one()
    this = [key == getattr(row, key.name) for key in keys]
    connection.execute(update(table).where(*this).values({column.name: other(column, getattr(row, column.name))}))


def changed(config: Config, names: tuple[str, ...], *, keys: bool) -> set[tuple[str, str]]:
    """Change every column of these tables: those that name a row in its last row, all others in its first."""
    done = set()
    database = Database(config.database)
    with database.engine.begin() as connection:
        for table in tables(names):
            for column in table.columns:
                place = (table.name, column.name)
                is_key = column.primary_key or place == ("route", "key")
                if is_key == keys and place not in SIGNED | NOT_SHOWN | {NUMBER}:
                    change(connection, table, column, last=keys or column.name == "jwt")
                    done.add(place)
    database.close()
    return done


def named(findings: tuple[Finding, ...]) -> Iterator[tuple[str, str]]:
    for finding in findings:
        table, _, rest = finding.where.partition("[")
        yield table, rest.rpartition("].")[2] if "]." in rest else ""


def test_every_table_is_looked_at() -> None:
    assert set(RECOMPUTED) | set(GIVEN) == set(SQLModel.metadata.tables)
    assert not set(RECOMPUTED) & set(GIVEN)


def test_the_ledger_with_something_of_everything_is_whole(either: Config) -> None:
    database = Database(either.database)
    with database.reading() as connection:
        empty = [
            table.name
            for table in tables(RECOMPUTED + OTHERS)
            if not connection.execute(select(func.count()).select_from(table)).scalar_one()
        ]
    database.close()
    assert empty == []
    answer = fsck(either)
    assert (answer.findings, answer.notes, answer.unchecked) == ((), (), ())
    assert answer.clean
    assert answer.counts["replayed"] == answer.counts["records"] == answer.counts["entries"] - 1


def test_every_column_that_follows_from_records_is_named_and_mended(either: Config) -> None:
    done = changed(either, RECOMPUTED, keys=False)
    answer = fsck(either)
    assert done - set(named(answer.findings)) == set()
    assert {finding.mends for finding in answer.findings} == {True}
    mended = fsck(either, repair=True)
    assert (mended.findings, mended.clean) == ((), True)
    assert sum(mended.repaired.values()) == sum(answer.differences.values())
    World(either.home, database_url=either.database_url).close()


def test_every_key_that_follows_from_records_is_named_and_mended(either: Config) -> None:
    recomputed = tuple(name for name in RECOMPUTED if name != "record")
    done = changed(either, recomputed, keys=True)
    answer = fsck(either)
    assert {table for table, _ in done} - {table for table, _ in named(answer.findings)} == set()
    for table in {table for table, _ in done}:
        about = [f.sentence for f in answer.findings if f.where.startswith(f"{table}[")]
        assert [s for s in about if "follows from no record" in s], table
        assert [s for s in about if "is not there" in s], table
    assert fsck(either, repair=True).clean


def test_a_batch_whose_route_has_no_such_number_any_more_is_named_and_mended(either: Config) -> None:
    database = Database(either.database)
    route = SQLModel.metadata.tables["route"]
    with database.engine.begin() as connection:
        connection.execute(update(route).where(route.c.no == 1).values(no=1_000))
    database.close()
    answer = fsck(either)
    assert set(named(answer.findings)) == {("batch", "routes")}
    assert fsck(either, repair=True).clean


def test_rows_that_were_lost_are_named_and_made_anew(config: Config) -> None:
    lost = set(RECOMPUTED) - {"log_head", "record"}
    database = Database(config.database)
    with database.engine.begin() as connection:
        for name in lost:
            connection.execute(SQLModel.metadata.tables[name].delete())
    database.close()
    answer = fsck(config)
    assert {finding.where.partition("[")[0] for finding in answer.findings} >= lost
    assert fsck(config, repair=True).clean


def test_every_column_of_what_was_given_out_is_named(either: Config) -> None:
    done = changed(either, OTHERS, keys=False)
    answer = fsck(either)
    places = set(named(answer.findings))
    missing = {(table, column) for table, column in done - places if table != "checkpoint"}
    assert missing == set()
    assert [f for f in answer.findings if f.where.startswith("the stored checkpoint")]
    assert not any(finding.mends for finding in answer.findings)


def test_every_key_of_what_was_given_out_is_named(either: Config) -> None:
    changed(either, OTHERS, keys=True)
    answer = fsck(either)
    tables = {f.where.partition("[")[0] for f in answer.findings}
    assert {"report", "status_list", "token"} <= tables
    assert answer.differences["checkpoint"]
