"""What people read in the verifier of the pages, as one JavaScript file: Chinese sentences, words of codes, countries.

It is written by `make verifier` and held current by a test, so that nothing is ever copied by hand.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import orjson
from babel.messages.extract import extract_from_file

from ledger.values.vocabulary import COUNTRIES
from ledger.words.catalogue import words
from ledger.words.vocabulary import LABELS, country_name

__all__ = ["browser_words", "write_browser_words"]

_HEAD = b"""/**
 * Chinese sentences, and the words of codes and countries in English and Chinese, written by `make verifier`.
 * Do not edit: a test compares.
 */

"""
_KINDS = (
    "audience",
    "basis",
    "bucket",
    "completeness",
    "consolidation",
    "custody",
    "element",
    "ground",
    "magnet-type",
    "material",
    "reason",
    "source",
    "status",
    "step",
    "verdict",
)
_KEYWORDS = {"_": None, "N_": None, "pgettext": ((1, "c"), 2)}
_CONTEXT = "\4"
"""Stands between the context of a message and its text, as in gettext's own files."""


def browser_words(folder: Path) -> bytes:
    """The whole file for the modules of a folder, the same for the same words."""
    countries = {code: [country_name(code, "en"), country_name(code, "zh")] for code in sorted(COUNTRIES)}
    labels = {kind: {code: list(both) for code, both in LABELS[kind].items()} for kind in _KINDS}
    tables: dict[str, Mapping[str, object]] = {
        "countries": countries,
        "labels": labels,
        "sentences": _sentences(folder),
    }
    lines = [f'"{name}": {{\n{_members(members)}\n}}' for name, members in tables.items()]
    return _HEAD + ("export const WORDS = {\n" + ",\n".join(lines) + "\n};\n").encode()


def write_browser_words(path: Path) -> bool:
    """Write the file for the modules beside it; whether it changed."""
    data = browser_words(path.parent)
    if path.exists() and path.read_bytes() == data:
        return False
    path.write_bytes(data)
    return True


def _members(members: Mapping[str, object]) -> str:
    return ",\n".join(f"{_json(name)}: {_json(value)}" for name, value in members.items())


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _sentences(folder: Path) -> dict[str, str]:
    """The Chinese of every sentence that the modules mark, by its context and text."""
    chinese = words("zh")
    said: dict[str, str] = {}
    for path in sorted(folder.glob("*.js")):
        for _, found, _, context in extract_from_file("javascript", path, keywords=_KEYWORDS):
            text = str(found[0] if isinstance(found, tuple) else found)
            if context:
                said[f"{context}{_CONTEXT}{text}"] = chinese.pgettext(context, text)
            else:
                said[text] = chinese.gettext(text)
    return dict(sorted(said.items()))


if __name__ == "__main__":
    if write_browser_words(Path(sys.argv[1])):
        sys.stdout.write(f"written: {sys.argv[1]}\n")
