"""The auditor's replay of a whole log: what holds, and the first record at which something does not."""

import io
from typing import Any

import orjson
import pytest

from ledger.bundle.audit import audit
from ledger.log.checkpoint import Checkpoint
from ledger.log.leaf import leaf_bytes
from ledger.log.merkle import leaf_hash, root
from ledger.rules.common import time_order
from ledger.rules.mass_balance import elements_balance
from ledger.signing.disclosure import envelope_with
from ledger.signing.envelope import parse_evidence
from ledger.values.canonical import canonical
from tests.bundle.files import Files, failure, log_export, payload, record_of, results
from tests.bundle.stories import magnet
from tests.world import Lot, World


def _told(progress: list[tuple[str, int, int]]) -> Any:
    def tell(what: str, done: int, total: int) -> None:
        progress.append((what, done, total))

    return tell


def test_a_whole_log_replays_from_its_first_entry_on(magnets: Files) -> None:
    progress: list[tuple[str, int, int]] = []
    answer = audit(log_export(magnets.world), magnets.policy, _told(progress))
    assert answer.passed
    assert set(results(answer).values()) == {"passed"}
    assert [done for _, done, _ in progress] == sorted(done for _, done, _ in progress)
    assert progress[-1][1] == progress[-1][2] == magnets.world.ledger.tree.size - 1


def test_who_sees_only_his_own_records_is_told_what_that_leaves_open(magnets: Files) -> None:
    maker = magnets.world.organizations["maker"]
    answer = audit(log_export(magnets.world, maker.id), magnets.policy)
    assert answer.passed
    assert results(answer)["tree"] == results(answer)["signatures"] == results(answer)["chains"] == "passed"
    assert results(answer)["rules"] == "not checked"


def test_an_auditors_bundle_is_audited_and_a_report_alone_is_not(magnets: Files) -> None:
    assert audit(magnets.bundle, magnets.policy).passed
    assert "needs its bundle" in failure(audit(magnets.report, magnets.policy))
    assert failure(audit(b"", magnets.policy))
    assert "malformed policy" in failure(audit(log_export(magnets.world), b"x\n"))


def _drop_last(evidence: dict[str, Any]) -> None:
    evidence["records"].pop()


def _swap(evidence: dict[str, Any]) -> None:
    records = evidence["records"]
    records[-1], records[-2] = records[-2], records[-1]


def _swap_envelopes(evidence: dict[str, Any]) -> None:
    one, other = evidence["records"][-1], evidence["records"][-2]
    one["envelope"], other["envelope"] = other["envelope"], one["envelope"]


def _withhold(evidence: dict[str, Any]) -> None:
    entry = record_of(evidence, "process")
    opened = parse_evidence(entry["envelope"])
    entry["envelope"] = envelope_with(opened, lambda path: path != "steps")


def _other_signature(evidence: dict[str, Any]) -> None:
    one, other = (record_of(evidence, "source", number) for number in (0, 1))
    one["envelope"]["signatures"][0]["signature"] = other["envelope"]["signatures"][0]["signature"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (_drop_last, "but the checkpoint is of"),
        (_swap, "expected index"),
        (_swap_envelopes, "expected the record"),
        (_withhold, "malformed (steps): A member is missing"),
        (_other_signature, "other signatures than the envelope"),
        (lambda e: e["genesis"]["leaf"].update(ledger="else"), "log: expected else"),
        (lambda e: e["records"][3].update(extra=1), "extra is not known"),
        (lambda e: e["records"][3]["leaf"].update(t="x"), "records[3].leaf"),
    ],
)
def test_a_changed_export_says_where(magnets: Files, change: Any, where: str) -> None:
    export = orjson.loads(log_export(magnets.world))
    change(export["evidence"])
    assert where in failure(audit(canonical(export), magnets.policy))


def _resigned(world: World, export: dict[str, Any]) -> bytes:
    """The export under a checkpoint of its own, which the log's keys sign: what its operator alone can do."""
    evidence = export["evidence"]
    leaves = [canonical(evidence["genesis"]["leaf"]), *(canonical(entry["leaf"]) for entry in evidence["records"])]
    top = root([leaf_hash(leaf) for leaf in leaves])
    evidence["checkpoint"] = world.ledger.signer.sign(Checkpoint(world.config.origin, len(leaves), top))
    return canonical(export)


def test_an_operator_who_leaves_a_record_out_is_found(world: World) -> None:
    magnet(world)
    for kind in ("source", "process", "receive", "admission"):
        export = orjson.loads(log_export(world))
        records = export["evidence"]["records"]
        gone = records.index(record_of(export["evidence"], kind))
        del records[gone]
        for entry in records[gone:]:
            entry["index"] -= 1
        assert "evidence.records[" in failure(audit(_resigned(world, export), world.policy))


def test_an_operator_who_tags_a_leaf_falsely_is_found(world: World) -> None:
    magnet(world)
    export = orjson.loads(log_export(world))
    leaf = record_of(export["evidence"], "process")["leaf"]
    leaf["c"] = sorted([leaf["c"][0], "sha-256:" + "A" * 43])
    assert leaf_bytes(leaf["r"], leaf["s"], leaf["c"]) == canonical(leaf)
    assert "expected the tags" in failure(audit(_resigned(world, export), world.policy))


def test_an_operator_who_takes_in_what_the_rules_refuse_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = world.organization("mine", "AU")
    ore = mine.mines("concentrate", 10_000, {"Nd": 60_000})
    with monkeypatch.context() as patch:
        from ledger import rules

        kept = tuple(rule for rule in rules.RULES if rule not in (elements_balance, time_order))
        patch.setattr(rules, "RULES", kept)
        alchemy = mine.process(["leach", "separate"], {ore: 1_000}, [Lot("oxide", 900, {"Nd": 500_000})])[0]
    answer = audit(log_export(world), world.policy)
    said = failure(answer)
    assert "element-exceeded" in said
    assert alchemy.partition("#")[0] in said
    from tests.bundle.files import files_of

    bundle = files_of(world, world.report(alchemy, "auditor"))
    assert "come out of" in failure(bundle.verified()) or "comes out of" in failure(bundle.verified())
    assert files_of(world, world.report(alchemy, "buyer")).verified().passed  # to a buyer masses are not shown


def test_the_same_record_twice_is_found(world: World) -> None:
    magnet(world)
    export = orjson.loads(log_export(world))
    records = export["evidence"]["records"]
    records.append({**records[-1], "index": records[-1]["index"] + 1})
    assert "stands in the log already" in failure(audit(_resigned(world, export), world.policy))


def test_every_payload_of_an_export_is_of_this_ledger(magnets: Files) -> None:
    records = orjson.loads(log_export(magnets.world))["evidence"]["records"]
    assert {payload(entry)["log"] for entry in records} == {magnets.world.config.ledger}


def test_every_batch_is_handed_out_with_its_routes_where_that_is_asked_for(magnets: Files) -> None:
    out = io.BytesIO()
    export = log_export(magnets.world)
    answer = audit(export, magnets.policy, batches=out)
    assert results(answer)["routes"] == "passed"
    lines = [orjson.loads(line) for line in out.getvalue().splitlines()]
    made = {line["batch"]: line for line in lines}
    assert len(made) == len(lines) > 5
    for line in lines:
        for element, routes in line["routes"].items():
            assert all(entry["mass_mg"] > 0 for entry in routes), element
        assert sum(entry["mass_mg"] for entry in line["routes"]["*"]) == line["mass_mg"]
        assert 0 <= line["left_mg"] <= line["mass_mg"]
    assert any("Where material has been" in each for each in audit(export, magnets.policy).not_shown)
    assert not any("Where material has been" in each for each in answer.not_shown)


def test_who_sees_some_records_only_gets_no_batches(magnets: Files) -> None:
    out = io.BytesIO()
    answer = audit(log_export(magnets.world, magnets.world.organizations["maker"].id), magnets.policy, batches=out)
    assert (results(answer)["routes"], out.getvalue()) == ("not checked", b"")


def test_a_record_whose_chain_is_closed_is_refused_in_words(magnets: Files) -> None:
    maker = magnets.world.organizations["maker"]
    export = orjson.loads(log_export(magnets.world, maker.id))
    opener = next(each for each in export["evidence"]["records"] if each["leaf"]["r"] == maker.id)
    del opener["envelope"]
    assert "No chain of this id has been opened" in failure(audit(canonical(export), magnets.policy))
