"""Elements, rare earths, and the elemental mass in an oxide.

Element masses in records are elemental. People's assays are often of oxides, so the helper converts them from the
atomic masses of IUPAC (standard atomic weights, abridged), in integers of one thousandth of a dalton.
"""

import re

from ledger.values.quantity import PPM

__all__ = ["ELEMENTS", "RARE_EARTHS", "element_of_formula", "elemental_ppm"]

RARE_EARTHS = "La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Y Sc".split()
"""The seventeen rare earths: La to Lu, Y and Sc."""

ELEMENTS = frozenset(
    """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo
    Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl
    Pb Bi Po At Rn Fr Ra Ac Th Pa U
    """.split()
)

_OXYGEN = 15_999
_MASS = {
    "La": 138_905, "Ce": 140_116, "Pr": 140_908, "Nd": 144_242, "Sm": 150_360, "Eu": 151_964, "Gd": 157_250,
    "Tb": 158_925, "Dy": 162_500, "Ho": 164_930, "Er": 167_259, "Tm": 168_934, "Yb": 173_045, "Lu": 174_967,
    "Y": 88_906, "Sc": 44_956, "Fe": 55_845, "B": 10_810, "Co": 58_933, "Ni": 58_693, "Al": 26_982, "Cu": 63_546,
    "Nb": 92_906, "Ga": 69_723, "Zr": 91_224, "Si": 28_085, "Ti": 47_867, "Th": 232_038, "U": 238_029, "Ca": 40_078,
    "Mg": 24_305, "Mn": 54_938, "P": 30_974,
}  # fmt: skip
_OXIDE = re.compile(r"([A-Z][a-z]?)([0-9]*)O([0-9]*)")


def element_of_formula(formula: str) -> str | None:
    """The element of an oxide's formula (`Nd` of `Nd2O3`), or None where the text is no oxide that we know."""
    found = _OXIDE.fullmatch(formula)
    return found[1] if found and found[1] in _MASS else None


def elemental_ppm(formula: str, oxide_ppm: int) -> int:
    """The elemental share that an oxide's share stands for, to the nearest ppm.

    Raises:
        ValueError: the formula is not an oxide of an element that we know.
    """
    found = _OXIDE.fullmatch(formula)
    if found is None or found[1] not in _MASS:
        raise ValueError(f"expected an element or an oxide such as Nd2O3, not {formula[:20]!r}")
    metal = int(found[2] or 1) * _MASS[found[1]]
    whole = metal + int(found[3] or 1) * _OXYGEN
    return min(PPM, (2 * oxide_ppm * metal + whole) // (2 * whole))
