"""Erasing what an organization disclosed to the ledger (docs/operations.md, Erasure).

1 nobody else is here   2 the whole ledger is checked   3 erased in the shadow, kept as the baseline of later checks
4 erased in the ledger, one transaction   5 the bytes are overwritten   6 older baselines go
"""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ledger.errors import LedgerUnsafe, NotFound, UsageError
from ledger.store.codec import RouteBook
from ledger.store.compare import table_named
from ledger.store.copying import compacted, flush, overwrite_deleted
from ledger.store.database import Database
from ledger.store.erasing import erase_organization
from ledger.store.log import rewritten
from ledger.store.migrate import stamp
from ledger.store.notices import add_notice
from ledger.store.tokens import organization_number
from ledger.values.encoding import is_digest
from ledger.values.instant import Clock, system_clock
from ledger.workflows.baseline import baseline_file, sha256_of
from ledger.workflows.config import Config
from ledger.workflows.findings import Progress
from ledger.workflows.fsck import fsck_inside

__all__ = ["Erased", "erase", "may_be_erased"]


@dataclass(frozen=True, slots=True)
class Erased:
    """How many records of an organization were erased, when the log had a size."""

    organization: str
    records: int
    size: int


def may_be_erased(config: Config, organization: str) -> None:
    """Look whether an organization is one that can be erased, before anybody is asked whether it shall be.

    Raises:
        NotFound: there is no such organization.
        UsageError: it is the operator, was erased already, or a chain of it has not ended.
    """
    database = Database(config.database)
    try:
        with database.reading() as connection:
            _number(connection, organization)
    finally:
        database.close()


def erase(
    config: Config, organization: str, *, clock: Clock = system_clock, progress: Progress | None = None
) -> Erased:
    """Erase everything that an organization disclosed, but for what others rest on. There is no way back.

    Promised: all of it or nothing; log, receipts and reports given still verify; balances of batches that others hold
    stay; what was made of its batches has unknown routes from then on. Copies elsewhere are not reached: backups,
    replicas, reports and bundles that were given.

    Raises:
        NotFound, UsageError: as `may_be_erased`.
        LodestoneError: a service runs on the ledger.
        LedgerUnsafe: the ledger is not whole; nothing was erased.
    """
    may_be_erased(config, organization)
    with ExitStack() as stack:
        database, looked = fsck_inside(config, stack, progress)  # 1, 2
        shadow = looked.shadow
        if looked.findings.counts or not looked.provable or shadow is None:
            raise LedgerUnsafe("The ledger is not whole, so nothing is erased: see what lodestone fsck says of it.")
        with shadow.database.writing() as connection:  # 3
            number = _number(connection, organization)
            erase_organization(connection, number, shadow.book)
            record = table_named("record")
            connection.execute(update(record).values(envelope=b""))
        stamp(shadow.database)
        baseline = _keep(config, shadow.database, shadow.size)
        with database.writing() as connection:  # 4
            records = erase_organization(connection, number, RouteBook())
            token = table_named("token")
            mine = (token.c.organization == number) & token.c.revoked_at.is_(None)
            connection.execute(update(token).where(mine).values(revoked_at=clock()))
            grants = table_named("grants")
            given = (grants.c.grantor == number) & grants.c.revoked_at.is_(None)
            connection.execute(update(grants).where(given).values(revoked_at=clock()))
            add_notice(connection, None, "disclosures-erased", organization, clock())
            row = {"organization": number, "size": shadow.size, "erased_at": clock(), "baseline": baseline}
            erasure = table_named("erasure")
            connection.execute(insert(erasure), [row])
            connection.execute(update(erasure).where(erasure.c.size == shadow.size).values(baseline=baseline))
            rewritten(connection)
        overwrite_deleted(database)  # 5
        for other in (config.home / "erased").iterdir():  # 6
            if other != baseline_file(config, shadow.size, baseline):
                other.unlink()
    return Erased(organization, records, shadow.size)


def _number(connection: Connection, organization: str) -> int:
    number = organization_number(connection, organization) if is_digest(organization) else None
    if number is None:
        raise NotFound("The ledger has no organization of this id.")
    if number == 1:
        raise UsageError("This is the operator's own organization: without it nothing can be verified.")
    chain, erasure = table_named("chain"), table_named("erasure")
    if connection.execute(select(erasure.c.size).where(erasure.c.organization == number)).first():
        raise UsageError("The disclosures of this organization were erased already.")
    rows: list[Any] = list(connection.execute(select(chain).where(chain.c.organization == number)))
    if any(row.standing != "ended" and not row.retired for row in rows):
        raise UsageError(
            "A chain of this organization has not ended. End each of them first, so that nothing new is disclosed:"
            " lodestone org admit RECORD --end"
        )
    return number


def _keep(config: Config, database: Database, size: int) -> bytes:
    """Keep what follows from the records as a file, and return its SHA-256."""
    folder = config.home / "erased"
    folder.mkdir(mode=0o700, exist_ok=True)
    beside = folder / ".new"
    beside.unlink(missing_ok=True)
    compacted(database, beside)
    digest = sha256_of(beside)
    beside.replace(baseline_file(config, size, digest))
    flush(folder)
    return digest
