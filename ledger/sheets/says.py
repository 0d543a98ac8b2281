"""What is said of a cell: a sentence that can be put in any of our languages, and the place that it is about."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from ledger.errors import LodestoneError
from ledger.words.catalogue import words
from ledger.words.language import Language

__all__ = ["Pair", "Remark", "Say", "Spoken", "Unreadable", "Verbatim", "Where", "_", "column_letters", "remark"]


def _(text: str) -> str:
    """Marks a sentence for translation (tests/guards/test_words.py finds it by this name)."""
    return text


_MOST_SHOWN = 60


class Spoken(Protocol):
    """Something that has words in every language."""

    def said(self, language: Language) -> str:
        """Its words."""


@dataclass(frozen=True, slots=True)
class Say:
    """An English sentence of ours, marked with `_`, and the values to put in. Users' texts are cut, never formats."""

    text: str
    values: dict[str, "str | int | Spoken"] = field(default_factory=dict)

    def said(self, language: Language) -> str:
        """The sentence in a language."""
        return words(language).gettext(self.text).format(**{n: _shown(v, language) for n, v in self.values.items()})


@dataclass(frozen=True, slots=True)
class Pair:
    """A word that stands in files in both languages, and is read back in both."""

    en: str
    zh: str

    def said(self, language: Language) -> str:
        """The word in a language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A text that is put in as it is: of a user, or the same in all languages."""

    text: str

    def said(self, _language: Language) -> str:
        """The text."""
        return self.text


def _shown(value: "str | int | Spoken", language: Language) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, str):
        return value if len(value) <= _MOST_SHOWN else value[:_MOST_SHOWN] + "…"
    return value.said(language)


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in a file: a cell; with `column` 0 a row; with `row` 0 a sheet; without a sheet the whole file."""

    sheet: str = ""
    row: int = 0
    column: int = 0

    def __str__(self) -> str:
        """As spreadsheets write it: `Processes!C7`, `Processes!7:7`."""
        if not self.row:
            return self.sheet
        cell = f"{column_letters(self.column)}{self.row}" if self.column else f"{self.row}:{self.row}"
        return f"{self.sheet}!{cell}" if self.sheet else cell

    @property
    def cell(self) -> str:
        """The cell without its sheet; empty where no single cell is meant."""
        return f"{column_letters(self.column)}{self.row}" if self.row and self.column else ""


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong at a place, and what was expected. `code` is the ledger's own where the ledger said it."""

    where: Where
    says: Spoken
    code: str = "malformed"

    def as_json(self, language: Language = "en") -> dict[str, object]:
        """The remark for programs."""
        return {
            "at": str(self.where),
            "sheet": self.where.sheet,
            "row": self.where.row or None,
            "cell": self.where.cell or None,
            "code": self.code,
            "sentence": self.says.said(language),
        }


def remark(where: Where, text: str, **values: "str | int | Spoken") -> Remark:
    """A remark in a sentence of ours, marked with `_`, with the values to put in."""
    return Remark(where, Say(text, values))


class Unreadable(LodestoneError):
    """A file that is no spreadsheet that we read: nothing of it was used."""

    def __init__(self, remarks: Iterable[Remark]) -> None:
        self.remarks = tuple(remarks)
        super().__init__(" ".join(remark.says.said("en") for remark in self.remarks))


def column_letters(number: int) -> str:
    """`A` for 1, `AB` for 28."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
