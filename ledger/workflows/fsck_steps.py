"""How far the stores are apart: each step of publishing may be one ahead of the next where a process was stopped.

database >= second store >= stored checkpoints >= published checkpoint
"""

from sqlalchemy import Connection, select

from ledger.store.compare import table_named
from ledger.workflows.findings import Findings
from ledger.workflows.fsck_log import Signed

__all__ = ["check_steps"]

_START = "The next start of the service completes that."


def check_steps(connection: Connection, signed: Signed, size: int, findings: Findings, *, alone: bool) -> None:
    """Name every store that is further behind than a stopped process leaves it. Not checked here: roots."""
    kept = table_named("checkpoint")
    found = connection.execute(select(kept.c.size).order_by(kept.c.size.desc()).limit(2)).scalars().all()
    newest, before = (*found, 0, 0)[:2]
    second = signed.second.size if signed.second else 0
    published = signed.published.size if signed.published else 0
    if second and second < size and alone:
        findings.note(
            f"Entries that are committed and not signed yet: {size - second}. Nothing was promised for them. {_START}"
        )
    if second and second < newest and alone:
        findings.differs(
            "second-store",
            "the second store",
            f"The second store holds the checkpoint of size {second}, but one of size {newest} was published: it is an"
            " older copy. Put the newest back, or remove it and start the service.",
            expected=newest,
            found=second,
        )
    if newest < second <= size and alone:
        findings.note(f"The checkpoint of size {second} is signed and not kept in the database yet. {_START}")
    if published == newest or not alone or not signed.readable:
        return
    if published == before and published < newest:
        findings.note(f"The checkpoint of size {newest} is stored and not published yet. {_START}")
        return
    findings.differs(
        "published",
        "the published checkpoint",
        f"The published checkpoint is of size {published}, the newest that is stored of size {newest}."
        " A start of the service publishes the newest again.",
        expected=newest,
        found=published,
    )
