"""What people and programs read: data on stdout, words on stderr, tables whose dates and ids are never cut.

Nothing from a file or a service reaches the terminal as markup or as control characters: others chose those texts.
"""

import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, Protocol

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ledger.errors import Refused, Violation

__all__ = [
    "Advance",
    "as_rows",
    "clean",
    "complain",
    "print_facts",
    "print_json",
    "print_raw",
    "print_table",
    "print_violations",
    "progress",
    "say",
    "violations_json",
]

_WIDTH_OF_A_PIPE = 200
_REFRESH_SECONDS = 0.1
_LEAST = 8
"""A column that may fold is never narrower than this; where that does not fit, rows are printed as lists."""
_HIDDEN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Advance(Protocol):
    """Told what is being done, how far it is, and how much there is."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Show it."""


def clean(value: object) -> str:
    """A text as a terminal may show it: control and direction characters are written out."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"\\u{ord(c):04x}" if c in _BIDI or unicodedata.category(c) in _HIDDEN else c for c in text)


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    _write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_raw(text: str) -> None:
    """A text for programs on stdout, as it is."""
    _write(text if text.endswith("\n") else text + "\n")


def say(sentence: str) -> None:
    """Words for people, on stderr."""
    _console(words=True).print(Text(clean(sentence)), soft_wrap=True)


def complain(sentence: str) -> None:
    """What went wrong, in one plain sentence, on stderr."""
    first = sentence.partition(" ")[0].rstrip(":,;")
    whole = sentence[:1].upper() + sentence[1:] if first.isalpha() else sentence  # else a path, an address, a name
    whole = whole if whole.endswith((".", "!", "?")) else whole + "."
    _console(words=True).print(Text(clean(whole), style="bold red"), soft_wrap=True)


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    whole: Sequence[str] = (),
    words: bool = False,
) -> None:
    """A table on stdout (`words`: on stderr). Columns in `whole` (dates, ids, codes) are neither wrapped nor cut.

    Where the terminal is too narrow for that, each row becomes a list of lines instead.
    """
    console = _console(words=words)
    texts = [[clean(cell) for cell in row] for row in rows]
    if not _fits(console.width, columns, texts, whole):
        for row in texts:
            print_facts(dict(zip(columns, row, strict=True)), words=words)
            console.print()
        return
    table = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold")
    for name in columns:
        least = _widest(name, columns, texts) if name in whole else None
        table.add_column(name, no_wrap=name in whole, overflow="fold", min_width=least)
    for row in texts:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def print_facts(facts: Mapping[str, object], *, words: bool = False) -> None:
    """One thing, a line for each of its facts; lines are left to the terminal to wrap."""
    console = _console(words=words)
    width = max((len(name) for name in facts), default=0)
    for name, value in facts.items():
        line = Text(f"{clean(name):<{width}}  ", style="bold")
        line.append(clean(value), style="not bold")
        console.print(line, soft_wrap=True)


def print_violations(violations: Sequence[Violation]) -> None:
    """What is wrong with a record, as a table on stderr."""
    rows = [(violation.code, violation.member, violation.sentence) for violation in violations]
    print_table("", ("code", "member", "what is wrong"), rows, whole=("code",), words=True)


def violations_json(error: BaseException) -> list[dict[str, object]]:
    """The violations of an error, for programs."""
    return [violation.as_json() for violation in error.violations] if isinstance(error, Refused) else []


@contextmanager
def progress(first: str) -> Iterator[Advance]:
    """A progress bar on stderr; where that is no terminal, silence."""
    console = _console(words=True)
    if not console.is_terminal:
        yield _silent
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Without a thread of its own, beside which a process could not fork readers.
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task(clean(first), total=None)

        shown = 0.0

        def advance(what: str, done: int, total: int) -> None:
            nonlocal shown
            now = monotonic()
            due = now - shown >= _REFRESH_SECONDS or done == total
            shown = now if due else shown
            bar.update(task, description=clean(what), completed=done, total=total, refresh=due)

        yield advance


def _silent(_what: str, _done: int, _total: int) -> None:
    """No bar."""


def _console(*, words: bool) -> Console:
    console = Console(stderr=words, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        return Console(stderr=words, highlight=False, markup=False, emoji=False, width=_WIDTH_OF_A_PIPE)
    return console


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _widest(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    place = list(columns).index(name)
    return max(Text(text).cell_len for text in (name, *(row[place] for row in rows)))


def _fits(width: int, columns: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[str]) -> bool:
    needed = 1
    for name in columns:
        widest = _widest(name, columns, rows)
        needed += 3 + (widest if name in whole else min(widest, _LEAST))
    return needed <= width


def as_rows(items: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[list[object]]:
    """The rows of a table out of JSON objects; what is absent stays empty."""
    return [[item.get(name) for name in columns] for item in items]
