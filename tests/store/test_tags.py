"""What a reader of the public leaves can find: each number of a chain once, and every change of a record's standing.

The tags are computed here anew, from the words of the specification and nothing else.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.signing.signer import LocalSigner
from ledger.store.log import read_head, read_leaves
from ledger.workflows.config import Config
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger
from tests.helpers.desk import lot
from tests.helpers.replay import submissions
from tests.helpers.signed import SignedDesk, SignedMaker


def named(data: bytes) -> str:
    return "sha-256:" + urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def chain_tag(chain: str, seq: int) -> str:
    return named(canonical(["lodestone-chain/1", chain, seq]))


def filler(chain: str, seq: int) -> str:
    return named(canonical(["lodestone-filler/1", chain, seq]))


def status_tag(payload: bytes, before: int) -> str:
    return named(b"lodestone-status/1\n%d\n" % before + payload)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(Config(tmp_path), clock=lambda: "2026-03-01T00:00:00Z")
    yield opened
    opened.close()


def leaves(ledger: Ledger) -> list[dict[str, Any]]:
    """The entries of the log as its tiles publish them."""
    bundle = next(Path(ledger.config.tiles).glob("tile/entries/000.p/*"), None)
    assert bundle is not None
    with ledger.database.reading() as connection:
        size = read_head(connection).size
        stored = [leaf.leaf for leaf in read_leaves(connection, 0, size)]
    newest = ledger.published.read_object(f"tile/entries/000.p/{size}")
    assert newest == b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in stored)
    return [json.loads(leaf) for leaf in stored]


def change_keys(maker: SignedMaker, op: str, **said: Any) -> str:
    new = LocalSigner.generate("Ed25519")
    maker.also = [new]
    record = maker.accept("key", op=op, keys=[new.key.jwk], **said)
    maker.signers = [new]
    return record


def test_every_leaf_is_the_commitment_that_the_specification_says(ledger: Ledger) -> None:
    desk = SignedDesk(ledger)
    maker, other = desk.maker("AU"), desk.maker("US")
    source = maker.source(1_000, {"Nd": 300_000}).partition("#")[0]
    rotated = change_keys(maker, "rotate")
    suspended = desk.operator.accept("admission", op="suspend", record=maker.opened_by)
    admitted = desk.operator.accept("admission", op="admit", record=maker.opened_by, organization=maker.organization)
    compromised = change_keys(maker, "compromised", since=rotated)
    others = change_keys(other, "rotate")
    retired = other.accept("key", op="retire")
    ended = desk.operator.accept("admission", op="end", record=maker.opened_by)
    desk.submit()

    entries = submissions(ledger)
    payloads = {entry.id: entry.envelope.payload for entry in entries}
    changes = {
        rotated: (maker.opened_by, 0),
        suspended: (maker.opened_by, 1),
        compromised: (maker.opened_by, 2),
        ended: (maker.opened_by, 3),
        others: (other.opened_by, 0),
        retired: (other.opened_by, 1),
    }
    assert not changes.keys() & {source, admitted}
    genesis, *public = leaves(ledger)
    assert genesis["t"] == "lodestone-genesis/1"
    assert genesis["operator"] == entries[0].id
    assert len(public) == len(entries)
    for leaf, entry in zip(public, entries, strict=True):
        chain = entry.record.chain
        second = filler(chain.id, chain.seq)
        if entry.id in changes:
            about, before = changes[entry.id]
            second = status_tag(payloads[about], before)
        outer = json.loads(entry.envelope.data)
        assert leaf == {
            "t": "lodestone-leaf/1",
            "r": named(entry.envelope.payload),
            "s": named(canonical([[s["protected"], s["signature"]] for s in outer["signatures"]])),
            "c": sorted([chain_tag(chain.id, chain.seq), second]),
        }


def test_a_holder_of_a_chain_finds_each_of_its_numbers_once(ledger: Ledger) -> None:
    desk = SignedDesk(ledger)
    maker = desk.maker("AU")
    for _ in range(3):
        maker.accept("source", origin={"kind": "mined"}, outputs=[lot("ore", 10)])
    desk.submit(2)
    tags = [tag for leaf in leaves(ledger)[1:] for tag in leaf["c"]]
    assert [tags.count(chain_tag(maker.chain, seq)) for seq in range(6)] == [1, 1, 1, 1, 1, 0]
    assert len(set(tags)) == len(tags)


def test_a_holder_of_a_record_counts_the_changes_of_its_standing(ledger: Ledger) -> None:
    """He asks for number 0, 1, 2, ... until one is not there; nobody learns about which record he asked."""
    desk = SignedDesk(ledger)
    maker = desk.maker("AU")
    change_keys(maker, "rotate")
    change_keys(maker, "rotate")
    desk.submit()
    (opened,) = [entry for entry in submissions(ledger) if entry.id == maker.opened_by]
    tags = {tag for leaf in leaves(ledger)[1:] for tag in leaf["c"]}
    found = [status_tag(opened.envelope.payload, number) in tags for number in range(4)]
    assert found == [True, True, False, False]


def test_leaves_say_nothing_else(ledger: Ledger) -> None:
    desk = SignedDesk(ledger)
    desk.maker("AU").source(1_000, {"Nd": 300_000})
    desk.submit()
    for leaf in leaves(ledger)[1:]:
        assert leaf.keys() == {"t", "r", "s", "c"}
        assert all(len(tag) == 51 for tag in leaf["c"])
