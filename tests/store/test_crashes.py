"""The commit road stopped at every step, before and after the step took effect; then the service starts again."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ledger.errors import LedgerUnsafe
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.merkle import leaf_hash, verify_consistency, verify_inclusion
from ledger.log.note import parse_note
from ledger.log.policy import parse_policy
from ledger.log.proof import parse_proof
from ledger.log.signer import LogSigner
from ledger.log.tree import Tree
from ledger.rules.submission import Submission
from ledger.store.checkpoints import CheckpointStore
from ledger.store.log import read_head, read_leaves
from ledger.store.published import PublishedDirectory
from ledger.store.tables import CheckpointRow
from ledger.values.canonical import canonical
from ledger.workflows import commit as commit_module
from ledger.workflows import publish as publish_module
from ledger.workflows.commit import commit
from ledger.workflows.publish import publish
from ledger.workflows.receipts import receipt
from tests.helpers.replay import differences, replayed, stored_state
from tests.world import World

STEPS: dict[str, tuple[object, str]] = {
    "append": (commit_module, "append_group"),
    "publish": (commit_module, "publish"),
    "sign": (LogSigner, "sign"),
    "swap": (CheckpointStore, "swap"),
    "tiles": (PublishedDirectory, "write_objects"),
    "keep": (publish_module, "keep_checkpoint"),
    "checkpoint": (PublishedDirectory, "publish_checkpoint"),
}


class PowerCut(BaseException):
    """Nothing of ours catches it on purpose."""


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "home", database_url=database_url)
    yield made
    made.close()


def stopping(patch: pytest.MonkeyPatch, step: str, *, after: bool) -> None:
    """The step raises, either without effect or when its effect is there already."""
    owner, name = STEPS[step]
    real: Callable[..., Any] = getattr(owner, name)

    def stopped(*args: Any, **kwargs: Any) -> Any:
        if after:
            real(*args, **kwargs)
        raise PowerCut(step)

    patch.setattr(owner, name, stopped)


def every_checkpoint(world: World) -> list[Checkpoint]:
    """Every checkpoint that anybody may have seen: in the database, in the second store, among the published files."""
    with world.ledger.database.reading() as connection:
        notes = list(connection.execute(select(CheckpointRow.note)).scalars())  # type: ignore[call-overload]
    latest = world.ledger.second.latest(world.config.origin)
    seen = world.ledger.published.checkpoint()
    notes += [latest.note] if latest else []
    notes += [seen] if seen else []
    return [parse_checkpoint(parse_note(note).text) for note in notes]


def is_whole(world: World, checkpoints: list[Checkpoint]) -> None:
    """Database, second store and published files say the same, and continue every checkpoint that was ever seen."""
    ledger = world.ledger
    with ledger.database.reading() as connection:
        size = read_head(connection).size
        rows = read_leaves(connection, 0, size)
    tree = Tree([leaf_hash(row.leaf) for row in rows])
    latest, published = ledger.second.latest(world.config.origin), ledger.published.checkpoint()
    assert latest is not None
    assert (latest.size, latest.root, latest.note) == (size, tree.root(), published)
    assert ledger.checkpoint == published
    assert parse_policy(world.policy).evaluate(str(published)).checkpoint.root == tree.root()
    for checkpoint in checkpoints:
        path = tree.consistency_path(checkpoint.size, size)
        verify_consistency(checkpoint.size, size, path, checkpoint.root, tree.root())
    assert ledger.published.read_object(f"tile/0/000.p/{size}") == tree.read(0, 0, size)
    state = replayed(ledger)
    assert differences(stored_state(ledger, state), state) == []


def holds(given: dict[str, object], policy: str) -> None:
    """A receipt, checked by whoever pinned the policy."""
    proof = parse_proof(str(given["proof"]))
    checkpoint = parse_policy(policy).evaluate(proof.note).checkpoint
    hashed = leaf_hash(canonical(given["leaf"]))
    verify_inclusion(proof.index, checkpoint.size, hashed, proof.path, checkpoint.root)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_ledger_goes_on_from_wherever_it_was_stopped(world: World, after: bool) -> None:
    who = world.organization("maker", "AU")
    seen: list[Checkpoint] = []
    receipts: dict[int, dict[str, object]] = {}
    for step in STEPS:
        entry = facility(world)
        with pytest.MonkeyPatch.context() as patch:
            stopping(patch, step, after=after)
            with pytest.raises(PowerCut, match=step):
                commit([entry], world.ledger, at_door=False)
        seen += every_checkpoint(world)
        if step not in ("append", "publish"):
            with pytest.raises(LedgerUnsafe, match="start the service again"):
                commit([facility(world)], world.ledger, at_door=False)
        world.reopen()
        is_whole(world, seen)
        outcome = commit([entry], world.ledger, at_door=False)[0]
        assert outcome.accepted
        assert outcome.new is (step == "append"), step
        who.issuer.advance(entry.id)
        is_whole(world, seen)
        assert outcome.index is not None
        receipts[outcome.index] = receipt(world.ledger, outcome.index)
    for index, given in receipts.items():
        holds(given, world.policy)
        assert receipt(world.ledger, index) == given  # the first receipt is the only one


def facility(world: World) -> Submission:
    who = world.organizations["maker"]
    return who.sign("facility", {"name": "Works", "operator": who.id, "country": "AU"})


def test_what_was_committed_and_not_published_is_published_before_it_is_answered_as_known(world: World) -> None:
    """Another process committed the record and died; it is sent again, to this process, which never stopped."""
    world.organization("maker", "AU")
    entry = facility(world)
    with pytest.MonkeyPatch.context() as patch:
        stopping(patch, "publish", after=False)
        with pytest.raises(PowerCut):
            commit([entry], world.ledger, at_door=False)
    outcome = commit([entry], world.ledger, at_door=False)[0]
    assert (outcome.accepted, outcome.new) == (True, False)
    assert outcome.index is not None
    holds(receipt(world.ledger, outcome.index), world.policy)
    is_whole(world, every_checkpoint(world))


def test_publishing_again_changes_nothing(world: World) -> None:
    world.organization("maker", "AU")
    before = {path: path.read_bytes() for path in files(world)}
    note = world.ledger.checkpoint
    assert publish(world.ledger) == note
    world.reopen()
    assert world.ledger.checkpoint == note
    assert {path: path.read_bytes() for path in files(world)} == before


def files(world: World) -> list[Path]:
    return sorted(path for path in world.config.tiles.rglob("*") if path.is_file())


def test_a_refused_record_changes_nothing_and_signs_nothing(world: World) -> None:
    who = world.organization("maker", "AU")
    note = world.ledger.checkpoint
    bad = who.sign("facility", {"name": "Works", "operator": who.at, "country": "AU"})
    outcome = commit([bad], world.ledger, at_door=False)[0]
    assert [violation.code for violation in outcome.violations] == ["unknown-organization"]
    assert world.ledger.checkpoint == note
    world.reopen()
    is_whole(world, [])


def test_a_group_is_one_checkpoint_and_a_refused_record_takes_no_place_in_it(world: World) -> None:
    one, two = world.organization("maker", "AU"), world.organization("other", "US")
    before = len(every_checkpoint(world))
    good = [who.sign("facility", {"name": "W", "operator": who.id, "country": "AU"}) for who in (one, two)]
    bad = one.sign("facility", {"name": "again", "operator": one.id, "country": "AU"})  # the same place in the chain
    outcomes = commit([good[0], bad, good[1], good[0]], world.ledger, at_door=False)
    first = outcomes[0].index
    assert first is not None
    assert [outcome.index for outcome in outcomes] == [first, None, first + 1, first]
    assert [violation.code for violation in outcomes[1].violations] == ["chain-conflict"]
    assert [outcome.new for outcome in outcomes] == [True, True, True, False]
    assert len(every_checkpoint(world)) == before + 1
    is_whole(world, [])


def test_readers_of_other_threads_never_see_half_a_group(world: World) -> None:
    who = world.organization("maker", "AU")
    seen: list[bool] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with world.ledger.database.reading() as connection:
                size = read_head(connection).size
                seen.append(len(read_leaves(connection, 0, size)) == size)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(5):
        who.facility("AU")
    done.set()
    reader.join()
    assert seen
    assert all(seen)
