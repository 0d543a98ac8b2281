"""Writing pages: `page(request, "name.html", ...)` fills a template with what every page needs.

How to add a page is in docs/pages.md. Everything is escaped, always; a name that a template does not know is an error,
not an empty text. What people wrote (names, lots) is data, and never part of a sentence that is translated.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.web import formats, language
from api.web.headers import PAGE_HEADERS
from api.web.navigation import entries_for, entry_of
from api.web.session import csrf_token, known_session, new_visitor, session_of
from api.web.static_files import has_static, static_url
from api.web.words import sentences
from ledger.words.language import Language
from ledger.words.vocabulary import country_name
from ledger.workflows.ledger import Ledger

__all__ = ["environment", "page", "render"]

_YEAR = 31_536_000


def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> Response:
    """A template as an answer: with language, caller and navigation, the form token, the headers and cookies.

    Blocking, as it looks the session up: for routes that are plain `def`.
    """
    session_of(request, request.app.state.ledger)
    return render(request, template, status=status, headers=headers, **context)


def render(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> Response:
    """The same for whoever cannot wait for a database: the caller is shown if he was looked up before."""
    ledger: Ledger = request.app.state.ledger
    spoken = language.language_of(request)
    form = _FormToken(request, ledger)
    session = known_session(request)
    navigation = entries_for(session.caller if session else None)
    text = (
        environment(spoken)
        .get_template(template)
        .render(
            caller=session.caller if session else None,
            csrf_token=form,
            here=request.url.path,
            language=spoken,
            language_tag=language.TAGS[spoken],
            languages=[(code, name, _here_with(request, lang=code)) for code, name in language.NAMES.items()],
            log={"origin": ledger.config.origin, "size": ledger.tree.size},
            navigation=navigation,
            navigation_here=entry_of(request.url.path, navigation),
            public_url=ledger.config.public_url,
            url_with=partial(_here_with, request),
            **context,
        )
    )
    answer = Response(text, status, {**PAGE_HEADERS, **(headers or {})}, "text/html; charset=utf-8")
    if (asked := language.asked_language(request)) is not None:
        answer.set_cookie(language.COOKIE, asked, max_age=_YEAR, httponly=True, samesite="lax")
    if form.visitor is not None:
        new_visitor(answer, form.visitor, ledger.config)
    return answer


@cache
def environment(spoken: Language) -> Environment:
    """The templates in a language."""
    made = Environment(
        loader=PackageLoader("api", "web/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {**sentences(spoken), "has_static": has_static, "static": static_url}
    made.filters |= {
        "country_name": partial(country_name, language=spoken),
        "grouped": formats.group_digits,
        "mass": formats.mass_text,
        "share": formats.share_text,
        "short": formats.short_digest,
        "time": formats.time_text,
    }
    return made


class _FormToken:
    """The token of this session's forms, made when a template asks for it."""

    def __init__(self, request: Request, ledger: Ledger) -> None:
        self._request, self._ledger = request, ledger
        self._token = ""
        self.visitor: str | None = None

    def __call__(self) -> str:
        if not self._token:
            self._token, self.visitor = csrf_token(self._request, self._ledger)
        return self._token


def _here_with(request: Request, suffix: str = "", **changes: str | int | None) -> str:
    """The page's own address with other parameters; None takes one away. A suffix makes it that of a twin."""
    kept = {name: value for name, value in request.query_params.multi_items() if name not in changes}
    said = {**kept, **{name: str(value) for name, value in changes.items() if value is not None}}
    path = request.url.path + suffix
    return f"{path}?{urlencode(said)}" if said else path
