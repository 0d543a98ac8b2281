"""Bodies are read by a strict reader: JSON in UTF-8 without lone surrogates, NaN or endless nesting, or no JSON at all.

The framework's own reader takes those, and an answer that repeats them could then not be written.
"""

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute

__all__ = ["StrictRoute"]


class _StrictRequest(Request):
    async def json(self) -> Any:
        """The body; what is no strict JSON raises what the framework takes for no JSON."""
        return orjson.loads(await self.body())


class StrictRoute(APIRoute):
    """A route whose JSON bodies are read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the framework, given a strict request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(_StrictRequest(request.scope, request.receive))

        return strict
