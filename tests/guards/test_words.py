"""Whatever people read is said in both languages: nothing untranslated, nothing left over, nothing said in two ways."""

import re
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from ledger.words.catalogue import DOMAINS

ROOT = Path(__file__).parents[2]
PLACES = ("api/web", "ledger/documents", "ledger/pictures", "ledger/sheets", "ledger/words")
EXTRACTED_AS = {
    ".py": "python",
    ".html": "jinja2.ext:babel_extract",
    ".svg": "jinja2.ext:babel_extract",
    ".js": "javascript",
}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "N_": None}
Said = tuple[str | None, str]


def said_in_the_code() -> dict[Said, str]:
    return {key: where for place in PLACES for path in sorted((ROOT / place).rglob("*")) for key, where in _said(path)}


def _said(path: Path) -> Iterator[tuple[Said, str]]:
    method = EXTRACTED_AS.get(path.suffix)
    if method is None or not path.is_file():
        return
    for line, found, _, context in extract_from_file(method, path, keywords=KEYWORDS, options={"trimmed": "true"}):
        yield (context, found[0] if isinstance(found, tuple) else found), f"{path.relative_to(ROOT)}:{line}"


def translated() -> dict[Said, list[tuple[str, Message]]]:
    known: dict[Said, list[tuple[str, Message]]] = {}
    for domain in DOMAINS:
        text = files("ledger.words").joinpath("zh", f"{domain}.po").read_bytes()
        for message in read_po(BytesIO(text), locale="zh", domain=domain, abort_invalid=True):
            if message.id:
                first = message.id if isinstance(message.id, str) else message.id[0]
                known.setdefault((message.context, first), []).append((domain, message))
    return known


def test_every_sentence_has_a_chinese_one() -> None:
    known = translated()
    missing = [f"{where}: {key[1]!r}" for key, where in said_in_the_code().items() if key not in known]
    assert missing == []


def test_no_translation_is_left_of_a_sentence_that_nobody_says() -> None:
    said = said_in_the_code()
    left = [f"{domain}: {key[1]!r}" for key, found in translated().items() for domain, _ in found if key not in said]
    assert left == []


def test_a_translation_is_whole_and_one_sentence_is_translated_one_way() -> None:
    for key, found in translated().items():
        strings = {str(message.string) for _, message in found}
        assert len(strings) == 1, f"{key[1]!r} is translated in {len(strings)} ways"
        domain, message = found[0]
        parts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert all(parts), f"{domain}: {key[1]!r} has no translation"
        assert not message.fuzzy, f"{domain}: {key[1]!r} is marked as fuzzy"
        many = message.id if isinstance(message.id, str) else message.id[1]
        for part in parts:
            assert _places(part) == _places(many), f"{domain}: {key[1]!r} has other places to fill in Chinese"


def _places(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}|%\(\w+\)s|%[sd]", text))


@pytest.mark.parametrize(("text", "places"), [("{n} of {all}", ["{all}", "{n}"]), ("%(n)s", ["%(n)s"]), ("50 %", [])])
def test_places_to_fill_are_found(text: str, places: list[str]) -> None:
    assert _places(text) == places
