"""The pictures of one batch: one at a time, each with its table."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup

from api.deps import LedgerDep, viewer_of
from api.routes.batches import Place, Record
from api.web.language import language_of
from api.web.org.sections import batch_path
from api.web.pictures.tables import pictures_path, tables_of
from api.web.session import PageReader
from api.web.twins import answer, twinned
from api.web.words import N_
from ledger.pictures.graph import Card
from ledger.pictures.svg import Frame
from ledger.workflows.near import MOST_DEPTH
from ledger.workflows.pictures import PictureRequest, read_picture

__all__ = ["pictures", "router"]

router = APIRouter(include_in_schema=False)

Show = Literal["graph", "sankey", "map", "timeline"]
_TABS = {
    "graph": N_("What it was made of"),
    "sankey": N_("Way of an element"),
    "map": N_("Map of its stages"),
    "timeline": N_("Timeline"),
}


@twinned(router, "/o/batches/{record}/{place}/pictures")
def pictures(  # noqa: PLR0913, PLR0917 - the parameters of a page
    request: Request,
    record: Record,
    place: Place,
    ledger: LedgerDep,
    caller: PageReader,
    show: Show = "graph",
    element: Annotated[str | None, Query(max_length=2)] = None,
    depth: Annotated[int, Query(ge=1, le=MOST_DEPTH)] = 1,
    opened: Annotated[list[str] | None, Query(alias="open", max_length=20)] = None,
) -> Response:
    """One picture of a batch that the reader sees all of."""
    here = f"{record}#{place}"
    widened = tuple(opened or ())
    asked = PictureRequest(
        show,
        (record, place),
        element or None,
        depth,
        widened,
        Frame(language_of(request), ident=show),
        to_card=lambda card: (pictures_path(card.name) if card.mass_mg is not None else batch_path(card.name)) or "",
        to_more=lambda card: _widened(here, depth, widened, card),
    )
    picture = read_picture(ledger, viewer_of(caller), asked)
    elements = picture.data.get("elements", [])
    for_people = request.url.path.endswith("/pictures")
    return answer(
        request,
        "pictures/pictures.html",
        *tables_of(show, picture, for_people=for_people),
        data={name: value for name, value in picture.data.items() if name in _ABOUT},
        svg=Markup(picture.svg),  # noqa: S704 - made by us, every text in it escaped
        name=picture.name,
        batch=here,
        batch_path=batch_path(here),
        tabs=_TABS,
        show=show,
        depth=depth,
        opened=widened,
        elements=elements,
        element=picture.data.get("element"),
    )


_ABOUT = frozenset(
    {"picture", "batch", "element", "elements", "mass_mg", "lost_mg", "ended", "left_out", "more", "opened"}
)


def _widened(batch: str, depth: int, opened: tuple[str, ...], card: Card) -> str:
    """The address of the same graph with one card more opened."""
    if not card.opens:
        return ""
    said = [("show", "graph"), ("depth", str(depth)), *(("open", name) for name in (*opened, card.opens))]
    return f"{pictures_path(batch)}?{urlencode(said)}#picture"
