"""An auditor's bundle is weighed by the rule set that was in force at each record's index."""

import io
from bisect import insort
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from importlib.resources import files
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson
import pytest

from ledger.bundle import audit as audit_module
from ledger.bundle.audit import audit
from ledger.bundle.chains import follow
from ledger.bundle.exact import replay_masses
from ledger.bundle.format import Bundle, read_file
from ledger.bundle.graph import read_graph
from ledger.bundle.proven import ProvenRecord
from ledger.bundle.verify import verify
from ledger.errors import Refused, VerificationError
from ledger.material.batch import Batch
from ledger.rules import common, ruleset
from ledger.rules.ruleset import RuleSet, current_rule_set, known_rule_sets
from ledger.signing.disclosure import envelope_with
from ledger.signing.envelope import parse_evidence
from ledger.signing.signer import LocalSigner
from ledger.store.log import read_head
from ledger.values.encoding import digest
from ledger.workflows.commit import commit_one
from ledger.workflows.issue import Issuer, new_chain_id
from tests.bundle.files import Files, failure, files_of, log_export, payload, record_of, results
from tests.world import NAME, Lot, World


@pytest.fixture
def strict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RuleSet]:
    """A second rule set that this version holds too, without any tolerance of assays; ledgers begin with the first."""
    kept = current_rule_set()
    packs = files("ledger.rules") / "packs"
    (first,) = [data for entry in packs.iterdir() if digest(data := entry.read_bytes()) == kept.digest]
    second = first.replace(f'id = "{kept.id}"'.encode(), b'id = "lodestone-rules-0000"')
    second = second.replace(f"assay_tolerance_ppm = {kept.assay_tolerance_ppm}".encode(), b"assay_tolerance_ppm = 0")
    (tmp_path / "rules" / "packs").mkdir(parents=True)
    for name, data in (("rules-one.toml", first), ("rules-two.toml", second)):
        (tmp_path / "rules" / "packs" / name).write_bytes(data)
    monkeypatch.setattr(ruleset, "files", lambda _: tmp_path / "rules")
    known_rule_sets.cache_clear()
    (made,) = [rules for rules in known_rule_sets().values() if rules.id == "lodestone-rules-0000"]
    assert made.assay_tolerance_ppm == 0
    yield made
    known_rule_sets.cache_clear()


def _records(made: Files) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = orjson.loads(made.bundle)["evidence"]["records"]
    return records


class Followed:
    """Counts what an audit hands on."""

    def __init__(self) -> None:
        self.records = 0
        self.whole: bool | None = None

    def record(self, seen: ProvenRecord) -> None:
        self.records += seen.index > 0

    def batches(self, batches: Iterable[Batch], *, whole: bool) -> None:
        assert list(batches)
        self.whole = whole


def _smelt(world: World, name: str) -> str:
    """A metal that holds a little more than went in, as assays do: 0.4 % of the neodymium."""
    mine = world.organizations[name]
    ore = mine.mines("oxide", 1_000_000, {"Nd": 500_000})
    (metal,) = mine.process(["reduce"], {ore: 1_000_000}, [Lot("metal", 502_000, {"Nd": 1_000_000})])
    return metal


def test_each_record_is_weighed_by_the_rules_of_its_time(world: World, strict: RuleSet) -> None:
    world.organization("mine", "AU")
    metal = _smelt(world, "mine")
    world.operate("rules", {"rules": strict.digest})
    with pytest.raises(Refused):
        _smelt(world, "mine")
    made = files_of(world, world.report(metal, "auditor"))
    kinds = [payload(entry)["type"] for entry in _records(made)]
    assert kinds.count("rules") == 1
    answer = verify(None, made.bundle, made.policy)
    assert answer.passed
    assert results(answer)["masses"] == "passed"
    assert audit(log_export(world), world.policy).passed


def test_a_log_goes_beyond_an_older_version_and_its_audit_says_from_where_on(
    world: World, strict: RuleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.organization("mine", "AU")
    _smelt(world, "mine")
    world.operate("rules", {"rules": strict.digest})
    exported = log_export(world)
    index = record_of(orjson.loads(exported)["evidence"], "rules")["index"]
    kept = {digest: rules for digest, rules in known_rule_sets().items() if digest != strict.digest}
    for module in (common, audit_module):
        monkeypatch.setattr(module, "known_rule_sets", lambda: kept)
    followed = Followed()
    answer = audit(exported, world.policy, follower=followed, batches=(written := io.BytesIO()))
    assert f"its entries before {index} replay; the rest was not checked" in answer.sentence
    assert results(answer) == {
        **dict.fromkeys(("file", "checkpoint", "signatures", "commitments", "rules", "tree"), "passed"),
        **dict.fromkeys(("replay", "routes"), "not checked"),
    }
    said = {check.name: check.detail for check in answer.checks}
    assert said["rules"].startswith(f"every rule holds for each of {index - 1} records")
    assert (followed.records, followed.whole, written.getvalue()) == (index - 1, False, b"")
    monkeypatch.setattr(audit_module, "known_rule_sets", dict)
    answer = audit(exported, world.policy)
    assert "its entries before 1 replay; the rest was not checked" in answer.sentence
    assert results(answer)["replay"] == "not checked"
    bad = orjson.loads(exported)
    bad["evidence"]["records"][-1]["leaf"]["c"].reverse()
    assert not audit(orjson.dumps(bad), world.policy).passed


def test_what_the_rules_of_its_time_refuse_is_found(world: World, strict: RuleSet) -> None:
    world.organization("mine", "AU")
    made = files_of(world, world.report(_smelt(world, "mine"), "auditor"))
    kept = current_rule_set()
    found = read_file(made.bundle)
    assert isinstance(found, Bundle)
    graph = read_graph(follow(found.evidence).records, str(found.report.subject["batch"]))
    assert replay_masses(graph, world.config.ledger, lambda _: kept).records == len(graph.nodes)
    last = max(node.index for node in graph.nodes.values())
    with pytest.raises(VerificationError, match="Nd"):
        replay_masses(graph, world.config.ledger, lambda index: strict if index >= last else kept)


def test_a_rule_set_that_this_version_does_not_hold_leaves_masses_open(
    world: World, strict: RuleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.organization("mine", "AU")
    metal = _smelt(world, "mine")
    world.operate("rules", {"rules": strict.digest})
    made = files_of(world, world.report(metal, "auditor"))
    known = {name: rules for name, rules in known_rule_sets().items() if name != strict.digest}
    monkeypatch.setattr("ledger.bundle.recompute.known_rule_sets", lambda: known)
    answer = verify(None, made.bundle, made.policy)
    assert results(answer)["masses"] == "not checked"


def test_a_buyer_gets_no_rules(world: World, strict: RuleSet) -> None:
    world.organization("mine", "AU")
    metal = _smelt(world, "mine")
    world.operate("rules", {"rules": strict.digest})
    made = files_of(world, world.report(metal))
    assert "rules" not in [payload(entry)["type"] for entry in _records(made)]
    assert made.verified().passed


def test_a_rule_set_that_was_left_out_is_taken_for_never_named_and_the_answer_says_so(
    world: World, strict: RuleSet
) -> None:
    world.organization("mine", "AU")
    kept = current_rule_set()
    world.operate("rules", {"rules": strict.digest})
    world.operate("rules", {"rules": kept.digest})
    made = files_of(world, world.report(_smelt(world, "mine"), "auditor"))
    assert made.verified().passed
    last = made.with_evidence(lambda evidence: evidence["records"].remove(record_of(evidence, "rules", 1)))
    assert "of Nd comes out of" in failure(verify(made.report, last, made.policy))
    assert any("rule set" in line for line in made.verified().not_shown)


def test_a_withheld_rule_set_leaves_masses_open(world: World, strict: RuleSet) -> None:
    world.organization("mine", "AU")
    world.operate("rules", {"rules": strict.digest})
    world.operate("rules", {"rules": current_rule_set().digest})
    made = files_of(world, world.report(_smelt(world, "mine"), "auditor"))

    def withhold(evidence: dict[str, Any]) -> None:
        entry = record_of(evidence, "rules")
        entry["envelope"] = envelope_with(parse_evidence(entry["envelope"]), lambda _: False)

    assert results(verify(made.report, made.with_evidence(withhold), made.policy))["masses"] == "not checked"


def test_rules_in_a_buyers_bundle_are_refused(world: World, strict: RuleSet) -> None:
    world.organization("mine", "AU")
    world.operate("rules", {"rules": strict.digest})
    world.operate("rules", {"rules": current_rule_set().digest})
    metal = _smelt(world, "mine")
    taken = [
        entry
        for entry in _records(files_of(world, world.report(metal, "auditor")))
        if payload(entry)["type"] == "rules"
    ]
    buyer = files_of(world, world.report(metal))
    changed = buyer.with_evidence(lambda evidence: insort(evidence["records"], taken[0], key=itemgetter("index")))
    said = failure(verify(buyer.report, changed, buyer.policy))
    assert "this rules record does not bear on the report's batch" in said


def test_the_operator_may_name_a_rule_set_on_a_further_chain_of_his(world: World, strict: RuleSet) -> None:
    world.organization("mine", "AU")
    signer = LocalSigner.generate("Ed25519")
    desk = Issuer(NAME, [signer], new_chain_id())
    said = {"keys": [signer.key.jwk], "use": "records", "name": "Ledger desk", "country": "CH"}
    first = desk.submission("organization", world.tick(), said)
    world.operate("admission", {"op": "admit", "record": first.id, "organization": _operator(world)})
    commit_one(first, world.ledger, at_door=False)
    desk.advance(first.id)
    for rules, may_smelt in ((strict, False), (current_rule_set(), True)):
        entry = desk.submission("rules", world.tick(), {"rules": rules.digest})
        commit_one(entry, world.ledger, at_door=False)
        desk.advance(entry.id)
        with nullcontext() if may_smelt else pytest.raises(Refused):
            metal = _smelt(world, "mine")
    made = files_of(world, world.report(metal, "auditor"))
    assert [payload(entry)["type"] for entry in _records(made)].count("rules") == 2
    assert made.verified().passed, made.verified().sentence
    assert results(made.verified())["masses"] == "passed"


def _operator(world: World) -> str:
    with world.ledger.database.reading() as connection:
        return read_head(connection).operator
