"""Static files: read once, by name, so that no address leads outside their folder.

Their address carries a digest of them all (`/static/<digest>/verifier/page.js`), so a browser keeps them for good, and
the relative imports of modules stay among files of the same version. Without it, or with an older one, the present
file is answered with an ETag, to be asked for again.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request, Response

from api.web.headers import STATIC_HEADERS
from ledger.documents.html import report_css
from ledger.errors import NotFound

__all__ = ["file", "has_static", "router", "static_url"]

router = APIRouter(include_in_schema=False)

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_VERSIONED = re.compile(r"([0-9a-f]{16})/(.+)")
_FOR_GOOD = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, max-age=0, must-revalidate"


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    etag: str
    media_type: str


@router.get("/static/{path:path}")
@router.head("/static/{path:path}")
def file(path: str, request: Request) -> Response:
    """A static file."""
    versioned = _VERSIONED.fullmatch(path)
    found = _files().get(versioned[2] if versioned else path)
    if found is None:
        raise NotFound("There is no such file.")
    kept = _FOR_GOOD if versioned and versioned[1] == _version() else _ASK_AGAIN
    headers = {**STATIC_HEADERS, "Cache-Control": kept, "ETag": found.etag}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.data, headers=headers, media_type=found.media_type)


def has_static(path: str) -> bool:
    """Whether there is such a static file."""
    return path in _files()


def static_url(path: str) -> str:
    """The address of a static file, with the digest of this version; KeyError where there is no such file."""
    _files()[path]
    return f"/static/{_version()}/{path}"


@cache
def _files() -> Mapping[str, _File]:
    found = [*_walk(files("api") / "web" / "static", ""), ("documents/report.css", report_css().encode())]
    return {name: _file(name, data) for name, data in sorted(found)}


@cache
def _version() -> str:
    whole = hashlib.sha256()
    for name, each in _files().items():
        whole.update(f"{name}\0{each.etag}\n".encode())
    return whole.hexdigest()[:16]


def _walk(folder: Traversable, before: str) -> "list[tuple[str, bytes]]":
    found = []
    for each in folder.iterdir():
        name = before + each.name
        if each.is_dir():
            found += _walk(each, f"{name}/")
        elif _suffix(name) in _TYPES:
            found.append((name, each.read_bytes()))
    return found


def _file(name: str, data: bytes) -> _File:
    return _File(data, f'"{hashlib.sha256(data).hexdigest()[:32]}"', _TYPES[_suffix(name)])


def _suffix(name: str) -> str:
    return "." + name.rpartition(".")[2]
