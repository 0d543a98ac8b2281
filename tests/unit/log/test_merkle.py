"""Merkle arithmetic and trees against the definitions of RFC 6962, for every small size."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import ProofInvalid
from ledger.log import merkle
from ledger.log.tree import Frontier, Tree

LIMIT = 70
LEAVES = [merkle.leaf_hash(b"leaf %d" % i) for i in range(LIMIT)]
TREE = Tree(LEAVES)

# The eight leaves that implementations of RFC 6962 have been tested with from the beginning, and their roots.
KNOWN_LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
KNOWN_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def rfc_root(leaves: Sequence[bytes]) -> bytes:
    """The definition, word for word: MTH of RFC 6962 section 2.1 over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = rfc_split(len(leaves))
    return hashlib.sha256(b"\x01" + rfc_root(leaves[:k]) + rfc_root(leaves[k:])).digest()


def rfc_split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def rfc_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1."""
    n = len(leaves)
    if n == 1:
        return []
    k = rfc_split(n)
    if m < k:
        return [*rfc_path(m, leaves[:k]), rfc_root(leaves[k:])]
    return [*rfc_path(m - k, leaves[k:]), rfc_root(leaves[:k])]


def rfc_proof(m: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2."""
    n = len(leaves)
    if m == n:
        return [] if whole else [rfc_root(leaves)]
    k = rfc_split(n)
    if m <= k:
        return [*rfc_proof(m, leaves[:k], whole=whole), rfc_root(leaves[k:])]
    return [*rfc_proof(m - k, leaves[k:], whole=False), rfc_root(leaves[:k])]


ROOTS = [rfc_root(LEAVES[:n]) for n in range(LIMIT + 1)]


def changed(path: list[bytes]) -> list[list[bytes]]:
    """Every way of spoiling a proof: each byte of each hash, each length, one hash less, more, or moved."""
    spoilt: list[list[bytes]] = []
    for place, value in enumerate(path):
        for byte in range(32):
            other = bytearray(value)
            other[byte] ^= 1 << byte % 8
            spoilt.append([*path[:place], bytes(other), *path[place + 1 :]])
        spoilt.extend(
            [*path[:place], wrong, *path[place + 1 :]] for wrong in (value[:-1], value + b"\x00", b"", value + value)
        )
        spoilt.append(path[:place] + path[place + 1 :])
        spoilt.append([*path[:place], b"\x00" * 32, *path[place:]])
    spoilt.append([*path, b"\x00" * 32])
    if len(path) > 1 and path != path[::-1]:
        spoilt.append(path[::-1])
    return spoilt


def test_the_known_roots_of_the_known_leaves() -> None:
    leaves = [merkle.leaf_hash(leaf) for leaf in KNOWN_LEAVES]
    assert [merkle.root(leaves[:n]).hex() for n in range(9)] == KNOWN_ROOTS
    assert [Tree(leaves).root_at(n).hex() for n in range(9)] == KNOWN_ROOTS


def test_every_small_root_is_that_of_the_definition_by_three_ways() -> None:
    frontier = Frontier()
    for size in range(LIMIT + 1):
        assert merkle.root(LEAVES[:size]) == ROOTS[size]
        assert TREE.root_at(size) == ROOTS[size]
        assert frontier.root() == ROOTS[size]
        assert Frontier.from_source(TREE, size).to_bytes() == frontier.to_bytes()
        if size < LIMIT:
            frontier.append(LEAVES[size])


def test_every_small_inclusion_proof_is_that_of_the_definition_and_verifies() -> None:
    for size in range(1, LIMIT + 1):
        for index in range(size):
            path = TREE.inclusion_path(index, size)
            assert path == rfc_path(index, LEAVES[:size])
            merkle.verify_inclusion(index, size, LEAVES[index], path, ROOTS[size])
    assert merkle.inclusion_path(LEAVES, 41) == TREE.inclusion_path(41, LIMIT)


def test_every_small_consistency_proof_is_that_of_the_definition_and_verifies() -> None:
    for new in range(1, LIMIT + 1):
        for old in range(1, new + 1):
            path = TREE.consistency_path(old, new)
            assert path == rfc_proof(old, LEAVES[:new])
            merkle.verify_consistency(old, new, path, ROOTS[old], ROOTS[new])
    assert merkle.consistency_path(LEAVES, 41) == TREE.consistency_path(41, LIMIT)


def test_a_spoilt_inclusion_proof_is_refused_at_every_byte_and_length() -> None:
    for size in (1, 2, 3, 5, 8, 21, 33, 64, 70):
        for index in {0, size // 2, size - 1}:
            path = TREE.inclusion_path(index, size)
            for spoilt in changed(path):
                with pytest.raises(ProofInvalid):
                    merkle.verify_inclusion(index, size, LEAVES[index], spoilt, ROOTS[size])


def test_an_inclusion_proof_holds_for_its_own_index_size_leaf_and_root_only() -> None:
    for size in range(1, 34):
        for index in range(size):
            path = TREE.inclusion_path(index, size)
            for other in range(size):
                if other != index:
                    with pytest.raises(ProofInvalid):
                        merkle.verify_inclusion(other, size, LEAVES[index], path, ROOTS[size])
                    with pytest.raises(ProofInvalid):
                        merkle.verify_inclusion(index, size, LEAVES[other], path, ROOTS[size])
            with pytest.raises(ProofInvalid):
                merkle.verify_inclusion(index, size, LEAVES[index], path, ROOTS[size + 1])


def test_a_spoilt_consistency_proof_is_refused_at_every_byte_and_length() -> None:
    for old, new in ((1, 2), (1, 70), (2, 3), (3, 7), (6, 8), (8, 9), (21, 33), (32, 64), (33, 70), (69, 70), (5, 5)):
        path = TREE.consistency_path(old, new)
        for spoilt in changed(path):
            with pytest.raises(ProofInvalid):
                merkle.verify_consistency(old, new, spoilt, ROOTS[old], ROOTS[new])


def test_a_consistency_proof_holds_for_its_own_sizes_and_roots_only() -> None:
    for new in range(1, 34):
        for old in range(1, new + 1):
            path = TREE.consistency_path(old, new)
            for wrong_old, wrong_new in ((ROOTS[old - 1], ROOTS[new]), (ROOTS[old], ROOTS[new + 1])):
                with pytest.raises(ProofInvalid):
                    merkle.verify_consistency(old, new, path, wrong_old, wrong_new)
            with pytest.raises(ProofInvalid):
                merkle.verify_consistency(old, new, path, ROOTS[old][:31], ROOTS[new])


def test_leaves_that_no_tree_has_and_trees_that_shrink_are_refused() -> None:
    with pytest.raises(ProofInvalid, match="no leaf"):
        merkle.verify_inclusion(0, 0, LEAVES[0], [], merkle.EMPTY_ROOT)
    for index, size in ((-1, 5), (5, 5), (0, 2**62 + 1), (2**64, 2**64 + 1)):
        with pytest.raises(ProofInvalid, match="no leaf"):
            merkle.root_from_path(index, size, LEAVES[0], [])
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion_ranges(index, size)
    for old, new in ((0, 0), (0, 5), (-1, 5), (6, 5), (1, 2**62 + 1)):
        with pytest.raises(ProofInvalid, match="cannot be shown"):
            merkle.verify_consistency(old, new, [], ROOTS[0], ROOTS[5])
        with pytest.raises(ValueError, match="cannot be shown"):
            merkle.consistency_ranges(old, new)
    with pytest.raises(ProofInvalid, match="two different trees of 5"):
        merkle.verify_consistency(5, 5, [], ROOTS[5], ROOTS[6])


def test_no_leaf_passes_for_a_node() -> None:
    assert merkle.leaf_hash(LEAVES[0] + LEAVES[1]) != merkle.node_hash(LEAVES[0], LEAVES[1])


@given(st.integers(1, 700), st.data())
def test_larger_trees_grown_in_steps_prove_what_they_hold(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(b"%d" % i) for i in range(size)]
    cut = data.draw(st.integers(1, size))
    tree = Tree(leaves[:cut])
    frontier = Frontier()
    frontier.extend(leaves[:cut])
    stored = frontier.to_bytes()
    old_root = tree.root()
    tree.extend(leaves[cut:])
    frontier.extend(leaves[cut:])
    assert tree.root() == frontier.root() == merkle.root(leaves) == rfc_root(leaves)
    assert Frontier.from_bytes(stored).root() == old_root == tree.root_at(cut)
    merkle.verify_consistency(cut, size, tree.consistency_path(cut, size), old_root, tree.root())
    index = data.draw(st.integers(0, size - 1))
    merkle.verify_inclusion(index, size, leaves[index], tree.inclusion_path(index, size), tree.root())


@given(st.integers(1, merkle.MAX_SIZE), st.data())
def test_no_proof_of_any_size_is_longer_than_the_limit(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    assert len(merkle.inclusion_ranges(index, size)) <= merkle.MAX_PATH
    assert len(merkle.consistency_ranges(old, size)) <= merkle.MAX_PATH
    for low, high in merkle.inclusion_ranges(index, size):
        assert all(number << level >= low for level, number in merkle.perfect_subtrees(low, high))


def test_a_frontier_refuses_bytes_that_are_none_and_hashes_that_are_none() -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[:11])
    good = frontier.to_bytes()
    for bad in (b"", good[:-1], good + b"\x00", good[:7], b"\xff" * 8 + b"\x00" * 32 * 64):
        with pytest.raises(ValueError, match="not the right edge"):
            Frontier.from_bytes(bad)
    with pytest.raises(ValueError, match="32 bytes"):
        frontier.append(b"short")
    twin = frontier.copy()
    twin.append(LEAVES[11])
    assert (frontier.size, twin.size) == (11, 12)
    assert frontier.root() == ROOTS[11]


def test_a_tree_refuses_hashes_that_are_none_and_reads_only_what_it_has() -> None:
    tree = Tree(LEAVES[:5])
    with pytest.raises(ValueError, match="32 bytes"):
        tree.extend([LEAVES[5], b"short"])
    assert tree.size == 5
    assert tree.append(LEAVES[5]) == 5
    assert tree.leaf(5) == LEAVES[5]
    assert tree.read(1, 0, 3) == b"".join(merkle.node_hash(LEAVES[i], LEAVES[i + 1]) for i in (0, 2, 4))
    for level, start, count in ((0, 6, 1), (0, 0, 7), (9, 0, 1), (-1, 0, 1), (0, -1, 1), (1, 3, 1)):
        with pytest.raises(ValueError, match="there are no"):
            tree.read(level, start, count)
