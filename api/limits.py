"""What the service takes: how long a body may be, how much a caller may ask for, how slowly he may send.

Bodies are limited before anybody reads them: a few routes take uploads, all others short requests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from ledger.errors import ConfigError
from ledger.workflows.config import Config

__all__ = ["MOST_BYTES", "MOST_LINES", "MOST_UPLOAD", "Limited", "Limits", "limits_of"]

MOST_BYTES = 1_000_000
"""The longest body of a single record, a check or a request (docs/formats/signed-json.md)."""
MOST_UPLOAD = 64_000_000
"""The longest upload: many records as NDJSON, or a bundle to verify."""
MOST_LINES = 100_000
"""The most lines of an upload: more records than fit into its bytes."""

_MOST_FORM = 16_000_000
"""The longest form with a file: what larger files say is checked on the sender's own machine."""

_UPLOADS: Mapping[str, int] = {
    "/v1/records": MOST_UPLOAD,
    "/v1/verify": MOST_UPLOAD,
    "/verify": _MOST_FORM,
    "/o/import": _MOST_FORM,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one caller, and all together, may have. 0 is no limit, except of `seconds`."""

    requests: int = 300
    """Requests a second by token, or by address without one; five seconds' worth at once."""
    submissions: int = 5_000
    """Submissions a second by address, likewise."""
    refusals: int = 300
    """Wrong tokens and refused submissions a second by address, likewise."""
    at_once: int = 500
    """Requests under way of one caller."""
    heavy_at_once: int = 8
    """Those of them that may take seconds: uploads of many records, bundles, exports, verifications."""
    connections: int = 1_000
    """Open connections of everybody."""
    seconds: int = 20
    """To send the head of a request; to send a body, beside a second for each 16 kB; to take some of an answer."""


def limits_of(config: Config) -> Limits:
    """The limits that the settings name.

    Raises:
        ConfigError: a limit is not a whole number, or so small that nobody could be served.
    """
    found: dict[str, int] = {}
    for limit in fields(Limits):
        said = getattr(config, f"limit_{limit.name}")
        if not said:
            continue
        least = 1 if limit.name == "seconds" else 0
        if not (said.isascii() and said.isdecimal()) or not least <= int(said) <= 1_000_000_000:
            raise ConfigError(f"LODESTONE_LIMIT_{limit.name.upper()}: expected a whole number from {least}.")
        found[limit.name] = int(said)
    return Limits(**found)


class Limited:
    """Refuses bodies that are too long: from their announced length at once, else as soon as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a body that ends in time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Request(scope).headers
        most = _most(scope["path"], headers.get("content-type", ""))
        said = headers.get("content-length", "")
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


def _most(path: str, content_type: str) -> int:
    """How long a body may be: a form without files is short, wherever it goes, since each `&` of it costs."""
    most = _UPLOADS.get(path, MOST_BYTES)
    return MOST_BYTES if most == _MOST_FORM and not content_type.lower().startswith("multipart/") else most
