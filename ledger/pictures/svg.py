"""Writing SVG: every shape has a role with its looks, and a class by which a page's stylesheet changes them.

A picture in a page follows the page (dark, print); one that stands alone, in a file or a PDF, carries its looks as
attributes only, without classes, links or a stylesheet. Coordinates are whole tenths of a pixel. All text is escaped.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ledger.pictures.looks import FONT, PATTERNS, ROLES
from ledger.words.language import Language

__all__ = ["Drawing", "Frame", "escaped"]

_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;", ord("'"): "&#39;"}
# What XML 1.0 cannot carry, not even escaped: most control characters, halves of pairs, two at the end of a plane.
_UNFIT = (*(n for n in range(32) if n not in (9, 10, 13)), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_ESCAPES |= dict.fromkeys(_UNFIT, "\N{REPLACEMENT CHARACTER}")


_WIDE = 7_000
"""Wider pictures are moved sideways on a phone, so that they stay readable."""


def escaped(text: object) -> str:
    """A text for SVG, between tags or in an attribute."""
    return str(text).translate(_ESCAPES)


@dataclass(frozen=True, slots=True)
class Frame:
    """How a picture is wanted: its language, whether it stands alone, and what its ids begin with in a page."""

    language: Language = "en"
    standalone: bool = False
    ident: str = "picture"


class Drawing:
    """A picture being drawn, back to front."""

    def __init__(self, frame: Frame, title: str, description: str, *, linked: bool = False) -> None:
        """Of a picture that is `linked` each part is for itself; any other is one image to a screen reader."""
        self._frame = frame
        self._title, self._description = title, description
        self._linked = linked and not frame.standalone
        self._parts: list[str] = []
        self._patterns: set[str] = set()

    def rect(self, role: str, x: int, y: int, width: int, height: int, *, rounded: int = 0, tip: str = "") -> None:
        """A rectangle."""
        corner = {"rx": rounded} if rounded else {}
        self._shape("rect", role, {"x": x, "y": y, "width": width, "height": height, **corner}, tip)

    def path(self, role: str, steps: Sequence[str | int], *, tip: str = "") -> None:
        """A path: letters and numbers in order."""
        self._shape("path", role, {"d": " ".join(map(str, steps))}, tip)

    def line(self, role: str, x1: int, y1: int, x2: int, y2: int) -> None:
        """A straight line."""
        self._shape("line", role, {"x1": x1, "y1": y1, "x2": x2, "y2": y2}, "")

    def circle(self, role: str, x: int, y: int, radius: int, *, tip: str = "") -> None:
        """A circle."""
        self._shape("circle", role, {"cx": x, "cy": y, "r": radius}, tip)

    def text(self, role: str, x: int, y: int, words: str, *, anchor: str = "start") -> None:
        """One line of text, by its baseline."""
        where = {"x": x, "y": y} | ({"text-anchor": anchor} if anchor != "start" else {})
        self._parts.append(f"<text{self._looks(role, where)}>{escaped(words)}</text>")

    @contextmanager
    def link(self, address: str, label: str) -> Iterator[None]:
        """What is drawn within leads to an address; nowhere, where the picture stands alone or there is none."""
        if not address or not self._linked:
            yield
            return
        self._parts.append(f'<a href="{escaped(address)}" class="pic-link" aria-label="{escaped(label)}">')
        yield
        self._parts.append("</a>")

    @contextmanager
    def moved(self, x: int, y: int) -> Iterator[None]:
        """What is drawn within is moved so far."""
        self._parts.append(f'<g transform="translate({x} {y})">')
        yield
        self._parts.append("</g>")

    def finished(self, width: int, height: int) -> str:
        """The whole picture."""
        name, alone = self._frame.ident, self._frame.standalone
        root: dict[str, object] = {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width} {height}",
            "width": -(-width // 10),
            "height": -(-height // 10),
            "role": "group" if self._linked else "img",
            "aria-labelledby": f"{name}-title {name}-desc",
            "lang": "zh-Hans" if self._frame.language == "zh" else "en",
        }
        root |= {"font-family": FONT} if alone else {"class": "picture wide" if width > _WIDE else "picture"}
        head = [
            f"<svg{_attributes(root)}>",
            f'<title id="{name}-title">{escaped(self._title)}</title>',
            f'<desc id="{name}-desc">{escaped(self._description)}</desc>',
        ]
        if self._patterns:
            head += ["<defs>", *(self._pattern(pattern) for pattern in sorted(self._patterns)), "</defs>"]
        if alone:
            head.append(f"<rect{_attributes({'width': width, 'height': height, **ROLES['ground']})}/>")
        return "\n".join([*head, *self._parts, "</svg>"]) + "\n"

    def _shape(self, tag: str, role: str, geometry: Mapping[str, object], tip: str) -> None:
        looks = self._looks(role, geometry)
        inside = f"<title>{escaped(tip)}</title>" if tip else ""
        self._parts.append(f"<{tag}{looks}>{inside}</{tag}>" if inside else f"<{tag}{looks}/>")

    def _looks(self, role: str, geometry: Mapping[str, object]) -> str:
        looks: dict[str, object] = {**geometry, **ROLES[role]}
        pattern = looks.pop("pattern", "")
        if pattern:
            self._patterns.add(str(pattern))
            looks["fill"] = f"url(#{self._frame.ident}-{pattern})"
        if not self._frame.standalone and not pattern:
            looks["class"] = f"pic-{role}"
        return _attributes(looks)

    def _pattern(self, name: str) -> str:
        size, shapes = PATTERNS[name]
        place = {"id": f"{self._frame.ident}-{name}", "width": size, "height": size, "patternUnits": "userSpaceOnUse"}
        inside = "".join(f"<{tag}{self._looks(role, geometry)}/>" for tag, role, geometry in shapes)
        return f"<pattern{_attributes(place)}>{inside}</pattern>"


def _attributes(values: Mapping[str, object]) -> str:
    return "".join(f' {name}="{escaped(value)}"' for name, value in values.items())
