"""The verifier as one HTML file: every module of `static/verifier` and the style of the pages, inlined.

Whoever keeps the file keeps the verifier: it asks nobody for anything, and its own policy forbids it to. Each module
becomes a function that is called once, in the order of their imports, so that names stay apart; nothing is shortened,
so that the file can be read. The same modules give the same bytes.
"""

import hashlib
import re
from base64 import b64encode
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from posixpath import dirname, join, normpath

from api.web.single_page import page_of

__all__ = ["FILE_NAME", "policy_of", "single_file", "single_file_digest"]

FILE_NAME = "lodestone-verify.html"
_ENTRY = "page.js"
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) ([A-Za-z_$][\w$]*))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
_FORBIDDEN = ("</script", "<!--")
"""What would end the script where it stands inside a page."""


@cache
def single_file() -> bytes:
    """The file."""
    static = files("api") / "web" / "static"
    script = _joined(static / "verifier")
    style = (static / "pages" / "pages.css").read_text("utf-8") + (static / "verifier" / "page.css").read_text("utf-8")
    return page_of(script, style, policy_of(script, style)).encode()


def single_file_digest() -> str:
    """The SHA-256 of the file, as hex digits."""
    return hashlib.sha256(single_file()).hexdigest()


def policy_of(script: str, style: str) -> str:
    """The content security policy of the file: this script and this style, and nothing else from anywhere."""
    own = f"script-src {_source(script)}; style-src {_source(style)}"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _source(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _joined(folder: Traversable) -> str:
    """All modules that the entry needs, each a function, those that are imported first."""
    parts: dict[str, str] = {}
    _add(_ENTRY, folder, parts, ())
    return "\n" + "\n".join(parts.values())


def _add(path: str, folder: Traversable, parts: dict[str, str], waiting: tuple[str, ...]) -> None:
    if path in parts:
        return
    if path in waiting:
        raise ValueError(f"the modules {' and '.join(waiting)} import each other")
    source = folder.joinpath(*path.split("/")).read_text("utf-8")
    imports = _IMPORT.findall(source)
    for _, target in imports:
        _add(_resolved(path, target), folder, parts, (*waiting, path))
    names = _EXPORT.findall(source)
    body = _IMPORT.sub(lambda found: f"const {found[1]} = {_variable(_resolved(path, found[2]))};\n", source)
    body = _EXPORT.sub("", body)
    odd = _OTHER.search(body)
    if odd or any(word in source for word in _FORBIDDEN):
        raise ValueError(f"{path} cannot stand in one file: {odd[0] if odd else ', '.join(_FORBIDDEN)}")
    parts[path] = f"const {_variable(path)} = (() => {{\n{body}\nreturn {{ {', '.join(names)} }};\n}})();\n"


def _resolved(path: str, target: str) -> str:
    if not target.startswith("."):
        raise ValueError(f"{path} imports {target}, which is no module of ours")
    return normpath(join(dirname(path), target))


def _variable(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))
