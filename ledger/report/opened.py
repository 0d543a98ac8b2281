"""What a grant opens of a record: members by their paths, in the words of `ledger.report.disclose`.

A path such as `outputs[0].mass_mg` opens that member and all inside it; `outputs[].mass_mg` that of every output. What
stands on the way is opened so far as it must be to get there: it holds digests only.
"""

import re
from collections.abc import Collection, Iterable

from ledger.report.disclose import Keep

__all__ = ["either", "is_path", "opened_by", "under"]

_TOKEN = re.compile(r"[^.\[\]]+|\[\d*\]")
_PATH = re.compile(r"[A-Za-z0-9_@:/*-]{1,64}(\[\d{0,4}\])?(\.[A-Za-z0-9_@:/*-]{1,64}(\[\d{0,4}\])?){0,3}")


def is_path(text: str) -> bool:
    """Whether a text has the form of a path in a record."""
    return _PATH.fullmatch(text) is not None


def under(begin: str, members: Iterable[str]) -> tuple[str, ...]:
    """The paths of a record's members that stand inside one of its elements; the element itself for none."""
    return tuple(f"{begin}.{member}" for member in members) or (begin,)


def opened_by(paths: Collection[str], *, inside: bool = False) -> Keep:
    """Keeps what these paths open; `inside`: without what only stands on the way to them."""
    wanted = [_TOKEN.findall(path) for path in paths]
    return lambda path: any(_meets(_TOKEN.findall(path), each, inside=inside) for each in wanted)


def either(first: Keep, second: Keep) -> Keep:
    """Keeps what one of both keeps."""
    return lambda path: first(path) or second(path)


def _meets(path: list[str], wanted: list[str], *, inside: bool) -> bool:
    """Whether one of both leads to the other."""
    if inside and len(path) < len(wanted):
        return False
    steps = zip(path, wanted, strict=False)
    return all(have == want or (want == "[]" and have.startswith("[")) for have, want in steps)
