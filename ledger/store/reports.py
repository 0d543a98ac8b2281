"""Reports as signed, their links, their numbers in the status list, and the lists themselves."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from ledger.report.status import BITS
from ledger.store.tables import CheckpointRow, ReportRow, StatusRow

__all__ = [
    "StoredReport",
    "StoredStatus",
    "free_number",
    "keep_report",
    "keep_status",
    "link_hash",
    "newest_checkpoint",
    "newest_status",
    "report_by_id",
    "revoke",
    "revoked_numbers",
    "status_size",
]

_report = ReportRow.__table__  # type: ignore[attr-defined]
_status = StatusRow.__table__  # type: ignore[attr-defined]
_checkpoint = CheckpointRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as signed. `organization` asked for it (by log index); `link` is the hash of its link's secret."""

    number: int
    id: str
    organization: int
    batch: int
    place: int
    audience: str
    as_of: int
    made_at: str
    jwt: str
    link: bytes
    revoked_at: str | None = None


@dataclass(frozen=True, slots=True)
class StoredStatus:
    """A status list as signed. `number` counts what has changed since the first."""

    number: int
    made_at: str
    jwt: str


def link_hash(secret: str) -> bytes:
    """What is stored of a link's secret: nobody who reads the database can use a link."""
    return hashlib.sha256(secret.encode()).digest()


def free_number(connection: Connection) -> int:
    """A number in the status list that no report has, drawn at random, so that numbers tell nothing of an order.

    Not promised: that nobody takes it in the meantime; then `keep_report` says so, and another is drawn.
    """
    size = _size_for(connection.execute(select(func.count()).select_from(_report)).scalar_one())
    while True:
        number = secrets.randbelow(size)
        if connection.execute(select(_report.c.number).where(_report.c.number == number)).first() is None:
            return number


def keep_report(connection: Connection, report: StoredReport) -> bool:
    """Store a report; false where its number was taken in the meantime."""
    dialect: Any = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    row = {name: getattr(report, name) for name in StoredReport.__slots__}
    stored = dialect(_report).values(row).on_conflict_do_nothing().returning(_report.c.number)
    return connection.execute(stored).first() is not None


def report_by_id(connection: Connection, report_id: str) -> StoredReport | None:
    """The report of this id."""
    row: Any = connection.execute(select(_report).where(_report.c.id == report_id)).one_or_none()
    return None if row is None else _stored(row)


def revoke(connection: Connection, report_id: str, at: str) -> bool:
    """Mark a report as revoked; false where it is already, or does not exist."""
    wanted = update(_report).where(_report.c.id == report_id, _report.c.revoked_at.is_(None)).values(revoked_at=at)
    return connection.execute(wanted).rowcount == 1


def revoked_numbers(connection: Connection) -> list[int]:
    """The numbers of all revoked reports, ascending."""
    wanted = select(_report.c.number).where(_report.c.revoked_at.is_not(None)).order_by(_report.c.number)
    return list(connection.execute(wanted).scalars())


def status_size(connection: Connection) -> int:
    """How many bits the status list has: enough for every number that was given out. It never shrinks."""
    highest = connection.execute(select(func.max(_report.c.number))).scalar_one_or_none() or 0
    size = BITS
    while size <= highest:
        size *= 2
    return size


def newest_status(connection: Connection) -> StoredStatus | None:
    """The status list that was signed last."""
    row: Any = connection.execute(select(_status).order_by(_status.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else StoredStatus(row.number, row.made_at, row.jwt)


def keep_status(connection: Connection, status: StoredStatus) -> None:
    """Store a signed status list, unless one of its number is there."""
    if connection.execute(select(_status.c.number).where(_status.c.number == status.number)).first() is None:
        row = {"number": status.number, "made_at": status.made_at, "jwt": status.jwt}
        connection.execute(insert(_status), [row])


def newest_checkpoint(connection: Connection) -> tuple[int, str]:
    """Size and text of the newest published checkpoint; size 0 before the first."""
    wanted = select(_checkpoint.c.size, _checkpoint.c.note).order_by(_checkpoint.c.size.desc()).limit(1)
    row = connection.execute(wanted).one_or_none()
    return (row.size, row.note) if row else (0, "")


def _size_for(reports: int) -> int:
    """A range of numbers that is at most half full, so that drawing ends soon."""
    size = BITS
    while 2 * reports >= size:
        size *= 2
    return size


def _stored(row: Any) -> StoredReport:
    return StoredReport(
        row.number,
        row.id,
        row.organization,
        row.batch,
        row.place,
        row.audience,
        row.as_of,
        row.made_at,
        row.jwt,
        bytes(row.link),
        row.revoked_at,
    )
