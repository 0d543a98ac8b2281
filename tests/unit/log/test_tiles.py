"""Tiles: names, growth, entry bundles, and reading a published log back."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import VerificationError
from ledger.log import merkle, tree
from ledger.log.tiles import (
    MAX_ENTRY,
    TileName,
    TileSource,
    encode_bundle,
    entry_bundles,
    filled_tiles,
    first_part,
    hash_tiles,
    parse_bundle,
    parse_tile_path,
    recompute,
    tiles_of,
)
from ledger.log.tree import Tree

LIMIT = 70_000
LEAVES = [b"%d" % i for i in range(LIMIT)]
TREE = Tree(merkle.leaf_hash(leaf) for leaf in LEAVES)


def entries(start: int, count: int) -> list[bytes]:
    return LEAVES[start : start + count]


def published(*sizes: int) -> dict[str, bytes]:
    """A log that grew by these sizes; no tile is ever written with other bytes than before."""
    files: dict[str, bytes] = {}
    old = 0
    for size in sizes:
        for path, data in (*entry_bundles(entries, old, size), *hash_tiles(TREE, old, size)):
            assert files.setdefault(path, data) == data
        old = size
    return files


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (TileName(0, 0), "tile/0/000"),
        (TileName(0, 0, 1), "tile/0/000.p/1"),
        (TileName(3, 999, 255), "tile/3/999.p/255"),
        (TileName(0, 1000), "tile/0/x001/000"),
        (TileName(0, 1234067), "tile/0/x001/x234/067"),
        (TileName(None, 1234067, 9), "tile/entries/x001/x234/067.p/9"),
        (TileName(7, 0, 64), "tile/7/000.p/64"),
    ],
)
def test_tiles_are_named_as_the_specification_says(name: TileName, path: str) -> None:
    assert name.path == path
    assert parse_tile_path(path) == name
    assert parse_tile_path(name.full.path).width == 256


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "/tile/0/000",
        "tile/0/000/",
        "tile/00/000",
        "tile/8/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/001/000",
        "tile/0/x000/000",
        "tile/0/x001/x000",
        "tile/0/x000/x001/000",
        "tile/0/000.p/0",
        "tile/0/000.p/00",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/entries/../000",
        "tile/data/000",
        "tile/0/٠٠٠",
        "tile/0/000\n",
    ],
)
def test_paths_in_any_other_form_are_no_tiles(path: str) -> None:
    with pytest.raises(ValueError, match="path of a tile"):
        parse_tile_path(path)


@given(st.none() | st.integers(0, 7), st.integers(0, 10**15), st.integers(1, 256))
def test_every_tile_is_found_again_by_its_path(level: int | None, number: int, width: int) -> None:
    assert parse_tile_path(TileName(level, number, width).path) == TileName(level, number, width)


def test_a_log_of_seventy_thousand_has_the_tiles_that_the_specification_counts() -> None:
    names = [parse_tile_path(path) for path in published(LIMIT)]
    hashes = sorted(name for name in names if name.level is not None)
    assert len([name for name in hashes if name.level == 0 and name.width == 256]) == 273
    assert [name for name in hashes if name.width != 256] == [
        TileName(0, 273, 112),
        TileName(1, 1, 17),
        TileName(2, 0, 1),
    ]
    assert [name for name in hashes if name.level == 1 and name.width == 256] == [TileName(1, 0)]
    assert len([name for name in names if name.level is None]) == 274


def test_a_log_of_two_hundred_and_fifty_six_has_one_full_tile_and_one_hash_above() -> None:
    assert sorted(published(256)) == ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]
    assert sorted(published(255)) == ["tile/0/000.p/255", "tile/entries/000.p/255"]
    assert published() == {}
    assert list(hash_tiles(TREE, 300, 300)) == []


@settings(max_examples=30)
@given(st.lists(st.integers(1, 2000), min_size=1, max_size=8, unique=True))
def test_growth_in_steps_gives_the_tiles_of_growth_at_once(steps: list[int]) -> None:
    sizes = sorted(steps)
    at_once = published(sizes[-1])
    in_steps = published(*sizes)
    assert at_once.items() <= in_steps.items()
    for size in sizes:  # every size that had a checkpoint finds all of its tiles
        assert {name.path for level in (None, 0, 1) for name in tiles_of(level, 0, size)} <= in_steps.keys()
    for path, data in in_steps.items():  # the partial ones are the beginnings of the full ones
        full = at_once.get(parse_tile_path(path).full.path)
        assert full is None or full.startswith(data)


@settings(max_examples=60)
@given(st.integers(1, LIMIT), st.data())
def test_proofs_from_tiles_are_the_proofs_from_memory(size: int, data: st.DataObject) -> None:
    files = FILES if size == LIMIT else None
    source = TileSource((files or LazyTiles(size)).get, size)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    assert tree.root_at(source, size) == TREE.root_at(size)
    assert tree.inclusion_path(source, index, size) == TREE.inclusion_path(index, size)
    assert tree.consistency_path(source, old, size) == TREE.consistency_path(old, size)


class LazyTiles(dict[str, bytes]):
    """The published log of one size, each tile made when it is asked for; no other tile exists."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def get(self, path: str, default: bytes | None = None) -> bytes | None:  # type: ignore[override]
        name = parse_tile_path(path)
        if name not in tiles_of(name.level, 0, self.size):
            return default
        return TREE.read(8 * (name.level or 0), name.number * 256, name.width)


FILES = published(LIMIT)


def test_a_partial_tile_that_is_gone_is_read_from_the_full_one() -> None:
    files = published(300, 600)
    for path in ("tile/0/001.p/44", "tile/entries/001.p/44"):
        del files[path]
    assert tree.root_at(TileSource(files.get, 300), 300) == TREE.root_at(300)
    assert [entry for _, entry, _ in recompute(files.get, 300)] == LEAVES[:300]


def test_a_partial_tile_is_the_first_part_of_the_full_one() -> None:
    partial, full = published(100), published(600)
    for path in ("tile/0/000.p/100", "tile/entries/000.p/100"):
        name = parse_tile_path(path)
        assert first_part(name, full[name.full.path]) == partial[path]
    with pytest.raises(VerificationError):
        first_part(parse_tile_path("tile/entries/000.p/100"), partial["tile/entries/000.p/100"])


def test_the_tiles_that_a_growing_log_has_filled_are_named_once() -> None:
    sizes = [1, 100, 255, 256, 257, 511, 600, 256 * 256, 256 * 256 + 1]
    filled = [tile.path for old, new in pairwise(sizes) for tile in filled_tiles(old, new)]
    assert len(set(filled)) == len(filled)
    assert set(filled) == {tile.path for tile in filled_tiles(0, sizes[-1])}
    assert "tile/1/000" in filled


def test_reading_all_entries_back_gives_the_root_by_another_way() -> None:
    read = list(recompute(FILES.get, LIMIT))
    assert [entry for _, entry, _ in read] == LEAVES
    assert [index for index, _, _ in read] == list(range(LIMIT))
    assert read[-1][2].root() == TREE.root()


def test_tiles_that_are_missing_or_have_the_wrong_length_are_met() -> None:
    for path in ("tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"):
        files = published(300)
        whole = files.pop(path)
        for wrong in (None, b"", whole[:-1], whole + b"\x00", whole[:-32]):
            if wrong is not None:
                files[path] = wrong
            with pytest.raises(VerificationError, match=r"tile/"):
                prove_first_and_last(files)
    with pytest.raises(VerificationError, match="missing"):
        list(recompute(published().get, 1))


def prove_first_and_last(files: dict[str, bytes]) -> None:
    for index in (0, 299):
        tree.inclusion_path(TileSource(files.get, 300), index, 300)


def test_a_source_reads_only_what_a_log_of_its_size_has() -> None:
    source = TileSource(published(300).get, 300)
    assert source.read(0, 255, 3) == TREE.read(0, 255, 3)
    assert source.read(8, 0, 1) == TREE.read(8, 0, 1)
    for level, start, count in ((0, 300, 1), (0, 0, 301), (8, 1, 1), (9, 0, 1), (-1, 0, 1), (0, -1, 1)):
        with pytest.raises(ValueError, match="has no"):
            source.read(level, start, count)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_entry_bundles_are_read_back_whole_or_refused(leaves: list[bytes]) -> None:
    data = encode_bundle(leaves)
    assert parse_bundle(data, len(leaves)) == leaves
    for wrong in (data + b"\x00", data[:-1]):
        if wrong != data:
            with pytest.raises(VerificationError, match="entry bundle"):
                parse_bundle(wrong, len(leaves))
    with pytest.raises(VerificationError, match="ends before"):
        parse_bundle(data, len(leaves) + 1)


def test_entries_of_impossible_length_and_missing_entries_are_refused() -> None:
    assert parse_bundle(encode_bundle([b"x" * MAX_ENTRY]), 1) == [b"x" * MAX_ENTRY]
    with pytest.raises(ValueError, match="65535"):
        encode_bundle([b"x" * (MAX_ENTRY + 1)])
    with pytest.raises(ValueError, match="expected 5 leaves"):
        list(entry_bundles(lambda start, count: entries(start, count - 1), 0, 5))
