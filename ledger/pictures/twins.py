"""What a picture shows, as JSON and as rows: the same numbers for those who read tables and for programs.

Masses are mg and shares ppm. A member that is not there is unknown to the reader, never zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.pictures.flows import BATCH, LOSS, ORIGINS, STAGE, STAGES, Flows, Node
from ledger.pictures.graph import Card, Graph
from ledger.pictures.timeline import Event, Timeline
from ledger.pictures.worldmap import StageCells
from ledger.values.quantity import to_ppm

__all__ = [
    "Rows",
    "balance_rows",
    "flows_json",
    "flows_rows",
    "graph_json",
    "graph_rows",
    "map_json",
    "map_rows",
    "node_json",
    "timeline_json",
    "timeline_rows",
]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: the names of its columns, and its rows by those names."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]


def flows_json(flows: Flows) -> dict[str, Any]:
    """Nodes with what goes in, out and is lost there; flows between them by their numbers in that list."""
    nodes = flows.nodes()
    number = {node: place for place, node in enumerate(nodes)}
    return {
        "element": flows.element,
        "mass_mg": flows.mass_mg,
        "lost_mg": sum(flow.mass_mg for flow in flows.flows if flow.end.kind == LOSS),
        "nodes": [node_json(flows, node) for node in nodes],
        "flows": [
            {"start": number[f.start], "end": number[f.end], "origin": f.origin, "mass_mg": f.mass_mg}
            for f in flows.flows
        ],
        "ended": dict(sorted(flows.ended.items())),
    }


def node_json(flows: Flows, node: Node) -> dict[str, Any]:
    """A node. Of a stage that is drawn by routes alone no loss is told."""
    shown: dict[str, Any] = {"kind": node.kind, "countries": list(node.countries)}
    if node.stage:
        shown["stage"] = node.stage
    if node.kind in (STAGE, BATCH, LOSS):
        shown["in_mg"] = flows.into(node)
    if node.kind not in (BATCH, LOSS):
        shown["out_mg"] = flows.out_of(node)
    if node.kind == STAGE and node not in flows.unweighed:
        shown["lost_mg"] = flows.lost_at(node)
    return shown


_FLOW = ("from", "from_stage", "from_countries", "to", "to_stage", "to_countries", "origin", "mass_mg")


def flows_rows(flows: Flows) -> Rows:
    """One row for each flow."""
    rows = [
        {
            **_end("from", flow.start),
            **_end("to", flow.end),
            "origin": flow.origin,
            "mass_mg": flow.mass_mg,
        }
        for flow in flows.flows
    ]
    return Rows(_FLOW, rows)


_BALANCE = ("stage", "countries", "in_mg", "out_mg", "lost_mg", "recycled_ppm", "unknown_ppm")


def balance_rows(flows: Flows) -> Rows:
    """One row for each stage, in the order in which mass goes through: what goes in, on, and is lost.

    The shares are of what goes in. Of a stage that is drawn by routes alone no loss is told.
    """
    stages = [node for node in flows.nodes() if node.kind == STAGE]
    return Rows(_BALANCE, [_balance(flows, node) for node in sorted(stages, key=_by_stage)])


def _balance(flows: Flows, node: Node) -> dict[str, Any]:
    into = [flow for flow in flows.flows if flow.end == node]
    by_origin = [sum(flow.mass_mg for flow in into if flow.origin == origin) for origin in ORIGINS]
    told = {} if node in flows.unweighed else {"lost_mg": flows.lost_at(node)}
    if any(by_origin):  # of nothing there is no share
        shares = dict(zip(ORIGINS, to_ppm(by_origin), strict=True))
        told |= {"recycled_ppm": shares["post-consumer"] + shares["pre-consumer"], "unknown_ppm": shares["unknown"]}
    return {
        "stage": node.stage,
        "countries": " ".join(node.countries),
        "in_mg": flows.into(node),
        "out_mg": flows.out_of(node) - flows.lost_at(node),
        **told,
    }


def _by_stage(node: Node) -> tuple[int, Node]:
    return STAGES.index(node.stage.partition("+")[0]), node


def map_json(stages: Sequence[StageCells]) -> dict[str, Any]:
    """The cells of each stage, as in a statement."""
    return {"stages": {stage.bucket: [dict(cell) for cell in stage.cells] for stage in stages}}


def map_rows(stages: Sequence[StageCells]) -> Rows:
    """One row for each cell."""
    rows = [
        {
            "stage": stage.bucket,
            "countries": " ".join(cell["countries"]),
            "share_ppm": cell["share_ppm"],
            "basis": cell["basis"],
            "reason": cell.get("reason", ""),
        }
        for stage in stages
        for cell in stage.cells
    ]
    return Rows(("stage", "countries", "share_ppm", "basis", "reason"), rows)


_CARD = ("batch", "depth", "column", "material", "country", "origin", "lot", "mass_mg", "count", "more", "made_of")


def graph_json(graph: Graph) -> dict[str, Any]:
    """Batches, and crowds of them, with what they were made of."""
    return {
        "batches": [_card(graph, card) for card in graph.cards],
        "opened": list(graph.opened),
        "left_out": graph.cut,
    }


def graph_rows(graph: Graph) -> Rows:
    """One row for each card; `made_of` are the names of others."""
    rows = [{"origin": "", **card, "made_of": " ".join(card["made_of"])} for card in graph_json(graph)["batches"]]
    return Rows(_CARD, rows)


def _card(graph: Graph, card: Card) -> dict[str, Any]:
    said: dict[str, Any] = {"batch": card.name, "depth": card.depth, "column": card.column, "material": card.material}
    optional = {"country": card.country, "origin": card.origin, "lot": card.lot, "opens": card.opens}
    said |= {name: value for name, value in optional.items() if value}
    if card.mass_mg is not None:
        said["mass_mg"] = card.mass_mg
    said |= {"count": card.count, "more": card.more}
    return {**said, "made_of": sorted(link.start for link in graph.links if link.end == card.name)}


_EVENT = ("index", "record", "type", "at", "column", "material", "country", "lot")


def timeline_json(timeline: Timeline) -> dict[str, Any]:
    """The records in the order of the log."""
    return {"records": [_event(event) for event in timeline.events], "more": timeline.cut}


def timeline_rows(timeline: Timeline) -> Rows:
    """One row for each record."""
    nowhere = {"country": ""}  # custody changes at no place
    rows = [(nowhere if event.kind in ("transfer", "receive") else {}) | _event(event) for event in timeline.events]
    return Rows(_EVENT, rows)


def _event(event: Event) -> dict[str, Any]:
    said: dict[str, Any] = {"index": event.index, "record": event.record, "type": event.kind}
    optional = {"at": event.at, "country": event.country, "lot": event.lot, "material": event.material}
    return {**said, "column": event.column} | {name: value for name, value in optional.items() if value}


def _end(name: str, node: Node) -> dict[str, str]:
    return {name: node.kind, f"{name}_stage": node.stage, f"{name}_countries": " ".join(node.countries)}
