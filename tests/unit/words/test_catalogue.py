"""Sentences come in the reader's language, and in English where nobody has translated them."""

from ledger.words.catalogue import DOMAINS, words
from ledger.words.language import LANGUAGES


def test_english_is_what_stands_in_the_code() -> None:
    assert words("en").gettext("Batches in custody") == "Batches in custody"
    assert words("en").ngettext("{n} batch", "{n} batches", 2) == "{n} batches"


def test_a_sentence_that_nobody_has_translated_stays_english() -> None:
    assert words("zh").gettext("never written anywhere") == "never written anywhere"


def test_every_language_reads_every_domain() -> None:
    assert LANGUAGES == ("en", "zh")
    assert tuple(sorted(DOMAINS)) == DOMAINS
    assert words("zh").info()["language"] == "zh"
