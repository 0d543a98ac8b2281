"""Masses as a picture prints them: exact where there is room, four digits where there is not."""

from ledger.values.quantity import PPM, format_mass

__all__ = ["exact_mass", "percent", "short_mass"]

_DIGITS = 4


def exact_mass(mass_mg: int) -> str:
    """To the milligram, with the milligrams beside it where the unit is larger: `12.5 kg`."""
    return format_mass(mass_mg)


def short_mass(mass_mg: int) -> str:
    """With four digits at most, rounded half up, in the largest unit that people would use."""
    drop = max(0, len(str(abs(mass_mg))) - _DIGITS)
    step = 10**drop
    return format_mass((mass_mg + step // 2) // step * step)


def percent(part: int, whole: int) -> str:
    """A share to a tenth of a percent; what is there is never printed as nothing, nor what is not all as all."""
    if not whole:
        return "0\u00a0%"
    tenths = (part * 2_000 + whole) // (2 * whole)
    if part and not tenths:
        return "< 0.1\u00a0%"
    if part < whole and tenths == PPM // 1_000:
        return "> 99.9\u00a0%"
    return f"{tenths // 10}.{tenths % 10}\u00a0%".replace(".0\u00a0%", "\u00a0%")
