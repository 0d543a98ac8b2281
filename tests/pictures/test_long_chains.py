"""A picture of a long chain asks the database for no more than one of a shorter chain."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ledger.bench.lab import Lab
from ledger.pictures.flows import BATCH
from ledger.store.queries import Viewer
from ledger.values.encoding import split_batch_id
from ledger.workflows.flows import read_flows
from ledger.workflows.pictures import KINDS, PictureRequest, read_picture
from ledger.workflows.when import MOST_EVENTS, read_timeline

OPERATOR = Viewer(None)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that is sent to a database meanwhile."""
    seen: list[str] = []

    def told(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", told)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", told)


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[tuple[Lab, str], tuple[Lab, str]]]:
    """A batch of 350 ancestors, and one of 500."""
    labs = [Lab(tmp_path_factory.mktemp("long") / "ledger") for _ in range(2)]
    yield (labs[0], labs[0].well_mixed(350)[1]), (labs[1], labs[1].well_mixed(500)[1])
    for lab in labs:
        lab.ledger.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_longer_chain_costs_no_more_questions(chains: tuple[tuple[Lab, str], tuple[Lab, str]], kind: str) -> None:
    asked = []
    for lab, batch in chains:
        with statements() as seen:
            read_picture(lab.ledger, OPERATOR, PictureRequest(kind, split_batch_id(batch), depth=2))
        asked.append(len(seen))
    assert max(asked) < 40, "what is near is read ahead, not record by record"


def test_what_a_long_chain_leaves_out_is_said(
    chains: tuple[tuple[Lab, str], tuple[Lab, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab, batch = chains[1]
    timeline, _, _ = read_timeline(lab.ledger, OPERATOR, split_batch_id(batch))
    assert len(timeline.events) == MOST_EVENTS
    assert timeline.cut
    monkeypatch.setattr("ledger.workflows.flows.MOST_RECORDS", 4)
    flows = read_flows(lab.ledger, OPERATOR, split_batch_id(batch), "Nd").flows
    assert flows.ended["limit"] > 0
    assert sum(flow.mass_mg for flow in flows.flows if flow.end.kind == BATCH) == flows.mass_mg
