"""In which language a page is written: as the address asks (`?lang=`), else as was chosen before, else as the browser
prefers; English where nobody says anything that we speak.
"""  # noqa: D205 - one sentence

from collections.abc import Mapping

from fastapi import Request

from ledger.words import language as known
from ledger.words.language import Language

__all__ = ["COOKIE", "NAMES", "TAGS", "asked_language", "language_of"]

NAMES: Mapping[Language, str] = {"en": "English", "zh": "中文"}
"""Every language with its own name for itself."""
TAGS: Mapping[Language, str] = {"en": "en", "zh": "zh-Hans"}
"""What `<html lang>` says (BCP 47)."""
COOKIE = "lodestone_language"


def asked_language(request: Request) -> Language | None:
    """The language that this request's address asks for."""
    return _known(request.query_params.get("lang", ""))


def language_of(request: Request) -> Language:
    """The language of the answer to a request."""
    return asked_language(request) or _known(request.cookies.get(COOKIE, "")) or _preferred(request)


def _preferred(request: Request) -> Language:
    """The best of `Accept-Language` (RFC 9110 section 12.5.4); parts that are not as they should be do not count."""
    best: Language = "en"
    weight = 0.0
    for part in request.headers.get("accept-language", "").split(",")[:20]:
        tag, _, parameter = part.strip().partition(";")
        language = _known(tag.partition("-")[0].lower())
        try:
            said = float(parameter.strip().removeprefix("q=") or "1")
        except ValueError:
            continue
        if language is not None and weight < said <= 1:
            best, weight = language, said
    return best


def _known(text: str) -> Language | None:
    return next((language for language in known.LANGUAGES if language == text), None)
