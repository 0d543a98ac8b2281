"""Sentences in the reader's language: GNU gettext catalogues, read from their source by Babel."""

import gettext
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import pairwise

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from ledger.words.language import Language

__all__ = ["DOMAINS", "Words", "words"]

DOMAINS = ("documents", "org", "pages", "pictures", "sheets", "verifier")
"""The files of translations. They partition the work only: a reader gets all of them as one catalogue."""

Words = gettext.NullTranslations
"""`gettext(text)`, `ngettext(one, many, n)`, `pgettext(context, text)`: the text in the reader's language."""


@cache
def words(language: Language) -> Words:
    """All sentences in a language. Values are put in afterwards: `_("{n} batches").format(n=n)`.

    Not checked: that each sentence is translated (tests/guards/test_words.py); one that is not stays English.
    """
    if language == "en":
        return Words()
    found = [_read(language, domain) for domain in DOMAINS]
    for part, after in pairwise(found):
        part.add_fallback(after)
    return found[0]


def _read(language: Language, domain: str) -> gettext.GNUTranslations:
    text = files("ledger.words").joinpath(language, f"{domain}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(text), locale=language, domain=domain))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
