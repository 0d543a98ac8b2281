"""The folder of published objects, on a real file system."""

import os
import threading
from pathlib import Path

import pytest

from ledger.errors import LedgerUnsafe, VerificationError
from ledger.log import Checkpoint, LogSigner
from ledger.store.published import PublishedDirectory

ORIGIN = "log.example/2026"
LOG = LogSigner.from_seeds(ORIGIN, b"\x01" * 32, b"\x02" * 32)


def note(size: int, root: int = 7) -> str:
    return LOG.sign(Checkpoint(ORIGIN, size, bytes([root]) * 32))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "tiles"


@pytest.fixture
def published(home: Path) -> PublishedDirectory:
    return PublishedDirectory(home)


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file() and path.name != ".lock"}


def test_what_is_written_is_read_back_also_by_another_process(home: Path, published: PublishedDirectory) -> None:
    published.write_objects([("tile/0/x001/000", b"a"), ("tile/0/x001/001.p/5", b"b"), ("tile/entries/000", b"c")])
    again = PublishedDirectory(home)
    assert [again.read_object(f"tile/{path}") for path in ("0/x001/000", "0/x001/001.p/5", "entries/000")] == [
        b"a",
        b"b",
        b"c",
    ]
    assert files(home) == {"tile/0/x001/000", "tile/0/x001/001.p/5", "tile/entries/000"}
    assert (home / "tile/0/x001/000").stat().st_mode & 0o777 == 0o644


def test_what_is_not_there_is_none(published: PublishedDirectory) -> None:
    published.write_object("tile/0/000", b"a")
    for path in ("tile/0/001", "tile/0", "tile/0/000/more", "checkpoint"):
        assert published.read_object(path) is None
    assert published.checkpoint() is None


def test_an_immutable_object_takes_the_same_bytes_again_and_no_others(
    home: Path, published: PublishedDirectory
) -> None:
    published.write_object("tile/0/000", b"a")
    published.write_object("tile/0/000", b"a")
    for other in (b"b", b"", b"aa"):
        with pytest.raises(LedgerUnsafe, match="tile/0/000 would change"):
            published.write_object("tile/0/000", other)
    assert published.read_object("tile/0/000") == b"a"
    assert files(home) == {"tile/0/000"}


def test_a_mutable_object_is_replaced(published: PublishedDirectory) -> None:
    for data in (b"a", b"bb", b""):
        published.write_object("status/1", data, immutable=False)
        assert published.read_object("status/1") == data


@pytest.mark.parametrize(
    "path", ["", "/etc/x", "../x", "tile/../x", "tile//x", "tile/./x", ".lock", "tile/.x", "a\x00b", "a b", "a\\b", "ä"]
)
def test_no_path_leads_out_of_the_folder(home: Path, published: PublishedDirectory, path: str) -> None:
    for act in (published.read_object, lambda p: published.write_objects([("fine", b""), (p, b"")])):
        with pytest.raises(ValueError, match="plain relative path"):
            act(path)
    assert files(home) == set()


def test_checkpoints_only_go_forward(published: PublishedDirectory) -> None:
    assert published.publish_checkpoint(note(5))
    assert published.publish_checkpoint(note(9))
    kept = published.checkpoint()
    assert not published.publish_checkpoint(note(7))
    assert published.checkpoint() == kept
    again = note(9)
    assert again != kept  # signing is randomised
    assert published.publish_checkpoint(again)
    assert published.checkpoint() == again


def test_a_second_truth_is_never_published(published: PublishedDirectory, home: Path) -> None:
    published.publish_checkpoint(note(5))
    kept = published.checkpoint()
    with pytest.raises(LedgerUnsafe, match="of size 5"):
        published.publish_checkpoint(note(5, root=8))
    stranger = LogSigner.from_seeds("other.example/2026", b"\x01" * 32, b"\x02" * 32)
    with pytest.raises(LedgerUnsafe, match="holds the log"):
        published.publish_checkpoint(stranger.sign(Checkpoint(stranger.origin, 9, bytes(32))))
    with pytest.raises(VerificationError):
        published.publish_checkpoint("no checkpoint\n")
    assert published.checkpoint() == kept
    (home / "checkpoint").write_bytes(b"\xff")
    with pytest.raises(LedgerUnsafe, match="cannot be read"):
        published.publish_checkpoint(note(9))
    with pytest.raises(LedgerUnsafe, match="cannot be read"):
        published.checkpoint()


def test_partial_tiles_go_only_when_the_full_one_is_there(home: Path, published: PublishedDirectory) -> None:
    published.write_objects([("tile/0/000.p/5", b"a"), ("tile/0/000.p/9", b"ab"), ("tile/0/001.p/1", b"x")])
    with pytest.raises(ValueError, match="still needed"):
        published.drop_partials("tile/0/000")
    published.write_object("tile/0/000", b"abc")
    published.drop_partials("tile/0/000")
    published.drop_partials("tile/0/000")
    assert files(home) == {"tile/0/000", "tile/0/001.p/1"}
    published.write_object("tile/0/000.p/5", b"a")  # by a process that comes late
    assert published.read_object("tile/0/000.p/5") == b"a"


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_failure_leaves_no_half_object_and_the_same_call_succeeds_later(
    home: Path, published: PublishedDirectory, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, call, _fail)
        with pytest.raises(OSError, match="disk"):
            published.write_objects([("tile/0/000", b"abc")])
    assert files(home) == set()
    published.write_objects([("tile/0/000", b"abc")])
    assert published.read_object("tile/0/000") == b"abc"


def test_a_failure_while_a_checkpoint_is_written_leaves_the_old_one(
    published: PublishedDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.publish_checkpoint(note(5))
    kept = published.checkpoint()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", _fail)
        with pytest.raises(OSError, match="disk"):
            published.publish_checkpoint(note(6))
    assert published.checkpoint() == kept
    assert published.publish_checkpoint(note(6))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the names of open files are read from proc")
def test_everything_is_flushed_before_its_name_and_the_name_before_the_return(
    home: Path, published: PublishedDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, str]] = []
    real_fsync, real_link = os.fsync, os.link

    def fsync(descriptor: int) -> None:
        events.append(("fsync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        real_fsync(descriptor)

    def link(source: Path, target: Path) -> None:
        events.append(("link", str(target)))
        real_link(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    published.write_objects([("tile/0/x001/000", b"abc")])
    acts = [act for act, _ in events]
    assert acts[:2] == ["fsync", "link"]
    flushed = [Path(name) for act, name in events[2:] if act == "fsync"]
    assert flushed == [home / "tile/0/x001", home / "tile/0", home / "tile", home]


def test_many_writers_agree_on_one_object_each(home: Path) -> None:
    failures: list[Exception] = []

    def write() -> None:
        own = PublishedDirectory(home)
        try:
            for number in range(20):
                own.write_objects([(f"tile/0/{number:03d}", b"%d" % number)])
                own.publish_checkpoint(notes[number])
        except (OSError, LedgerUnsafe) as error:
            failures.append(error)

    notes = [note(number + 1) for number in range(20)]
    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert PublishedDirectory(home).checkpoint() == notes[-1]
    assert len(files(home)) == 21


def _fail(*_: object, **__: object) -> None:
    raise OSError("the disk failed")
