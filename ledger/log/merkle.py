"""Merkle tree arithmetic: numbers and bytes only (RFC 6962 section 2.1, RFC 9162 section 2.1).

A leaf is hashed behind a zero byte and a node behind a one byte, so that no leaf can pass for a node. The left side
of a tree of n leaves is the greatest power of two below n. Proofs are lists of hashes; how long a proof must be is
fixed by the sizes alone, and a proof of any other length is refused.
"""

import hashlib
from collections.abc import Sequence

from ledger.errors import ProofInvalid

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "MAX_PATH",
    "MAX_SIZE",
    "consistency_path",
    "consistency_ranges",
    "inclusion_path",
    "inclusion_ranges",
    "leaf_hash",
    "node_hash",
    "perfect_subtrees",
    "root",
    "root_from_path",
    "verify_consistency",
    "verify_inclusion",
]

HASH_SIZE = 32
MAX_PATH = 63
"""The most hashes that a proof may have (C2SP tlog-witness)."""

MAX_SIZE = 2**62
"""The largest tree whose every proof keeps to `MAX_PATH`."""

EMPTY_ROOT = hashlib.sha256(b"").digest()

_sha256 = hashlib.sha256
Range = tuple[int, int]
"""The leaves from the first number up to, but not including, the second."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return _sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root of a tree with these leaf hashes, computed level by level.

    It shares no code with `tree.Frontier`, so that the two can be held against each other.
    """
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        above = [_sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            above.append(level[-1])  # a node without a sibling rises unhashed
        level = above
    return level[0]


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges of leaves whose roots prove one leaf, in the order of the proof: the leaf's sibling first.

    Raises:
        ValueError: there is no such leaf in a tree of that size.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    ranges: list[Range] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    ranges.reverse()
    return ranges


def consistency_ranges(old_size: int, new_size: int) -> list[Range]:
    """The ranges of leaves whose roots prove that a tree grew only at its end, in the order of the proof.

    Raises:
        ValueError: the old tree is empty, or larger than the new one.
    """
    if not 0 < old_size <= new_size <= MAX_SIZE:
        raise ValueError(f"a tree of {new_size} cannot be shown to continue a tree of {old_size}")
    ranges: list[Range] = []
    low, high = 0, new_size
    while high != old_size:
        middle = low + _split(high - low)
        if old_size <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    if low > 0:  # else the old root itself is what the proof starts from, and its owner has it
        ranges.append((low, high))
    ranges.reverse()
    return ranges


def perfect_subtrees(low: int, high: int) -> list[tuple[int, int]]:
    """The (level, number) of the perfect subtrees that make up a range, largest first.

    Not checked: that the range is one of a proof or starts at 0, so that each subtree is at a multiple of its size.
    """
    parts = []
    while low < high:
        level = (high - low).bit_length() - 1
        parts.append((level, low >> level))
        low += 1 << level
    return parts


def inclusion_path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The inclusion proof of one leaf in a tree with these leaf hashes. For small trees; see `tree` for large ones."""
    return [root(hashes[low:high]) for low, high in inclusion_ranges(index, len(hashes))]


def consistency_path(hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """The proof that a tree with these leaf hashes continues its own first `old_size` leaves. For small trees."""
    return [root(hashes[low:high]) for low, high in consistency_ranges(old_size, len(hashes))]


def root_from_path(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root to which an inclusion proof leads from a leaf hash (RFC 9162 section 2.1.3.2).

    Promised: the path has exactly the length that index and size fix, and every hash 32 bytes. Not checked: that the
    root is anybody's; whoever proves many leaves under one root compares it himself.

    Raises:
        ProofInvalid: there is no such leaf in a tree of that size, or a length is wrong.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofInvalid(f"there is no leaf {index} in a tree of {size}")
    # Up to this level the leaf's way and that of the last leaf differ; above it every sibling stands on the left.
    inner = (index ^ (size - 1)).bit_length()
    _check_hashes(path, inner + (index >> inner).bit_count())
    _check_hash(leaf)
    node = leaf
    for level in range(inner):
        if index >> level & 1:
            node = _sha256(b"\x01" + path[level] + node).digest()
        else:
            node = _sha256(b"\x01" + node + path[level]).digest()
    for sibling in path[inner:]:
        node = _sha256(b"\x01" + sibling + node).digest()
    return node


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], expected_root: bytes) -> None:
    """Prove that a leaf hash stands at an index of the tree with this size and root.

    Raises:
        ProofInvalid: it does not follow from this proof.
    """
    _check_hash(expected_root)
    if root_from_path(index, size, leaf, path) != expected_root:
        raise ProofInvalid(f"the inclusion proof of leaf {index} does not lead to the root of the tree of {size}")


def verify_consistency(old_size: int, new_size: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Prove that a tree continues an older one unchanged (RFC 9162 section 2.1.4.2).

    The empty tree is refused as the old one: everything continues it, so nothing would be proven. Whoever meets a log
    for the first time (a witness, size 0) says so itself. Equal sizes need equal roots and an empty proof.

    Raises:
        ProofInvalid: it does not follow from this proof.
    """
    if not 0 < old_size <= new_size <= MAX_SIZE:
        raise ProofInvalid(f"a tree of {new_size} cannot be shown to continue a tree of {old_size}")
    _check_hash(old_root)
    _check_hash(new_root)
    _check_hashes(path, len(consistency_ranges(old_size, new_size)))
    if old_size == new_size:
        if old_root != new_root:
            raise ProofInvalid(f"there are two different trees of {old_size}")
        return
    whole = old_size & (old_size - 1) == 0
    steps = [old_root, *path] if whole else list(path)
    here, last = old_size - 1, new_size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if here & 1 or here == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        here, last = here >> 1, last >> 1
    if old != old_root:
        raise ProofInvalid(f"the consistency proof does not lead to the root of the tree of {old_size}")
    if new != new_root:
        raise ProofInvalid(f"the consistency proof does not lead to the root of the tree of {new_size}")


def _split(count: int) -> int:
    """The greatest power of two below a number above 1."""
    return 1 << ((count - 1).bit_length() - 1)


def _check_hash(value: bytes) -> None:
    if len(value) != HASH_SIZE:
        raise ProofInvalid("expected hashes of 32 bytes")


def _check_hashes(path: Sequence[bytes], length: int) -> None:
    if len(path) > MAX_PATH or len(path) != length:
        raise ProofInvalid(f"expected a proof of {length} hashes, not {len(path)}")
    if path and set(map(len, path)) != {HASH_SIZE}:
        raise ProofInvalid("expected hashes of 32 bytes")
