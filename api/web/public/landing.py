"""The first page: what this is, for whom, and where the log stands."""

from fastapi import APIRouter, Request, Response

from api.web.pages import page

__all__ = ["landing", "router"]

router = APIRouter(include_in_schema=False)


@router.get("/")
def landing(request: Request) -> Response:
    """What this is, in plain words."""
    return page(request, "public/landing.html")
