"""Chains, admissions and keys, as far as they need no signature: who may say what, and in which order."""

from typing import Any

import pytest

from ledger.rules import check, gather
from ledger.rules.apply import apply
from ledger.rules.ruleset import current_rule_set
from ledger.signing.signer import LocalSigner
from tests.helpers.desk import NOBODY, Desk, Maker, entry, lot

SOURCE = {"origin": {"kind": "mined"}, "outputs": [lot("ore", 10)]}
STRANGER = {"name": "Works", "country": "AU"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def maker(desk: Desk) -> Maker:
    return desk.maker()


def test_a_chain_goes_on_from_its_head_only(desk: Desk, maker: Maker) -> None:
    maker.source(10)
    head = (maker.seq, maker.head)
    first = {"id": maker.chain, "seq": 1, "prev": maker.opened_by}
    skipping = {"id": maker.chain, "seq": maker.seq + 2, "prev": maker.head}
    forking = {"id": maker.chain, "seq": maker.seq + 1, "prev": NOBODY}
    for place in (first, skipping, forking):
        (wrong,) = maker.violations("source", **SOURCE, chain=place)
        assert (wrong.code, wrong.member, wrong.head) == ("chain-conflict", "chain", head)
        assert wrong.as_json()["head"] == {"seq": head[0], "id": head[1]}
    assert maker.codes("source", **SOURCE) == set()


def test_a_conflict_does_not_hide_what_else_is_wrong(maker: Maker) -> None:
    place = {"id": maker.chain, "seq": 7, "prev": NOBODY}
    codes = maker.codes("source", **SOURCE, chain=place, country="NZ", at="2026-01-01T00:00:00Z")
    assert codes == {"chain-conflict", "country-mismatch", "time-order"}


def test_nobody_speaks_for_a_chain_that_was_never_opened(desk: Desk) -> None:
    stranger = Maker(desk, NOBODY, "AU")
    stranger.seq, stranger.head = 0, NOBODY
    assert stranger.wrong("facility", **STRANGER, operator={"name": "X"}) == {("unknown-key", "chain.id")}


def test_an_organization_needs_its_admission(desk: Desk) -> None:
    stranger = Maker(desk, NOBODY, "AU")
    said = {"keys": [LocalSigner.from_secret("Ed25519", b"\x07" * 32).key.jwk], "use": "records"}
    assert stranger.wrong("organization", **said, name="X", country="AU") == {("not-admitted", "")}


def test_a_chain_is_opened_once(desk: Desk, maker: Maker) -> None:
    again = Maker(desk, NOBODY, "AU")
    again.chain = maker.chain
    said = {"keys": [LocalSigner.from_secret("Ed25519", b"\x07" * 32).key.jwk], "use": "records"}
    codes = again.codes("organization", **said, name="X", country="AU")
    assert "chain-conflict" in codes


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("admission", {"op": "admit", "record": NOBODY, "organization": NOBODY}),
        ("rules", {"rules": current_rule_set().digest}),
    ],
)
def test_some_records_only_the_operator_issues(desk: Desk, maker: Maker, kind: str, said: dict) -> None:
    assert maker.wrong(kind, **said) == {("not-issuer", "type")}
    assert desk.operator.wrong(kind, **said) == set()


def test_a_rule_set_that_nobody_holds_is_refused(desk: Desk) -> None:
    assert desk.operator.wrong("rules", rules=NOBODY) == {("malformed", "rules")}
    desk.operator.accept("rules", rules=current_rule_set().digest)
    assert desk.state.rules == current_rule_set()


def test_a_suspended_chain_is_silent_until_it_is_admitted_again(desk: Desk, maker: Maker) -> None:
    desk.operator.accept("admission", op="suspend", record=maker.opened_by)
    assert maker.wrong("source", **SOURCE) == {("not-admitted", "chain.id")}
    assert "suspended" in maker.violations("source", **SOURCE)[0].sentence
    desk.operator.accept("admission", op="admit", record=maker.opened_by, organization=maker.organization)
    assert maker.wrong("source", **SOURCE) == set()


@pytest.mark.parametrize(
    ("stopped", "op", "codes"),
    [
        ("suspend", "compromised", set()),
        ("suspend", "rotate", {("not-admitted", "chain.id")}),
        ("suspend", "retire", {("not-admitted", "chain.id")}),
        ("end", "compromised", {("not-admitted", "chain.id")}),
    ],
)
def test_a_suspended_chain_may_only_say_that_its_keys_were_compromised(
    desk: Desk, maker: Maker, stopped: str, op: str, codes: set[tuple[str, str]]
) -> None:
    new = LocalSigner.generate().key
    said: dict[str, Any] = {"op": op}
    if op != "retire":
        said["keys"] = [new.jwk]
    if op == "compromised":
        said["since"] = maker.opened_by
    desk.operator.accept("admission", op=stopped, record=maker.opened_by)
    kids = maker.kids if op == "retire" else maker.kids | {new.kid}
    facts = gather(maker.record("key", said), desk.fresh(), kids, desk.state)
    assert {(violation.code, violation.member) for violation in check(facts)} == codes


def test_an_ended_chain_stays_ended(desk: Desk, maker: Maker) -> None:
    desk.operator.accept("admission", op="end", record=maker.opened_by)
    assert maker.wrong("source", **SOURCE) == {("not-admitted", "chain.id")}
    again = {"op": "admit", "record": maker.opened_by, "organization": maker.organization}
    assert desk.operator.wrong("admission", **again) == {("not-admitted", "record")}


def test_a_new_chain_succeeds_an_ended_one_and_keeps_batches_and_facilities(desk: Desk, maker: Maker) -> None:
    batch, works = maker.source(10), maker.place
    desk.operator.accept("admission", op="end", record=maker.opened_by)
    successor = desk.maker(of=maker)
    successor.place = works
    assert successor.wrong("source", **SOURCE) == set()
    assert successor.wrong("adjust", batch=batch, mass_mg=1, reason="x") == set()


def test_a_chain_is_succeeded_within_its_organization(desk: Desk, maker: Maker) -> None:
    other = desk.maker()
    said = {"op": "admit", "record": NOBODY, "organization": maker.organization}
    assert desk.operator.wrong("admission", **said, succeeds=maker.opened_by) == set()
    expected = {("unknown-organization", "succeeds")}
    assert desk.operator.wrong("admission", **said, succeeds=other.opened_by) == expected
    assert desk.operator.wrong("admission", **said, succeeds=NOBODY) == expected


def test_an_admission_names_an_organization_that_there_is_or_begins(desk: Desk, maker: Maker) -> None:
    begins = {"op": "admit", "record": NOBODY, "organization": NOBODY}
    assert desk.operator.wrong("admission", **begins) == set()
    joins = {"op": "admit", "record": NOBODY, "organization": maker.organization}
    assert desk.operator.wrong("admission", **joins) == set()
    nobodys = {"op": "admit", "record": NOBODY, "organization": desk.fresh()}
    assert desk.operator.wrong("admission", **nobodys) == {("unknown-organization", "organization")}


def test_a_chain_admitted_again_does_not_change_its_organization(desk: Desk, maker: Maker) -> None:
    other, plant = desk.maker(), desk.maker(of=maker)
    expected = {("unknown-organization", "organization")}
    for organization in (other.organization, plant.opened_by):
        said = {"op": "admit", "record": plant.opened_by, "organization": organization}
        assert desk.operator.wrong("admission", **said) == expected
    said = {"op": "admit", "record": plant.opened_by, "organization": maker.organization}
    assert desk.operator.wrong("admission", **said) == set()


@pytest.mark.parametrize("op", ["suspend", "end"])
def test_only_a_chain_that_was_opened_is_stopped_and_never_the_operators_own(desk: Desk, op: str) -> None:
    assert desk.operator.wrong("admission", op=op, record=NOBODY) == {("unknown-organization", "record")}
    own = {"op": op, "record": desk.operator.opened_by}
    assert desk.operator.wrong("admission", **own) == {("not-issuer", "record")}


def test_a_chain_that_signs_reports_is_the_operators_and_holds_its_keys_only(desk: Desk, maker: Maker) -> None:
    key = LocalSigner.from_secret("Ed25519", b"\x07" * 32).key.jwk
    said = {"keys": [key], "use": "report", "name": "Reports", "country": "US"}
    for organization, fits in ((desk.operator.organization, True), (maker.organization, False)):
        chain = Maker(desk, desk.fresh(), "US")
        opened = desk.fresh()
        desk.operator.accept("admission", op="admit", record=opened, organization=organization)
        facts = gather(chain.record("organization", said), opened, chain.kids, desk.state)
        wrong = [(violation.code, violation.member) for violation in check(facts)]
        assert wrong == ([] if fits else [("not-issuer", "use")])
        if fits:
            apply(facts)
            chain.seq, chain.head = 0, opened
            assert chain.wrong("facility", **STRANGER, operator={"name": "X"}) == {("not-issuer", "type")}
            admission = {"op": "admit", "record": NOBODY, "organization": NOBODY}
            assert chain.wrong("admission", **admission) == {("not-issuer", "type")}
            assert chain.wrong("key", op="retire") == set()


def test_a_retired_chain_says_nothing_more_and_only_that_is_told(maker: Maker) -> None:
    maker.accept("key", op="retire", reason="closed")
    assert maker.wrong("source", **SOURCE, country="NZ") == {("key-revoked", "signatures")}


def test_a_compromise_says_since_which_record_of_this_chain(desk: Desk, maker: Maker) -> None:
    other = desk.maker()
    new = LocalSigner.from_secret("Ed25519", b"\x08" * 32).key
    maker.desk.state.keys[new.kid] = new

    def wrong(since: str) -> list[tuple[str, str]]:
        record = maker.record("key", {"op": "compromised", "since": since, "keys": [new.jwk]})
        facts = gather(record, desk.fresh(), maker.kids | {new.kid}, desk.state)
        return [(violation.code, violation.member) for violation in check(facts)]

    assert wrong(maker.opened_by) == []
    assert wrong(maker.head) == []
    assert wrong(NOBODY) == [("malformed", "since")]
    assert wrong(other.head) == [("malformed", "since")]


def test_signatures_by_too_few_too_many_and_replaced_keys(desk: Desk, maker: Maker) -> None:
    old, new = maker.kids, LocalSigner.from_secret("Ed25519", b"\x08" * 32).key

    def wrong(kind: str, kids: frozenset[str], **said: object) -> list[str]:
        return [v.code for v in check(gather(maker.record(kind, said), desk.fresh(), kids, desk.state))]

    rotation = {"op": "rotate", "keys": [new.jwk]}
    assert wrong("key", old, **rotation) == ["unknown-key"]
    assert wrong("key", frozenset({new.kid}), **rotation) == ["unknown-key"]
    assert wrong("key", old | {new.kid}, **rotation) == []
    record = maker.record("key", rotation)
    apply(gather(record, name := desk.fresh(), old | {new.kid}, desk.state))
    maker.seq, maker.head = maker.seq + 1, name
    assert wrong("source", frozenset({new.kid}), **SOURCE) == []
    assert wrong("source", old, **SOURCE) == ["key-revoked", "unknown-key"]
    assert wrong("source", old | {new.kid}, **SOURCE) == ["key-revoked"]
    assert wrong("source", frozenset({new.kid, "nobody"}), **SOURCE) == ["unknown-key"]
    (old_kid,) = old
    old_jwk = LocalSigner.from_secret("Ed25519", b"\x07" * 32).key.jwk
    back = {"op": "rotate", "keys": [old_jwk]}
    assert "key-revoked" in wrong("key", frozenset({old_kid, new.kid}), **back)


def test_the_tier_of_keys_comes_before_the_tier_of_facts(maker: Maker, desk: Desk) -> None:
    record = maker.record("source", {**SOURCE, "country": "NZ", "facility": NOBODY})
    assert [v.code for v in check(gather(record, NOBODY, frozenset(), desk.state))] == ["unknown-key"]


def test_all_facts_are_told_at_once(desk: Desk, maker: Maker) -> None:
    batch = maker.source(1_000, {"Nd": 300_000}, material="oxide")
    inputs = [entry(batch, 600, shares={"*": 1}), entry(maker.source(10), 600)]
    outputs = [lot("magnet", 5_000, {"Nd": 900_000, "Fe": 200_000})]
    said = {
        "steps": ["sinter"],
        "custody": "identity-preserved",
        "inputs": inputs,
        "outputs": outputs,
        "chain": {"id": maker.chain, "seq": 99, "prev": NOBODY},
        "at": "2026-01-01T00:00:00Z",
        "country": "NZ",
    }
    assert maker.codes("process", **said) == {
        "chain-conflict",
        "time-order",
        "country-mismatch",
        "mass-exceeded",
        "element-exceeded",
        "output-exceeds-input",
        "composition-exceeded",
        "shares-mismatch",
        "custody-mismatch",
    }
    compounds = [entry(batch, 600), entry(batch, 600)]
    assert "step-mismatch" in maker.codes("process", **{**said, "inputs": compounds})
