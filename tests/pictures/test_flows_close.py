"""Random worlds: whatever was made of whatever, every node of every Sankey picture closes to the milligram.

`LODESTONE_ORACLE_EXAMPLES` scales the number of worlds as in the comparison with the oracle.
"""

import os
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import text

from ledger.bundle.audit import audit
from ledger.pictures.audited import Audited
from ledger.pictures.drawn_sankey import draw_sankey
from ledger.pictures.flows import BATCH, LOSS, STAGE, Flows
from ledger.pictures.sankey import TALL, laid_out, simplified
from ledger.pictures.svg import Frame
from ledger.store.gather import record_name
from ledger.store.queries import Viewer
from ledger.workflows.config import read_config
from ledger.workflows.export import write_log_export
from ledger.workflows.flows import read_flows
from ledger.workflows.genealogy import read_routes
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger, policy_of
from ledger.workflows.play import play
from tests.oracle.generate import generate

WORLDS = max(1, int(os.environ.get("LODESTONE_ORACLE_EXAMPLES", "24")) // 12)
OPERATOR = Viewer(None)


def closes(flows: Flows) -> None:
    """In = out + loss at every stage, nothing flows back, and the batch gets all of its mass."""
    for node in flows.nodes():
        into, out = flows.into(node), flows.out_of(node)
        if node.kind == STAGE:
            assert into == out, node
        elif node.kind in (BATCH, LOSS):
            assert (into > 0, out) == (True, 0), node
        else:
            assert (into, out > 0) == (0, True), node
    lost = sum(flow.mass_mg for flow in flows.flows if flow.end.kind == LOSS)
    put_in = sum(flow.mass_mg for flow in flows.flows if flow.start.kind not in (STAGE, BATCH, LOSS))
    held = sum(flow.mass_mg for flow in flows.flows if flow.end.kind == BATCH)
    assert (put_in, held) == (flows.mass_mg + lost, flows.mass_mg)


def drawn_in_proportion(flows: Flows) -> None:
    layout = laid_out(flows, 0)
    assert {band.flow for band in layout.bands} == set(flows.flows)
    for band in layout.bands:
        exact = band.flow.mass_mg * TALL / layout.scale_mg
        for drawn in (band.bottom1 - band.top1, band.bottom2 - band.top2):
            assert abs(drawn - exact) < 1
    columns: dict[int, int] = {}
    for bar in sorted(layout.bars, key=lambda bar: (bar.x, bar.y)):
        assert bar.y >= columns.get(bar.x, 0), "two nodes overlap"
        columns[bar.x] = bar.y + bar.height


def replayed(ledger: Ledger) -> Audited:
    """What an auditor's replay of the whole log proves, without the ledger's tables."""
    out, seen = BytesIO(), Audited()
    write_log_export(ledger, out)
    assert audit(out.getvalue(), policy_of(ledger), follower=seen, readers=1).passed
    return seen


@pytest.mark.parametrize("seed", range(7_000, 7_000 + WORLDS))
def test_every_node_of_every_flow_closes_to_the_milligram(seed: int, tmp_path: Path) -> None:
    played = tmp_path / "played"
    play(generate(seed, (40, 80, 140)[seed % 3]), played)
    ledger = open_ledger(read_config({}, home=played / "ledger"), found=False)
    audited, lossy = replayed(ledger), 0
    for batch in _batches(ledger):
        routes = read_routes(ledger, OPERATOR, batch)["elements"]
        for element in sorted(each for each in routes if each != "*" and routes[each])[:3]:
            flows = read_flows(ledger, OPERATOR, batch, element).flows
            assert flows.mass_mg == sum(each["mass_mg"] for each in routes[element])
            assert audited.flows(f"{batch[0]}#{batch[1]}", element) == flows, "an auditor's file says the same"
            closes(flows)
            shown = simplified(flows)
            closes(shown)
            drawn_in_proportion(shown)
            lossy += any(flow.end.kind == LOSS for flow in flows.flows)
    assert lossy, "a world in which nothing was ever lost tests too little"
    ledger.close()


def test_the_same_flows_give_the_same_bytes(tmp_path: Path) -> None:
    play(generate(7_100, 60), tmp_path / "played")
    pictures = []
    for _ in range(2):
        ledger = open_ledger(read_config({}, home=tmp_path / "played" / "ledger"), found=False)
        found = [read_flows(ledger, OPERATOR, batch) for batch in _batches(ledger, composed=True)]
        pictures.append([draw_sankey(each.flows, each.lot, Frame()) for each in found])
        ledger.close()
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) > 10


def _batches(ledger: Ledger, *, composed: bool = False) -> list[tuple[str, int]]:
    with ledger.database.reading() as connection:
        rows = connection.execute(
            text("SELECT record.id, place, routes FROM batch JOIN record USING (idx) ORDER BY idx, place")
        ).all()
    found = [(record_name(raw), place, bytes(routes)) for raw, place, routes in rows]
    return [(name, place) for name, place, routes in found if not composed or b'":[[' in routes.replace(b'"*":[[', b"")]
