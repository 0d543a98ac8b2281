"""Grants as rows, and what they open: asked for by whoever reads, at the moment of reading."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, insert, or_, select, update

from ledger.store.lineage import Key, chunks
from ledger.store.tables import GrantRow, GrantSubjectRow

__all__ = [
    "RECORD",
    "Opening",
    "StoredGrant",
    "add_grant",
    "end_grant",
    "grant_by_id",
    "granted",
    "granted_batch",
    "granted_records",
    "grants_of",
    "newest_granted",
    "openings",
]

RECORD = -1
"""The place that stands for the whole record, and no batch of it."""
_WHOLE = b"[]"

_grant = GrantRow.__table__  # type: ignore[attr-defined]
_subject = GrantSubjectRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """A grant. Organizations are numbers, subjects `(log index, place)`; no members means all of them."""

    number: int
    id: str
    grantor: int
    grantee: int
    members: tuple[str, ...]
    subjects: tuple[Key, ...]
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What one grant opens of one record: of all of it (`place` is `RECORD`), or of one batch that it made."""

    place: int
    members: tuple[str, ...]


def add_grant(connection: Connection, grant: StoredGrant) -> int:
    """Keep a new grant and return its number; the caller holds the head's lock, so that numbers grow as they commit."""
    number: int = connection.execute(select(func.coalesce(func.max(_grant.c.number), 0) + 1)).scalar_one()
    row = {name: getattr(grant, name) for name in ("id", "grantor", "grantee", "created_at", "expires_at")}
    members = orjson.dumps(grant.members)
    connection.execute(insert(_grant), [{**row, "number": number, "members": members}])
    subjects = [{"number": number, "record": index, "place": place} for index, place in sorted(set(grant.subjects))]
    connection.execute(insert(_subject), subjects)
    return number


def end_grant(connection: Connection, grant_id: str, at: str) -> bool:
    """Withdraw a grant; false where it was withdrawn before: it keeps its first time."""
    ended = update(_grant).where(_grant.c.id == grant_id, _grant.c.revoked_at.is_(None)).values(revoked_at=at)
    return connection.execute(ended).rowcount == 1


def grant_by_id(connection: Connection, grant_id: str) -> StoredGrant | None:
    """The grant of an id, in force or not."""
    found = _read(connection, _grant.c.id == grant_id, 1)
    return found[0] if found else None


def grants_of(connection: Connection, organization: int | None, after: int, limit: int) -> list[StoredGrant]:
    """The grants that an organization gave or received, in the order in which they were given; of all for None."""
    wanted = _grant.c.number > after
    if organization is not None:
        wanted = and_(wanted, or_(_grant.c.grantor == organization, _grant.c.grantee == organization))
    return _read(connection, wanted, limit)


def granted(record: Any, place: Any, grantee: int, now: str) -> ColumnElement[bool]:
    """The condition that a grant in force opens all of a record or batch (by its columns, or numbers) to somebody."""
    return exists().where(
        _subject.c.record == record,
        _subject.c.place == place,
        _grant.c.number == _subject.c.number,
        _grant.c.members == _WHOLE,
        _in_force(grantee, now),
    )


def granted_batch(connection: Connection, key: Key, grantee: int, now: str) -> bool:
    """Whether a grant in force opens all of a batch to somebody."""
    return bool(connection.execute(select(granted(key[0], key[1], grantee, now))).scalar_one())


def granted_records(grantee: int, now: str) -> Select[tuple[int]]:
    """The log indexes of records that grants in force open wholly to somebody."""
    wanted = select(_subject.c.record).join(_grant, _grant.c.number == _subject.c.number)
    return wanted.where(_subject.c.place == RECORD, _grant.c.members == _WHOLE, _in_force(grantee, now))


def newest_granted(connection: Connection, grantee: int, now: str) -> int:
    """The highest log index of what grants in force open to somebody; -1 where there is nothing."""
    wanted = select(func.max(_subject.c.record)).join(_grant, _grant.c.number == _subject.c.number)
    found = connection.execute(wanted.where(_in_force(grantee, now))).scalar_one_or_none()
    return -1 if found is None else int(found)


def openings(
    connection: Connection, grantee: int, now: str, records: Collection[int] | None = None
) -> dict[int, list[Opening]]:
    """What grants in force open to somebody, by the log index of the record; only of these records, if given."""
    columns = select(_subject.c.record, _subject.c.place, _grant.c.members)
    wanted = columns.join(_grant, _grant.c.number == _subject.c.number).where(_in_force(grantee, now))
    found: dict[int, list[Opening]] = {}
    parts: Sequence[Any] = [None] if records is None else list(chunks(sorted(records)))
    for part in parts:
        for row in connection.execute(wanted if part is None else wanted.where(_subject.c.record.in_(part))):
            found.setdefault(row.record, []).append(Opening(row.place, tuple(orjson.loads(row.members))))
    return found


def _in_force(grantee: int, now: str) -> ColumnElement[bool]:
    lasting = or_(_grant.c.expires_at.is_(None), _grant.c.expires_at > now)
    return and_(_grant.c.grantee == grantee, _grant.c.revoked_at.is_(None), lasting)


def _read(connection: Connection, condition: ColumnElement[bool], limit: int) -> list[StoredGrant]:
    rows: Sequence[Any] = connection.execute(
        select(_grant).where(condition).order_by(_grant.c.number).limit(limit)
    ).all()
    subjects: dict[int, list[Key]] = {}
    wanted = select(_subject).where(_subject.c.number.in_([row.number for row in rows]))
    for row in connection.execute(wanted.order_by(_subject.c.record, _subject.c.place)):
        subjects.setdefault(row.number, []).append((row.record, row.place))
    return [
        StoredGrant(
            row.number,
            row.id,
            row.grantor,
            row.grantee,
            tuple(orjson.loads(row.members)),
            tuple(subjects.get(row.number, ())),
            row.created_at,
            row.expires_at,
            row.revoked_at,
        )
        for row in rows
    ]
