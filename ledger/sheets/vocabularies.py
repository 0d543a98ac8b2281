"""The closed vocabularies as cells hold them: a code, or its word in any of our languages."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ledger.sheets.says import Pair, Say, Verbatim, _
from ledger.values.vocabulary import (
    BASES,
    CONSOLIDATIONS,
    COUNTRIES,
    CUSTODY_MODELS,
    MAGNET_TYPES,
    MATERIALS,
    STEPS,
    TERMS,
)
from ledger.words.language import LANGUAGES, Language
from ledger.words.vocabulary import country_name, label

__all__ = ["Choices", "Word", "choices", "read_code", "suggestions", "word"]

_CODES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "material": ("material", MATERIALS),
    "composition-basis": ("composition-basis", BASES),
    "magnet-type": ("magnet-type", MAGNET_TYPES),
    "consolidation": ("consolidation", CONSOLIDATIONS),
    "custody": ("custody", CUSTODY_MODELS),
    "terms": ("terms", TERMS),
    "process-step": ("step", STEPS),
    "source-origin": ("origin", ("mined", "recycled", "declared", "undisclosed")),
    "feed": ("origin", ("post-consumer", "pre-consumer")),
}
"""The vocabulary of a column -> the labels that it has, and its codes."""

_OWN: Mapping[str, Mapping[str, Pair]] = {
    "line": {
        "input": Pair("input", "投入"),
        "addition": Pair("addition", "添加"),
        "output": Pair("output", "产出"),
        "content": Pair("content", "内含"),
    },
    "flag": {"yes": Pair("yes", "是"), "no": Pair("no", "否")},
}
_UNITS = {"mg": "毫克", "g": "克", "kg": "千克", "t": "吨"}
_MORE = {"公斤": "kg", "true": "yes", "false": "no", "ton": "t", "tonne": "t", "tonnes": "t"}
_SUGGESTED: Mapping[str, tuple[Pair, ...]] = {
    "form": (
        Pair("flake", "薄片"),
        Pair("powder", "粉末"),
        Pair("ingot", "锭"),
        Pair("block", "方块"),
        Pair("ring", "环形"),
        Pair("arc", "瓦形"),
        Pair("disc", "圆片"),
        Pair("bar", "条形"),
        Pair("pellet", "颗粒"),
    ),
    "coating": (
        Pair("Ni-Cu-Ni", "Ni-Cu-Ni"),
        Pair("Zn", "Zn"),
        Pair("Al", "Al"),
        Pair("epoxy", "环氧"),
        Pair("phosphate", "磷化"),
        Pair("sputtered", "溅射"),
    ),
}
_MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Choices:
    """The values of a closed vocabulary, as a reader may write them."""

    kind: str

    def said(self, language: Language) -> str:
        """The values, in the reader's words."""
        if self.kind == "country":
            some = ", ".join(word("country", code, language) for code in ("AU", "CN", "JP", "US"))
            return Say(_("a country such as {some}"), {"some": Verbatim(some)}).said(language)
        return ", ".join(choices(self.kind, language)[:_MOST_SHOWN])


@dataclass(frozen=True, slots=True)
class Word:
    """One value of a vocabulary."""

    kind: str
    code: str

    def said(self, language: Language) -> str:
        """The value, in the reader's words."""
        return word(self.kind, self.code, language)


def _codes(kind: str) -> tuple[str, ...]:
    if kind == "country":
        return tuple(sorted(COUNTRIES))
    if kind == "unit":
        return tuple(_UNITS)
    return tuple(_OWN[kind]) if kind in _OWN else _CODES[kind][1]


def word(kind: str, code: str, language: Language) -> str:
    """What a cell holds for a code, in a language."""
    if kind == "country":
        return f"{code} {country_name(code, language)}"
    if kind == "unit":
        return code
    if kind in _OWN:
        return _OWN[kind][code].said(language)
    return label(_CODES[kind][0], code, language)


def choices(kind: str, language: Language) -> list[str]:
    """What a drop-down offers."""
    offered = [code for code in _codes(kind) if code != "book-and-claim"]
    return [word(kind, code, language) for code in offered]


def suggestions(kind: str, language: Language) -> list[str]:
    """What a drop-down proposes where any word may stand."""
    return [each.said(language) for each in _SUGGESTED[kind]]


def read_code(kind: str, text: str) -> str | None:
    """The code that a cell means: the code itself, or its word in any language; None where it is no word of these."""
    return _known(kind).get(_plain(text))


@cache
def _known(kind: str) -> dict[str, str]:
    known: dict[str, str] = {}
    for code in _codes(kind):
        known[_plain(code)] = code
        for language in LANGUAGES:
            known.setdefault(_plain(word(kind, code, language)), code)
            if kind == "country":
                known.setdefault(_plain(country_name(code, language)), code)
        if kind == "unit":
            known[_UNITS[code]] = code
    known |= {name: code for name, code in _MORE.items() if code in _codes(kind)}
    return known


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
