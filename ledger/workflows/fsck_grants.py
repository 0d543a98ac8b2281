"""Grants in the check of a ledger: no record says them, so they are held against what they are on and for whom."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, select

from ledger.report.opened import is_path
from ledger.store.compare import rows, table_named
from ledger.store.grants import RECORD
from ledger.store.lineage import chunks
from ledger.values.encoding import unb64u
from ledger.values.instant import is_time
from ledger.workflows.findings import Findings

__all__ = ["check_grants"]

_SENTENCE = "holds what this service never writes: withdraw the grant and give another."


def check_grants(connection: Connection, organizations: set[int], findings: Findings) -> int:
    """Look whether grants are what this service makes, each on something of the one who gave it; how many there are."""
    grants = _rows(connection, "grants", ("number",))
    subjects: dict[int, list[tuple[int, int]]] = {}
    for row in _rows(connection, "grant_subject", ("number", "record", "place")):
        subjects.setdefault(row["number"], []).append((row["record"], row["place"]))
    found = {grant["number"]: grant for grant in grants}
    makers, batches = _named(connection, {record for keys in subjects.values() for record, _ in keys})
    for number, grant in found.items():
        for name in _ill_formed(grant, organizations):
            findings.differs("grant", f"grants[{number}].{name}", f"The column {name} of a grant {_SENTENCE}")
        if number not in subjects:
            findings.differs("grant", f"grants[{number}].number", "This grant is on nothing: withdraw it.")
    for number, keys in subjects.items():
        for record, place in keys:
            where = f"grant_subject[{number}, {record}, {place}]"
            if number not in found:
                findings.differs("grant", f"{where}.number", "Something is opened by a grant that is not there.")
            elif makers.get(record) != found[number]["grantor"]:
                sentence = "A grant is on a record that is not of the organization that gave it: withdraw it."
                findings.differs("grant", f"{where}.record", sentence)
            elif place != RECORD and (record, place) not in batches:
                findings.differs("grant", f"{where}.place", "A grant is on a batch that there is not: withdraw it.")
    return len(found)


def _ill_formed(grant: Mapping[str, Any], organizations: set[int]) -> Iterator[str]:
    if not _is_id(grant["id"]):
        yield "id"
    if grant["grantor"] not in organizations:
        yield "grantor"
    if grant["grantee"] not in organizations or grant["grantee"] == grant["grantor"]:
        yield "grantee"
    if not _are_members(grant["members"]):
        yield "members"
    if not is_time(grant["created_at"]):
        yield "created_at"
    for name in ("expires_at", "revoked_at"):
        if grant[name] is not None and not is_time(grant[name]):
            yield name


def _are_members(data: bytes) -> bool:
    try:
        members = orjson.loads(bytes(data))
    except orjson.JSONDecodeError:
        return False
    return isinstance(members, list) and all(isinstance(each, str) and is_path(each) for each in members)


def _is_id(text: object) -> bool:
    try:
        return isinstance(text, str) and len(unb64u(text)) == 16
    except ValueError:
        return False


def _rows(connection: Connection, name: str, order: tuple[str, ...]) -> list[dict[str, Any]]:
    names = [each.name for each in table_named(name).columns]
    return [dict(zip(names, row, strict=True)) for row in rows(connection, table_named(name), order)]


def _named(connection: Connection, indexes: set[int]) -> tuple[dict[int, int], set[tuple[int, int]]]:
    """Whose the records at these indexes are, and the batches that they made."""
    record, batch = table_named("record"), table_named("batch")
    makers: dict[int, int] = {}
    batches: set[tuple[int, int]] = set()
    for part in chunks(sorted(indexes)):
        wanted = select(record.c.idx, record.c.organization).where(record.c.idx.in_(part))
        makers.update({row.idx: row.organization for row in connection.execute(wanted)})
        made = select(batch.c.idx, batch.c.place).where(batch.c.idx.in_(part))
        batches |= {(row.idx, row.place) for row in connection.execute(made)}
    return makers, batches
