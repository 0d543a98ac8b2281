"""An older copy brought forward again by what producers and auditors have kept: the same log, never another."""

import shutil
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from ledger.cli.main import app
from ledger.errors import LedgerUnsafe, UsageError
from ledger.store.log import read_leaves
from ledger.workflows.backup import back_up
from ledger.workflows.config import Config
from ledger.workflows.export import write_log_export
from ledger.workflows.fsck import fsck
from ledger.workflows.open import open_ledger
from ledger.workflows.recover import recover
from ledger.workflows.restore import restore
from tests.stories import ore_to_magnet
from tests.world import World

MOVED = ("checkpoints.db", "tiles")


@dataclass
class Lost:
    """A ledger that was restored from an old backup; its second store and published files are those of later."""

    config: Config
    envelopes: list[bytes]
    exports: dict[str, bytes]
    note: str


@pytest.fixture(scope="module")
def lost_once(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    """Made once; nobody changes it."""
    tmp_path = tmp_path_factory.mktemp("lost")
    world = World(tmp_path / "home")
    world.organization("early", "AU")
    back_up(world.config, tmp_path / "backup", keys=True)
    size = world.ledger.tree.size
    chain = ore_to_magnet(world)
    chain.mine.rotate()
    chain.magnet_maker.asks(chain.metal)
    with world.ledger.database.reading() as connection:
        envelopes = [each.envelope or b"" for each in read_leaves(connection, size, world.ledger.tree.size)]
    exports = {"": b""}
    for each in (None, *(who.id for who in world.organizations.values())):
        out = BytesIO()
        write_log_export(world.ledger, out, each)
        exports[each or "operator"] = out.getvalue()
    note = world.ledger.checkpoint
    world.close()
    restored = restore(tmp_path / "backup", tmp_path / "again").config
    for name in MOVED:
        old, new = world.config.home / name, restored.home / name
        shutil.rmtree(new) if new.is_dir() else new.unlink()
        shutil.copytree(old, new) if old.is_dir() else shutil.copy(old, new)
    with pytest.raises(LedgerUnsafe, match="older copy"):
        open_ledger(restored)
    return Lost(restored, envelopes, exports, note)


@pytest.fixture
def lost(lost_once: Lost, tmp_path: Path) -> Lost:
    """A copy."""
    shutil.copytree(lost_once.config.home, tmp_path / "again")
    return replace(lost_once, config=replace(lost_once.config, home=tmp_path / "again"))


def serves(lost: Lost) -> None:
    """The ledger is whole, and at its old checkpoint."""
    assert fsck(lost.config).findings == ()
    ledger = open_ledger(lost.config)
    assert ledger.checkpoint == lost.note
    ledger.close()
    assert fsck(lost.config).clean


def test_signed_lines_of_producers_in_any_order_bring_it_forward(lost: Lost) -> None:
    lines = b"\n".join([*reversed(lost.envelopes), b"", b"not JSON", b"[]", b"{}"])
    done = recover(lost.config, [lines])
    assert (done.size, done.missing) == (done.signed, ())
    assert done.before + len(lost.envelopes) == done.size
    serves(lost)


def test_an_export_of_the_operator_or_one_of_each_organization_is_enough(lost: Lost, tmp_path: Path) -> None:
    copied = tmp_path / "twice"
    shutil.copytree(lost.config.home, copied)
    assert recover(lost.config, [lost.exports["operator"]]).missing == ()
    serves(lost)
    again = Lost(Config(copied, ledger=lost.config.ledger), lost.envelopes, lost.exports, lost.note)
    own = [data for who, data in lost.exports.items() if who != "operator"]
    done = recover(again.config, own)
    assert done.missing  # what the operator admitted since stands in no organization's export
    assert done.size < done.signed
    with pytest.raises(LedgerUnsafe, match="older copy"):
        open_ledger(again.config)
    lines = b"\n".join(lost.envelopes)
    assert recover(again.config, [lines]).missing == ()
    assert fsck(again.config).findings == ()


def test_what_nobody_has_is_named_and_the_ledger_stays_closed(lost: Lost) -> None:
    done = recover(lost.config, [b"\n".join(lost.envelopes[:5] + lost.envelopes[6:])])
    assert (done.size - done.before, len(done.missing)) == (5, 1)
    assert "behind" in {finding.code for finding in fsck(lost.config).findings}
    with pytest.raises(LedgerUnsafe, match="older copy"):
        open_ledger(lost.config)
    assert recover(lost.config, [b"\n".join(lost.envelopes)]).missing == ()
    serves(lost)
    with pytest.raises(UsageError, match="Nothing is missing"):
        recover(lost.config, [])


def test_a_copy_with_other_signatures_or_less_disclosed_is_no_copy(lost: Lost) -> None:
    changed = []
    for number, envelope in enumerate(lost.envelopes):
        said = orjson.loads(envelope)
        if number == 0:
            said["signatures"][0]["signature"] = "A" * len(said["signatures"][0]["signature"])
        if number == 1:
            said["signatures"][0]["header"]["disclosures"].pop()
        changed.append(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
    done = recover(lost.config, [b"\n".join(changed)])
    assert (done.size, len(done.missing)) == (done.before, 2)


def test_published_entries_that_were_changed_are_not_followed(lost: Lost, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(lost.config.tiles, mirror)
    for path in (lost.config.tiles / "tile" / "entries").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            path.write_bytes(data[:-10] + bytes([data[-10] ^ 1]) + data[-9:])
    with pytest.raises(LedgerUnsafe, match="--tiles"):
        recover(lost.config, [b"\n".join(lost.envelopes)])
    assert recover(lost.config, [b"\n".join(lost.envelopes)], tiles=mirror).missing == ()


def test_a_database_of_another_history_is_not_continued(lost: Lost, tmp_path: Path) -> None:
    other = World(tmp_path / "other", start="2025-01-01T00:00:00Z")
    other.close()
    for name in MOVED:
        old, new = lost.config.home / name, other.config.home / name
        shutil.rmtree(new) if new.is_dir() else new.unlink()
        shutil.copytree(old, new) if old.is_dir() else shutil.copy(old, new)
    shutil.rmtree(other.config.keys)
    shutil.copytree(lost.config.keys, other.config.keys)
    with pytest.raises(LedgerUnsafe, match="not the beginning"):
        recover(other.config, [b"\n".join(lost.envelopes)])


def test_the_command_says_what_is_missing(lost: Lost, tmp_path: Path) -> None:
    lines, home = tmp_path / "lines.ndjson", str(lost.config.home)
    lines.write_bytes(b"\n".join(lost.envelopes[:-1]))
    done = CliRunner().invoke(app, ["recover", str(lines), "--home", home, "--json"])
    said = orjson.loads(done.stdout)
    assert (done.exit_code, said["recovered"], len(said["missing"])) == (1, False, 1)
    lines.write_bytes(lost.envelopes[-1])
    assert CliRunner().invoke(app, ["recover", str(lines), "--home", home]).exit_code == 0
    serves(lost)
