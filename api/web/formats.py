"""How values are written for people: masses, shares, digests, times. Exact, and the same in every page.

Unknown is a value: what is None is for the templates to write as unknown, never for these functions to hide.
"""

from decimal import Decimal

from ledger.values.quantity import format_mass

__all__ = ["group_digits", "mass_text", "share_text", "short_digest", "short_id", "time_text"]

_KEPT = 6


def mass_text(mass_mg: int) -> str:
    """Milligrams in the largest fitting unit, exactly, with grouped digits: `1,234.5 kg`."""
    number, _, unit = format_mass(mass_mg).partition(" ")
    return f"{group_digits(number)} {unit}"


def share_text(ppm: int) -> str:
    """Parts per million as per cent, exactly: `6.2 %`, `0.0001 %`."""
    percent = Decimal(ppm) / 10_000
    return f"{percent.normalize():f} %"


def group_digits(number: int | str) -> str:
    """A number with commas between groups of three digits before the point."""
    whole, point, rest = str(number).partition(".")
    return f"{int(whole):,}{point}{rest}"


def short_digest(text: str) -> str:
    """A digest, a record's id or a batch's name, shortened in the middle: `sha-256:3q2-7w…AAAAAA#0`."""
    name, mark, place = text.partition("#")
    prefix, colon, digest = name.rpartition(":")
    return f"{prefix}{colon}{short_id(digest)}{mark}{place}"


def short_id(text: str) -> str:
    """A long id, shortened in the middle."""
    return text if len(text) <= 2 * _KEPT + 3 else f"{text[:_KEPT]}…{text[-_KEPT:]}"


def time_text(time: str) -> str:
    """A time of the one form as people read it in every language: `2026-06-01 12:00:00 UTC`; a date stays as it is."""
    return time.replace("T", " ").removesuffix("Z") + " UTC" if time.endswith("Z") else time
