"""The few turns of phrase that sentences of a verdict share."""

from ledger.material.routes import BODY
from ledger.values.quantity import PPM

__all__ = ["amount", "either", "name"]


def amount(share_ppm: int) -> str:
    """A share in words: `all`, or the ppm."""
    return "all" if share_ppm == PPM else f"{share_ppm:,} ppm"


def name(element: str) -> str:
    """An element, or the body, as the object of a sentence."""
    return "magnet's body" if element == BODY else element


def either(steps: tuple[str, ...]) -> str:
    """`alloy, strip-cast or melt-spin`."""
    return steps[0] if len(steps) == 1 else f"{', '.join(steps[:-1])} or {steps[-1]}"
