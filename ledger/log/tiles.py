"""The published form of a log: files of 256 hashes or entries that never change (C2SP tlog-tiles).

    tile/<L>/<N>            hashes of perfect subtrees of 256^L leaves, numbers 256 N to 256 N + 255
    tile/entries/<N>        the entries themselves, each behind its length in two bytes
    ....p/<W>               the first W of them, while there are no more

N is written in groups of three digits, all but the last behind an x: 1234067 is x001/x234/067. Which files a log of one
size has, and what is in them, follows from its leaves alone, so tiles can be written again at any time.
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ledger.errors import VerificationError
from ledger.log.merkle import HASH_SIZE, leaf_hash
from ledger.log.tree import Frontier, HashSource, Tree

__all__ = [
    "MAX_ENTRY",
    "TILE_WIDTH",
    "Fetch",
    "TileName",
    "TileSource",
    "encode_bundle",
    "entry_bundles",
    "filled_tiles",
    "first_part",
    "hash_tiles",
    "parse_bundle",
    "parse_tile_path",
    "read_entries",
    "recompute",
    "tiles_of",
]

TILE_WIDTH = 256
MAX_ENTRY = 65_535
_LENGTH = struct.Struct(">H").pack
_MAX_LEVEL = 7  # a tile of level 7 would need 256^7 leaves for one hash

_PATH = re.compile(r"tile/(0|[1-9][0-9]?|entries)/((?:x[0-9]{3}/){0,5})([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")

Fetch = Callable[[str], bytes | None]
"""Reads a published object by its path; None where there is none."""


@dataclass(frozen=True, slots=True, order=True)
class TileName:
    """Which tile: level (None for entries), number, and how many of its 256 places are filled."""

    level: int | None
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where the tile is published, below the log's prefix."""
        digits = f"{self.number % 1000:03d}"
        rest = self.number // 1000
        while rest:
            digits = f"x{rest % 1000:03d}/{digits}"
            rest //= 1000
        level = "entries" if self.level is None else str(self.level)
        return f"tile/{level}/{digits}" + ("" if self.width == TILE_WIDTH else f".p/{self.width}")

    @property
    def full(self) -> "TileName":
        """The tile that this one becomes."""
        return TileName(self.level, self.number)


def parse_tile_path(path: str) -> TileName:
    """The tile of a path in its one form.

    Raises:
        ValueError: not the path of a tile that a log could have.
    """
    found = _PATH.fullmatch(path)
    if found is None:
        raise ValueError("expected the path of a tile")
    name = TileName(
        None if found[1] == "entries" else int(found[1]),
        int(found[2].replace("x", "").replace("/", "") + found[3]),
        int(found[4] or TILE_WIDTH),
    )
    if name.path != path or (name.level or 0) > _MAX_LEVEL:
        raise ValueError("expected the path of a tile in its one form")
    return name


def tiles_of(level: int | None, old_size: int, new_size: int) -> Iterator[TileName]:
    """The tiles of one level that a log of `new_size` has and one of `old_size` had not: full ones, then a partial one.

    Those of an old size count as written, the partial one too.
    """
    shift = 8 * (level or 0)
    old, new = old_size >> shift, new_size >> shift
    if old == new:
        return
    for number in range(old // TILE_WIDTH, -(-new // TILE_WIDTH)):
        yield TileName(level, number, min(TILE_WIDTH, new - number * TILE_WIDTH))


def filled_tiles(old_size: int, new_size: int) -> Iterator[TileName]:
    """The tiles of all levels and of entries that are full in a log of `new_size` and were not in one of `old_size`."""
    for level in (None, *range(_MAX_LEVEL + 1)):
        yield from (tile for tile in tiles_of(level, old_size, new_size) if tile.width == TILE_WIDTH)


def hash_tiles(source: HashSource, old_size: int, new_size: int) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every hash tile that must be written when a log grows, of all levels, the lowest first."""
    for level in range(_MAX_LEVEL + 1):
        for tile in tiles_of(level, old_size, new_size):
            yield tile.path, source.read(8 * level, tile.number * TILE_WIDTH, tile.width)


def entry_bundles(
    entries: Callable[[int, int], Sequence[bytes]], old_size: int, new_size: int
) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every entry bundle that must be written when a log grows.

    `entries(start, count)` reads leaves. The first bundle also holds leaves that were there before.

    Raises:
        ValueError: fewer leaves were read than asked for, or one is too long.
    """
    for tile in tiles_of(None, old_size, new_size):
        leaves = entries(tile.number * TILE_WIDTH, tile.width)
        if len(leaves) != tile.width:
            raise ValueError(f"expected {tile.width} leaves for {tile.path}, not {len(leaves)}")
        yield tile.path, encode_bundle(leaves)


def first_part(name: TileName, full: bytes) -> bytes:
    """A partial tile out of the bytes of the full one, which has its entries first.

    Raises:
        VerificationError: the bytes are not those of a full tile.
    """
    if name.level is not None:
        return full[: name.width * HASH_SIZE]
    return encode_bundle(parse_bundle(full, TILE_WIDTH)[: name.width])


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after the other, each behind its length in two bytes.

    Raises:
        ValueError: an entry is longer than 65,535 bytes.
    """
    try:
        return b"".join([_LENGTH(len(entry)) + entry for entry in entries])
    except struct.error as error:
        raise ValueError(f"an entry of a log has at most {MAX_ENTRY} bytes") from error


def parse_bundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle that has exactly `width` of them.

    Raises:
        VerificationError: it ends too early or too late.
    """
    entries = []
    at = 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise VerificationError(f"an entry bundle ends before its {width} entries do")
        entries.append(data[start:at])
    if at != len(data):
        raise VerificationError(f"an entry bundle goes on after its {width} entries")
    return entries


class TileSource:
    """A `HashSource` over published tiles: reads what a proof needs, each tile once, and keeps it.

    Promised: tiles have the length that the size of the log fixes; where a partial tile is gone because its full one
    exists, that one is read. Not checked: the hashes. Verify what you make of them against a signed root.
    """

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch = fetch
        self._size = size
        self._tiles: dict[tuple[int, int], Tree] = {}  # a tile is a tree whose leaves are its hashes

    def read(self, level: int, start: int, count: int) -> bytes:
        """`count` hashes of a level of the tree from number `start` on.

        Raises:
            ValueError: a log of this size does not have them.
            VerificationError: a tile is missing or has the wrong length.
        """
        if level < 0 or start < 0 or count < 0 or start + count > self._size >> level:
            raise ValueError(f"a log of {self._size} has no {count} hashes from {start} on at level {level}")
        tile_level, inner = divmod(level, 8)
        return b"".join(self._hash(tile_level, inner, number) for number in range(start, start + count))

    def _hash(self, tile_level: int, inner: int, number: int) -> bytes:
        tile, place = divmod(number << inner, TILE_WIDTH)
        return self._tile(tile_level, tile).read(inner, place >> inner, 1)

    def _tile(self, level: int, number: int) -> Tree:
        known = self._tiles.get((level, number))
        if known is None:
            width = min(TILE_WIDTH, (self._size >> 8 * level) - number * TILE_WIDTH)
            data = _read_tile(self._fetch, TileName(level, number, width))
            known = Tree(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE))
            self._tiles[level, number] = known
        return known


def recompute(fetch: Fetch, size: int) -> Iterator[tuple[int, bytes, Frontier]]:
    """Read a published log from its entries alone: index, leaf bytes and the tree up to and including it, in order.

    The frontier is the same growing one every time; its root after the last entry is the root of the log by a way that
    reads no hash tile.

    Raises:
        VerificationError: a bundle is missing or is not what it should be.
    """
    frontier = Frontier()
    for index, entry in read_entries(fetch, 0, size):
        frontier.append(leaf_hash(entry))
        yield index, entry, frontier


def read_entries(fetch: Fetch, start: int, size: int) -> Iterator[tuple[int, bytes]]:
    """The entries of a log of `size`, from index `start` on, with their indexes. Not checked: that the tree holds them.

    Raises:
        VerificationError: a bundle is missing or is not what it should be.
    """
    for tile in tiles_of(None, start, size):
        first = tile.number * TILE_WIDTH
        for index, entry in enumerate(_read_bundle(fetch, tile), first):
            if index >= start:
                yield index, entry


def _read_tile(fetch: Fetch, tile: TileName) -> bytes:
    data, name = _fetch_or_full(fetch, tile)
    if len(data) != name.width * HASH_SIZE:
        raise VerificationError(f"{name.path} has {len(data)} bytes, not {name.width * HASH_SIZE}")
    return data[: tile.width * HASH_SIZE]


def _read_bundle(fetch: Fetch, tile: TileName) -> list[bytes]:
    data, name = _fetch_or_full(fetch, tile)
    return parse_bundle(data, name.width)[: tile.width]


def _fetch_or_full(fetch: Fetch, tile: TileName) -> tuple[bytes, TileName]:
    for name in dict.fromkeys((tile, tile.full)):
        data = fetch(name.path)
        if data is not None:
            return data, name
    raise VerificationError(f"{tile.path} is missing")
