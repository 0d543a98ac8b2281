"""The provenance graph in the database, held against the same graph in memory."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from ledger.store.database import Database
from ledger.store.lineage import Edge, Key, downstream, upstream
from ledger.store.tables import BatchRow, UseRow
from tests.world import Lot, World

Use = tuple[int, int, int, int, str]
"""A row: record, its place, batch, its place, role."""

_uses = UseRow.__table__  # type: ignore[attr-defined]
_batch = BatchRow.__table__  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('lineage') / 'ledger.db'}")
    made.create()
    yield made
    made.close()


def fill(database: Database, uses: list[Use], batches: list[Key]) -> None:
    blank = {
        "whole": 0, "whole_place": 0, "maker": 0, "lot": "", "material": "", "mass_mg": 1, "left_mg": 1, "said": b"",
        "routes": b"", "carried": b"",
    }  # fmt: skip
    names = ("record", "at", "batch", "place", "role")
    with database.writing(locked=False) as connection:
        connection.execute(delete(_uses))
        connection.execute(delete(_batch))
        if uses:
            connection.execute(insert(_uses), [dict(zip(names, use, strict=True)) for use in uses])
        connection.execute(insert(_batch), [{"idx": index, "place": place, **blank} for index, place in batches])


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Use], list[Key]]:
    """Records of every role in the order of a log, each taking from batches that were there before."""
    batches: list[Key] = [(1, 0), (1, 1), (2, 0)]
    uses: list[Use] = []
    offered: dict[Key, int] = {}
    for record in range(3, draw(st.integers(4, 24))):
        role = draw(st.sampled_from(["input", "input", "part", "offer", "accept", "adjust"]))
        if role == "accept":
            taken = list(offered)[: draw(st.integers(1, 2))]
            for batch in taken:
                del offered[batch]
        else:
            taken = draw(st.lists(st.sampled_from(batches), min_size=1, max_size=3, unique=role == "offer"))
        uses += [(record, at, *batch, role) for at, batch in enumerate(taken)]
        if role == "input":
            batches += [(record, place) for place in range(draw(st.integers(1, 2)))]
        elif role == "part":
            batches += [(record, at) for at in range(len(taken))]
        elif role == "offer":
            offered.update(dict.fromkeys(taken, record))
    return uses, batches


def walked(uses: list[Use], start: Key, size: int, depth: int) -> tuple[dict[int, set[int]], dict[Key, int]]:
    """What `upstream` must find, told in the plainest way."""
    before: dict[Key, int] = {start: size}
    level = {start}
    for _ in range(depth):
        above = set()
        for index, place in level:
            for record, at, taken, where, role in uses:
                if record == index and (role == "input" or (role == "part" and at == place)):
                    before[taken, where] = max(record, before.get((taken, where), 0))
                    above.add((taken, where))
        level = above
    places: dict[int, set[int]] = {}
    for index, place in before:
        places.setdefault(index, set()).add(place)
    for batch, limit in before.items():
        offer: tuple[int, int] | None = None
        for record, at, taken, where, role in sorted(uses):
            if (taken, where) == batch and record < limit:
                if role == "offer":
                    offer = record, at
                elif role == "accept":
                    places.setdefault(record, set()).add(at)
                    if offer is not None:
                        places.setdefault(offer[0], set()).add(offer[1])
                        offer = None
    return places, before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(graph=graphs(), depth=st.integers(0, 4))
def test_a_walk_upstream_finds_what_the_plainest_walk_finds(
    database: Database, graph: tuple[list[Use], list[Key]], depth: int
) -> None:
    uses, batches = graph
    fill(database, uses, batches)
    size = 100
    with database.reading() as connection:
        for start in batches[-3:]:
            whole = upstream(connection, start, size)
            assert (whole.places, whole.before) == walked(uses, start, size, 99)
            part = upstream(connection, start, size, depth)
            assert (part.places, part.before) == walked(uses, start, size, depth)
            assert whole.records == sorted(whole.places)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(graph=graphs())
def test_up_and_down_are_the_same_edges(database: Database, graph: tuple[list[Use], list[Key]]) -> None:
    uses, batches = graph
    fill(database, uses, batches)
    with database.reading() as connection:
        above = {end: set(upstream(connection, end, 100).before) for end in batches}
        for start in batches[:3]:
            below = {edge.made for edge in downstream(connection, start, 100)}
            assert below == {end for end in batches if end != start and start in above[end]}


def test_a_walk_downstream_stops_at_its_depth_and_at_its_size(database: Database) -> None:
    uses = [(record, 0, record - 1, 0, "input") for record in range(2, 6)]
    fill(database, uses, [(index, 0) for index in range(1, 6)])
    with database.reading() as connection:
        assert downstream(connection, (1, 0), 100, 1) == [Edge((1, 0), 2, (2, 0))]
        assert [edge.record for edge in downstream(connection, (1, 0), 4)] == [2, 3]
        assert downstream(connection, (5, 0), 100) == []


@pytest.mark.slow
def test_a_hundred_thousand_ancestors_in_a_row_are_walked_in_seconds(database: Database) -> None:
    deep = 100_000
    fill(database, [(n, 0, n - 1, 0, "input") for n in range(2, deep + 2)], [(1, 0)])
    start = time.monotonic()
    with database.reading() as connection:
        lineage = upstream(connection, (deep + 1, 0), deep + 2)
    assert len(lineage.places) == deep + 1
    assert time.monotonic() - start < 30


def test_a_refused_offer_is_no_part_of_the_story(tmp_path: Path) -> None:
    world = World(tmp_path)
    mine, works, other = (world.organization(name) for name in ("mine", "works", "other"))
    ore = mine.mines("ore", 1_000, {"Nd": 10_000})
    other.receive(mine.transfer({ore: None}, other), {})
    world.hand_over(ore, mine, works)
    bundle = world.bundle(works.report(ore))
    kinds = [len(entry["leaf"]["c"]) for entry in bundle["evidence"]["records"]]
    story = kinds[3 + 2 * 2 :]
    assert len(story) == 3  # the source, the transfer that was received, its receipt
    world.close()


def test_what_happened_after_the_way_left_a_batch_is_no_part_of_the_story(tmp_path: Path) -> None:
    world = World(tmp_path)
    mine, works = world.organization("mine"), world.organization("works")
    ore = mine.mines("ore", 1_000, {"Nd": 10_000})
    (concentrate,) = mine.process(["beneficiate"], {ore: 400}, [Lot("concentrate", 100, {"Nd": 30_000})])
    world.hand_over(ore, mine, works)
    records = world.bundle(mine.report(concentrate))["evidence"]["records"]
    assert len(records) == 3 + 2 + 2  # trust; who mines, and that he may; the source and the process
    world.close()
