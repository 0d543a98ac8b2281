"""Which edition of the printer this is: everything that a page's bytes depend on besides the report, as one digest.

Two processes of one edition make the same bytes from the same report, so a PDF that was made by this edition can be
compared with what the report in it makes (ledger/documents/paper.py).
"""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

from ledger.values.encoding import b64u

__all__ = ["edition"]

_PLACES = ("ledger.documents", "ledger.pictures", "ledger.report", "ledger.values", "ledger.words")
_PACKAGES = ("babel", "segno", "typst")
_ENDINGS = (".py", ".typ", ".txt", ".otf", ".ttf", ".po", ".toml", ".json")


@cache
def edition() -> str:
    """`sha-256:` of the code, words, rule packs, templates and fonts, and the versions of what sets and draws."""
    whole = sha256()
    for package in _PACKAGES:
        whole.update(f"{package} {version(package)}\n".encode())
    for place in _PLACES:
        for name, file in sorted(_files(files(place), place)):
            whole.update(f"{name} {sha256(file.read_bytes()).hexdigest()}\n".encode())
    return f"sha-256:{b64u(whole.digest())}"


def _files(folder: Traversable, name: str) -> list[tuple[str, Traversable]]:
    found = []
    for each in folder.iterdir():
        inner = f"{name}/{each.name}"
        if each.is_dir() and each.name != "tables":  # tables are for auditors, and on no paper
            found += _files(each, inner)
        elif each.name.endswith(_ENDINGS):
            found.append((inner, each))
    return found
