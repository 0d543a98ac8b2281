"""Assemblies: each magnet lot by itself, the union as far as a buyer can know it."""

from typing import Any

import pytest

from tests.bundle.files import failure, files_of, results
from tests.world import GRAM, Lot, Organization, World

MAGNET = {"Nd": 280_000, "Fe": 600_000, "B": 10_000}
SAYS = {"magnet_type": "NdFeB", "consolidation": "sintered"}


def _magnet(maker: Organization, origin: dict[str, Any], grams: int = 10_000) -> str:
    alloy = maker.source(origin, [Lot("alloy", grams, {"Nd": 300_000, "Fe": 640_000, "B": 11_000})])[0]
    steps = ["decrepitate", "jet-mill", "press", "sinter", "machine", "coat", "magnetize"]
    return maker.process(steps, {alloy: grams}, [Lot("magnet", 9 * grams // 10, MAGNET, SAYS)])[0]


def _rotor(maker: Organization, *magnets: str) -> str:
    inside = [{"batch": magnet, "mass_mg": 4_000 * GRAM} for magnet in magnets]
    housing = {"material": "iron", "mass_mg": 1_000 * GRAM, "composition": {"Fe": 1_000_000}}
    lot = Lot("assembly", 4_000 * len(magnets) + 1_000, None, {"contents": inside})
    return maker.process(["assemble"], dict.fromkeys(magnets, 4_000), [lot], additions=[housing])[0]


DECLARED = {
    "kind": "declared",
    "stages": {"*": {"mine": ["AU"], "separate": ["MY"], "reduce": ["JP"], "alloy": ["JP"]}},
}


@pytest.fixture
def maker(world: World) -> Organization:
    return world.organization("maker", "JP")


@pytest.mark.parametrize("audience", ["public", "buyer", "auditor"])
def test_an_assembly_of_two_lots_verifies(world: World, maker: Organization, audience: str) -> None:
    rotor = _rotor(maker, _magnet(maker, DECLARED), _magnet(maker, {"kind": "undisclosed"}, 30_000))
    turned = maker.process(["magnetize"], {rotor: 9_000}, [Lot("assembly", 9_000)])[0]
    for batch in (rotor, turned):
        made = files_of(world, world.report(batch, audience, None, delivered="2027-02-01"))
        answer = made.verified()
        assert answer.passed, answer.sentence
        if audience == "buyer":
            assert results(answer)["assembly verdicts"] == "passed"
            assert results(answer)["assembly statement"] == "not checked"
        if audience == "auditor":
            assert results(answer)["assembly"] == "passed"


def test_lies_about_a_magnet_inside_are_found(world: World, maker: Organization) -> None:
    rotor = _rotor(maker, _magnet(maker, DECLARED), _magnet(maker, {"kind": "undisclosed"}))
    made = files_of(world, world.report(rotor, "buyer", None, delivered="2027-02-01"))

    def drop(subject: dict[str, Any]) -> None:
        subject["magnets"].pop()

    def passing(subject: dict[str, Any]) -> None:
        subject["verdicts"][0] |= {"verdict": "PASS", "strict": "PASS", "needs": []}

    def known(subject: dict[str, Any]) -> None:
        for magnet in subject["magnets"]:
            magnet["statement"]["elements"]["Nd"]["mined"] = [
                {"basis": "declared", "countries": ["AU"], "share_ppm": 1_000_000}
            ]

    def union(subject: dict[str, Any]) -> None:
        subject["statement"]["elements"]["Nd"]["mined"] = [
            {"basis": "declared", "countries": ["AU"], "share_ppm": 1_000_000}
        ]
        subject["gaps"]["cells"] = [
            gap for gap in subject["gaps"]["cells"] if (gap["element"], gap["bucket"]) != ("Nd", "mined")
        ]

    assert "is missing" in failure(made.resealed(union).verified())
    assert "not exactly the magnet lots inside" in failure(made.resealed(drop).verified())
    assert "verdicts[0].verdict" in failure(made.resealed(passing).verified())
    assert "magnets[" in failure(made.resealed(known).verified())


def test_what_was_inside_comes_out_again_with_its_own_story(world: World, maker: Organization) -> None:
    one, other = _magnet(maker, DECLARED), _magnet(maker, {"kind": "undisclosed"})
    rotor = _rotor(maker, one, other)
    back = [{"batch": one, "mass_mg": 3_000 * GRAM}]
    magnets = maker.process(
        ["dismantle", "demagnetize"],
        {rotor: 9_000},
        [Lot("magnet", 3_000, MAGNET, {**SAYS, "contents": back})],
    )[0]
    powder = maker.process(["hydrogen-process"], {magnets: 3_000}, [Lot("powder", 2_900, MAGNET)])[0]
    for batch in (magnets, powder):
        for audience in ("buyer", "auditor"):
            answer = files_of(world, world.report(batch, audience, None, delivered="2026-12-31")).verified()
            assert answer.passed, answer.sentence
            assert results(answer)["statement"] == "passed"


def test_two_lots_taken_out_together_leave_shares_open_to_a_buyer(world: World, maker: Organization) -> None:
    one, other = _magnet(maker, DECLARED), _magnet(maker, {"kind": "undisclosed"})
    rotor = _rotor(maker, one, other)
    both = [{"batch": name, "mass_mg": 2_000 * GRAM} for name in (one, other)]
    mixed = maker.process(["dismantle"], {rotor: 9_000}, [Lot("scrap", 4_000, MAGNET, {"contents": both})])[0]
    made = files_of(world, world.report(mixed, "buyer"))
    answer = made.verified()
    assert answer.passed, answer.sentence
    assert results(answer)["statement"] == "not checked"
    auditor = files_of(world, world.report(mixed, "auditor")).verified()
    assert auditor.passed
    assert results(auditor)["statement"] == "passed"


def test_sold_scrap_is_pre_consumer_from_the_receipt_on(world: World, maker: Organization) -> None:
    magnet = _magnet(maker, {"kind": "mined"} if maker.country == "AU" else DECLARED)
    swarf = maker.process(["machine"], {magnet: 1_000}, [Lot("swarf", 900, MAGNET)])[0]
    recycler = world.organization("recycler", "DE")
    for terms, origin in (("toll", "primary_ppm"), ("sale", "pre_consumer_ppm")):
        part = world.hand_over(swarf, maker, recycler, grams=400, terms=terms)
        powder = recycler.process(["hydrogen-process"], {part: 300}, [Lot("powder", 290, MAGNET)])[0]
        for batch in (part, powder):
            made = files_of(world, recycler.report(batch))
            assert made.verified().passed
            assert made.credential["credentialSubject"]["recycled"]["Nd"][origin] == 1_000_000

            def other(subject: dict[str, Any]) -> None:
                moved = {"post_consumer_ppm": 1_000_000, "pre_consumer_ppm": 0, "primary_ppm": 0, "unknown_ppm": 0}
                subject["recycled"]["Nd"] = moved

            assert failure(made.resealed(other).verified())
