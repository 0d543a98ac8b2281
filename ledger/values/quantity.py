"""Masses in integer milligrams, shares in integer ppm, and the one rule that splits them.

Nothing here rounds twice and nothing is a float: `apportion` always gives parts that sum to the whole.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

__all__ = ["MAX_MASS_MG", "PPM", "apportion", "format_mass", "parse_mass", "parse_ppm", "to_ppm"]

PPM = 1_000_000
MAX_MASS_MG = 10**15
"""The largest mass of a batch: a million tonnes."""

_UNITS = {"mg": 1, "g": 10**3, "kg": 10**6, "t": 10**9}
_NUMBER = r"(?P<number>[0-9]{1,18}(?:\.[0-9]{1,10})?)"  # 28 digits: as many as Decimal multiplies exactly
_QUANTITY = re.compile(_NUMBER + r"\s*(?P<unit>mg|g|kg|t)")
_SHARE = re.compile(_NUMBER + r"\s*(?P<unit>%|ppm)")


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split a whole number by weights with the largest-remainder rule.

    Each part is `floor(total * weight / sum)`; the missing units go to the largest remainders, ties to the earlier.
    The parts sum to `total`, except where all weights are 0: then every part is 0.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    many = len(weights)
    if many == 1:
        return [total]
    if many == 2:  # what is left over goes to the other, or to the first where both remainders are equal
        part, remainder = divmod(total * weights[0], whole)
        part += 2 * remainder >= whole
        return [part, total - part]
    parts = [total * weight // whole for weight in weights]
    missing = total - sum(parts)
    if missing:
        remainders = [total * weight % whole for weight in weights]
        if missing == 1:  # mostly: the first of the largest
            parts[remainders.index(max(remainders))] += 1
            return parts
        for place in sorted(range(many), key=remainders.__getitem__, reverse=True)[:missing]:
            parts[place] += 1
    return parts


def to_ppm(weights: Sequence[int]) -> list[int]:
    """Split 1,000,000 ppm by weights so that no weight above zero is printed as 0.

    As `apportion`; then each positive weight that got nothing gets 1, taken from the largest share (first of equals).
    """
    shares = apportion(PPM, weights)
    if 0 not in shares:
        return shares
    for place, weight in enumerate(weights):
        if weight > 0 and shares[place] == 0:
            shares[shares.index(max(shares))] -= 1
            shares[place] = 1
    return shares


def parse_mass(text: str) -> int:
    """A mass in people's units (`12.5 kg`; mg, g, kg, t) as milligrams.

    Raises:
        ValueError: not a mass, not a whole number of milligrams, or outside 1 mg to 10^15 mg.
    """
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"expected a mass such as 12.5 kg (mg, g, kg or t), not {text[:40]!r}")
    mass = Decimal(found["number"]) * _UNITS[found["unit"]]
    if mass != int(mass):
        raise ValueError(f"expected a whole number of milligrams, not {text[:40]!r}")
    if not 1 <= mass <= MAX_MASS_MG:
        raise ValueError(f"expected a mass from 1 mg to 1,000,000 t, not {text[:40]!r}")
    return int(mass)


def parse_ppm(text: str) -> int:
    """A share in people's units (`6.2 %` or `500 ppm`) as ppm by mass.

    Raises:
        ValueError: not a share, not a whole number of ppm, or above 100 %.
    """
    found = _SHARE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"expected a share such as 6.2 % or 500 ppm, not {text[:40]!r}")
    share = Decimal(found["number"]) * (10_000 if found["unit"] == "%" else 1)
    if share != int(share):
        raise ValueError(f"expected a whole number of ppm, not {text[:40]!r}")
    if share > PPM:
        raise ValueError(f"expected at most 100 %, not {text[:40]!r}")
    return int(share)


def format_mass(mass_mg: int) -> str:
    """Milligrams in the largest unit that people would use, exactly: `12.5 kg`."""
    for unit in ("t", "kg", "g"):
        if abs(mass_mg) >= _UNITS[unit]:
            number = Decimal(mass_mg) / _UNITS[unit]
            return f"{number.normalize():f} {unit}"
    return f"{mass_mg} mg"
