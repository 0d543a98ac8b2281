"""The words of templates in a language: `_`, `ngettext` and `term`. What they give is escaped like all else.

So it is harmless where a template gives them data by mistake, and markup comes into a sentence as a value only:
`_("See {page}.", page=link)`.
"""

from collections.abc import Callable, Mapping

from markupsafe import Markup, escape

from ledger.words.catalogue import words
from ledger.words.language import Language
from ledger.words.vocabulary import LABELS, label

__all__ = ["N_", "sentences"]


def N_(text: str) -> str:  # noqa: N802 - the name by which Babel finds what a template translates later
    """Mark a sentence that a template translates later."""
    return text


def sentences(language: Language) -> Mapping[str, Callable[..., str]]:
    """The functions that templates call for words."""
    catalogue = words(language)

    def gettext(text: str, **values: object) -> Markup:
        return _filled(catalogue.gettext(text), values)

    def ngettext(one: str, many: str, n: int, **values: object) -> Markup:
        return _filled(catalogue.ngettext(one, many, n), {"n": f"{n:,}", **values})

    def term(kind: str, code: str) -> str:
        """The word for a code; what is no code (a process named by a producer) stays as it is."""
        return label(kind, code, language) if code in LABELS[kind] else code

    return {"_": gettext, "gettext": gettext, "ngettext": ngettext, "term": term}


def _filled(text: str, values: Mapping[str, object]) -> Markup:
    return escape(text).format(**values) if values else escape(text)
