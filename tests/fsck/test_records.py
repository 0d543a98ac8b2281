"""Records: what cannot be made anew is named with what to do, and nothing else is changed meanwhile."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import orjson
import pytest

from ledger.errors import ConfigError
from ledger.workflows.config import Config
from ledger.workflows.fsck import fsck
from tests.fsck.everything import World

AT = 9


def change(config: Config, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(config.home / "ledger.db")) as connection:
        connection.execute(statement, values)
        connection.commit()


def stored(config: Config, statement: str) -> Any:
    with closing(sqlite3.connect(config.home / "ledger.db")) as connection:
        return connection.execute(statement).fetchone()[0]


def envelope(config: Config, mend: Callable[[dict[str, Any]], object]) -> None:
    """Change the envelope of one record."""
    said = orjson.loads(stored(config, f"SELECT envelope FROM record WHERE idx = {AT}"))
    mend(said)
    change(config, f"UPDATE record SET envelope = ? WHERE idx = {AT}", orjson.dumps(said, option=orjson.OPT_SORT_KEYS))


def other_letter(text: str) -> str:
    return text[:40] + ("A" if text[40] != "A" else "B") + text[41:]


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "another payload": lambda said: said.update(payload=other_letter(said["payload"])),
    "another signature": lambda said: said["signatures"][0].update(
        signature=other_letter(said["signatures"][0]["signature"])
    ),
    "a disclosure changed": lambda said: said["signatures"][0]["header"]["disclosures"].__setitem__(
        0, other_letter(said["signatures"][0]["header"]["disclosures"][0])
    ),
    "a disclosure gone": lambda said: said["signatures"][0]["header"]["disclosures"].pop(),
    "a disclosure twice": lambda said: said["signatures"][0]["header"]["disclosures"].append(
        said["signatures"][0]["header"]["disclosures"][0]
    ),
    "another member": lambda said: said.update(more=1),
    "no signature": lambda said: said["signatures"].clear(),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_record_whose_bytes_were_changed_is_named_and_not_mended(
    config: Config, wrong: Callable[[dict[str, Any]], object]
) -> None:
    envelope(config, wrong)
    change(config, "UPDATE batch SET left_mg = left_mg + 1")
    before = stored(config, "SELECT group_concat(quote(envelope)) FROM record")
    answer = fsck(config, repair=True)
    assert [finding.where.startswith(f"record[{AT}]") for finding in answer.findings] == [True]
    assert "restore the newest copy" in answer.findings[0].sentence
    assert not answer.findings[0].mends
    assert [sentence for sentence in answer.unchecked if f"up to index {AT - 1}" in sentence]
    assert stored(config, "SELECT group_concat(quote(envelope)) FROM record") == before


def test_bytes_that_are_no_envelope_are_named(config: Config) -> None:
    for data in (b"", b"{}", b"\xff\xfe", "text"):
        change(config, f"UPDATE record SET envelope = ? WHERE idx = {AT}", data)
        assert fsck(config).findings[0].where == f"record[{AT}].envelope"


def test_a_later_record_that_was_changed_too_is_named_although_the_replay_ended_before(config: Config) -> None:
    envelope(config, WRONG["another payload"])
    change(config, f"UPDATE record SET envelope = '' WHERE idx = {AT + 5}")
    places = [finding.where for finding in fsck(config).findings]
    assert places == [f"record[{AT}].envelope", f"record[{AT + 5}].envelope"]


def test_records_in_another_order_are_not_those_that_were_signed(config: Config) -> None:
    change(config, f"UPDATE record SET idx = -1 WHERE idx = {AT}")
    change(config, f"UPDATE record SET idx = {AT} WHERE idx = {AT + 1}")
    change(config, f"UPDATE record SET idx = {AT + 1} WHERE idx = -1")
    answer = fsck(config, repair=True)
    assert "checkpoint" in {finding.code for finding in answer.findings}
    assert not any(finding.mends for finding in answer.findings)


def test_records_that_are_missing_are_named(config: Config) -> None:
    change(config, f"DELETE FROM record WHERE idx IN ({AT}, {AT + 1})")
    answer = fsck(config)
    assert answer.findings[0].sentence.startswith(f"The records from index {AT} to {AT + 1} are missing.")
    assert answer.counts["entries"] == AT
    assert "Tree, tiles and checkpoints were compared for the first" in answer.unchecked[0]


def test_a_database_that_is_behind_what_was_signed_says_what_to_do(config: Config) -> None:
    last = stored(config, "SELECT max(idx) FROM record")
    change(config, f"DELETE FROM record WHERE idx = {last}")
    answer = fsck(config, repair=True)
    behind = [finding for finding in answer.findings if finding.code == "behind"]
    assert {finding.where for finding in behind} >= {"the second store", "the published checkpoint"}
    assert "would fork the log" in behind[0].sentence
    assert stored(config, "SELECT size FROM log_head") == last + 1  # nothing is made to fit


def test_a_row_at_an_impossible_index_is_named(config: Config) -> None:
    last = stored(config, "SELECT max(idx) FROM record")
    change(config, f"UPDATE record SET idx = -5 WHERE idx = {last}")
    assert "which the log does not have" in fsck(config).findings[0].sentence


@pytest.mark.parametrize("genesis", [b"{}", b"nonsense", None])
def test_a_genesis_entry_that_is_none_is_named(config: Config, genesis: bytes | None) -> None:
    if genesis is None:
        change(config, "DELETE FROM log_head")
    else:
        change(config, "UPDATE log_head SET genesis = ?", genesis)
    assert [finding.code for finding in fsck(config, repair=True).findings] == ["head"]


def test_another_genesis_entry_is_not_the_one_that_was_signed(config: Config) -> None:
    said = orjson.loads(stored(config, "SELECT genesis FROM log_head"))
    said["operator"] = "sha-256:" + "A" * 43
    change(config, "UPDATE log_head SET genesis = ?", orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
    answer = fsck(config)
    assert {"record", "checkpoint"} <= {finding.code for finding in answer.findings}


def test_a_file_that_is_no_database_is_an_answer(config: Config) -> None:
    (config.home / "ledger.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 9_000)
    for side in ("-wal", "-shm"):
        (config.home / f"ledger.db{side}").unlink(missing_ok=True)
    answer = fsck(config)
    assert [finding.code for finding in answer.findings] == ["database"]
    assert "newest copy" in answer.findings[0].sentence


def test_an_index_that_is_missing_is_named_and_made_anew(config: Config) -> None:
    change(config, "DROP INDEX record_chain_seq")
    answer = fsck(config)
    assert [(finding.code, finding.where) for finding in answer.findings] == [("schema", "record_chain_seq")]
    assert fsck(config, repair=True).clean


def test_there_is_nothing_to_check_where_there_is_no_ledger(config: Config) -> None:
    change(config, "DELETE FROM record")
    change(config, "DELETE FROM log_head")
    with pytest.raises(ConfigError, match="no ledger"):
        fsck(config)
    (config.home / "ledger.db").unlink()
    with pytest.raises(ConfigError, match="no ledger"):
        fsck(config)
    assert not (config.home / "ledger.db").exists()


def test_entries_that_are_committed_and_not_signed_are_no_damage(config: Config) -> None:
    world = World(config.home, start="2026-06-01T00:00:00Z")
    nobody = "sha-256:" + "A" * 43
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.workflows.commit.publish", lambda _: None)
        world.operate("admission", {"op": "admit", "record": nobody, "organization": nobody})
    world.close()
    answer = fsck(config)
    assert answer.clean
    said = "Entries that are committed and not signed yet: 1. Nothing was promised for them."
    assert answer.notes == (f"{said} The next start of the service completes that.",)
