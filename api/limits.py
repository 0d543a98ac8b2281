"""How long a body may be, decided before anybody reads it: a few routes take uploads, all others short requests."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

__all__ = ["MOST_BYTES", "MOST_UPLOAD", "Limited"]

MOST_BYTES = 1_000_000
"""The longest body of a single record, a check or a request (docs/formats/signed-json.md)."""
MOST_UPLOAD = 64_000_000
"""The longest upload: many records as NDJSON, or a bundle to verify."""

_UPLOADS: Mapping[str, int] = {"/v1/records": MOST_UPLOAD, "/v1/verify": MOST_UPLOAD}


class Limited:
    """Refuses bodies that are too long: from their announced length at once, else as soon as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a body that ends in time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = _UPLOADS.get(scope["path"], MOST_BYTES)
        said = Request(scope).headers.get("content-length", "")
        if said.isdecimal() and int(said) > most:
            await problem(Request(scope), "too-large", f"Expected at most {most:,} bytes.")(scope, receive, send)
            return
        length = 0

        async def counted() -> Message:
            nonlocal length
            message = await receive()
            length += len(message.get("body", b""))
            if length > most:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)
