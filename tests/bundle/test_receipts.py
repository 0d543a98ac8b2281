"""A receipt and the published tiles, byte by byte: whatever is changed, somebody who checks offline sees it."""

from collections.abc import Iterator

import orjson
import pytest

from ledger.bundle.receipt import looks_like_receipts, verify_receipts
from ledger.errors import LodestoneError, VerificationError
from ledger.log.policy import parse_policy
from ledger.log.tiles import TileSource, recompute
from ledger.log.tree import root_at
from ledger.workflows.receipts import receipt
from tests.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("receipts") / "ledger")
    world.organization("mine", "AU").mines("concentrate", 1_000, {"Nd": 62_000})
    yield world
    world.close()


@pytest.fixture(scope="module")
def given(world: World) -> bytes:
    return orjson.dumps(receipt(world.ledger, world.ledger.tree.size - 1))


def test_a_receipt_verifies_under_the_pinned_policy_and_no_other(world: World, given: bytes, tmp_path: object) -> None:
    assert looks_like_receipts(given)
    answer = verify_receipts(given, world.policy)
    assert answer.passed
    assert f"index {world.ledger.tree.size - 1} " in answer.checks[0].detail
    other = world.policy.replace("test.lodestone.example/2026+", "other.lodestone.example/2026+")
    assert not verify_receipts(given, other).passed


def test_several_receipts_are_verified_line_by_line_and_the_false_one_is_named(world: World, given: bytes) -> None:
    both = given + b"\n" + given + b"\n"
    assert verify_receipts(both, world.policy).passed
    false = both.replace(b'"index":', b'"index":1', 2).replace(b'"index":1', b'"index":', 1)
    answer = verify_receipts(false, world.policy)
    assert (answer.passed, answer.checks[-1].name) == (False, "line 2")


def test_every_byte_of_a_receipt_counts(world: World, given: bytes) -> None:
    for place, byte in enumerate(given):
        for other in {byte ^ 1, byte ^ 32, ord("A")} - {byte}:
            changed = given[:place] + bytes([other]) + given[place + 1 :]
            answer = verify_receipts(changed, world.policy)
            assert not answer.passed, f"byte {place} of {chr(byte)!r} to {chr(other)!r}"
            assert answer.checks[-1].detail


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b"null", b"\xff", b'{"proof":"c2sp.org/tlog-proof@v1"}', b"[" * 9_000]
)
def test_what_is_no_receipt_is_refused_in_words(world: World, text: bytes) -> None:
    assert not verify_receipts(text, world.policy).passed


def test_every_byte_of_every_published_tile_counts(world: World) -> None:
    """Entries give the root of the signed checkpoint, and so do the hash tiles: both ways, every byte."""
    published = world.ledger.published
    checkpoint = parse_policy(world.policy).evaluate(published.checkpoint() or "").checkpoint
    size = checkpoint.size
    tiles = {
        path: published.read_object(path) or b"" for path in (f"tile/entries/000.p/{size}", f"tile/0/000.p/{size}")
    }

    def roots(changed: dict[str, bytes]) -> tuple[bytes, bytes]:
        grown = [frontier.root() for *_, frontier in recompute(changed.get, size)]
        return grown[-1], root_at(TileSource(changed.get, size), size)

    assert roots(tiles) == (checkpoint.root, checkpoint.root)
    for path, data in tiles.items():
        for place in range(len(data)):
            changed = bytearray(data)
            changed[place] ^= 1
            try:
                found = roots({**tiles, path: bytes(changed)})
            except (VerificationError, LodestoneError, ValueError):
                continue
            assert checkpoint.root != found[0] or checkpoint.root != found[1], f"{path}, byte {place}"
