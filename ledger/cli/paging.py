"""Lists of a service, fetched page by page."""

from collections.abc import Mapping
from typing import Any

from ledger.cli.client import Service
from ledger.errors import LodestoneError

__all__ = ["all_pages"]

_PAGE = 200
_EVERYTHING: Mapping[str, object] = {}


def all_pages(
    service: Service, path: str, member: str, asked: Mapping[str, object] = _EVERYTHING, limit: int = 100_000
) -> list[dict[str, Any]]:
    """What stands in a member of each page, at most so many.

    Raises:
        LodestoneError: as `Service.open`, or the service answers something else.
    """
    found: list[dict[str, Any]] = []
    after: object = None
    while True:
        page = service.get(path, **asked, after=after, limit=min(limit - len(found), _PAGE))
        if not isinstance(page, dict) or not isinstance(page.get(member), list):
            raise LodestoneError("the service did not answer as expected")
        found += page[member]
        after = page.get("after")
        if not after or len(found) >= limit:
            return found
