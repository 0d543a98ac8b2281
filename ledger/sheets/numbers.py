"""Numbers and dates of spreadsheets as exact text.

A spreadsheet keeps numbers as binary fractions and shows at most 15 digits. What people typed has no more, so the
shortest text of up to 15 digits is what they typed; what a computer added behind is noise.
"""

import math
import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from ledger.values.instant import after, days_after

__all__ = ["MOST_DIGITS", "exact_number", "excel_date", "is_date_format", "plain", "unit_in_format"]

MOST_DIGITS = 15
_FIRST_1900 = 61
"""The 1st of March 1900: before it the calendar of 1900 counts a day that never was."""
_LAST = 2_958_465
"""The 31st of December 9999."""
_SECONDS = 86_400
_STORED = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.')
_IN_BRACKETS = re.compile(r"\[[^\]]*\]")
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})


def exact_number(raw: str) -> str | None:
    """The decimal that a stored number stands for, without exponent; None where it is no finite number."""
    try:
        value = _float(raw)
        return plain(Decimal(f"{value:.{MOST_DIGITS}g}"))
    except (ValueError, OverflowError, InvalidOperation):
        return None


def _float(raw: str) -> float:
    """The number that a program stored.

    Raises:
        ValueError: it is none, or not finite.
    """
    if not _STORED.fullmatch(raw) or not math.isfinite(value := float(raw)):
        raise ValueError("no finite number")
    return value


def plain(value: Decimal) -> str:
    """A decimal without exponent and without zeros at its end."""
    text = f"{value.normalize():f}"
    return "0" if text in ("-0", "0") else text


def excel_date(raw: str, *, from_1904: bool) -> str | None:
    """The ISO date, or time if it has one, of a day number; None where there is no such day."""
    try:
        number = Fraction(_float(raw))
    except (ValueError, OverflowError):  # no number, or none that is finite
        return None
    days, rest = divmod(number, 1)
    seconds = round(rest * _SECONDS)
    epoch, least = ("1904-01-01", 0) if from_1904 else ("1899-12-30", _FIRST_1900)
    if not least <= days <= _LAST - (1_462 if from_1904 else 0):
        return None
    day = days_after(epoch, int(days))
    return after(f"{day}T00:00:00Z", seconds) if seconds else day


def is_date_format(number: int, code: str) -> bool:
    """Whether a number format shows dates: by its built-in number, or by letters outside quotes and brackets."""
    if number in _BUILT_IN_DATES:
        return True
    if not code or "General" in code:
        return False
    bare = _IN_BRACKETS.sub("", _LITERAL.sub("", code.partition(";")[0]))
    return bool(_DATE_LETTERS.search(bare)) and not re.search(r"[0#?]", bare.replace("ss.0", "").replace(".0", ""))


def unit_in_format(code: str) -> str:
    """The text that a number format shows behind a number, such as `kg` of `0.0" kg"`."""
    found = re.search(r'[0#?]\s*"([^"]*)"', code.partition(";")[0])
    return found[1].strip() if found else ""
