"""People's units to integers: masses in milligrams, compositions in ppm."""

from fractions import Fraction
from typing import Any

__all__ = ["MILLION", "composition", "mass_mg", "period_end"]

MILLION = 1_000_000
_MASS = {"mg": 1, "g": 10**3, "kg": 10**6, "t": 10**9}
_SHARE = {"%": 10_000, "ppm": 1}


def mass_mg(said: dict[str, Any]) -> int | None:
    """The mass that an entry states as `mass` ("12.5 kg") or `mass_mg`; nothing where it states none."""
    if "mass_mg" in said:
        return int(said["mass_mg"])
    return None if "mass" not in said else _whole(said["mass"], _MASS)


def composition(said: dict[str, Any]) -> dict[str, int]:
    """Element -> ppm. Oxide assays are not understood here: the oracle's stories state elements."""
    return {
        element: share if isinstance(share, int) else _whole(share, _SHARE)
        for element, share in (said.get("composition") or {}).items()
    }


def period_end(period: dict[str, str]) -> str:
    """The last moment of a period whose end may be a day."""
    end = period["to"]
    return end if "T" in end else f"{end}T23:59:59Z"


def _whole(text: str, units: dict[str, int]) -> int:
    number, unit = text.split()
    exact = Fraction(number) * units[unit]
    if exact.denominator != 1:
        raise ValueError(f"{text} is no whole number of the smallest unit")
    return int(exact)
