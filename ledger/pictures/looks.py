"""The looks of every role in a picture, by daylight; `api/web/static/pictures.css` changes them by class in the dark.

Colours keep a contrast of 4.5 for text and 3 for shapes against the ground; whatever has a meaning differs by hatching
or form too. Lengths are tenths of a pixel.
"""

from collections.abc import Mapping, Sequence

__all__ = ["FONT", "LINE", "PATTERNS", "ROLES", "SIZE"]

FONT = "'Noto Sans', 'Noto Sans CJK SC', 'Noto Sans SC', 'DejaVu Sans', Arial, sans-serif"
SIZE = 120
"""The size of text."""
LINE = 155
"""From one line of text to the next."""

_INK, _QUIET, _GROUND, _EDGE = "#1b2430", "#56616f", "#ffffff", "#8792a0"
_MINED, _DECLARED, _POST, _PRE, _GREY, _LOST = "#3566a8", "#6f97cf", "#2d8659", "#57a97f", "#8b8f96", "#b3541e"
_SMALL = {"font-size": 105}

ROLES: Mapping[str, Mapping[str, object]] = {
    "ground": {"fill": _GROUND},
    "label": {"fill": _INK, "font-size": SIZE},
    "label-small": {"fill": _INK, **_SMALL},
    "strong": {"fill": _INK, "font-size": SIZE, "font-weight": 600},
    "quiet": {"fill": _QUIET, **_SMALL},
    "over": {"fill": _INK, "font-size": SIZE, "font-weight": 600},
    "over-quiet": {"fill": _INK, **_SMALL},
    "behind": {"fill": _GROUND, "fill-opacity": "0.75"},
    "badge-text": {"fill": _GROUND, "font-size": 105, "font-weight": 700},
    "node": {"fill": "#2a3747"},
    "node-unweighed": {"fill": _GROUND, "stroke": "#2a3747", "stroke-width": 12, "stroke-dasharray": "30 20"},
    "hair": {"fill": "none", "stroke": _QUIET, "stroke-width": 8},
    "hair-unknown": {"fill": "none", "stroke": _QUIET, "stroke-width": 8, "stroke-dasharray": "40 30"},
    "edge": {"fill": "none", "stroke": _EDGE, "stroke-width": 14},
    "edge-part": {"fill": "none", "stroke": _EDGE, "stroke-width": 14, "stroke-dasharray": "50 35"},
    "arrow": {"fill": _EDGE},
    "rule": {"stroke": "#d6dbe1", "stroke-width": 10},
    "grid": {"stroke": "#e6e9ed", "stroke-width": 10},
    "card": {"fill": "#f6f8fa", "stroke": _EDGE, "stroke-width": 10},
    "card-self": {"fill": "#e3edf9", "stroke": "#1f5fae", "stroke-width": 25},
    "card-group": {"fill": "#f6f8fa", "stroke": _EDGE, "stroke-width": 10, "stroke-dasharray": "50 30"},
    "card-unknown": {"pattern": "unknown", "stroke": _GREY, "stroke-width": 12, "stroke-dasharray": "40 30"},
    "card-recycled": {"fill": "#e4f3ea", "stroke": _POST, "stroke-width": 12},
    "chip": {"fill": "#e9edf2", "stroke": _EDGE, "stroke-width": 8},
    "mined": {"fill": _MINED, "fill-opacity": "0.5"},
    "declared": {"pattern": "declared"},
    "post-consumer": {"fill": _POST, "fill-opacity": "0.55"},
    "pre-consumer": {"pattern": "pre-consumer"},
    "unknown": {"pattern": "unknown"},
    "loss": {"pattern": "loss", "stroke": _LOST, "stroke-width": 10},
    "basis-traced": {"fill": "#234a80"},
    "basis-declared": {"pattern": "declared"},
    "basis-recycled": {"fill": _POST},
    "basis-unknown": {"pattern": "unknown"},
    "basis-not-done": {"fill": "none", "stroke": _GREY, "stroke-width": 10, "stroke-dasharray": "30 20"},
    "declared-back": {"fill": "#cfdff3"},
    "declared-mark": {"fill": _DECLARED},
    "pre-back": {"fill": "#c3e4d1"},
    "pre-mark": {"fill": "none", "stroke": _PRE, "stroke-width": 25},
    "unknown-back": {"fill": "#eceef0"},
    "unknown-mark": {"fill": "none", "stroke": _GREY, "stroke-width": 14},
    "loss-back": {"fill": "#f9e3d6"},
    "loss-mark": {"fill": "none", "stroke": _LOST, "stroke-width": 16},
    "sea": {"fill": "#f3f7fb"},
    "land": {"fill": "#dfe3e8", "stroke": _GROUND, "stroke-width": 5},
    "land-marked": {"fill": "#9dbce2", "stroke": "#2a3747", "stroke-width": 8},
    "leader": {"fill": "none", "stroke": _QUIET, "stroke-width": 8},
    "tag": {"fill": _GROUND, "fill-opacity": "0.92", "stroke": _EDGE, "stroke-width": 8},
    "badge-declared": {"fill": _GROUND, "stroke": "#234a80", "stroke-width": 18, "stroke-dasharray": "40 22"},
    "badge-text-declared": {"fill": "#234a80", "font-size": 105, "font-weight": 700},
    "badge": {"fill": "#234a80", "stroke": _GROUND, "stroke-width": 10},
    "mark-source": {"fill": _MINED, "stroke": _INK, "stroke-width": 8},
    "mark-process": {"fill": "#234a80", "stroke": _INK, "stroke-width": 8},
    "mark-transfer": {"fill": _GROUND, "stroke": _INK, "stroke-width": 14},
    "mark-receive": {"fill": _INK, "stroke": _INK, "stroke-width": 8},
}  # fmt: skip

Shape = tuple[str, str, Mapping[str, object]]
PATTERNS: Mapping[str, tuple[int, Sequence[Shape]]] = {
    "declared": (
        60,
        [
            ("rect", "declared-back", {"width": 60, "height": 60}),
            ("circle", "declared-mark", {"cx": 30, "cy": 30, "r": 14}),
        ],
    ),
    "pre-consumer": (
        60,
        [("rect", "pre-back", {"width": 60, "height": 60}), ("path", "pre-mark", {"d": "M 0 30 H 60"})],
    ),
    "unknown": (
        80,
        [
            ("rect", "unknown-back", {"width": 80, "height": 80}),
            ("path", "unknown-mark", {"d": "M -20 20 L 20 -20 M -20 100 L 100 -20 M 60 100 L 100 60"}),
        ],
    ),
    "loss": (
        80,
        [
            ("rect", "loss-back", {"width": 80, "height": 80}),
            ("path", "loss-mark", {"d": "M -20 60 L 20 100 M -20 -20 L 100 100 M 60 -20 L 100 20"}),
        ],
    ),
}  # fmt: skip
"""Name -> the side of the square that is repeated, and what is in it."""
