"""What a database says after many records is what their envelopes say, judged again from scratch in memory."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.signing.signer import LocalSigner
from ledger.workflows.config import Config
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger
from tests.helpers.replay import differences, replayed, stored_state
from tests.helpers.signed import SignedDesk, SignedMaker
from tests.helpers.story import VERBS, Story

AT = "2026-03-01T00:00:00Z"
TOLD = [*VERBS, "source", "source", "process", "process", "process", "send", "handle"]


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(Config(tmp_path / "home", database_url=database_url), clock=lambda: AT)
    yield opened
    opened.close()


def numbers(rng: random.Random) -> list[int]:
    return [rng.randrange(2**20) for _ in range(9)]


def compromised(desk: SignedDesk, maker: SignedMaker, rng: random.Random) -> None:
    """Some of what a chain has said counts as unknown from now on."""
    own = [record.id for record in desk.state.records.values() if record.chain == maker.chain]
    new = LocalSigner.generate("Ed25519")
    maker.also = [new]
    said = {"op": "compromised", "since": rng.choice(own), "keys": [new.key.jwk]}
    if maker.attempt("key", **said) is not None:
        maker.signers = [new]


@pytest.mark.parametrize("seed", range(3))
def test_the_database_says_what_the_envelopes_say(ledger: Ledger, seed: int) -> None:
    rng = random.Random(seed)
    desk = SignedDesk(ledger)
    makers = [desk.maker("AU"), desk.maker("MY", owner="CN"), desk.maker("US")]
    makers.append(desk.maker("DE", of=makers[2]))
    story = Story(desk, makers)
    for turn in range(8):
        for _ in range(12):
            story.tell(rng.choice(TOLD), numbers(rng))
        if turn in (4, 6):
            compromised(desk, rng.choice(makers), rng)
        desk.submit(rng.choice([0, 1, 5]) if turn < 6 else 0)
    stored = stored_state(ledger, desk.state)
    assert differences(stored, desk.state) == []
    assert differences(stored, replayed(ledger)) == []
    assert sum(1 for record in desk.state.records.values() if record.type == "process") > 15


def test_a_difference_would_be_seen(ledger: Ledger) -> None:
    desk = SignedDesk(ledger)
    batch = desk.maker("AU").source(1_000, {"Nd": 300_000})
    desk.submit()
    assert differences(stored_state(ledger, desk.state), desk.state) == []
    desk.state.batches[batch].left_mg -= 1
    assert len(differences(stored_state(ledger, desk.state), desk.state)) == 1
    desk.state.batches[batch].left_mg += 1
    desk.state.held.clear()
    assert len(differences(stored_state(ledger, desk.state), desk.state)) == 1
