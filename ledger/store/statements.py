"""The statements that write what a group changed: one for each table, prepared."""

from typing import Any

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.base import Executable

from ledger.store import tables
from ledger.store.prepared import Prepared

__all__ = ["CARRIED", "CHAIN_HEAD", "HEAD", "INSERT", "RECEIVED", "ROUTES", "STANDING"]

_TABLES: dict[str, Table] = {
    row.__tablename__: row.__table__  # type: ignore[union-attr]
    for row in (
        tables.RecordRow,
        tables.ChainRow,
        tables.OrganizationRow,
        tables.AdmissionRow,
        tables.FacilityRow,
        tables.TransferRow,
        tables.BatchRow,
        tables.UseRow,
        tables.HeldRow,
        tables.CiteRow,
        tables.CertificateRow,
        tables.StandingRow,
        tables.RemarkRow,
    )
}
_KEEP_FIRST = frozenset({"held", "cites", "organization"})


def _insertion(table: Table) -> Prepared:
    """The statement that adds a row; what is kept once or changed later says so."""

    def statement(database: str) -> Executable:
        dialect: Any = sqlite_insert if database == "sqlite" else postgresql_insert
        if table.name in _KEEP_FIRST:
            kept: Executable = dialect(table).on_conflict_do_nothing()
            return kept
        if table.name in ("admission", "chain"):
            added = dialect(table)
            keys = [column.name for column in table.primary_key]
            changed = {c.name: added.excluded[c.name] for c in table.columns if c.name not in keys}
            replaced: Executable = added.on_conflict_do_update(index_elements=keys, set_=changed)
            return replaced
        return insert(table)

    return Prepared(statement)


def _changing(table: Table, *columns: str) -> Prepared:
    """The statement that changes these columns of the row with this key, which the row of parameters has too."""
    keys = [column.name for column in table.primary_key]
    # An UPDATE keeps the names of columns for itself, so parameters have others.
    found = [table.c[name] == bindparam(f"_{name}", type_=table.c[name].type) for name in keys]
    values = {name: bindparam(f"_{name}", type_=table.c[name].type) for name in columns}
    return Prepared(lambda _: update(table).where(*found).values(values))


INSERT = {name: _insertion(table) for name, table in _TABLES.items()}
CHAIN_HEAD = _changing(_TABLES["chain"], "head_seq", "head_id", "head_at")
STANDING = _changing(_TABLES["batch"], "holder", "transit", "secondary_at", "left_mg")
CARRIED = _changing(_TABLES["batch"], "carried")
ROUTES = _changing(_TABLES["batch"], "routes", "contents")
RECEIVED = _changing(_TABLES["transfer"], "standing")
HEAD = Prepared(
    lambda _: update(tables.HeadRow.__table__).values(  # type: ignore[attr-defined]
        size=bindparam("_size"), frontier=bindparam("_frontier"), rules=bindparam("_rules")
    )
)
