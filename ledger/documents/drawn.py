"""What can be drawn. A character that cannot is shown as its code point: nothing vanishes from paper or page.

Control characters, bidi marks and other characters without a shape are among them: they could make a page read as
something that was not signed.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import category

from ledger.documents.layout import Text
from ledger.documents.voice import Voice

__all__ = ["Drawn", "has_shape", "in_fonts"]

_SHAPELESS = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_CHARACTERS = Path(__file__).parent / "fonts" / "characters.txt"


class Drawn:
    """Texts made drawable, and which characters had to be named instead."""

    def __init__(self, can: Callable[[str], bool]) -> None:
        self._can = can
        self.missing: set[str] = set()

    def drawable(self, value: Any) -> Any:
        """The same value with every text in it drawable."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {name: self.drawable(each) for name, each in value.items()}
        return [self.drawable(each) for each in value] if isinstance(value, list | tuple) else value

    def remark(self, voice: Voice) -> Text:
        """What a reader is told about them; empty if every character was drawn."""
        if not self.missing:
            return ()
        return voice.gettext(
            "Characters that cannot be drawn here are shown by their code points: {points}.",
            points=" ".join(sorted(_point(character) for character in self.missing)),
        )

    def _text(self, text: str) -> str:
        missing = {character for character in text if not self._can(character)}
        self.missing |= missing
        for character in missing:
            text = text.replace(character, f"[{_point(character)}]")
        return text


def in_fonts(character: str) -> bool:
    """Whether our fonts have a shape for it: what paper can show."""
    return ord(character) in _drawn()


def has_shape(character: str) -> bool:
    """Whether it is a character with a shape: what a browser can show."""
    return category(character) not in _SHAPELESS


def _point(character: str) -> str:
    return f"U+{ord(character):04X}"


@cache
def _drawn() -> frozenset[int]:
    ranges = (line.split("-") for line in _CHARACTERS.read_text("ascii").splitlines())
    return frozenset(point for start, end in ranges for point in range(int(start, 16), int(end, 16) + 1))
