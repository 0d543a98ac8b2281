"""Saying a thing in every language of a document."""

from collections.abc import Callable
from typing import Literal, get_args

from ledger.documents.layout import Piece, Text
from ledger.words.catalogue import words
from ledger.words.language import LANGUAGES, Language
from ledger.words.vocabulary import LABELS, country_name, label

__all__ = ["N_", "READERS", "Reader", "Voice"]

Reader = Literal["en", "zh", "both"]
READERS: tuple[Reader, ...] = get_args(Reader)
"""What a document can be read in: one language, or each thing in both."""

_LISTED = {"en": ", ", "zh": "、"}


def N_(text: str) -> str:  # noqa: N802 - the name by which gettext knows it
    """Marks a sentence for translation that is said elsewhere."""
    return text


class Voice:
    """The words for people who read one language, or two side by side."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.languages: tuple[Language, ...] = LANGUAGES if reader == "both" else (reader,)

    def each(self, speak: Callable[[Language], str]) -> Text:
        """What is said in each language; once, where all say the same."""
        said = [(speak(language), language) for language in self.languages]
        if len({text for text, _ in said}) == 1 and len(said) > 1:
            return (Piece(said[0][0]),)
        return tuple(Piece(text, tag) for text, tag in said)

    def gettext(self, text: str, **values: Text | str) -> Text:
        """A sentence of the catalogue, with these values in it."""

        def speak(language: Language) -> str:
            filled = {name: self.of(value, language) for name, value in values.items()}
            return words(language).gettext(text).format(**filled)

        return self.each(speak)

    def label(self, kind: str, code: str) -> Text:
        """The word for a code; a code without one stays as it is."""
        return self.each(lambda language: label(kind, code, language) if code in LABELS[kind] else code)

    def country(self, code: str) -> Text:
        """A country by name and code; `unknown` is what is recorded where nobody said."""
        if code == "unknown":
            return self.label("basis", "unknown")
        return self.each(lambda language: f"{country_name(code, language)} ({code})")

    def element(self, symbol: str) -> Text:
        """An element by symbol and name, or the magnet's body."""
        if symbol == "*":
            return self.gettext("the magnet's body")
        return self.each(
            lambda language: f"{symbol} {label('element', symbol, language)}" if symbol in LABELS["element"] else symbol
        )

    def steps(self, steps: list[str] | tuple[str, ...]) -> Text:
        """Steps of a route, as a list."""
        return self.listed([self.label("step", step) for step in steps])

    def listed(self, texts: list[Text]) -> Text:
        """Several things in a row."""
        return self.each(lambda language: _LISTED[language].join(self.of(text, language) for text in texts))

    def of(self, value: Text | str, language: Language) -> str:
        """What a text says in this language."""
        if isinstance(value, str):
            return value
        return next((piece.text for piece in value if piece.lang == language), value[0].text)
