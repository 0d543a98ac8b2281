"""Who comes at once takes turns: of two records that take the last kilogram exactly one is accepted."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from ledger.rules.submission import Submission
from ledger.workflows.commit import Outcome, commit, commit_one
from ledger.workflows.issue import Issuer, new_chain_id
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger
from tests.helpers.desk import entry, lot
from tests.helpers.replay import differences, replayed, stored_state
from tests.world import NAME, Organization, World

RACER = Path(__file__).parent / "racer.py"
LAST_KILOGRAM = {"steps": ["alloy"], "custody": "segregated", "outputs": [lot("alloy", 1_000_000)]}


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "home", database_url=database_url)
    yield made
    made.close()


def chains_of_one(world: World, count: int) -> list[Organization]:
    """Several chains of one organization: only the balance stands between them."""
    first = world.organization("maker", "AU")
    chains = [first]
    for _ in range(count - 1):
        issuer = Issuer(NAME, first.issuer.signers, new_chain_id())
        keys = [signer.key.jwk for signer in first.issuer.signers]
        said = {"keys": keys, "use": "records", "name": "X", "country": "AU"}
        opening = issuer.submission("organization", world.tick(), said)
        world.operate("admission", {"op": "admit", "record": opening.id, "organization": first.id})
        commit_one(opening, world.ledger, at_door=False)
        issuer.advance(opening.id)
        chains.append(Organization(world, "maker", "AU", first.id, issuer, first.at, first.place))
    return chains


def takers(world: World, chains: list[Organization]) -> tuple[str, list[Submission]]:
    """For each chain a record that takes the same kilogram."""
    batch = chains[0].mines("alloy", 1_000, {"Nd": 300_000})
    said = {**LAST_KILOGRAM, "inputs": [entry(batch, 1_000_000)]}
    return batch, [chain.sign("process", {**chain.place, **said}) for chain in chains]


def one_wins(outcomes: list[Outcome]) -> None:
    assert sorted(outcome.accepted for outcome in outcomes) == [False] * (len(outcomes) - 1) + [True]
    assert {v.code for outcome in outcomes for v in outcome.violations} == {"mass-exceeded"}


def test_of_several_threads_exactly_one_takes_the_last_kilogram(world: World) -> None:
    batch, records = takers(world, chains_of_one(world, 4))
    barrier = Barrier(len(records))

    def race(record: Submission) -> Outcome:
        barrier.wait()
        return commit([record], world.ledger, at_door=False)[0]

    with ThreadPoolExecutor(len(records)) as threads:
        one_wins(list(threads.map(race, records)))
    state = replayed(world.ledger)
    assert state.batches[batch].left_mg == 0
    assert differences(stored_state(world.ledger, state), state) == []


def test_in_one_group_the_first_takes_it(world: World) -> None:
    _, records = takers(world, chains_of_one(world, 3))
    outcomes = commit(records, world.ledger, at_door=False)
    one_wins(outcomes)
    assert outcomes[0].accepted


def test_two_services_on_one_postgresql_take_turns(postgresql_url: str, tmp_path: Path) -> None:
    """Two ledgers opened in one process have nothing in common but the stores."""
    world = World(tmp_path / "home", database_url=postgresql_url)
    chains = chains_of_one(world, 2)
    other = open_ledger(world.config, clock=lambda: world.now)
    for _ in range(5):
        _, records = takers(world, chains)
        barrier = Barrier(2)

        def race(pair: tuple[Submission, Ledger], barrier: Barrier = barrier) -> Outcome:
            barrier.wait()
            return commit([pair[0]], pair[1], at_door=False)[0]

        with ThreadPoolExecutor(2) as threads:
            outcomes = list(threads.map(race, zip(records, [world.ledger, other], strict=True)))
        one_wins(outcomes)
        winner = next(place for place, outcome in enumerate(outcomes) if outcome.accepted)
        chains[winner].issuer.advance(outcomes[winner].id)
    state = replayed(world.ledger)
    assert differences(stored_state(other, state), state) == []
    world.close()
    other.close()
    again = open_ledger(world.config, clock=lambda: world.now)
    assert again.checkpoint.split("\n")[1] == str(state.size)
    again.close()


def test_of_two_processes_exactly_one_takes_the_last_kilogram(postgresql_url: str, tmp_path: Path) -> None:
    world = World(tmp_path / "home", database_url=postgresql_url)
    chains = chains_of_one(world, 2)
    command = [sys.executable, str(RACER), str(world.config.home), postgresql_url, NAME]
    here = {**os.environ, "PYTHONPATH": str(RACER.parents[2])}
    pipe = subprocess.PIPE
    racers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=here) for _ in chains]
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for turn in range(6):
            _race(world, chains, racers, tmp_path / str(turn))
    finally:
        for racer in racers:
            racer.communicate(timeout=30)
    assert [racer.returncode for racer in racers] == [0, 0]
    world.reopen()
    state = replayed(world.ledger)
    assert differences(stored_state(world.ledger, state), state) == []
    world.close()


def _race(world: World, chains: list[Organization], racers: list[subprocess.Popen[str]], folder: Path) -> None:
    folder.mkdir()
    batch, records = takers(world, chains)
    for place, record in enumerate(records):
        (folder / str(place)).write_bytes(record.envelope.data)
    for place, racer in enumerate(racers):
        assert racer.stdin is not None
        racer.stdin.write(f"{folder / str(place)}\n")
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.flush()
    answers = [str(racer.stdout and racer.stdout.readline()).strip() for racer in racers]
    assert sorted(answer.split()[0] for answer in answers) == ["accepted", "refused"], answers
    assert "refused mass-exceeded" in answers
    winner = next(place for place, answer in enumerate(answers) if answer.startswith("accepted"))
    chains[winner].issuer.advance(records[winner].id)
    assert world.state(chains[0].issuer.chain, [batch]).batches[batch].left_mg == 0
