"""The verifier as one file to keep, and its digest: whoever has them needs this service no more."""

from fastapi import APIRouter, Response

from api.web.headers import STATIC_HEADERS
from api.web.single_file import FILE_NAME, single_file, single_file_digest

__all__ = ["digest", "router", "whole"]

router = APIRouter(include_in_schema=False)

_KEPT = {**STATIC_HEADERS, "Cache-Control": "public, max-age=0, must-revalidate"}


@router.get(f"/verifier/{FILE_NAME}")
def whole() -> Response:
    """The file, to be saved: here it would run beside what it is to judge."""
    saved = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"', "ETag": f'"{single_file_digest()}"'}
    return Response(single_file(), headers={**_KEPT, **saved}, media_type="text/html; charset=utf-8")


@router.get(f"/verifier/{FILE_NAME}.sha256")
def digest() -> Response:
    """The file's SHA-256, as `sha256sum --check` reads it."""
    return Response(f"{single_file_digest()}  {FILE_NAME}\n", headers=_KEPT, media_type="text/plain; charset=utf-8")
