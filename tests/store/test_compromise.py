"""A compromised key: what it said since, and all that was made of it by whomever, counts as unknown; masses stay."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.rules.recompute import COMPROMISED
from ledger.signing.signer import LocalSigner
from ledger.store.gather import Loader
from ledger.store.references import References
from ledger.workflows.config import Config
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger
from tests.helpers.desk import entry, lot
from tests.helpers.replay import differences, replayed, stored_state
from tests.helpers.signed import SignedDesk, SignedMaker

ALLOY = {"Nd": 300_000, "Fe": 600_000}
KG = 1_000_000


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(Config(tmp_path), clock=lambda: "2026-03-01T00:00:00Z")
    yield opened
    opened.close()


@pytest.fixture
def desk(ledger: Ledger) -> Iterator[SignedDesk]:
    """Whatever a test told, the ledger is told too, and must say the same of everything."""
    told = SignedDesk(ledger)
    yield told
    told.submit()
    assert differences(stored_state(ledger, told.state), told.state) == []
    assert differences(stored_state(ledger, told.state), replayed(ledger)) == []


def compromise(maker: SignedMaker, since: str) -> None:
    """New keys; what came after `since` was perhaps signed by a thief."""
    new = LocalSigner.generate("Ed25519")
    maker.also = [new]
    maker.accept("key", op="compromised", since=since, keys=[new.key.jwk])
    maker.signers = [new]


def origins(desk: SignedDesk, batch: str, element: str = "Nd") -> dict[str, int]:
    """Masses by origin, with the reason where there is one."""
    found: dict[str, int] = {}
    for route, mass in desk.batch(batch).routes[element].items():
        name = route.origin + (f" ({route.reason})" if route.reason else "")
        found[name] = found.get(name, 0) + mass
    return found


def test_what_was_said_before_counts_and_what_was_said_since_is_unknown(desk: SignedDesk) -> None:
    maker = desk.maker("AU")
    before = maker.source(KG, ALLOY)
    since = maker.head
    after = maker.source(KG, ALLOY)
    untouched = maker.process(["alloy"], [entry(before, 1_000)], [lot("alloy", 1_000, ALLOY)])[0]
    compromise(maker, since)
    assert origins(desk, before) == {"mined": 300_000}
    for batch, mass in ((after, 300_000), (untouched, 300)):
        assert desk.batch(batch).made["Nd"] == {COMPROMISED: mass}
    later = maker.source(KG, ALLOY)
    assert origins(desk, later) == {"mined": 300_000}
    assert desk.batch(before).left_mg == KG - 1_000


def test_since_the_last_record_takes_nothing_back(desk: SignedDesk) -> None:
    maker = desk.maker("AU")
    batch = maker.source(KG, ALLOY)
    compromise(maker, maker.head)
    assert origins(desk, batch) == {"mined": 300_000}


def test_what_others_made_of_it_is_as_unknown_as_their_share_of_it(desk: SignedDesk) -> None:
    thief, smelter, magnets = desk.maker("AU"), desk.maker("MY"), desk.maker("DE")
    bad = thief.hand_over(thief.source(KG, ALLOY), smelter)
    good = smelter.source(KG, ALLOY)
    melt = smelter.process(["alloy"], [entry(bad, 1_000), entry(good, 2_000)], [lot("alloy", 3_000, ALLOY)])[0]
    part = smelter.hand_over(melt, magnets, 300)
    block = magnets.process(["press", "sinter"], [entry(part, 300)], [lot("block", 300, ALLOY)])[0]
    compromise(thief, thief.opened_by)
    assert origins(desk, melt) == {"undisclosed (compromised)": 300, "mined": 600}
    assert origins(desk, part) == {"undisclosed (compromised)": 30, "mined": 60}
    assert origins(desk, block) == {"undisclosed (compromised)": 30, "mined": 60}
    (unknown,) = [route for route in desk.batch(block).made["*"] if route.reason]
    assert [(stage.step, stage.countries) for stage in unknown.stages] == [
        ("alloy", ("MY",)),
        ("press", ("DE",)),
        ("sinter", ("DE",)),
    ]
    assert desk.batch(block).element_masses == {"Nd": 90, "Fe": 180, "*": 300}


def test_what_is_made_of_it_afterwards_is_unknown_too(desk: SignedDesk) -> None:
    thief, smelter = desk.maker("AU"), desk.maker("MY")
    bad = thief.hand_over(thief.source(KG, ALLOY), smelter)
    compromise(thief, thief.opened_by)
    melt = smelter.process(["alloy"], [entry(bad, 1_000)], [lot("alloy", 1_000, ALLOY)])[0]
    assert origins(desk, melt) == {"undisclosed (compromised)": 300}


def test_a_compromise_reaches_into_assemblies_and_out_of_them_again(desk: SignedDesk) -> None:
    thief, maker = desk.maker("JP"), desk.maker("DE")
    powder = thief.source(KG, ALLOY, material="powder")
    bad = thief.process(["sinter"], [entry(powder, 1_000)], [lot("magnet", 1_000, ALLOY)])[0]
    thief.hand_over(bad, maker)
    good = maker.source(KG, ALLOY, material="magnet")
    inside = [{"batch": bad, "mass_mg": 100}, {"batch": good, "mass_mg": 50}]
    motors = [lot("assembly", 150, contents=inside)]
    motor = maker.process(["assemble"], [entry(bad, 100), entry(good, 50)], motors)[0]
    again = [{"batch": bad, "mass_mg": 50}]
    taken = maker.process(["dismantle"], [entry(motor, 75)], [lot("magnet", 50, ALLOY, contents=again)])[0]
    compromise(thief, thief.opened_by)
    first, second = desk.batch(motor).contents
    assert {route.reason for route in first.routes["Nd"]} == {"compromised"}
    assert {route.reason for route in second.routes["Nd"]} == {""}
    assert origins(desk, motor) == {"undisclosed (compromised)": 30, "mined": 15}
    assert origins(desk, taken) == {"undisclosed (compromised)": 15}


def test_scrap_that_was_sold_after_it_was_drawn_on_stays_what_each_record_saw(desk: SignedDesk) -> None:
    """A record is computed again as of its own index: what was drawn before the sale is not pre-consumer."""
    thief, maker, dealer = desk.maker("AU"), desk.maker("DE"), desk.maker("US")
    bad = thief.hand_over(thief.source(KG, ALLOY), maker)
    good = maker.source(KG, ALLOY)
    outputs = [lot("block", 1_000, ALLOY), lot("scrap", 1_000, ALLOY)]
    _, scrap = maker.process(["alloy", "press", "sinter"], [entry(bad, 1_000), entry(good, 1_000)], outputs)
    own = maker.process(["melt-spin"], [entry(scrap, 400)], [lot("alloy", 400, ALLOY)])[0]
    maker.hand_over(scrap, dealer)
    sold = dealer.process(["melt-spin"], [entry(scrap, 400)], [lot("alloy", 400, ALLOY)])[0]
    before = origins(desk, own), origins(desk, sold)
    assert before == ({"mined": 120}, {"pre-consumer": 120})
    compromise(thief, thief.opened_by)
    assert origins(desk, own) == {"undisclosed (compromised)": 60, "mined": 60}
    assert origins(desk, sold) == {"undisclosed (compromised)": 60, "pre-consumer": 60}
    assert origins(desk, scrap) == {"undisclosed (compromised)": 150, "pre-consumer": 150}


def test_a_second_compromise_takes_back_more_and_gives_nothing_back(desk: SignedDesk) -> None:
    maker = desk.maker("AU")
    first = maker.source(KG, ALLOY)
    middle = maker.head
    second = maker.source(KG, ALLOY)
    compromise(maker, middle)
    third = maker.source(KG, ALLOY)
    assert [origins(desk, b) for b in (first, second, third)] == [
        {"mined": 300_000},
        {"undisclosed (compromised)": 300_000},
        {"mined": 300_000},
    ]
    compromise(maker, maker.opened_by)
    assert {reason for b in (first, second, third) for reason in origins(desk, b)} == {"undisclosed (compromised)"}
    chain = desk.state.chains[maker.chain]
    assert [after for after, _ in chain.untrusted] == [2, 0]


def test_compromises_of_two_chains_meet_downstream(desk: SignedDesk) -> None:
    one, two, maker = desk.maker("AU"), desk.maker("MY"), desk.maker("DE")
    a, b = one.hand_over(one.source(KG, ALLOY), maker), two.hand_over(two.source(KG, ALLOY), maker)
    mixed = maker.process(["blend"], [entry(a, 1_000), entry(b, 1_000)], [lot("alloy", 2_000, ALLOY)])[0]
    stored = maker.process(["store"], [entry(mixed, 1_000)], [lot("alloy", 1_000, ALLOY)])[0]
    compromise(one, one.opened_by)
    assert origins(desk, stored) == {"undisclosed (compromised)": 150, "mined": 150}
    compromise(two, two.opened_by)
    assert desk.batch(stored).made["Nd"] == {COMPROMISED: 300}
    compromise(maker, maker.opened_by)
    assert desk.batch(stored).made["*"] == {COMPROMISED: 1_000}


def test_parts_and_further_parts_are_found(desk: SignedDesk) -> None:
    thief, dealer, maker = desk.maker("AU"), desk.maker("US"), desk.maker("DE")
    part = thief.hand_over(thief.source(KG, ALLOY), dealer, 500_000)
    further = dealer.hand_over(part, maker, 1_000)
    compromise(thief, thief.opened_by)
    assert desk.batch(part).made["Nd"] == {COMPROMISED: 150_000}
    assert desk.batch(further).made["Nd"] == {COMPROMISED: 300}


def test_the_thief_of_a_dealers_key_makes_the_parts_he_cut_unknown_and_not_the_whole(desk: SignedDesk) -> None:
    maker, dealer, last = desk.maker("AU"), desk.maker("US"), desk.maker("DE")
    batch = maker.hand_over(maker.source(KG, ALLOY), dealer)
    part = dealer.hand_over(batch, last, 1_000)
    compromise(dealer, dealer.opened_by)
    assert origins(desk, batch) == {"mined": 300_000}
    assert origins(desk, part) == {"undisclosed (compromised)": 300}


def test_balances_and_custody_are_not_touched(desk: SignedDesk) -> None:
    thief, maker = desk.maker("AU"), desk.maker("DE")
    bad = thief.hand_over(thief.source(KG, ALLOY), maker)
    maker.accept("adjust", batch=bad, mass_mg=7, reason="spill")
    compromise(thief, thief.opened_by)
    batch = desk.batch(bad)
    assert (batch.left_mg, batch.holder, batch.mass_mg) == (KG - 7, maker.organization, KG)
    assert maker.attempt("adjust", batch=bad, mass_mg=KG, reason="spill") is None
    assert maker.attempt("adjust", batch=bad, mass_mg=KG - 7, reason="spill") is not None


def test_a_compromise_in_the_same_group_as_what_it_takes_back(ledger: Ledger) -> None:
    """`desk.submit` gives all of it to the ledger as one group."""
    desk = SignedDesk(ledger)
    maker, other = desk.maker("AU"), desk.maker("DE")
    desk.submit()
    bad = maker.hand_over(maker.source(KG, ALLOY), other)
    melt = other.process(["alloy"], [entry(bad, 1_000)], [lot("alloy", 1_000, ALLOY)])[0]
    compromise(maker, maker.opened_by)
    good = maker.hand_over(maker.source(KG, ALLOY), other)
    after = other.process(["alloy"], [entry(melt, 500), entry(good, 500)], [lot("alloy", 1_000, ALLOY)])[0]
    compromise(other, other.head)
    desk.submit()
    with ledger.database.reading() as connection:
        stored = Loader(connection, ledger.book).load(References(batches={bad, melt, after})).batches
    assert stored[bad].made["Nd"] == {COMPROMISED: KG * 3 // 10}
    assert origins(desk, after) == {"undisclosed (compromised)": 150, "mined": 150}
    assert stored[after].made == desk.batch(after).made
    assert differences(stored_state(ledger, desk.state), desk.state) == []
