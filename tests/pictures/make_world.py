"""Makes `ledger/pictures/world.json` out of the npm package world-atlas, whose data are Natural Earth's.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz && pip download --no-deps pycountry
    python tests/pictures/make_world.py package pycountry/databases/iso3166-1.json > ledger/pictures/world.json

Outlines are those at 1:110 million, to a tenth of a degree; the points for labels come from 1:50 million, which knows
small countries too. The map begins in the west at 169 degrees, so that no country is cut. Countries are ISO 3166-1
alpha-2; an outline without such a code is kept as "-".
"""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

TENTHS = 10
WEST = -1_690
"""The west edge of the map, in the Bering Strait, so that no country is cut: what is further west comes in the east."""
HELD = -1_725
"""But an island that does not reach further west than this stays whole where it is."""
LEFT_OUT = frozenset({"AQ"})
Point = tuple[int, int]


def arcs_of(topology: dict[str, Any]) -> list[list[Point]]:
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        x = y = 0
        points: list[Point] = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            point = (round((x * sx + tx) * TENTHS), round((y * sy + ty) * TENTHS))
            if not points or points[-1] != point:
                points.append(point)
        found.append([(x + 3_600 if x < WEST else x, y) for x, y in points] if min(points)[0] < HELD else points)
    return found


def rings_of(geometry: dict[str, Any]) -> Iterator[list[int]]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for polygon in polygons:
        yield from polygon


def walked(ring: Sequence[int], arcs: Sequence[Sequence[Point]]) -> list[Point]:
    points: list[Point] = []
    for number in ring:
        arc = list(reversed(arcs[~number])) if number < 0 else list(arcs[number])
        points += arc[1:] if points and points[-1] == arc[0] else arc
    return points


def middle(points: Sequence[Point]) -> tuple[int, int, int]:
    """Twice the area of a ring, and the middle of it."""
    twice = mx = my = 0
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        twice, mx, my = twice + cross, mx + (x1 + x2) * cross, my + (y1 + y2) * cross
    if not twice:
        return 0, points[0][0], points[0][1]
    return abs(twice), round(mx / (3 * twice)), round(my / (3 * twice))


def main(package: Path, codes: Path) -> None:
    alpha_2 = {each["numeric"]: each["alpha_2"] for each in json.loads(codes.read_text())["3166-1"]}
    small, large = (json.loads((package / f"countries-{scale}.json").read_text()) for scale in ("110m", "50m"))
    arcs = arcs_of(small)
    countries: dict[str, list[list[int]]] = {}
    for geometry in small["objects"]["countries"]["geometries"]:
        code = alpha_2.get(geometry.get("id", ""), "-")
        if code not in LEFT_OUT:
            rings = [ring for ring in rings_of(geometry) if len(set(walked(ring, arcs))) > 2]
            countries.setdefault(code, []).extend(rings)
    largest: dict[str, tuple[int, int, int]] = {}
    fine = arcs_of(large)
    for geometry in large["objects"]["countries"]["geometries"]:
        code = alpha_2.get(geometry.get("id", ""))
        if code and code not in LEFT_OUT and geometry["type"]:
            found = max(middle(walked(ring, fine)) for ring in rings_of(geometry))
            largest[code] = max(found, largest.get(code, found))
    used = sorted(
        {number if number >= 0 else ~number for rings in countries.values() for ring in rings for number in ring}
    )
    place = {number: new for new, number in enumerate(used)}
    shown = {
        "origin": "Natural Earth 4.1.0, public domain, by world-atlas 2.0.2 (ISC); see tests/pictures/make_world.py",
        "arcs": [flat(arcs[number]) for number in used],
        "countries": {
            code: [[place[n] if n >= 0 else ~place[~n] for n in ring] for ring in rings]
            for code, rings in sorted(countries.items())
        },
        "points": {code: [x + 3_600 if x < WEST else x, y] for code, (_, x, y) in sorted(largest.items())},
    }
    lines = [f'"{name}":{json.dumps(value, separators=(",", ":"))}' for name, value in shown.items()]
    sys.stdout.write("{" + ",\n".join(lines) + "}\n")


def flat(points: Sequence[Point]) -> list[int]:
    """The first point, then the way to each next one."""
    numbers = [*points[0]]
    for (x1, y1), (x2, y2) in pairwise(points):
        numbers += [x2 - x1, y2 - y1]
    return numbers


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
