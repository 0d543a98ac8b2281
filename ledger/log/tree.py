"""Grow a tree and make its proofs, from hashes in memory or from wherever they are stored.

Level k holds the roots of the perfect subtrees of 2^k leaves, in order. A perfect subtree never changes once it is
whole, so levels only grow at their end, and every root and proof of every size is made of them.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Protocol, Self

from ledger.log import merkle
from ledger.log.merkle import EMPTY_ROOT, HASH_SIZE, MAX_SIZE

__all__ = [
    "Frontier",
    "HashSource",
    "Tree",
    "consistency_path",
    "inclusion_path",
    "inclusion_paths",
    "range_hash",
    "root_at",
]

_sha256 = hashlib.sha256


class HashSource(Protocol):
    """Where stored hashes are read from.

    A source promises nothing about their truth: who makes a proof from stored hashes verifies it before giving it away.
    """

    def read(self, level: int, start: int, count: int) -> bytes:
        """`count` hashes of a level from number `start` on, 32 bytes each, all of them of perfect subtrees."""
        ...


def range_hash(source: HashSource, low: int, high: int) -> bytes:
    """The root over the leaves of a range, as proofs need them."""
    parts = [source.read(level, number, 1) for level, number in merkle.perfect_subtrees(low, high)]
    if not parts:
        return EMPTY_ROOT
    node = parts.pop()
    while parts:
        node = merkle.node_hash(parts.pop(), node)
    return node


def root_at(source: HashSource, size: int) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return range_hash(source, 0, size)


def inclusion_path(source: HashSource, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` is in the tree of the first `size` leaves.

    Raises:
        ValueError: there is no such leaf in a tree of that size.
    """
    return [range_hash(source, low, high) for low, high in merkle.inclusion_ranges(index, size)]


def inclusion_paths(source: HashSource, indexes: Iterable[int], size: int) -> Iterator[tuple[int, list[bytes]]]:
    """Each of these leaves with its `inclusion_path`. Neighbours share most of theirs, which is read once."""
    known: dict[tuple[int, int], bytes] = {}
    for index in indexes:
        path = []
        for part in merkle.inclusion_ranges(index, size):
            if part not in known:
                known[part] = range_hash(source, *part)
            path.append(known[part])
        yield index, path


def consistency_path(source: HashSource, old_size: int, new_size: int) -> list[bytes]:
    """The proof that the tree of `new_size` continues the tree of `old_size`; empty for equal sizes.

    Raises:
        ValueError: the old tree is empty, or larger than the new one.
    """
    return [range_hash(source, low, high) for low, high in merkle.consistency_ranges(old_size, new_size)]


class Frontier:
    """The right edge of a tree: the few hashes that are enough to append to it and to know its root."""

    __slots__ = ("_edge", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._edge: list[bytes] = []  # the roots of the perfect subtrees, largest first

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._size

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash.

        Raises:
            ValueError: it is not 32 bytes.
        """
        if len(leaf) != HASH_SIZE:
            raise ValueError("expected a leaf hash of 32 bytes")
        size, edge = self._size, self._edge
        while size & 1:
            leaf = _sha256(b"\x01" + edge.pop() + leaf).digest()
            size >>= 1
        edge.append(leaf)
        self._size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self._edge:
            return EMPTY_ROOT
        node = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            node = merkle.node_hash(left, node)
        return node

    def copy(self) -> "Frontier":
        """Another frontier of the same tree; growing one leaves the other as it is."""
        twin = Frontier()
        twin._size, twin._edge = self._size, self._edge.copy()
        return twin

    def to_bytes(self) -> bytes:
        """The size in eight bytes, then the hashes, largest subtree first: for storage."""
        return self._size.to_bytes(8, "big") + b"".join(self._edge)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The frontier that was stored.

        Not checked: that its hashes are those of any tree. Compare its root with a signed one.

        Raises:
            ValueError: the bytes are not those of a frontier.
        """
        size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + HASH_SIZE * size.bit_count() or size > MAX_SIZE:
            raise ValueError("these bytes are not the right edge of a tree")
        frontier = cls()
        frontier._size = size
        frontier._edge = [data[at : at + HASH_SIZE] for at in range(8, len(data), HASH_SIZE)]
        return frontier

    @classmethod
    def from_source(cls, source: HashSource, size: int) -> Self:
        """The right edge of the tree of the first `size` leaves, out of stored hashes."""
        frontier = cls()
        frontier._size = size
        frontier._edge = [source.read(level, number, 1) for level, number in merkle.perfect_subtrees(0, size)]
        return frontier


class Tree:
    """A whole tree in memory: 64 bytes a leaf; every root and proof of every size up to its own."""

    __slots__ = ("_levels",)

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels = [bytearray()]
        self.extend(leaves)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0]) // HASH_SIZE

    def append(self, leaf: bytes) -> int:
        """Add one leaf hash and say its index.

        Raises:
            ValueError: it is not 32 bytes.
        """
        index = self.size
        self.extend((leaf,))
        return index

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order, level by level: quicker than one by one.

        Raises:
            ValueError: one of them is not 32 bytes; then none is added.
        """
        added = list(leaves)
        if any(len(leaf) != HASH_SIZE for leaf in added):
            raise ValueError("expected leaf hashes of 32 bytes")
        self._levels[0] += b"".join(added)
        level = 0
        while (pairs := len(self._levels[level]) // (2 * HASH_SIZE)) > 0:
            if len(self._levels) == level + 1:
                self._levels.append(bytearray())
            below, above = self._levels[level], self._levels[level + 1]
            known = len(above) // HASH_SIZE
            if known == pairs:
                break
            above += b"".join([_sha256(b"\x01" + below[64 * i : 64 * i + 64]).digest() for i in range(known, pairs)])
            level += 1

    def read(self, level: int, start: int, count: int) -> bytes:
        """The `HashSource` of this tree.

        Raises:
            ValueError: the tree does not have all of these hashes.
        """
        have = len(self._levels[level]) // HASH_SIZE if 0 <= level < len(self._levels) else 0
        if start < 0 or count < 0 or start + count > have:
            raise ValueError(f"there are no {count} hashes from {start} on at level {level} of this tree")
        return bytes(self._levels[level][start * HASH_SIZE : (start + count) * HASH_SIZE])

    def leaf(self, index: int) -> bytes:
        """The leaf hash at an index."""
        return self.read(0, index, 1)

    def root(self) -> bytes:
        """The root of the whole tree."""
        return root_at(self, self.size)

    def root_at(self, size: int) -> bytes:
        """The root of the tree of the first `size` leaves."""
        return root_at(self, size)

    def inclusion_path(self, index: int, size: int) -> list[bytes]:
        """The proof that leaf `index` is in the tree of the first `size` leaves."""
        return inclusion_path(self, index, size)

    def consistency_path(self, old_size: int, new_size: int) -> list[bytes]:
        """The proof that the tree of `new_size` continues the tree of `old_size`."""
        return consistency_path(self, old_size, new_size)
