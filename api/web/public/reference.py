"""The HTTP API, described: what `/openapi.json` says, shown by a script of ours; without scripts a link to it."""

from fastapi import APIRouter, Request, Response

from api.web.pages import page

__all__ = ["reference", "router"]

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def reference(request: Request) -> Response:
    """The page."""
    return page(request, "public/reference.html")
