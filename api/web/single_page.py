"""The frame of the single file: what stands around the verifier, in both languages, chosen by a button."""

from html import escape

from api.web.words import N_
from ledger.words.catalogue import words
from ledger.words.language import LANGUAGES, Language

__all__ = ["page_of"]

_TITLE = N_("Verify a report")
_LEAD = N_(
    "Everything is judged on this machine, by this file alone. Its own policy forbids it to ask anybody anything."
)
_NO_SCRIPT = N_("This file verifies with a script, and scripts are switched off.")
_SAME = N_("The program says the same of the same files:")
_COMMAND = "lodestone verify report.jwt bundle.json --policy policy.txt"
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Lodestone</title>
<style>{style}</style>
</head>
<body>
<header class="top"><div class="frame"><span class="brand">Lodestone</span>
<nav class="side" aria-label="Language · 语言">
<button type="button" class="plain" data-speak="en" lang="en">English</button>
<button type="button" class="plain" data-speak="zh" lang="zh">中文</button></nav></div></header>
<main class="frame">
{head}<div id="verifier"></div>
</main>
<footer class="bottom"><div class="frame">
{foot}</div></footer>
<script type="module">{script}</script>
</body>
</html>
"""


def page_of(script: str, style: str, policy: str) -> str:
    """The page around its script and style. Not checked: that these do not end early; see `single_file`."""
    head = "".join(_in(language, "<h1>{}</h1>\n<p class='lead'>{}</p>", _TITLE, _LEAD) for language in LANGUAGES)
    silent = " ".join(escape(words(language).gettext(_NO_SCRIPT)) for language in LANGUAGES)
    head += f"<noscript><p class='note bad'>{silent}</p></noscript>\n"
    foot = "".join(_in(language, f"<p>{{}} <code>{_COMMAND}</code></p>", _SAME) for language in LANGUAGES)
    return _PAGE.format(head=head, foot=foot, script=script, style=style, policy=policy)


def _in(language: Language, form: str, *sentences: str) -> str:
    """Sentences in one language; those of the second one are hidden until it is chosen."""
    said = form.format(*(escape(words(language).gettext(each)) for each in sentences))
    hidden = "" if language == LANGUAGES[0] else " hidden"
    return f"<div data-lang='{language}' lang='{language}'{hidden}>\n{said}\n</div>\n"
