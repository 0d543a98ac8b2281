"""Cells: text that no spreadsheet takes for a formula, and values of members whose form nothing has checked yet."""

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from ledger.signing.disclosure import WITHHELD
from ledger.values.canonical import MAX_INTEGER, canonical

__all__ = ["Cell", "Row", "Sink", "defused", "integer", "kilograms", "member", "starts_formula", "text", "words_of"]

Cell = str | int | None
"""None is an empty cell: absent or unknown, as the row's `known` says; never zero."""
Row = tuple[Cell, ...]

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Control and bidi characters. Nobody can submit them; a file that somebody made may hold them, and XML may not."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets may take for the beginning of a formula, full-width forms included (OWASP, CSV injection)."""


class Sink(Protocol):
    """Where rows go."""

    def add(self, table: str, row: Row) -> None:
        """One more row of a table, with a cell for each of its columns."""


def starts_formula(value: str) -> bool:
    """Whether a spreadsheet might run this text; blanks before it do not hide that."""
    return value.startswith(_FORMULA) or value.lstrip().startswith(_FORMULA)


def defused(value: str) -> str:
    """The text for a CSV file: with an apostrophe before it if it would be a formula, or begins with one itself.

    So it can be undone: a leading apostrophe is always ours.
    """
    return f"'{value}" if value.startswith("'") or starts_formula(value) else value


def member(value: object, *path: str) -> object:
    """What stands at a path of members; None where it is absent or withheld, or something on the way is no object."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return None if value is WITHHELD else value


def text(value: object) -> str | None:
    """A text as a cell. Whatever is no text, which a verified bundle may hold all the same, is shown as JSON."""
    if value is None or value is WITHHELD:
        return None
    return _UNFIT.sub("\ufffd", value if isinstance(value, str) else canonical(value).decode())


def integer(value: object) -> int | None:
    """A whole number as a cell, within what every format and program holds exactly."""
    return value if type(value) is int and abs(value) <= MAX_INTEGER else None


def words_of(value: object) -> str | None:
    """A list of words as one cell."""
    if not isinstance(value, list):
        return text(value)
    return _joined(text(each) for each in value)


def _joined(found: Iterable[str | None]) -> str:
    return "; ".join(each if each is not None else "unknown" for each in found)


def kilograms(mass_mg: int | None) -> str | None:
    """Milligrams as kilograms, exactly."""
    if mass_mg is None:
        return None
    whole, rest = divmod(mass_mg, 1_000_000)
    return f"{whole}.{rest:06}".rstrip("0").rstrip(".")
