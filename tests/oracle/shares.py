"""Signed shares, in ppm: what each input and addition put in, by the largest-remainder rule."""

from tests.oracle.process import Flow
from tests.oracle.units import MILLION
from tests.oracle.vocabulary import RARE_EARTHS

__all__ = ["apportion_ppm", "shares_differ", "signed_shares"]


def apportion_ppm(weights: list[int]) -> list[int]:
    """A million, apportioned by weights; every weight above zero gets at least one, taken from the largest."""
    whole = sum(weights)
    floors = [MILLION * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda index: (-(MILLION * weights[index] % whole), index))
    for index in order[: MILLION - sum(floors)]:
        floors[index] += 1
    for index, weight in enumerate(weights):
        if weight and not floors[index]:
            floors[floors.index(max(floors))] -= 1
            floors[index] = 1
    return floors


def signed_shares(flow: Flow) -> tuple[list[dict[str, int]], dict[str, int]]:
    """The `shares` of inputs, then additions, and the record's `undetermined`."""
    shares: list[dict[str, int]] = [{} for _ in flow.charges]
    undetermined: dict[str, int] = {}
    body = flow.body()
    for element in ["*", *flow.elements()]:
        if element == "*":
            weights = [charge.mass if charge in body else 0 for charge in flow.charges]
        else:
            weights = [charge.elements.get(element, 0) for charge in flow.charges]
        extra = 0 if element == "*" or element in RARE_EARTHS else flow.excess(element)
        if not sum(weights) + extra:
            continue
        *parts, rest = apportion_ppm([*weights, extra])
        for place, share in enumerate(parts):
            if share:
                shares[place][element] = share
        if rest:
            undetermined[element] = rest
    return shares, undetermined


def shares_differ(flow: Flow) -> bool:
    """Whether the record states shares of its own that are not those which follow from its masses."""
    said = [*flow.record["inputs"], *flow.record.get("additions", [])]
    if not any("shares" in entry for entry in said) and "undetermined" not in flow.record:
        return False
    shares, undetermined = signed_shares(flow)
    return [entry.get("shares", {}) for entry in said] != shares or flow.record.get("undetermined", {}) != undetermined
