"""Making anew what follows from records, out of a database that was grown from them. Envelopes are never written."""

from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from ledger.store.compare import OWN, Side, row_differences, table_named

__all__ = ["make_indexes", "rebuild_records", "rebuild_table"]

_BLOCK = 500


def rebuild_table(live: Connection, anew: Connection, name: str) -> None:
    """Replace every row of a table, in the caller's transaction. Not for the table of records."""
    table, own = table_named(name), OWN.get(name)
    before = live.execute(select(table.c[own])).scalar() if own else None
    live.execute(delete(table))
    found = anew.execute(select(table), execution_options={"yield_per": _BLOCK})
    for block in found.mappings().partitions(_BLOCK):
        live.execute(insert(table), [dict(row) for row in block])
    if own and before is not None:
        live.execute(update(table).values({own: before}))


def rebuild_records(live: Side, anew: Side) -> None:
    """Put right what stands beside the envelopes, row by row, in the caller's transaction."""
    table = table_named("record")
    wrong = sorted({each.key[0] for each in row_differences("record", live, anew) if each.kind == "differs"})
    columns = [each.name for each in table.columns if each.name not in ("idx", "envelope")]
    # two rows may hold each other's values of a unique column, so both let go of them first
    free = update(table).where(table.c.idx == bindparam("key")).values(id=bindparam("none"), seq=bindparam("number"))
    right = update(table).where(table.c.idx == bindparam("key")).values({c: bindparam(f"new_{c}") for c in columns})
    for start in range(0, len(wrong), _BLOCK):
        part = wrong[start : start + _BLOCK]
        live.connection.execute(free, [{"key": i, "none": b"-%d" % i, "number": -i} for i in part])
    for start in range(0, len(wrong), _BLOCK):
        part = wrong[start : start + _BLOCK]
        rows: list[Any] = list(anew.connection.execute(select(table).where(table.c.idx.in_(part))).mappings())
        live.connection.execute(right, [{"key": row["idx"], **{f"new_{c}": row[c] for c in columns}} for row in rows])


def make_indexes(connection: Connection) -> None:
    """Make indexes that are missing, and on SQLite all that there are anew."""
    for name in table_named("record").metadata.tables:
        for index in table_named(name).indexes:
            index.create(connection, checkfirst=True)
    if connection.dialect.name == "sqlite":
        connection.execute(text("REINDEX"))
