"""The log by itself: appending and proving with many leaves, and giving the receipt of a record again."""

from collections.abc import Iterator
from hashlib import sha256

from ledger.bench.lab import Lab
from ledger.bench.measure import Figure, rate
from ledger.bench.setting import Bench
from ledger.log.tree import Tree
from ledger.workflows.receipts import receipt

__all__ = ["receipts", "trees"]

_PROOFS = 2_000


def trees(bench: Bench) -> Iterator[Figure]:
    """Appending and proofs, in memory, beside bare hashing."""
    many, rounds = bench.size.leaves, min(3, bench.size.rounds)
    bench.say(f"A tree of {many:,} leaves")
    leaves = [sha256(number.to_bytes(8, "big")).digest() for number in range(many)]
    block = b"\x01" + bytes(64)
    hashes = rate(lambda: [sha256(block).digest() for _ in range(many)], many, rounds)
    speed = rate(lambda: Tree(leaves), many, rounds)
    yield Figure(f"log.append.at_{many}", speed, "leaves/s", hashes, speed / hashes, rounds)
    tree = Tree(leaves)
    step = max(1, many // _PROOFS)
    places = range(0, many, step)
    speed = rate(lambda: [tree.inclusion_path(place, many) for place in places], len(places), rounds)
    yield Figure(f"log.inclusion.at_{many}", speed, "proofs/s", hashes, speed / hashes, rounds)
    sizes = range(1, many, step)
    speed = rate(lambda: [tree.consistency_path(size, many) for size in sizes], len(sizes), rounds)
    yield Figure(f"log.consistency.at_{many}", speed, "proofs/s", hashes, speed / hashes, rounds)


def receipts(bench: Bench) -> Iterator[Figure]:
    """Receipts of records that are in the log already, each verified before it is given."""
    many, rounds = bench.size.requests, bench.size.rounds
    bench.say("Receipts given again")
    with bench.scratch("receipts") as home:
        lab = Lab(home)
        lab.fill(lab.mix.records(many))
        size = lab.ledger.tree.size
        speed = rate(lambda: [receipt(lab.ledger, index) for index in range(1, size)], size - 1, rounds)
        lab.ledger.close()
    yield Figure("receipts", speed, "receipts/s", bench.bare, speed / bench.bare, rounds)
