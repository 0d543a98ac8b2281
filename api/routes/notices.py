"""What concerns the caller: asked for from where he stopped reading on."""

from fastapi import APIRouter

from api.cursors import cursor, position
from api.deps import LedgerDep, Reader, viewer_of
from api.routes.batches import After, Limit
from api.shapes_grants import NoticePage
from ledger.workflows.notices import read_notices

__all__ = ["get_notices", "router"]

router = APIRouter(tags=["notices"])


@router.get("/v1/notices", operation_id="listNotices", summary="What concerns the caller",
            response_model_exclude_none=True)  # fmt: skip
def get_notices(ledger: LedgerDep, caller: Reader, after: After = None, limit: Limit = 50) -> NoticePage:
    """Transfers offered and answered, changes of chains and erasures upstream, grants, reports revoked.

    `after` is there on every page: keep it, and ask from there next time. With `more` there may be more at once; a page
    may be short or empty all the same, since only so much of the log is looked through at a time.
    """
    start = position(after, 2)
    found, place, more = read_notices(ledger, viewer_of(caller), (start[0], start[1]) if start else (0, 0), limit)
    return NoticePage.model_validate({"notices": found, "after": cursor(place), "more": more})
