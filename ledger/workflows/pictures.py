"""Pictures of a batch, with what they show as JSON and rows, for whoever may see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.material.routes import BODY
from ledger.pictures.drawn_graph import Addresses, draw_graph
from ledger.pictures.drawn_sankey import draw_sankey
from ledger.pictures.graph import Card
from ledger.pictures.svg import Frame
from ledger.pictures.timeline import draw_timeline
from ledger.pictures.twins import (
    Rows,
    balance_rows,
    flows_json,
    flows_rows,
    graph_json,
    graph_rows,
    map_json,
    map_rows,
    timeline_json,
    timeline_rows,
)
from ledger.pictures.worldmap import StageCells, draw_map
from ledger.report.model import Subject
from ledger.report.statement import BODY_BUCKETS, ELEMENT_BUCKETS, cells
from ledger.store.gather import Loader
from ledger.store.queries import Viewer
from ledger.store.references import References
from ledger.workflows.flows import element_to_show, elements_of, read_flows
from ledger.workflows.ledger import Ledger
from ledger.workflows.near import NearRequest, read_near
from ledger.workflows.reading import find_whole_batch
from ledger.workflows.when import read_timeline

__all__ = ["KINDS", "Picture", "PictureRequest", "nowhere", "read_picture"]

KINDS = ("graph", "sankey", "map", "timeline")


def nowhere(_: Card) -> str:
    """A card leads nowhere."""
    return ""


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """Which picture of which batch: `element` for those of one element; none means the first rare earth.

    `depth`, `opened` and where cards lead are for the graph (`ledger.workflows.near`).
    """

    kind: str
    batch: tuple[str, int]
    element: str | None = None
    depth: int = 1
    opened: tuple[str, ...] = ()
    frame: Frame = field(default_factory=Frame)
    to_card: Addresses = nowhere
    to_more: Addresses = nowhere


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, and the same as JSON and as rows. `name` is what people call the batch.

    Of a Sankey picture there is also the balance of the element by stage.
    """

    svg: str
    data: Mapping[str, Any]
    rows: Rows
    name: str
    balance: Rows | None = None


def read_picture(ledger: Ledger, viewer: Viewer, asked: PictureRequest) -> Picture:
    """A picture of a batch, as the viewer may see it. What it costs does not grow with the depth of the chain.

    Raises:
        NotFound: there is no such batch, or not for him.
        UsageError: there is no such element in it.
    """
    return _MADE[asked.kind](ledger, viewer, asked)


def _sankey(ledger: Ledger, viewer: Viewer, asked: PictureRequest) -> Picture:
    found = read_flows(ledger, viewer, asked.batch, asked.element)
    name = found.lot or found.batch
    about = {"picture": "sankey", "batch": found.batch, "elements": list(found.elements)}
    data = {**about, **flows_json(found.flows)}
    return Picture(
        draw_sankey(found.flows, name, asked.frame), data, flows_rows(found.flows), name, balance_rows(found.flows)
    )


def _graph(ledger: Ledger, viewer: Viewer, asked: PictureRequest) -> Picture:
    graph, name = read_near(ledger, viewer, NearRequest(asked.batch, asked.depth, asked.opened))
    data = {"picture": "graph", "batch": graph.subject, **graph_json(graph)}
    svg = draw_graph(graph, name, asked.frame, asked.to_card, asked.to_more)
    return Picture(svg, data, graph_rows(graph), name)


def _timeline(ledger: Ledger, viewer: Viewer, asked: PictureRequest) -> Picture:
    timeline, batch, name = read_timeline(ledger, viewer, asked.batch)
    data = {"picture": "timeline", "batch": batch, **timeline_json(timeline)}
    return Picture(draw_timeline(timeline, name, asked.frame), data, timeline_rows(timeline), name)


def _map(ledger: Ledger, viewer: Viewer, asked: PictureRequest) -> Picture:
    batch = f"{asked.batch[0]}#{asked.batch[1]}"
    with ledger.database.reading() as connection:
        find_whole_batch(connection, viewer, asked.batch)
        found = Loader(connection, ledger.book).load(References(batches={batch})).batches[batch]
    elements = elements_of(found.routes)
    element = element_to_show(elements, asked.element)
    subject = Subject(
        batch,
        found.material,
        composition=dict(found.composition or {}),
        elements=found.routes.totals,
        routes=found.routes,
    )
    stages = [_stage(subject, element, bucket) for bucket in ELEMENT_BUCKETS]
    stages += [_stage(subject, BODY, bucket) for bucket in BODY_BUCKETS]
    name = str(found.description.get("lot") or batch)
    about = {"picture": "map", "batch": batch, "elements": list(elements), "element": element}
    data = {**about, **map_json(stages)}
    return Picture(draw_map(stages, element, name, asked.frame), data, map_rows(stages), name)


def _stage(subject: Subject, element: str, bucket: Any) -> StageCells:
    return StageCells(bucket.name, [cell.as_json() for cell in cells(subject, element, bucket)])


_MADE: Mapping[str, Callable[[Ledger, Viewer, PictureRequest], Picture]] = {
    "graph": _graph,
    "sankey": _sankey,
    "map": _map,
    "timeline": _timeline,
}
