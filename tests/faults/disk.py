"""What a disk may hold after the power went: files and folders of which only what was flushed is certain.

The record of the shim (`shim.c`) is replayed up to a moment. Each file has bytes that were flushed and writes that were
not; each folder has names that were flushed and changes that were not. What was not flushed may be there or not, in
any order, and a write may be there by halves, sector by sector.
"""

import random
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

__all__ = ["KEEPING", "Disk", "Event", "Kind", "read_record"]

_HEADER = struct.Struct("=5q")
_SECTOR = 512
_CREATED, _TRUNCATED = 1, 2


class Kind(IntEnum):
    """What an event of the record is."""

    OPEN = 1
    CLOSE = 2
    WRITE = 3
    SIZE = 4
    SYNC = 5
    RENAME = 6
    LINK = 7
    UNLINK = 8
    MKDIR = 9
    RMDIR = 10
    MARK = 11


@dataclass(frozen=True, slots=True)
class Event:
    """One call that took effect, or a mark that the process made: what `first` and `second` are hangs on the kind."""

    kind: Kind
    first: int
    second: int
    name: str
    data: bytes


def read_record(path: Path) -> list[Event]:
    """Every event of a record, in order; a last one that is cut off did not happen."""
    data, at, found = path.read_bytes(), 0, []
    while at + _HEADER.size <= len(data):
        kind, first, second, name, size = _HEADER.unpack_from(data, at)
        begin = at + _HEADER.size
        at = begin + name + size
        if at > len(data):
            break
        found.append(Event(Kind(kind), first, second, data[begin : begin + name].decode(), data[begin + name : at]))
    return found


@dataclass(slots=True)
class _File:
    """Flushed bytes, and what was done since: a write at a place, or a new size (no bytes)."""

    flushed: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, bytes | None]] = field(default_factory=list)

    def flush(self) -> None:
        for change in self.since:
            _change(self.flushed, *change)
        self.since.clear()

    def now(self) -> bytes:
        seen = bytearray(self.flushed)
        for change in self.since:
            _change(seen, *change)
        return bytes(seen)


def _change(content: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del content[at:]
        content.extend(bytes(at - len(content)))
        return
    content.extend(bytes(max(0, at - len(content))))
    content[at : at + len(data)] = data


@dataclass(slots=True)
class _Folder:
    """Flushed names, and what was done since: each change sets or removes (None) some names at one stroke."""

    flushed: "dict[str, _File | _Folder]" = field(default_factory=dict)
    since: "list[dict[str, _File | _Folder | None]]" = field(default_factory=list)

    def flush(self) -> None:
        for change in self.since:
            _rename(self.flushed, change)
        self.since.clear()

    def now(self) -> "dict[str, _File | _Folder]":
        seen = dict(self.flushed)
        for change in self.since:
            _rename(seen, change)
        return seen


def _rename(names: "dict[str, _File | _Folder]", change: "dict[str, _File | _Folder | None]") -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


Keeping = Callable[[random.Random, int], Sequence[int]]
"""Which of so many changes that were not flushed are on the disk all the same."""

KEEPING: dict[str, Keeping] = {
    "none": lambda _, count: (),
    "first": lambda chance, count: range(chance.randint(0, count)),
    "some": lambda chance, count: [place for place in range(count) if chance.random() < 0.5],
    "all": lambda _, count: range(count),
}


class Disk:
    """The disk of a process, below one folder, at a moment of its record."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._top = _Folder()
        self._open: dict[int, _File | _Folder] = {}

    def happened(self, event: Event) -> None:
        """One more event."""
        _DONE[event.kind](self, event)

    def content(self, path: str) -> bytes:
        """The bytes of a file as the process itself sees them."""
        found = self._node(path)
        assert isinstance(found, _File)
        return found.now()

    def after_power_cut(self, target: Path, keeping: Keeping, chance: random.Random, *, torn: bool) -> None:
        """Write to `target` what may be left of the folder: of what was not flushed just what `keeping` says."""

        def write(folder: _Folder, at: Path) -> None:
            at.mkdir(mode=0o700)
            names = dict(folder.flushed)
            for place in keeping(chance, len(folder.since)):
                _rename(names, folder.since[place])
            for name, node in names.items():
                if isinstance(node, _Folder):
                    write(node, at / name)
                    continue
                content = bytearray(node.flushed)
                for place in keeping(chance, len(node.since)):
                    for change in _pieces(*node.since[place], chance, torn=torn):
                        _change(content, *change)
                (at / name).touch(mode=0o600)
                (at / name).write_bytes(content)

        write(self._top, target)

    def _parts(self, path: str) -> tuple[str, ...]:
        return Path(path).relative_to(self._root).parts

    def _node(self, path: str) -> "_File | _Folder":
        node: _File | _Folder = self._top
        for part in self._parts(path):
            assert isinstance(node, _Folder)
            node = node.now()[part]
        return node

    def _name(self, changes: "dict[str, _File | _Folder | None]") -> None:
        """Change some names of one folder at one stroke."""
        folders = {str(Path(path).parent) for path in changes}
        assert len(folders) == 1, "what moves from folder to folder is not modelled"
        folder = self._node(folders.pop())
        assert isinstance(folder, _Folder)
        folder.since.append({Path(path).name: node for path, node in changes.items()})

    def _opened(self, event: Event) -> None:
        if event.second & _CREATED:
            self._name({event.name: _File()})
        node = self._open[event.first] = self._node(event.name)
        if event.second & _TRUNCATED and isinstance(node, _File):
            node.since.append((0, None))

    def _written(self, event: Event) -> None:
        file = self._open[event.first]
        assert isinstance(file, _File)
        file.since.append((event.second, event.data if event.kind is Kind.WRITE else None))

    def _renamed(self, event: Event) -> None:
        self._name({event.name: None, event.data.decode(): self._node(event.name)})


def _pieces(at: int, data: bytes | None, chance: random.Random, *, torn: bool) -> Iterator[tuple[int, bytes | None]]:
    """A write as it reached the disk: whole, or some of its sectors."""
    if data is None or not torn:
        yield at, data
        return
    start = 0
    while start < len(data):
        end = min(len(data), start + _SECTOR - (at + start) % _SECTOR)
        if chance.random() < 0.5:
            yield at + start, data[start:end]
        start = end


_DONE: dict[Kind, Callable[[Disk, Event], object]] = {
    Kind.OPEN: Disk._opened,
    Kind.CLOSE: lambda disk, event: disk._open.pop(event.first, None),
    Kind.WRITE: Disk._written,
    Kind.SIZE: Disk._written,
    Kind.SYNC: lambda disk, event: disk._open[event.first].flush(),
    Kind.RENAME: Disk._renamed,
    Kind.LINK: lambda disk, event: disk._name({event.data.decode(): disk._node(event.name)}),
    Kind.UNLINK: lambda disk, event: disk._name({event.name: None}),
    Kind.MKDIR: lambda disk, event: disk._name({event.name: _Folder()}),
    Kind.RMDIR: lambda disk, event: disk._name({event.name: None}),
    Kind.MARK: lambda disk, event: None,
}
