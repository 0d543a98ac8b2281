"""Times and dates in their one text form, and the clock as an argument.

Times are `YYYY-MM-DDTHH:MM:SSZ`, dates `YYYY-MM-DD`, both real days of the Gregorian calendar. In this form the order
of texts is the order of times, so they are kept and compared as text.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

__all__ = [
    "Clock",
    "after",
    "days_after",
    "instant",
    "instant_of",
    "is_date",
    "is_time",
    "posix_seconds",
    "system_clock",
]

Clock = Callable[[], str]
"""Says the present time as a text; only the outer floors own one."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORM = "%Y-%m-%dT%H:%M:%SZ"


def system_clock() -> str:
    """The present time of this machine, UTC, whole seconds."""
    return instant(datetime.now(UTC))


def instant(moment: datetime) -> str:
    """A moment in the one text form, in UTC, cut to whole seconds."""
    utc = moment.astimezone(UTC)
    return f"{utc.year:04d}-{utc.month:02d}-{utc.day:02d}T{utc.hour:02d}:{utc.minute:02d}:{utc.second:02d}Z"


def is_time(text: object) -> bool:
    """Whether a value is a real UTC time in the one form."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_date(text: object) -> bool:
    """Whether a value is a real date in the one form."""
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def after(time: str, seconds: int) -> str:
    """The time so many seconds later."""
    return instant(datetime.fromisoformat(time) + timedelta(seconds=seconds))


def posix_seconds(time: str) -> int:
    """The time as seconds since 1970, as POSIX counts them."""
    return int(datetime.fromisoformat(time).timestamp())


def instant_of(seconds: int) -> str:
    """The time of POSIX seconds, in the one text form; seconds beyond the year 9999 are written as a number."""
    try:
        return instant(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def days_after(day: str, days: int) -> str:
    """The date so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
