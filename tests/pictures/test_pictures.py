"""What pictures show to whom, what they never show, and that no name can break out of them."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET  # our own output, no stranger's

import pytest

from ledger.bundle.audit import audit
from ledger.errors import NotFound, UsageError
from ledger.material.routes import Route
from ledger.pictures.audited import Audited
from ledger.pictures.drawn_graph import draw_graph
from ledger.pictures.drawn_sankey import draw_sankey
from ledger.pictures.flows import Asked, Node, Work, flows_of
from ledger.pictures.graph import Card, Graph, Link
from ledger.pictures.svg import Frame
from ledger.pictures.text import fitted, text_width, wrapped
from ledger.pictures.world import HEIGHT, WIDTH, outlines, point_of
from ledger.pictures.worldmap import StageCells, draw_map, map_of_statement
from ledger.store.queries import Viewer
from ledger.store.tokens import organization_number
from ledger.values.encoding import split_batch_id
from ledger.values.vocabulary import COUNTRIES
from ledger.workflows.flows import read_flows
from ledger.workflows.near import CROWD, MOST_CARDS, NearRequest, read_near
from ledger.workflows.pictured import map_of_file, sankey_of_file
from ledger.workflows.pictures import KINDS, PictureRequest, read_picture
from ledger.workflows.when import read_timeline
from tests.stories import Chain, ore_to_magnet, rotor
from tests.world import Lot, Organization, World

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"'><script>alert(1)</script>&amp;\x07 =HYPERLINK(1)"
NAMES = ["N48SH-0042", "钕铁硼磁体第四十二批（高矫顽力）", HOSTILE, "", "a" * 300]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Chain]]:
    world = World(tmp_path_factory.mktemp("pictures") / "ledger")
    yield world, ore_to_magnet(world)
    world.close()


def viewer(world: World, organization: Organization | None) -> Viewer:
    if organization is None:
        return Viewer(None)
    with world.ledger.database.reading() as connection:
        return Viewer(organization_number(connection, organization.id))


def test_what_was_lost_on_the_way_is_asked_of_every_record_in_proportion() -> None:
    """Half of what was made went elsewhere, and so did half of what was lost; half the metal took half of that."""
    mined = Route("mined")
    batches = {
        "ore#0": Asked(1, {mined: 1_000}, ending="source"),
        "oxide#0": Asked(2, {mined: 400}, work=2),
        "other#0": Asked(2, {mined: 400}, work=2),
        "metal#0": Asked(3, {mined: 180}, work=3),
    }
    works = {
        2: Work(2, Node("stage", "oxide", ("MY",)), {"ore#0": 1_000}, [], {"oxide#0": 400, "other#0": 400}),
        3: Work(3, Node("stage", "metal", ("JP",)), {"oxide#0": 200}, [], {"metal#0": 180}),
    }
    flows = flows_of("Nd", "metal#0", batches, works)
    found = {(flow.start.kind, flow.start.stage, flow.end.kind, flow.end.stage): flow.mass_mg for flow in flows.flows}
    assert found == {
        ("mined", "", "stage", "oxide"): 250,
        ("stage", "oxide", "stage", "metal"): 200,
        ("stage", "oxide", "loss", "oxide"): 50,
        ("stage", "metal", "batch", ""): 180,
        ("stage", "metal", "loss", "metal"): 20,
    }


def test_the_operator_sees_every_loss_from_the_mine_to_the_magnet(story: tuple[World, Chain]) -> None:
    world, chain = story
    flows = read_flows(world.ledger, viewer(world, None), split_batch_id(chain.magnet), "Nd").flows
    stages = {node.stage: node.countries for node in flows.nodes() if node.kind == "stage"}
    assert stages == {"oxide": ("MY",), "metal": ("VN",), "magnet": ("DE",)}
    assert flows.mass_mg == 60_000_000
    assert flows.ended.keys() == {"source"}
    assert not flows.unweighed
    lost = {node.stage: flows.into(node) for node in flows.nodes() if node.kind == "loss"}
    assert lost["oxide"] > lost["metal"] > 0


def test_a_buyer_sees_the_same_way_without_the_losses_of_others(story: tuple[World, Chain]) -> None:
    world, chain = story
    flows = read_flows(world.ledger, viewer(world, chain.buyer), split_batch_id(chain.magnet), "Nd").flows
    stages = {node.stage for node in flows.nodes() if node.kind == "stage"}
    assert stages == {node.stage for node in flows.unweighed} == {"oxide", "metal", "alloy", "magnet"}
    assert not any(node.kind == "loss" for node in flows.nodes())
    assert flows.ended == {"withheld": flows.mass_mg}


def test_a_maker_sees_his_own_losses_and_no_others(story: tuple[World, Chain]) -> None:
    world, chain = story
    flows = read_flows(world.ledger, viewer(world, chain.magnet_maker), split_batch_id(chain.magnet), "Nd").flows
    assert {node.stage for node in flows.nodes() if node.kind == "loss"} == {"magnet"}
    assert {node.stage for node in flows.unweighed} == {"oxide", "metal"}
    assert set(flows.ended) == {"withheld"}


def test_what_nobody_accounts_for_is_drawn_as_unknown(story: tuple[World, Chain]) -> None:
    world, chain = story
    found = read_picture(
        world.ledger, viewer(world, None), PictureRequest("sankey", split_batch_id(chain.magnet), "Fe")
    )
    sources = {node["kind"]: node for node in found.data["nodes"] if "in_mg" not in node}
    assert set(sources) == {"addition"}
    origins = {flow["origin"] for flow in found.data["flows"]}
    assert origins == {"declared", "unknown"}
    assert 'fill="url(#picture-unknown)"' in found.svg


@pytest.mark.parametrize("kind", KINDS)
def test_who_sees_less_than_all_of_a_batch_gets_no_picture_of_it(story: tuple[World, Chain], kind: str) -> None:
    world, chain = story
    for reader, batch in ((chain.stranger, chain.magnet), (chain.buyer, chain.metal), (chain.mine, chain.magnet)):
        with pytest.raises(NotFound):
            read_picture(world.ledger, viewer(world, reader), PictureRequest(kind, split_batch_id(batch)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_shows_a_buyer_no_lot_mass_or_time_of_those_upstream(story: tuple[World, Chain], kind: str) -> None:
    world, chain = story
    asked = PictureRequest(kind, split_batch_id(chain.magnet), depth=2)
    everything = repr(read_picture(world.ledger, viewer(world, None), asked))
    told = repr(read_picture(world.ledger, viewer(world, chain.buyer), asked))
    for secret in ("NDPR-1", "500 kg", "2026-01-01T13", "mine plc"):
        assert secret not in told, secret
    if kind == "graph":
        assert "400 kg" in everything
        assert "400 kg" not in told


def test_a_milligram_of_unknown_is_not_drawn_as_nothing() -> None:
    batches = {"a#0": Asked(1, {Route("mined"): 10**9, Route("undisclosed"): 1}, ending="source")}
    svg = draw_sankey(flows_of("Nd", "a#0", batches, {}), "A", Frame())
    assert 'class="pic-hair-unknown"' in svg
    assert "100 %" not in svg
    assert "&lt; 0.1\u00a0% of unknown origin" in svg


def test_an_element_that_is_not_there_is_refused(story: tuple[World, Chain]) -> None:
    world, chain = story
    for kind in ("sankey", "map"):
        with pytest.raises(UsageError, match="one of Nd, Pr, Fe, B"):
            read_picture(world.ledger, viewer(world, None), PictureRequest(kind, split_batch_id(chain.magnet), "Dy"))


def test_an_assembly_is_drawn_through_what_is_inside_it(tmp_path: Path) -> None:
    world = World(tmp_path / "ledger")
    chain = ore_to_magnet(world)
    made, _ = rotor(world, chain)
    flows = read_flows(world.ledger, viewer(world, None), split_batch_id(made), "Nd").flows
    kinds = {node.kind for node in flows.nodes()}
    assert {"mined", "undisclosed", "stage", "batch"} <= kinds
    assert flows.mass_mg == 5_000_000 + 2_500_000
    world.close()


def test_a_crowd_is_one_card_until_it_is_opened(tmp_path: Path) -> None:
    world = World(tmp_path / "ledger")
    maker = world.organization("maker", "MY")
    many = maker.source({"kind": "mined", "mineral": "x"}, [Lot("oxide", 100, {"Nd": 500_000}) for _ in range(260)])
    (metal,) = maker.process(["reduce"], dict.fromkeys(many, 10), [Lot("metal", 500, {"Nd": 900_000})])
    graph, _ = read_near(world.ledger, Viewer(None), NearRequest(split_batch_id(metal)))
    (crowd,) = [card for card in graph.cards if card.count > 1]
    assert (crowd.count, crowd.mass_mg, crowd.column) == (260, 26_000_000, "oxide")
    opened, _ = read_near(world.ledger, Viewer(None), NearRequest(split_batch_id(metal), opened=(crowd.opens,)))
    assert len(opened.cards) == MOST_CARDS
    assert sum(card.count for card in opened.cards) == 261
    assert opened.cut == 0
    assert sum(card.count for card in graph.cards) == 261 > CROWD
    picture = read_picture(
        world.ledger, Viewer(None), PictureRequest("graph", split_batch_id(metal), opened=(crowd.opens,))
    )
    assert len(ET.fromstring(picture.svg).findall(f".//{SVG}text")) > MOST_CARDS
    world.close()


def test_the_graph_reaches_as_far_as_its_depth_and_further_where_it_is_opened(story: tuple[World, Chain]) -> None:
    world, chain = story
    near, _ = read_near(world.ledger, viewer(world, None), NearRequest(split_batch_id(chain.magnet)))
    assert {card.name for card in near.cards} == {chain.magnet, chain.metal}
    (metal,) = [card for card in near.cards if card.name == chain.metal]
    assert metal.more == 1
    wider, _ = read_near(
        world.ledger, viewer(world, None), NearRequest(split_batch_id(chain.magnet), opened=(metal.opens,))
    )
    assert {card.name for card in wider.cards} == {chain.magnet, chain.metal, chain.part}
    assert Link(chain.part, chain.metal) in wider.links
    down, _ = read_near(world.ledger, viewer(world, chain.works), NearRequest(split_batch_id(chain.oxide), depth=2))
    assert {card.name for card in down.cards if card.depth > 0} == {chain.part}, "what others made of it is not shown"


def test_the_timeline_leaves_times_out_that_are_not_open(story: tuple[World, Chain]) -> None:
    world, chain = story
    everything, _, _ = read_timeline(world.ledger, viewer(world, None), split_batch_id(chain.magnet))
    assert all(event.at for event in everything.events)
    assert {event.kind for event in everything.events} == {"source", "process", "transfer", "receive"}
    seen, _, _ = read_timeline(world.ledger, viewer(world, chain.buyer), split_batch_id(chain.magnet))
    known = {event.record for event in seen.events if event.at}
    assert chain.magnet.partition("#")[0] in known
    assert chain.concentrate.partition("#")[0] not in known
    assert any(not event.at for event in seen.events)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_picture_says_in_words_what_it_shows(story: tuple[World, Chain], kind: str, language: str) -> None:
    world, chain = story
    frame = Frame(language, ident="here")  # type: ignore[arg-type]
    svg = read_picture(
        world.ledger, viewer(world, None), PictureRequest(kind, split_batch_id(chain.magnet), frame=frame)
    ).svg
    root = ET.fromstring(svg)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert description is not None
    assert description.text
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"
    ids = [each.attrib["id"] for each in root.iter() if "id" in each.attrib]
    assert len(set(ids)) == len(ids)
    assert all(each.startswith("here-") for each in ids)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_stands_alone_needs_nothing_but_itself(story: tuple[World, Chain], kind: str) -> None:
    world, chain = story
    asked = PictureRequest(kind, split_batch_id(chain.magnet), frame=Frame(standalone=True), to_card=lambda _: "/x")
    svg = read_picture(world.ledger, viewer(world, None), asked).svg
    for needless in ("class=", "style=", "<style", "<a ", "href", "<script", "<image"):
        assert needless not in svg
    assert read_picture(world.ledger, viewer(world, None), asked).svg == svg


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("standalone", [True, False])
def test_no_name_breaks_out_of_a_picture(name: str, standalone: bool) -> None:
    frame = Frame("en", standalone, "x")
    cards = [
        Card("b#0", 0, "magnet", "magnet", "DE", lot=name, mass_mg=1),
        Card("a#0", -1, "oxide", name, "ZZ", lot=name, opens=name, more=3),
    ]
    stages = [StageCells("mined", [{"countries": ["AU"], "share_ppm": 1_000_000, "basis": "traced"}])]
    flows = flows_of("Nd", "b#0", {"b#0": Asked(1, {Route("mined"): 5}, ending="source")}, {})
    for svg in (
        draw_graph(
            Graph("b#0", cards, [Link("a#0", "b#0")]), name, frame, lambda card: card.lot, lambda card: card.opens
        ),
        draw_map(stages, "Nd", name, frame),
        draw_sankey(flows, name, frame),
    ):
        tags = {each.tag.removeprefix(SVG) for each in ET.fromstring(svg).iter()}
        known = {"svg", "title", "desc", "defs", "pattern", "rect", "path", "line", "circle", "text", "g", "a"}
        assert tags <= known


def test_every_country_but_a_few_islands_has_its_place_on_the_map() -> None:
    missing = {code for code in COUNTRIES if point_of(code) is None}
    assert missing == {*"AQ BQ BV CC CX GF GI GP MQ RE SJ TK TV UM YT".split()}
    for code in COUNTRIES - missing:
        x, y = point_of(code) or (-1, -1)
        assert 0 < x < WIDTH, code
        assert 0 < y < HEIGHT, code
    assert outlines().keys() - {"-"} <= COUNTRIES


def test_the_map_draws_the_cells_of_a_printed_statement(story: tuple[World, Chain]) -> None:
    world, chain = story
    made = world.report(chain.magnet)
    subject = made.credential["credentialSubject"]
    assert isinstance(subject, dict)
    drawn = draw_map(map_of_statement(subject["statement"], "Nd"), "Nd", "M", Frame())
    asked = PictureRequest("map", split_batch_id(chain.magnet), "Nd")
    found = read_picture(world.ledger, viewer(world, None), asked)
    assert found.data["stages"]["mined"] == subject["statement"]["elements"]["Nd"]["mined"]
    for country in ("Australia", "Malaysia", "Vietnam", "Germany"):
        assert f">{country}</text>" in drawn


def test_text_fits_where_it_is_put() -> None:
    for text in NAMES:
        cut = fitted(text, 1_500, 120)
        assert text_width(cut, 120) <= 1_500
        assert cut == text or cut.endswith("…")
        lines = wrapped(text, 1_500, 120)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert wrapped("从澳大利亚到德国，再到美国。", 600, 120) == ["从澳大利亚", "到德国，再", "到美国。"]


def test_a_file_gives_the_same_flows_as_the_ledger(story: tuple[World, Chain]) -> None:
    world, chain = story
    bundle = world.bundle_bytes(world.report(chain.magnet, "auditor"))
    for element in ("Nd", "Fe"):
        seen = Audited()
        assert audit(bundle, world.policy, follower=seen, readers=1).passed
        near = read_flows(world.ledger, viewer(world, None), split_batch_id(chain.magnet), element).flows
        assert seen.flows(chain.magnet, element) == near
    answer, drawn = sankey_of_file(bundle, world.policy.encode(), "", "Nd", Frame(standalone=True))
    assert answer.passed
    assert "neodymium" in drawn.lower()


def test_a_file_that_discloses_no_masses_has_no_flows_but_a_map(story: tuple[World, Chain]) -> None:
    world, chain = story
    bundle = world.bundle_bytes(chain.buyer.report(chain.magnet, "auditor"))
    with pytest.raises(NotFound, match="does not disclose"):
        sankey_of_file(bundle, world.policy.encode(), "", "Nd", Frame())
    answer, drawn = map_of_file(bundle, world.policy.encode(), "", Frame(standalone=True))
    assert answer.passed
    assert "Malaysia" in drawn


def test_nothing_is_drawn_of_a_file_that_does_not_verify(story: tuple[World, Chain]) -> None:
    world, chain = story
    made = world.report(chain.magnet, "auditor")
    signed, _, signature = made.jwt.rpartition(".")
    forged = f"{signed}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    changed = world.bundle_bytes(made).replace(b'"path":["', b'"path":["A', 1)
    for answer, drawn in (
        map_of_file(forged.encode(), world.policy.encode(), "", Frame()),
        sankey_of_file(changed, world.policy.encode(), "", "", Frame()),
    ):
        assert not answer.passed
        assert drawn == ""
