"""A monitor follows a log, honest or not, and tells a chain's owner of every leaf that he did not make."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from ledger.errors import ConfigError, VerificationError
from ledger.log.checkpoint import Checkpoint
from ledger.log.leaf import genesis_leaf, leaf_bytes, tags
from ledger.log.merkle import leaf_hash
from ledger.log.policy import parse_policy, policy_text
from ledger.log.signer import LogSigner
from ledger.log.tiles import entry_bundles, hash_tiles
from ledger.log.tree import Tree
from ledger.log.watch import Seen, WatchedChain, WatchedRecord, Watching, status_tags
from ledger.values.encoding import b64u, digest
from ledger.workflows.monitor import MonitorState, Round, compare, follow
from ledger.workflows.monitor_state import read_state, state_bytes

ORIGIN = "log.example/2026"
LOG = LogSigner.from_seeds(ORIGIN, b"\x01" * 32, b"\x02" * 32)
STRANGER = LogSigner.from_seeds(ORIGIN, b"\x11" * 32, b"\x12" * 32)
POLICY = parse_policy(policy_text(*LOG.vkeys()))
GENESIS = genesis_leaf("log.example", digest(b"operator"), ORIGIN, digest(b"rules"))
MINE, OTHERS = b64u(b"\x01" * 32), b64u(b"\x02" * 32)
PAYLOAD = b'{"an":"organization record"}'


def leaf(record: str, chain: str, seq: int, changes: tuple[bytes, int] | None = None) -> bytes:
    return leaf_bytes(digest(record.encode()), digest(b"signatures"), tags(chain, seq, changes))


OWN = [leaf(f"mine {seq}", MINE, seq) for seq in range(5)]
FILLING = [leaf(f"theirs {seq}", OTHERS, seq) for seq in range(600)]


@dataclass
class FakeLog:
    """Whatever somebody with the log's keys could publish."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def publish(self, leaves: Sequence[bytes], signer: LogSigner = LOG) -> str:
        tree = Tree(map(leaf_hash, leaves))
        note = signer.sign(Checkpoint(ORIGIN, len(leaves), tree.root()))
        self.objects |= dict(hash_tiles(tree, 0, len(leaves)))
        self.objects |= dict(entry_bundles(lambda start, count: leaves[start : start + count], 0, len(leaves)))
        self.objects["checkpoint"] = note.encode()
        return note

    def fetch(self, path: str) -> bytes | None:
        return self.objects.get(path)


@dataclass
class Monitor:
    """Its state goes through a file between two looks."""

    chains: list[WatchedChain] = field(default_factory=list)
    records: list[WatchedRecord] = field(default_factory=list)
    state: MonitorState = field(default_factory=MonitorState)

    def look(self, log: FakeLog, *, again: bool = False) -> Round:
        self.state = read_state(state_bytes(self.state))
        seen = Seen() if again else self.state.seen.copy()
        return follow(log.fetch, POLICY, self.state, Watching(self.chains, self.records, seen), again=again)

    def codes(self, log: FakeLog, *, again: bool = False) -> list[str]:
        return [alarm.code for alarm in self.look(log, again=again).alarms]


@pytest.mark.parametrize("sizes", [[1, 2, 5, 300, 601], [256, 512], [257, 257, 600]])
def test_a_log_that_only_grows_gives_no_alarm(sizes: list[int]) -> None:
    log, monitor, before = FakeLog(), Monitor(), 0
    for size in sizes:
        log.publish([GENESIS, *FILLING][:size])
        found = monitor.look(log)
        assert found.alarms == ()
        assert found.followed is not None
        assert (found.followed.checkpoint.size, found.followed.new) == (size, size - before)
        before = size


def test_the_owner_of_a_chain_hears_of_each_of_its_leaves_that_he_did_not_make() -> None:
    log = FakeLog()
    mine = WatchedChain(MINE, {seq: digest(f"mine {seq}".encode()) for seq in range(3)}, 2)
    monitor = Monitor([mine])
    log.publish([GENESIS, *FILLING[:5], *OWN[:3]])
    assert monitor.codes(log) == []
    assert monitor.state.seen.chains[MINE].keys() == {0, 1, 2}
    log.publish([GENESIS, *FILLING[:5], *OWN[:3], FILLING[5], leaf("stolen key", MINE, 3)])
    (alarm,) = monitor.look(log).alarms
    assert (alarm.code, alarm.index, alarm.record) == ("foreign-leaf", 10, digest(b"stolen key"))
    assert monitor.codes(log) == []  # told once; the state keeps it
    assert [each.code for each in monitor.state.alarms] == ["foreign-leaf"]


def test_two_leaves_of_one_number_and_a_leaf_far_ahead_are_told() -> None:
    log = FakeLog()
    monitor = Monitor([WatchedChain(MINE, {}, 4)])
    log.publish([GENESIS, *OWN, leaf("another", MINE, 2), leaf("far ahead", MINE, 9_999)])
    assert monitor.codes(log) == ["second-leaf", "foreign-leaf"]


def test_a_record_in_place_of_the_owners_own_is_told() -> None:
    log = FakeLog()
    monitor = Monitor([WatchedChain(MINE, {1: digest(b"mine 1")}, 2)])
    log.publish([GENESIS, OWN[0], leaf("another", MINE, 1), OWN[2]])
    assert monitor.codes(log) == ["foreign-leaf"]


def test_a_receipted_record_that_the_log_leaves_out_is_told_until_it_is_there() -> None:
    log = FakeLog()
    monitor = Monitor([WatchedChain(MINE, {}, 3)])
    log.publish([GENESIS, OWN[0], OWN[3]])
    (alarm,) = monitor.look(log).alarms
    assert (alarm.code, "the numbers 1, 2 " in alarm.sentence) == ("missing-leaf", True)
    assert monitor.codes(log) == ["missing-leaf"]
    log.publish([GENESIS, OWN[0], OWN[3], OWN[1], OWN[2]])
    assert monitor.codes(log) == []


def test_a_chain_given_by_its_id_alone_is_counted_and_its_double_numbers_are_told() -> None:
    log, monitor = FakeLog(), Monitor([WatchedChain(MINE)])
    log.publish([GENESIS, *OWN, *FILLING[:3]])
    assert monitor.codes(log) == []
    assert len(monitor.state.seen.chains[MINE]) == 5
    log.publish([GENESIS, *OWN, *FILLING[:3], leaf("another", MINE, 0)])
    assert monitor.codes(log) == ["second-leaf"]


def test_each_change_of_a_records_standing_by_others_is_told_and_ones_own_is_not() -> None:
    log = FakeLog()
    record = WatchedRecord(digest(PAYLOAD), status_tags(PAYLOAD, 4))
    monitor = Monitor([WatchedChain(MINE)], [record])
    leaves = [GENESIS, OWN[0], leaf("my rotation", MINE, 1, (PAYLOAD, 0))]
    log.publish(leaves)
    assert monitor.codes(log) == []
    leaves += [FILLING[0], leaf("a suspension", OTHERS, 1, (PAYLOAD, 1)), leaf("a hold", OTHERS, 2, (PAYLOAD, 2))]
    log.publish(leaves)
    assert monitor.codes(log) == ["status-changed", "status-changed"]
    assert monitor.state.seen.changes == {record.id: 3}


def test_what_is_watched_for_later_is_looked_for_from_the_beginning() -> None:
    log, monitor = FakeLog(), Monitor()
    log.publish([GENESIS, *OWN, leaf("another", MINE, 2), *FILLING])
    assert monitor.codes(log) == []
    monitor.chains.append(WatchedChain(MINE))
    assert monitor.codes(log, again=True) == ["second-leaf"]


@pytest.mark.parametrize(
    "entry", [b"", b"{}", OWN[1][:-1], OWN[1] + b"\n", OWN[1].replace(b'"t"', b'"T"'), b"\xff" * 300, GENESIS]
)
def test_an_entry_that_is_no_leaf_is_told(entry: bytes) -> None:
    log, monitor = FakeLog(), Monitor()
    log.publish([GENESIS, OWN[0], entry, OWN[2]])
    assert monitor.codes(log) == ["malformed-leaf"]


def test_tags_out_of_order_and_another_first_entry_are_told() -> None:
    log = FakeLog()
    first, second = sorted(tags(MINE, 0, None))
    log.publish([GENESIS.replace(b"2026", b"2025"), leaf_bytes(digest(b"r"), digest(b"s"), [second, first])])
    assert Monitor().codes(log) == ["malformed-leaf", "malformed-leaf"]


def test_a_second_history_is_told_in_each_way_in_which_it_can_be_shown() -> None:
    honest, false = [GENESIS, *FILLING[:299]], [GENESIS, *FILLING[:40], leaf("false", OTHERS, 40), *FILLING[41:]]
    for shown in (100, 300, 400):
        log, monitor = FakeLog(), Monitor()
        log.publish(honest)
        assert monitor.codes(log) == []
        fork = FakeLog()
        fork.publish(false[:shown])
        before = state_bytes(monitor.state)
        found = monitor.look(fork)
        assert [alarm.code for alarm in found.alarms] == ["inconsistent" if shown == 400 else "split-view"]
        assert found.followed is None
        assert state_bytes(monitor.state) == before
        assert monitor.codes(fork, again=True) == [alarm.code for alarm in found.alarms]
        log.publish([*honest, FILLING[299]])
        assert monitor.codes(log) == []  # the honest history goes on from where it was


def test_an_older_checkpoint_out_of_a_cache_is_no_alarm() -> None:
    log, monitor = FakeLog(), Monitor()
    old = log.publish([GENESIS, *FILLING[:99]])
    log.publish([GENESIS, *FILLING[:299]])
    assert monitor.codes(log) == []
    log.objects["checkpoint"] = old.encode()
    found = monitor.look(log)
    assert found.alarms == ()
    assert found.followed is not None
    assert found.followed.checkpoint.size == 300


def test_entries_that_are_not_those_of_the_signed_tree_are_told() -> None:
    log = FakeLog()
    log.publish([GENESIS, *FILLING[:299]])
    log.objects["tile/entries/000"] = log.objects["tile/entries/000"].replace(b'"s":"sha-256:', b'"s":"sha-256_', 1)
    assert Monitor().codes(log) == ["inconsistent"]
    del log.objects["tile/entries/000"]
    assert Monitor().codes(log) == ["inconsistent"]


@pytest.mark.parametrize(
    "note", [b"", b"<html>", b"\xff\n\n", STRANGER.sign(Checkpoint(ORIGIN, 9, bytes(32))).encode()]
)
def test_a_checkpoint_that_the_log_did_not_sign_is_told(note: bytes) -> None:
    log = FakeLog({"checkpoint": note})
    assert Monitor().codes(log) == ["bad-checkpoint"]
    assert Monitor().codes(FakeLog()) == ["bad-checkpoint"]


def test_monitors_compare_what_they_were_shown() -> None:
    log, monitor = FakeLog(), Monitor()
    old = log.publish([GENESIS, *FILLING[:99]])
    log.publish([GENESIS, *FILLING[:299]])
    assert monitor.codes(log) == []
    assert compare(log.fetch, POLICY, monitor.state, old) == []
    assert compare(log.fetch, POLICY, monitor.state, monitor.state.note) == []
    fork = FakeLog()
    for shown in (100, 300, 500):
        false = fork.publish([GENESIS, leaf("false", OTHERS, 0), *FILLING[1:]][:shown])
        assert [alarm.code for alarm in compare(log.fetch, POLICY, monitor.state, false)] == ["split-view"]
    with pytest.raises(VerificationError):
        compare(log.fetch, POLICY, monitor.state, STRANGER.sign(Checkpoint(ORIGIN, 100, bytes(32))))


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"v":"lodestone-monitor/2"}'])
def test_a_damaged_state_is_not_taken_for_none(damage: bytes) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_state(damage)


def test_an_edge_that_does_not_give_the_root_is_damage() -> None:
    log, monitor = FakeLog(), Monitor()
    log.publish([GENESIS, *FILLING[:99]])
    monitor.look(log)
    monitor.state.edge = monitor.state.edge[:-1] + b"x"
    with pytest.raises(ConfigError, match="edge"):
        read_state(state_bytes(monitor.state))
