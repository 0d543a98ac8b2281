"""What the pages of an organization share: addresses of batches and records, cursors."""

import re
from collections.abc import Mapping

from api.problems import Rejected

__all__ = ["batch_path", "known", "moment_after", "record_path", "text_cursor"]


_MOMENT = re.compile(r"([0-9TZ:.-]{20})~([A-Za-z0-9_-]{22})")


def batch_path(batch: str | None) -> str | None:
    """The page of a batch by its name."""
    if not batch:
        return None
    record, _, place = batch.partition("#")
    return f"/o/batches/{record}/{place}"


def record_path(record: str | None) -> str | None:
    """The page of a record."""
    return f"/o/records/{record}" if record else None


def known(value: str | None, codes: Mapping[str, object] | tuple[str, ...], name: str) -> str | None:
    """A parameter that must be one of some codes; an empty one counts as none.

    Raises:
        Rejected: it is none of them.
    """
    if not value:
        return None
    if value not in codes:
        raise Rejected("invalid-request", f"Expected {name} to be one of {', '.join(codes)}.")
    return value


def text_cursor(after: tuple[str, str] | None) -> str | None:
    """The cursor behind a thing that is ordered by its time and its id."""
    return None if after is None else f"{after[0]}~{after[1]}"


def moment_after(cursor: str | None) -> tuple[str, str] | None:
    """What such a cursor stands for.

    Raises:
        Rejected: it is not one of ours.
    """
    if not cursor:
        return None
    found = _MOMENT.fullmatch(cursor)
    if found is None:
        raise Rejected("invalid-request", "Expected `after` to be the cursor of an earlier page.")
    return found[1], found[2]
