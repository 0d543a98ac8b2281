"""Browsing batches: whatever is asked for, all pages together are what a look at every batch finds, newest first."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from ledger.errors import NotFound
from ledger.store.queries import Viewer
from ledger.values.encoding import digest_bytes
from ledger.workflows.batch_view import MOST_NEIGHBOURS, made_of, made_of_it
from ledger.workflows.browsing import SCOPES, BatchQuery, list_batches
from ledger.workflows.grants import Wanted, new_grant
from ledger.workflows.own_chains import chain_records
from ledger.workflows.own_reports import list_reports
from ledger.workflows.reading import Shown, read_batch
from ledger.workflows.record_balances import read_balances
from ledger.workflows.recycled_share import recycled_share
from ledger.workflows.waiting import waiting
from tests.stories import MAGNET
from tests.world import Lot, Organization, World

ND = {"Nd": 300_000}
Market = tuple[Organization, Organization, list[str]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests here; each has people of its own in it."""
    with ExitStack() as stack:
        url = ""
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            url = server.url(stack.enter_context(server.database()))
        world = World(tmp_path_factory.mktemp("browsing") / "ledger", database_url=url)
        stack.callback(world.close)
        yield world


@pytest.fixture(scope="module")
def market(world: World) -> Market:
    return _market(world)


def viewer(world: World, who: Organization | None) -> Viewer:
    if who is None:
        return Viewer(None, world.now)
    with world.ledger.database.reading() as connection:
        found = connection.execute(
            text("select idx from record where id = :id"), {"id": digest_bytes(who.id)}
        ).scalar_one()
    return Viewer(int(found), world.now)


def _market(world: World) -> Market:
    """Two who trade: of forty batches some are kept, some sold whole or in part, some offered, some gone."""
    mine, works = world.organization("mine", "AU"), world.organization("works", "MY")
    first = mine.at
    made = mine.source({"kind": "undisclosed"}, [Lot("ore", 10, ND, lot=f"ORE-{n}") for n in range(20)])
    mine.facility("AU", name="second")
    made += mine.source({"kind": "undisclosed"}, [Lot("oxide", 10, {"Dy": 500_000}, lot=f"OX-{n}") for n in range(20)])
    assert mine.at != first
    for batch in made[:5]:
        world.hand_over(batch, mine, works)
    made.append(world.hand_over(made[6], mine, works, grams=4))
    mine.transfer(dict.fromkeys(made[20:23]), works)
    mine.transfer({made[7]: None, made[24]: 5}, "Somebody abroad")
    return mine, works, made


def _all(world: World, who: Viewer, query: BatchQuery, limit: int, window: int) -> list[Shown]:
    found: list[Shown] = []
    after = None
    for _ in range(200):
        page = list_batches(world.ledger, who, query, after, limit, window)
        assert len(page.batches) <= limit
        found += page.batches
        after = page.after
        if after is None:
            return found
    raise AssertionError("pages without end")


def test_all_pages_together_are_what_there_is_whatever_the_window(world: World, market: Market) -> None:
    mine, works, _ = market
    for who in (mine, works, None):
        seen = viewer(world, who)
        for scope in SCOPES:
            whole = _all(world, seen, BatchQuery(scope), 200, 10_000)
            names = [batch["batch"] for batch in whole]
            assert len(set(names)) == len(names)
            for limit, window in ((7, 10_000), (3, 5)):
                assert [b["batch"] for b in _all(world, seen, BatchQuery(scope), limit, window)] == names, scope
            for query, fits in (
                (BatchQuery(scope, material="oxide"), lambda b: b["material"] == "oxide"),
                (BatchQuery(scope, element="Dy"), lambda b: "Dy" in b["composition"]),
                (BatchQuery(scope, text="x-1"), lambda b: "x-1" in b["lot"].casefold()),
            ):
                wanted = [batch["batch"] for batch in whole if fits(batch)]
                assert [b["batch"] for b in _all(world, seen, query, 4, 6)] == wanted, (scope, query)


def test_scopes_part_what_somebody_has(world: World, market: Market) -> None:
    mine, works, made = market
    counts = {scope: len(_all(world, viewer(world, mine), BatchQuery(scope), 50, 10_000)) for scope in SCOPES}
    assert counts == {"held": 31, "sent": 3, "offered": 0, "past": 8, "granted": 0, "all": 42}
    theirs = {scope: len(_all(world, viewer(world, works), BatchQuery(scope), 50, 10_000)) for scope in SCOPES}
    assert theirs == {"held": 6, "sent": 0, "offered": 3, "past": 0, "granted": 0, "all": 6}
    new_grant(world.ledger, viewer(world, mine), Wanted(to=works.id, batches=(made[30],)))
    granted = list_batches(world.ledger, viewer(world, works), BatchQuery("granted")).batches
    assert [(batch["batch"], batch["seen_as"]) for batch in granted] == [(made[30], "granted")]
    with pytest.raises(NotFound):
        read_batch(world.ledger, viewer(world, works), (made[31].partition("#")[0], 11))


def test_facets_count_within_the_window_and_say_so(world: World, market: Market) -> None:
    mine, _, _ = market
    whole = list_batches(world.ledger, viewer(world, mine), BatchQuery("held"))
    assert whole.whole
    assert dict(whole.materials) == {"ore": 14, "oxide": 17}
    assert {(place["name"], place["count"]) for place in whole.facilities} == {("mine plant", 14), ("mine second", 17)}
    cut = list_batches(world.ledger, viewer(world, mine), BatchQuery("held"), window=20)
    assert (cut.whole, cut.looked_at, sum(cut.materials.values())) == (False, 20, 17)  # three are offered
    second = next(place["facility"] for place in whole.facilities if place["count"] == 17)
    found = _all(world, viewer(world, mine), BatchQuery("held", facility=second), 5, 9)
    assert {batch["material"] for batch in found} == {"oxide"}
    assert len(found) == 17


def test_a_lot_is_found_wherever_it_is_by_its_exact_label(world: World, market: Market) -> None:
    mine, works, made = market
    (found,) = list_batches(world.ledger, viewer(world, mine), BatchQuery("held", text="ORE-0"), window=1).batches
    assert found["batch"] == made[0]
    assert list_batches(world.ledger, viewer(world, works), BatchQuery("held", text="ORE-19"), window=1).batches == []
    by_name = list_batches(world.ledger, viewer(world, mine), BatchQuery(text=made[1])).batches
    assert [batch["batch"] for batch in by_name] == [made[1]]
    by_record = list_batches(world.ledger, viewer(world, mine), BatchQuery(text=made[0].partition("#")[0])).batches
    assert len(by_record) == 20
    with pytest.raises(NotFound):
        list_batches(world.ledger, viewer(world, works), BatchQuery(facility=mine.at))


def test_records_transfers_and_reports_come_page_by_page_each_once(world: World) -> None:
    mine, works, made = _market(world)
    seen = viewer(world, mine)
    found: list[int] = []
    before = None
    while True:
        chain, rows, before = chain_records(world.ledger, seen, None, before, 3)
        found += [row["seq"] for row in rows]
        if before is None:
            break
    assert found == list(range(chain["records"] - 1, -1, -1))
    for _ in range(4):
        mine.transfer({made[35 + _]: None}, works)
    sent: list[Shown] = []
    after = None
    while True:
        page, after = waiting(world.ledger, seen, sent=True, after=after, limit=2)
        sent += page
        if after is None:
            break
    offered, _ = waiting(world.ledger, viewer(world, works), sent=False)
    assert len(sent) == 5
    assert [each["transfer"] for each in sent] == [each["transfer"] for each in offered]
    for _ in range(5):
        mine.report(made[30])
    first, last = list_reports(world.ledger, seen, None, 3)
    rest, end = list_reports(world.ledger, seen, last, 3)
    assert end is None
    assert len({each["report"] for each in (*first, *rest)}) == 5


def test_what_was_made_of_a_batch_comes_page_by_page_as_far_as_one_may_see_it(world: World) -> None:
    maker, buyer = world.organization("many", "DE"), world.organization("one", "US")
    (powder,) = maker.source({"kind": "undisclosed"}, [Lot("powder", 1_000, ND)])
    made = []
    for number in range(3):
        lots = [Lot("powder", 1, ND, lot=f"P{number}-{place}") for place in range(MOST_NEIGHBOURS - 5)]
        made += maker.process(["blend"], {powder: 50}, lots)
    made.append(f"{maker.transfer({powder: 7}, buyer)}#0")
    parts = powder.partition("#")
    name = (parts[0], int(parts[2]))
    found: list[Shown] = []
    after = None
    while True:
        page, after = made_of_it(world.ledger, viewer(world, maker), name, after)
        found += page
        if after is None:
            break
    assert [each["batch"] for each in found] == made
    assert {each["mass_mg"] for each in found} == {50_000, 7_000}
    with pytest.raises(NotFound):
        made_of_it(world.ledger, viewer(world, world.organization("else")), name)
    (source,), _ = made_of(world.ledger, viewer(world, maker), (made[0].partition("#")[0], 0))
    assert (source["batch"], source["mass_mg"], source["lot"]) == (powder, 50_000, "LOT")
    world.hand_over(made[5], maker, buyer)
    seen_by_buyer, _ = made_of_it(world.ledger, viewer(world, buyer), name)
    assert [each["batch"] for each in seen_by_buyer] == [made[5]]
    assert seen_by_buyer[0]["mass_mg"] is None


def test_the_recycled_share_is_exact_by_month_and_unknown_where_there_is_nothing(world: World) -> None:
    maker = world.organization("maker", "DE")
    old = maker.source({"kind": "recycled", "feed": "post-consumer", "product": "motor"}, [Lot("powder", 100, MAGNET)])
    new = maker.source({"kind": "declared", "stages": {"*": {"mine": ["AU"]}}}, [Lot("powder", 300, MAGNET)])
    said = {"magnet_type": "NdFeB", "consolidation": "sintered"}
    steps = ["press", "sinter", "magnetize"]
    (made,) = maker.process(steps, {old[0]: 50, new[0]: 150}, [Lot("magnet", 199, MAGNET, said)])
    world.now = "2026-03-01T00:00:00Z"
    maker.source({"kind": "undisclosed"}, [Lot("magnet", 10, {"Fe": 600_000})])
    buyer = world.organization("buyer", "US")
    world.hand_over(made, maker, buyer)
    january, march = recycled_share(world.ledger, viewer(world, maker), "magnet").months
    assert (january["month"], january["batches"]) == ("2026-01", 1)
    assert january["rare_earth_mg"] == 199_000 * (250_000 + 70_000) // 1_000_000
    assert (january["post_consumer_ppm"], january["primary_ppm"], january["met"]) == (
        250_016,
        749_984,
        "no",
    )  # whole milligrams
    assert (march["rare_earth_mg"], march["unknown_ppm"], march["met"]) == (0, None, "unknown")
    cut = recycled_share(world.ledger, viewer(world, maker), "magnet", most=1)
    assert (cut.cut, cut.batches) == (True, 1)
    assert recycled_share(world.ledger, viewer(world, buyer), "magnet").months == []


def test_what_a_month_made_of_unstated_composition_is_unknown_and_meets_no_target(world: World) -> None:
    maker = world.organization("maker", "DE")
    recycled = {"kind": "recycled", "feed": "post-consumer", "product": "motor"}
    maker.source(recycled, [Lot("magnet", 10, MAGNET)])
    (month,) = recycled_share(world.ledger, viewer(world, maker), "magnet").months
    assert (month["post_consumer_ppm"], month["met"]) == (1_000_000, "yes")
    maker.source({"kind": "undisclosed"}, [Lot("magnet", 990, None)])
    (month,) = recycled_share(world.ledger, viewer(world, maker), "magnet").months
    assert month["batches"] == 2
    assert (month["rare_earth_mg"], month["recovered_ppm"], month["unknown_ppm"]) == (None, None, None)
    assert (month["met"], month["post_consumer_met"]) == ("unknown", "unknown")


def test_a_balance_does_not_lose_or_find_what_nobody_stated(world: World) -> None:
    maker = world.organization("maker", "DE")
    known, silent = (maker.source({"kind": "undisclosed"}, [Lot("powder", 100, made_of)])[0] for made_of in (ND, None))
    magnet = {"magnet_type": "NdFeB", "consolidation": "sintered"}
    steps = ["press", "sinter", "magnetize"]
    maker.process(steps, {known: 50}, [Lot("magnet", 50, ND, magnet)])
    maker.process(steps, {known: 50}, [Lot("magnet", 50, None, magnet)])
    maker.process(steps, {silent: 50}, [Lot("magnet", 50, None, magnet)])
    whole, unstated, nothing = read_balances(world.ledger, viewer(world, maker), "Nd", -1, 10)[0]
    told = ("in_mg", "added_mg", "gained_mg", "out_mg", "lost_mg", "recycled_ppm", "unknown_ppm")
    assert [whole[name] for name in told] == [15_000, 0, 0, 15_000, 0, 0, 1_000_000]
    assert [unstated[name] for name in told] == [15_000, 0, None, None, None, 0, 1_000_000]
    assert [nothing[name] for name in told] == [None, 0, None, None, None, None, None]
    assert read_balances(world.ledger, viewer(world, maker), "Dy", -1, 10)[0][-1]["in_mg"] is None
