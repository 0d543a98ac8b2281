"""One cell into one value: what a record says, in the form of a draft; or a remark on what was expected there."""

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

from ledger.sheets.kinds import Column
from ledger.sheets.limits import MOST_TEXT
from ledger.sheets.numbers import MOST_DIGITS, plain
from ledger.sheets.says import Remark, Spoken, _, remark
from ledger.sheets.table import Cell
from ledger.sheets.vocabularies import Choices, read_code
from ledger.values.canonical import check_text
from ledger.values.encoding import is_digest
from ledger.values.instant import instant, is_date, is_time
from ledger.values.quantity import MAX_MASS_MG, PPM

__all__ = ["Cells"]

_NUMBER = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)\s*([^\s0-9,.;'+-]\S{0,9})?")
_COMMA = re.compile(r"[0-9][0-9.]*,[0-9,.]*\s*\S{0,10}")
_MG = {"mg": 1, "g": 10**3, "kg": 10**6, "t": 10**9}
_PPM = {"%": 10_000, "ppm": 1}
_LONGEST = 28
"""Digits that exact arithmetic of units is sure for (ledger/values/quantity.py)."""
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_TIME_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?\s*(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?")
_LISTED = re.compile(r"\s*(?:[,;、，；|>→\n]|->)\s*")


class Cells:
    """Reads the cells of one file; `remarks` collects everything that is wrong, each at its cell."""

    def __init__(self) -> None:
        self.remarks: list[Remark] = []

    def wrong(self, cell: Cell, text: str, **values: "str | int | Spoken") -> None:
        """Say what is wrong with a cell."""
        self.remarks.append(remark(cell.where, text, **values))

    def sound(self, cell: Cell) -> bool:
        """Whether a cell may be read at all: no formula, no error, no text that is unfit for people."""
        if cell.kind == "formula":
            self.wrong(cell, _("This is a formula. Formulas are not evaluated: write its value."))
        elif cell.kind == "error":
            self.wrong(
                cell, _("There is no value here, but an error or an impossible number: {found}."), found=cell.text
            )
        elif len(cell.text) > MOST_TEXT:
            self.wrong(cell, _("This text is too long: expected at most {most} characters."), most=MOST_TEXT)
        elif check_text(_composed(cell.text)) is not None:
            self.wrong(
                cell,
                _(
                    "This text holds characters that nobody sees: line breaks, control characters, "
                    "or ones that change the direction of writing."
                ),
            )
        else:
            return True
        return False

    def text(self, cell: Cell) -> str | None:
        """A text. A number counts as one where it is whole and so short that no digit of it can be lost."""
        if cell.kind == "date":
            self.wrong(
                cell,
                _("Expected a text, not the date {found}: format the column as text, and write it anew."),
                found=cell.text,
            )
            return None
        whole = cell.text.isdecimal() and len(cell.text) < MOST_DIGITS
        if cell.kind == "bool" or (cell.kind == "number" and not whole):
            self.wrong(
                cell,
                _(
                    "A spreadsheet changes what it takes for a number or a truth (zeros, digits behind the fifteenth): "
                    "format the column as text, and write it anew."
                ),
            )
            return None
        return _composed(cell.text)

    def digest(self, cell: Cell) -> str | None:
        """A digest of a document."""
        if is_digest(cell.text.strip()):
            return cell.text.strip()
        self.wrong(
            cell,
            _("Expected a digest such as sha-256:… (lodestone makes it of the document), not {found}."),
            found=cell.text,
        )
        return None

    def hs(self, cell: Cell) -> str | None:
        """A code of the Harmonized System: digits, dots left out."""
        digits = cell.text.replace(".", "").replace(" ", "")
        if digits.isascii() and digits.isdecimal() and 4 <= len(digits) <= 12:
            return digits
        self.wrong(cell, _("Expected a code of 4 to 12 digits such as 8505.11, not {found}."), found=cell.text)
        return None

    def code(self, cell: Cell, vocabulary: str) -> str | None:
        """A word of a closed vocabulary."""
        found = read_code(vocabulary, cell.text)
        if found is None:
            self.not_among(cell, cell.text, vocabulary)
        return found

    def codes(self, cell: Cell, vocabulary: str) -> list[str] | None:
        """Several words of a vocabulary in one cell, in order."""
        texts = [text for text in _LISTED.split(cell.text.strip()) if text]
        found = [read_code(vocabulary, text) for text in texts]
        for text, code in zip(texts, found, strict=True):
            if code is None:
                self.not_among(cell, text, vocabulary)
        return [code for code in found if code is not None] if all(found) else None

    def moment(self, cell: Cell, *, whole_days: bool) -> str | None:
        """A time in UTC; a day alone is its beginning, or stays a day where `whole_days` are meant."""
        said = cell.text.strip()
        if is_time(said):
            return said
        day, rest = ("", "") if cell.kind in ("number", "bool") else _day(said)
        if day and not rest:
            return day if whole_days else f"{day}T00:00:00Z"
        moment = _moment(day, rest) if day else None
        if moment is None:
            self.wrong(
                cell,
                _("Expected a date such as 2026-01-31, or with its time 2026-01-31 14:30, not {found}."),
                found=said,
            )
        return moment

    def mass(self, cell: Cell, column: Column, unit: Cell | None) -> str | None:
        """A mass such as `12.5 kg`, exact to the milligram. The unit stands with it, in its header or beside it."""
        number, units = self._number(cell, column, unit, "unit")
        if number is None:
            return None
        units += ["%"] if cell.percent else []
        if len(units) != 1 or units[0] not in _MG:
            self._no_unit(cell, units, _("Expected a mass with its unit: mg, g, kg or t."))
            return None
        mass = number * _MG[units[0]]
        if mass <= 0:
            self.wrong(cell, _("Expected a mass above zero, not {found}."), found=cell.text)
        elif mass != int(mass):
            self.wrong(cell, _("Expected a whole number of milligrams, not {found}."), found=f"{cell.text} {units[0]}")
        elif mass > MAX_MASS_MG:
            self.wrong(cell, _("Expected at most 1,000,000 t, not {found}."), found=f"{cell.text} {units[0]}")
        else:
            return f"{plain(number)} {units[0]}"
        return None

    def share(self, cell: Cell, column: Column) -> str | None:
        """A share such as `6.2 %`, exact to the ppm. A cell that is formatted as a percentage counts as it is shown."""
        number, units = self._number(cell, column, None, "share")
        if number is None:
            return None
        if cell.percent:
            number, units = number * 100, [*units, "%"] if "%" not in units else units
        if len(units) != 1 or units[0] not in _PPM:
            self._no_unit(
                cell,
                units,
                _("Expected a share with its unit, % or ppm: beside the number, or in the header, such as Nd (%)."),
            )
            return None
        share = number * _PPM[units[0]]
        if not 0 <= share <= PPM:
            self.wrong(cell, _("Expected a share from 0 to 100 %, not {found}."), found=f"{plain(number)} {units[0]}")
        elif share != int(share):
            self.wrong(cell, _("Expected a whole number of ppm, not {found}."), found=f"{plain(number)} {units[0]}")
        else:
            return f"{plain(number)} {units[0]}"
        return None

    def _number(self, cell: Cell, column: Column, beside: Cell | None, kind: str) -> tuple[Decimal | None, list[str]]:
        """The number in a cell, and the different units that stand with it, in its header, its format or beside it."""
        said = unicodedata.normalize("NFKC", cell.text).strip()
        found = _NUMBER.fullmatch(said)
        if cell.kind not in ("number", "text") or found is None or len(found[1]) > _LONGEST:
            comma = _COMMA.fullmatch(said) is not None
            plainly = _("Expected a number written as 1234.5, without commas, not {found}.")
            self.wrong(cell, plainly if comma else _("Expected a number, not {found}."), found=cell.text)
            return None, []
        units = [found[2] or "", cell.unit, column.unit, beside.text if beside is not None else ""]
        return Decimal(found[1]), list(dict.fromkeys(_unit(unit, kind) for unit in units if unit.strip()))

    def _no_unit(self, cell: Cell, units: list[str], expected: str) -> None:
        if len(units) > 1:
            self.wrong(cell, _("Two units stand with this number: {units}."), units=", ".join(units))
        else:
            self.wrong(cell, expected)

    def not_among(self, cell: Cell, text: str, vocabulary: str) -> None:
        """Say that a word is not one of a closed vocabulary."""
        sentence = _("{found} is not among what can stand here: {choices}.")
        self.wrong(cell, sentence, found=text.strip(), choices=Choices(vocabulary))


def _unit(said: str, kind: str) -> str:
    if kind == "unit":
        return read_code("unit", said) or said.strip()
    return "%" if said.strip().replace(" ", "").casefold() in ("%", "wt%", "mass%") else said.strip().casefold()


def _composed(text: str) -> str:
    """The text in Unicode normalization form C, without space at its ends: the same text for people."""
    return unicodedata.normalize("NFC", text).strip()


def _day(said: str) -> tuple[str, str]:
    found = _DAY.match(said)
    if found is None:
        return "", ""
    day = f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"
    return (day, said[found.end() :].strip().removeprefix("T").strip()) if is_date(day) else ("", "")


def _moment(day: str, rest: str) -> str | None:
    found = _TIME_OF_DAY.fullmatch(rest)
    if found is None:
        return None
    clock = f"{int(found[1]):02d}:{found[2]}:{found[3] or '00'}"
    zone = found[4] if found[4] not in (None, "Z", "UTC") else "+00:00"
    try:
        return instant(datetime.fromisoformat(f"{day}T{clock}{zone}").astimezone(UTC))
    except (ValueError, OverflowError):
        return None
