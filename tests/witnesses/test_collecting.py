"""The service asks its witnesses; what they sign is in checkpoints, receipts and reports, and verify demands it."""

import shutil
import threading
import time
from io import BytesIO
from pathlib import Path

import httpx
import orjson
import pytest

from ledger.bundle.receipt import verify_receipts
from ledger.bundle.trust import Later
from ledger.bundle.verify import verify
from ledger.errors import ConfigError, LodestoneError, VerificationError
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.note import parse_note
from ledger.log.policy import parse_policy
from ledger.log.witness import AddCheckpoint
from ledger.workflows import setback
from ledger.workflows.collect import Collector, Outcome, collect_once
from ledger.workflows.config import Config
from ledger.workflows.cosigned import continuation
from ledger.workflows.export import write_log_export
from ledger.workflows.open import policy_of
from ledger.workflows.publish import publish
from ledger.workflows.receipts import receipt, receipt_now
from ledger.workflows.witnesses import read_witnesses
from tests.api.conftest import serving
from tests.cli.commands import inside
from tests.witnesses.conftest import NOW, Panel
from tests.world import World


def collect(world: World) -> list[Outcome]:
    """Ask every witness once."""
    assert world.ledger.witnesses is not None
    return [collect_once(world.ledger, each) for each in world.ledger.witnesses.asked]


def beside(text: str) -> Later:
    return lambda _: text.encode()


def mined(world: World) -> str:
    found = world.organizations.get("mine") or world.organization("mine", "AU")
    return found.mines("concentrate", 1_000, {"Nd": 62_000})


def test_a_receipt_is_integrated_at_once_and_witnessed_when_the_quorum_has_signed(panel: Panel) -> None:
    world = panel.open()
    try:
        mined(world)
        index = world.ledger.tree.size - 1
        policy = policy_of(world.ledger)
        first = receipt_now(world.ledger, index)
        assert first["state"] == "integrated"
        assert not verify_receipts(orjson.dumps(first), policy).passed  # the policy demands witnesses

        assert world.ledger.witnesses is not None
        one, two = world.ledger.witnesses.asked
        assert collect_once(world.ledger, one) == Outcome("one", index + 1, met=False)
        assert receipt_now(world.ledger, index)["state"] == "integrated"
        assert collect_once(world.ledger, two) == Outcome("two", index + 1, met=True)
        witnessed = receipt_now(world.ledger, index)
        assert witnessed["state"] == "witnessed"
        assert verify_receipts(orjson.dumps(witnessed), policy).passed
        mined(world)
        assert collect(world)[1].met
        assert (
            receipt_now(world.ledger, index) == witnessed
        )  # the first witnessed one counts, whoever asks and whenever
        assert receipt(world.ledger, index) == first
    finally:
        world.close()


def test_the_published_checkpoint_carries_the_cosignatures_and_keeps_them_over_a_restart(panel: Panel) -> None:
    world = panel.open()
    collect(world)
    policy = parse_policy(policy_of(world.ledger))
    assert policy.demands_witness
    published = world.ledger.published.checkpoint() or ""
    assert {"one", "one-pq", "two", "two-pq"} <= policy.evaluate(published).witnesses.keys()
    assert len(parse_note(published).signatures) == 6
    collect(world)  # again: newer signatures by the same keys replace the older ones
    assert len(parse_note(world.ledger.published.checkpoint() or "").signatures) == 6
    publish(world.ledger)
    world.close()
    world = panel.open()
    try:
        again = world.ledger.published.checkpoint() or ""
        assert policy.evaluate(again).checkpoint.size == world.ledger.tree.size
    finally:
        world.close()


def test_a_witness_that_is_behind_is_caught_up_with_a_proof(panel: Panel) -> None:
    world = panel.open()
    try:
        collect(world)
        for _ in range(3):
            mined(world)
        assert [outcome.size for outcome in collect(world)] == [world.ledger.tree.size] * 2
    finally:
        world.close()


def test_a_report_says_which_witnesses_saw_its_checkpoint(panel: Panel) -> None:
    world = panel.open()
    try:
        batch = mined(world)
        collect(world)
        made = world.report(batch)
        bundle = world.bundle_bytes(made)
        answer = verify(made.jwt.encode(), bundle, policy_of(world.ledger))
        assert answer.passed, answer
        said = next(check.detail for check in answer.checks if check.name == "checkpoint")
        assert "witnessed by one (2026-11-25T06:00:00Z), one-pq (2026-11-25T06:00:00Z), two (" in said
        assert not any("one and the same log" in each for each in answer.not_shown)
    finally:
        world.close()


def test_a_report_made_before_the_witnesses_signed_is_completed_by_what_travels_beside_it(panel: Panel) -> None:
    world = panel.open()
    try:
        batch = mined(world)
        made = world.report(batch)
        bundle = world.bundle_bytes(made)
        policy = policy_of(world.ledger)
        size = world.ledger.tree.size
        refused = verify(made.jwt.encode(), bundle, policy)
        assert not refused.passed
        assert "lacks what the policy demands" in refused.sentence
        assert continuation(world.ledger, size) is None
        mined(world)
        collect(world)
        text = continuation(world.ledger, size)
        assert text is not None
        answer = verify(made.jwt.encode(), bundle, policy, later=beside(text))
        assert answer.passed, answer
        said = next(check.detail for check in answer.checks if check.name == "checkpoint")
        assert f"witnessed at {size + 1} entries, which continue these by one (" in said

        short = AddCheckpoint(size, (), text.partition("\n\n")[2]).text
        unsigned = text.replace(
            parse_note(text.partition("\n\n")[2]).text, world.ledger.checkpoint.partition("\n\n")[0]
        )
        for false in (short, unsigned, "old 1\n\n" + world.ledger.checkpoint, "nonsense"):
            assert not verify(made.jwt.encode(), bundle, policy, later=beside(false)).passed
    finally:
        world.close()


def test_the_running_service_asks_by_itself_and_no_receipt_waits_for_it(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the witnesses never answers: submissions go on, and the other one signs all the same."""
    monkeypatch.setattr(setback, "_PATIENCE", 0.2)
    with _silent_server() as silent:
        world = panel.open(quorum="1", two=silent)
        try:
            with serving(world.ledger) as http:
                mined(world)
                size = world.ledger.tree.size
                text = _wait_for(http, f"/log/witnessed/{size}")
                assert text.startswith(f"old {size}\n")
                shown = http.get("/log/checkpoint").text
                assert parse_policy(http.get("/log/policy").text).evaluate(shown).witnesses["one"]
                assert 'lodestone_witnessed_size{witness="one"}' in http.get("/metrics").text
        finally:
            world.close()


def _wait_for(http: httpx.Client, path: str) -> str:
    for _ in range(400):
        answer = http.get(path)
        if answer.status_code == 200:
            return answer.text
        time.sleep(0.05)
    raise AssertionError(answer.text)


class _silent_server:  # noqa: N801 - it reads as a block
    """Takes connections and never answers."""

    def __enter__(self) -> str:
        import socket

        self.socket = socket.create_server(("127.0.0.1", 0))
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def test_without_witnesses_nobody_is_asked(tmp_path: Path) -> None:
    world = World(tmp_path / "ledger")
    try:
        before = threading.active_count()
        collector = Collector(world.ledger)
        collector.start()
        assert threading.active_count() == before
        collector.stop()
        assert not (tmp_path / "ledger" / "cosignatures.db").exists()
        assert continuation(world.ledger, 1) is None
    finally:
        world.close()


def test_an_answer_by_other_keys_or_over_another_checkpoint_is_not_kept(panel: Panel) -> None:
    """The address of the one witness is given to the other: its answers prove nothing of it."""
    world = panel.open(quorum="1", one=panel.urls["two"], two="http://127.0.0.1:9/")
    try:
        assert world.ledger.witnesses is not None
        asked = world.ledger.witnesses.asked[0]
        with pytest.raises(VerificationError, match="no signature by a key of this witness"):
            collect_once(world.ledger, asked)
        with pytest.raises(LodestoneError, match="does not answer"):
            collect_once(world.ledger, world.ledger.witnesses.asked[1])
        assert len(parse_note(world.ledger.published.checkpoint() or "").signatures) == 2
    finally:
        world.close()


@pytest.mark.parametrize(
    ("lines", "match"),
    [
        ("nonsense\n", "malformed policy"),
        ("log {log}\nquorum none\n", "no log line"),
        ("witness w {one} ftp://x\nquorum none\n", "not an address"),
        ("witness w {one} http://user@x/\nquorum none\n", "not an address"),
        ("witness w {one} http://x:99999\nquorum none\n", "not an address"),
    ],
)
def test_settings_that_name_no_witnesses_are_refused(panel: Panel, tmp_path: Path, lines: str, match: str) -> None:
    file = tmp_path / "w.txt"
    log = next(iter(panel.witnesses["one"].logs.values()))[0].vkey
    file.write_text(lines.format(log=log, one=panel.witnesses["one"].vkeys()[0]))
    with pytest.raises(ConfigError, match=match):
        read_witnesses(Config(tmp_path, witnesses=str(file)))


def test_other_settings_of_witnesses_are_checked(tmp_path: Path) -> None:
    assert read_witnesses(Config(tmp_path)) is None
    with pytest.raises(ConfigError, match="cannot be read"):
        read_witnesses(Config(tmp_path, witnesses=str(tmp_path / "none")))
    with pytest.raises(ConfigError, match="whole number"):
        read_witnesses(Config(tmp_path, witnesses="x", witness_seconds="1.5"))
    with pytest.raises(ConfigError, match="at most"):
        read_witnesses(Config(tmp_path, witnesses="x", witness_seconds="100000"))


def test_what_is_published_meanwhile_stays_the_newest(panel: Panel) -> None:
    world = panel.open()
    try:
        collect(world)
        mined(world)
        newest = parse_checkpoint(parse_note(world.ledger.published.checkpoint() or "").text)
        assert newest.size == world.ledger.tree.size
    finally:
        world.close()


def test_a_witness_that_fails_is_asked_again_after_longer_and_longer_pauses(panel: Panel) -> None:
    world = panel.open(quorum="1", one="http://127.0.0.1:9")
    try:
        told: list[Outcome] = []
        collector = Collector(world.ledger, told.append)
        pauses: list[float] = []

        class Clock:
            """Notes pauses instead of waiting; after a few it is time to stop."""

            def wait(self, pause: float) -> None:
                pauses.append(pause)

            def is_set(self) -> bool:
                return len(pauses) >= 12

        collector._stopping = Clock()  # type: ignore[assignment]  # it has what is used of an event
        assert world.ledger.witnesses is not None
        collector._run(world.ledger.witnesses.asked[0])
        assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]
        assert {outcome.witness for outcome in told} == {"one"}
        assert all("does not answer" in outcome.problem for outcome in told)
    finally:
        world.close()


def test_an_export_is_audited_under_witnesses_with_what_they_signed_later(panel: Panel, tmp_path: Path) -> None:
    world = panel.open()
    try:
        mined(world)
        (tmp_path / "all.json").write_bytes(export_of(world))
        (tmp_path / "policy.txt").write_text(policy_of(world.ledger))
        words = ("audit", tmp_path / "all.json", "--policy", tmp_path / "policy.txt", "--json")
        assert inside(*words).code == 1
        mined(world)
        collect(world)
        with serving(world.ledger) as http:
            url = ("--url", str(http.base_url))
            fetched = inside("log", "witnessed", tmp_path / "all.json", "-o", tmp_path / "w.txt", *url)
            assert fetched.code == 0, fetched
            given = tmp_path / "receipts.json"
            given.write_bytes(orjson.dumps(receipt(world.ledger, 4)))
            assert inside("verify", given, "--policy", tmp_path / "policy.txt").code == 1
            online = inside("verify", given, "--policy", tmp_path / "policy.txt", "--online", *url)
            assert online.code == 0, online
            assert inside("verify", given, "--policy", tmp_path / "policy.txt", "--online").code == 2
        done = inside(*words, "--witnessed", tmp_path / "w.txt")
        assert done.code == 0, done
        assert "which continue these by one (" in done.json["checks"][1]["detail"]
    finally:
        world.close()


def export_of(world: World) -> bytes:
    out = BytesIO()
    write_log_export(world.ledger, out)
    return out.getvalue()


def test_the_service_collects_on_postgresql_as_on_sqlite(panel: Panel, tmp_path: Path, postgresql_url: str) -> None:
    (tmp_path / "again").mkdir()
    shutil.copytree(panel.home / "keys", tmp_path / "again" / "ledger" / "keys")
    settings = panel.settings()
    world = World(
        tmp_path / "again" / "ledger", start=NOW, witnesses=settings, witness_seconds="0", database_url=postgresql_url
    )
    try:
        mined(world)
        size = world.ledger.tree.size
        assert [outcome.met for outcome in collect(world)] == [False, True]
        assert receipt_now(world.ledger, size - 1)["state"] == "witnessed"
        assert (continuation(world.ledger, 3) or "").startswith("old 3\n")
    finally:
        world.close()


def test_a_witness_whose_clock_is_wrong_is_told_and_its_signature_is_not_kept(panel: Panel) -> None:
    world = panel.open()
    try:
        world.now = "2026-11-25T05:54:59Z"  # more than five minutes behind the witness
        assert world.ledger.witnesses is not None
        with pytest.raises(VerificationError, match="clock of the witness one is wrong"):
            collect_once(world.ledger, world.ledger.witnesses.asked[0])
        world.now = "2026-11-25T05:55:00Z"
        assert collect_once(world.ledger, world.ledger.witnesses.asked[0]).size == world.ledger.tree.size
    finally:
        world.close()
