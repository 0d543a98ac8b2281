"""The reports that an organization asked for, newest first."""

from ledger.store.own import reports_made
from ledger.store.queries import Viewer, names_of
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import Shown
from ledger.workflows.report import OPERATOR

__all__ = ["list_reports"]


def list_reports(
    ledger: Ledger, viewer: Viewer, after: tuple[str, str] | None = None, limit: int = 50
) -> tuple[list[Shown], tuple[str, str] | None]:
    """A page of reports, and where the next one begins: the time and the id of the last one shown.

    Links are not among them: a link was shown once, when the report was made.
    """
    number = viewer.number if viewer.number is not None else OPERATOR
    with ledger.database.reading() as connection:
        found = reports_made(connection, number, after, limit + 1)
        names = names_of(connection, {each.batch[0] for each in found})
    shown: list[Shown] = [
        {
            "report": each.id,
            "batch": f"{names[each.batch[0]][0]}#{each.batch[1]}",
            "audience": each.audience,
            "made_at": each.made_at,
            "as_of": each.as_of,
            "standing": "revoked" if each.revoked_at else "valid",
            "revoked_at": each.revoked_at or "",
        }
        for each in found[:limit]
    ]
    last = found[limit - 1] if len(found) > limit else None
    return shown, (last.made_at, last.id) if last is not None else None
