"""The documentation page: our own few files, no request to anybody else, no inline script or style."""

from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Response

from ledger.errors import NotFound

__all__ = ["page", "part", "router"]

router = APIRouter(include_in_schema=False)

_TYPES = {"docs.html": "text/html", "docs.js": "text/javascript", "docs.css": "text/css"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "public, max-age=300",
}


@router.get("/docs")
def page() -> Response:
    """The page."""
    return _file("docs.html")


@router.get("/docs/{name}")
def part(name: str) -> Response:
    """Its script and style."""
    if name not in _TYPES or name == "docs.html":
        raise NotFound("There is no such file.")
    return _file(name)


def _file(name: str) -> Response:
    return Response(_read(name), headers=_HEADERS, media_type=f"{_TYPES[name]}; charset=utf-8")


@cache
def _read(name: str) -> bytes:
    return (files("api") / "web" / "static" / name).read_bytes()
