"""Published tiles against the leaves that they are made of: every file, full and partial, hashes and entries.

Leaves come one after the other, so only the newest tile of each level is in memory.
"""

from dataclasses import dataclass, field
from pathlib import Path

from ledger.log.merkle import node_hash
from ledger.log.tiles import TILE_WIDTH, TileName, encode_bundle, parse_tile_path
from ledger.store.published import PublishedDirectory
from ledger.workflows.findings import Findings

__all__ = ["TileCheck", "stray_files"]

_TEMPORARY = ".writing-"
_HEIGHT = 8


@dataclass(slots=True)
class _Filling:
    """The tile of a level that is being filled, and the hashes that wait to become one of the level above."""

    number: int = 0
    parts: list[bytes] = field(default_factory=list)


class TileCheck:
    """Compares files with what they should be; with `mend`, what is missing or wrong is written anew.

    What a log of the size `published` needs has to be there; partial tiles of older sizes may be.
    """

    def __init__(
        self, folder: Path, published: int, findings: Findings, *, alone: bool, mend: PublishedDirectory | None = None
    ) -> None:
        self._folder = folder
        self._published = published
        self._findings = findings
        self._alone = alone
        self._mend = mend
        self._entries = _Filling()
        self._levels: list[_Filling] = [_Filling()]
        self.files = 0

    def take(self, leaf: bytes, hashed: bytes) -> None:
        """The next leaf, and its hash."""
        self._add(None, self._entries, leaf)
        self._hash(0, hashed)

    def finish(self) -> None:
        """There are no more leaves: look at the tiles that are not full."""
        self._look(None, self._entries)
        for level, filling in enumerate(self._levels):
            self._look(level, filling)

    def _hash(self, level: int, hashed: bytes) -> None:
        if level == len(self._levels):
            self._levels.append(_Filling())
        full = self._add(level, self._levels[level], hashed)
        if full:
            self._hash(level + 1, _root_of(full))

    def _add(self, level: int | None, filling: _Filling, part: bytes) -> list[bytes] | None:
        filling.parts.append(part)
        if len(filling.parts) < TILE_WIDTH:
            return None
        self._look(level, filling)
        full, filling.parts = filling.parts, []
        filling.number += 1
        return full

    def _look(self, level: int | None, filling: _Filling) -> None:
        """Compare every file of one tile."""
        parts = filling.parts
        if not parts:
            return
        needed = min(TILE_WIDTH, (self._published >> _HEIGHT * (level or 0)) - filling.number * TILE_WIDTH)
        full = TileName(level, filling.number)
        names = {TileName(level, filling.number, width) for width in self._partials(full)}
        if self._path(full).is_file():
            names.add(full)
        elif needed > 0:
            names.add(TileName(level, filling.number, needed))
        for name in sorted(names, key=lambda each: each.width):
            self._compare(name, parts)

    def _compare(self, name: TileName, parts: list[bytes]) -> None:
        if name.width > len(parts):
            if self._alone:
                sentence = f"The file {name.path} holds more of the log than the database: it belongs to no entry."
                self._findings.differs("tile", name.path, sentence, mends=True)
                self._write(name, None)
            return
        self.files += 1
        right = encode_bundle(parts[: name.width]) if name.level is None else b"".join(parts[: name.width])
        try:
            data = self._path(name).read_bytes()
        except OSError:
            sentence = f"The published file {name.path} is missing or cannot be read."
            self._findings.differs("tile", name.path, sentence, mends=True)
        else:
            if data == right:
                return
            sentence = f"The published file {name.path} is not what the entries give: {_first(data, right)}."
            self._findings.differs("tile", name.path, sentence, mends=True)
        self._write(name, right)

    def _write(self, name: TileName, data: bytes | None) -> None:
        if self._mend is None:
            return
        if data is None:
            self._path(name).unlink()
        else:
            self._mend.write_object(name.path, data, immutable=False)

    def _partials(self, full: TileName) -> list[int]:
        folder = self._folder / (full.path + ".p")
        if not folder.is_dir():
            return []
        names = [each.name for each in folder.iterdir()]
        return [
            int(name) for name in names if name.isdecimal() and 0 < int(name) < TILE_WIDTH and name == str(int(name))
        ]

    def _path(self, name: TileName) -> Path:
        return self._folder / name.path


def stray_files(folder: Path, size: int, findings: Findings, *, alone: bool, mend: bool = False) -> None:
    """Files among the published ones that belong to no entry of a log of this size."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or name in ("checkpoint", ".lock"):
            continue
        if path.name.startswith(_TEMPORARY):
            if mend:
                path.unlink(missing_ok=True)
            elif alone:
                findings.note(f"{name} was left behind by a stop while writing. Nobody reads it.")
            continue
        try:
            tile = parse_tile_path(name)
        except ValueError:
            sentence = f"The file {name} is none of the log's, yet it stands among what is published: look what it is."
            findings.differs("file", name, sentence)
            continue
        if alone and tile.number * TILE_WIDTH >= size >> _HEIGHT * (tile.level or 0):
            sentence = f"The file {name} belongs to no entry of the log."
            findings.differs("tile", name, sentence, mends=True)
            if mend:
                path.unlink()


def _root_of(hashes: list[bytes]) -> bytes:
    level = hashes
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def _first(data: bytes, right: bytes) -> str:
    if len(data) != len(right):
        return f"it has {len(data)} bytes instead of {len(right)}"
    place = next(at for at, (a, b) in enumerate(zip(data, right, strict=True)) if a != b)
    return f"byte {place} differs"
