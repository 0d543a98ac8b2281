"""A scenario that shows a difference, made as short as it can be while it still shows it."""

from collections.abc import Callable
from typing import Any

__all__ = ["shorten"]


def shorten(scenario: dict[str, Any], wrong: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Leave out reports and records, in halving chunks from the end, as long as `wrong` stays true."""
    for member in ("reports", "records"):
        size = max(1, len(scenario[member]) // 2)
        while True:
            scenario = _without(scenario, member, size, wrong)
            if size == 1:
                break
            size //= 2
    return scenario


def _without(
    scenario: dict[str, Any], member: str, size: int, wrong: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    start = len(scenario[member]) - size
    while start > -size:
        entries = scenario[member]
        shorter = {**scenario, member: [*entries[: max(0, start)], *entries[start + size :]]}
        try:
            if wrong(shorter):
                scenario = shorter
        except (KeyError, IndexError, ValueError, StopIteration):
            pass  # what is left out was named later: keep it
        start -= size
    return scenario
