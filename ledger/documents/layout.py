"""What a document is laid out of: texts in the languages that it is read in, tables, notes. HTML and Typst draw these.

A `Text` says one thing, once in each language of the document; what is the same in every language (a number, an id)
is said once. Nothing here is markup: whatever stands in a text is drawn as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "Block",
    "Bullets",
    "Card",
    "Cell",
    "Facts",
    "Line",
    "Note",
    "Page",
    "Picture",
    "Piece",
    "Section",
    "Table",
    "Text",
    "Tone",
    "data",
    "joined",
    "line",
]

Tone = Literal["", "pass", "fail", "unknown", "soft", "strong", "mono"]
"""How it is drawn. A tone only repeats what the words say."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words in one language; `lang` is empty where no language is spoken."""

    text: str
    lang: str = ""


Text = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a cell. `bar` are parts of 1,000,000, drawn to scale beneath the words."""

    text: Text
    tone: Tone = ""
    bar: tuple[tuple[str, int], ...] = ()


Cell = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values."""

    rows: tuple[tuple[Text, Line], ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True)
class Table:
    """A table. The first cell of a row says what the row is about; `widths` are parts of the page's width."""

    columns: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that stands alone."""

    text: Text
    tone: Tone = ""
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A heading and a list of sentences."""

    heading: Text
    items: tuple[Line, ...]
    kind: Literal["bullets"] = "bullets"


@dataclass(frozen=True, slots=True)
class Card:
    """A verdict: one word, what it is about, and what it rests on."""

    badge: Text
    tone: Tone
    title: Text
    blocks: "tuple[Block, ...]"
    kind: Literal["card"] = "card"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of ours, as SVG that stands alone; what it shows is said in `described` for who does not see it."""

    svg: str
    described: Text
    kind: Literal["picture"] = "picture"


Block = Facts | Table | Note | Bullets | Card | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands beneath it. `name` is its place in the document, the same in every language."""

    name: str
    heading: Text
    blocks: tuple[Block, ...]
    level: int = 2


@dataclass(frozen=True, slots=True)
class Page:
    """A whole document. `verify` is the address to check it at."""

    language: str
    title: Text
    subtitle: Text
    facts: Facts
    verify: str
    verify_words: Text
    sections: tuple[Section, ...]
    foot: Text
    keywords: tuple[str, ...] = field(default=())


def data(text: str) -> Text:
    """A text that is the same in every language: a number, an id, a name."""
    return (Piece(text),)


def line(text: Text | str, tone: Tone = "") -> Cell:
    """A cell of one line."""
    return (Line(data(text) if isinstance(text, str) else text, tone),)


def joined(texts: Sequence[Text], between: str = " ") -> Text:
    """Several texts as one, language by language; what is said once only is said again in each."""
    languages = [piece.lang for piece in max(texts, key=len)] if texts else []
    return tuple(
        Piece(between.join((text[place] if place < len(text) else text[0]).text for text in texts), lang)
        for place, lang in enumerate(languages)
    )
