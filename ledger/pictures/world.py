"""The outlines of the world's countries, projected: `world.json` is Natural Earth's data, decoded here.

Outlines are drawn as Natural Earth draws them, which says nothing about whose any land is.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["HEIGHT", "WIDTH", "outlines", "point_of", "projected"]

WIDTH = 9_600
_CENTRE = 110
"""The meridian in the middle: the edges are in the Bering Strait, and no country is cut."""
_NORTH, _SOUTH = 836, -570
"""The latitudes between which the map is drawn, in tenths of a degree."""

# Robinson's table: for every five degrees of latitude the length of the parallel, and its distance from the equator.
_LENGTHS = (10_000, 9_986, 9_954, 9_900, 9_822, 9_730, 9_600, 9_427, 9_216, 8_962, 8_679, 8_350, 7_986, 7_597, 7_186,
            6_732, 6_213, 5_722, 5_322)  # fmt: skip
_DISTANCES = (0, 620, 1_240, 1_860, 2_480, 3_100, 3_720, 4_340, 4_958, 5_571, 6_176, 6_769, 7_346, 7_903, 8_435, 8_936,
              9_394, 9_761, 10_000)  # fmt: skip
_TALL = 5_072
"""The height of the half map, equator to pole, in ten-thousandths of its width (1.3523 / (2 * 0.8487 * pi) * 2)."""

Point = tuple[int, int]


def projected(longitude: int, latitude: int) -> Point:
    """A place, in tenths of a degree, on the map: Robinson's projection, in whole tenths of a pixel."""
    step, rest = divmod(abs(latitude), 50)
    after = min(step + 1, 18)
    length = _LENGTHS[step] * (50 - rest) + _LENGTHS[after] * rest
    distance = _DISTANCES[step] * (50 - rest) + _DISTANCES[after] * rest
    x = WIDTH // 2 + (longitude - _CENTRE) * length * (WIDTH // 2) // (1_800 * 500_000)
    y = distance * _TALL * (WIDTH // 2) // (500_000 * 10_000)
    return x, (-y if latitude > 0 else y) - _top()


def point_of(country: str) -> Point | None:
    """Where a country is labelled; None for the few that the data do not know."""
    place = _world()["points"].get(country)
    return projected(*place) if place else None


@cache
def outlines() -> Mapping[str, Sequence[str]]:
    """Country -> the path of its outline; land without a code of its own is under `-`."""
    world = _world()
    arcs = [_arc(numbers) for numbers in world["arcs"]]
    return {code: [step for ring in rings for step in _ring(ring, arcs)] for code, rings in world["countries"].items()}


@cache
def _world() -> dict[str, Any]:
    return dict(json.loads(files("ledger.pictures").joinpath("world.json").read_text("utf-8")))


@cache
def _top() -> int:
    """The north edge, measured from the equator."""
    return -_half(_NORTH)


def _half(latitude: int) -> int:
    step, rest = divmod(abs(latitude), 50)
    distance = _DISTANCES[step] * (50 - rest) + _DISTANCES[step + 1] * rest
    return distance * _TALL * (WIDTH // 2) // (500_000 * 10_000)


HEIGHT = _half(_NORTH) + _half(_SOUTH)


def _arc(numbers: Sequence[int]) -> list[Point]:
    """A line out of its first point and the ways to each next one."""
    x, y = numbers[0], numbers[1]
    points = [projected(x, y)]
    for place in range(2, len(numbers), 2):
        x, y = x + numbers[place], y + numbers[place + 1]
        points.append(projected(x, y))
    return points


def _ring(ring: Sequence[int], arcs: Sequence[Sequence[Point]]) -> list[str]:
    """A closed line out of arcs; ~n is arc n backwards."""
    points: list[Point] = []
    for number in ring:
        arc = arcs[~number][::-1] if number < 0 else arcs[number]
        points += [point for point in arc if not points or point != points[-1]]
    (x, y), *rest = points
    steps = [f"M{x} {y}"]
    for px, py in rest:
        steps.append(f"l{px - x} {py - y}")
        x, y = px, py
    return [*steps, "z"]
