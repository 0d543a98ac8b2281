"""Pictures of a batch as SVG, and what they show as JSON and CSV."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from api.cells import csv_text
from api.deps import LedgerDep, Reader, viewer_of
from api.routes.batches import Place, Record
from ledger.pictures.svg import Frame
from ledger.words.language import Language
from ledger.workflows.near import MOST_DEPTH
from ledger.workflows.pictures import PictureRequest, read_picture

__all__ = ["get_data", "get_picture", "get_table", "router"]

router = APIRouter(tags=["batches"])

Kind = Annotated[
    Literal["graph", "sankey", "map", "timeline"],
    Path(
        description="The graph of what it was made of, an element's way to it, the map of its stages, or their times."
    ),
]
Element = Annotated[str | None, Query(max_length=2, description="Of `sankey` and `map`; else the first rare earth.")]
Depth = Annotated[int, Query(ge=1, le=MOST_DEPTH, description="Of `graph`: how many records away, each way.")]
Opened = Annotated[
    list[str] | None,
    Query(max_length=20, alias="open", description="Of `graph`: what `opens` said of cards to be widened."),
]
_HARMLESS = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
_SVG = "image/svg+xml"
_CSV = "text/csv; charset=utf-8"
_AS_SVG: dict[int | str, dict[str, Any]] = {
    200: {"content": {_SVG: {"schema": {"type": "string"}}}, "description": "An SVG file that stands alone."}
}
_AS_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "Rows, with their names above them."}
}


def _asked(
    record: Record,
    place: Place,
    kind: Kind,
    element: Element = None,
    depth: Depth = 1,
    opened: Opened = None,
) -> PictureRequest:
    return PictureRequest(kind, (record, place), element, depth, tuple(opened or ()))


@router.get(
    "/v1/batches/{record}/{place}/pictures/{kind}.svg",
    operation_id="getPicture",
    summary="A picture of a batch",
    response_class=Response,
    responses=_AS_SVG,
)
def get_picture(
    asked: Annotated[PictureRequest, Depends(_asked)], ledger: LedgerDep, caller: Reader, lang: Language = "en"
) -> Response:
    """For whoever sees all of the batch. What is not open to the caller is drawn as unknown."""
    framed = replace(asked, frame=Frame(lang, standalone=True))
    svg = read_picture(ledger, viewer_of(caller), framed).svg
    return Response(svg, media_type=_SVG, headers=dict(_HARMLESS))


@router.get(
    "/v1/batches/{record}/{place}/pictures/{kind}.json",
    operation_id="getPictureData",
    summary="What a picture shows",
)
def get_data(asked: Annotated[PictureRequest, Depends(_asked)], ledger: LedgerDep, caller: Reader) -> dict[str, Any]:
    """The numbers of the picture, exact. A member that is not there is unknown to the caller."""
    return dict(read_picture(ledger, viewer_of(caller), asked).data)


@router.get(
    "/v1/batches/{record}/{place}/pictures/{kind}.csv",
    operation_id="getPictureTable",
    summary="What a picture shows, as rows",
    response_class=Response,
    responses=_AS_CSV,
)
def get_table(asked: Annotated[PictureRequest, Depends(_asked)], ledger: LedgerDep, caller: Reader) -> Response:
    """The same as a table for spreadsheets: masses in mg, shares in ppm; what is unknown to the caller is `unknown`."""
    rows = read_picture(ledger, viewer_of(caller), asked).rows
    headers = {**_HARMLESS, "Content-Disposition": f'attachment; filename="{asked.kind}.csv"'}
    return Response(csv_text(rows.columns, rows.rows), media_type=_CSV, headers=headers)
