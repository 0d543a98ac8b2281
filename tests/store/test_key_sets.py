"""Keys through the whole road: every algorithm and hybrid, rotation, retirement, suspension, succession."""

from collections.abc import Iterator

import orjson
import pytest

from ledger.errors import Refused
from ledger.rules.ruleset import current_rule_set
from ledger.rules.submission import read_submission
from ledger.signing.signer import LocalSigner
from ledger.store.records import record_at
from ledger.values.encoding import b64u, unb64u
from ledger.workflows.commit import commit
from ledger.workflows.issue import Issuer, new_chain_id
from tests.helpers.replay import differences, replayed, stored_state
from tests.world import Lot, Organization, World

SETS = [("Ed25519",), ("ES256",), ("ML-DSA-65",), ("ML-DSA-87",), ("Ed25519", "ML-DSA-65"), ("ES256", "ML-DSA-87")]
FACILITY = {"name": "another", "country": "AU"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One ledger for all of them: each test has its own organization in it."""
    made = World(tmp_path_factory.mktemp("world"))
    yield made
    made.close()


def signers(*algorithms: str) -> list[LocalSigner]:
    return [LocalSigner.generate(alg) for alg in algorithms or ("Ed25519",)]


def wrong(who: Organization, kind: str = "facility", **said: object) -> set[str]:
    """Codes of what is wrong with the next record of a chain."""
    members = said or {**FACILITY, "operator": who.id}
    outcome = who.submit(kind, members)
    return {violation.code for violation in outcome.violations}


def replays(world: World) -> None:
    state = replayed(world.ledger)
    assert differences(stored_state(world.ledger, state), state) == []


@pytest.mark.parametrize("algorithms", SETS, ids="+".join)
def test_every_key_set_speaks_and_is_rotated_into_every_kind(world: World, algorithms: tuple[str, ...]) -> None:
    who = world.organization("maker", "AU", signers=signers(*algorithms))
    ore = who.mines("concentrate", 10, {"Nd": 62_000})
    who.rotate(signers("ES256", "ML-DSA-65"))
    who.rotate(signers(*reversed(algorithms)))
    assert who.process(["leach"], {ore: 10}, [Lot("solution", 10)])
    replays(world)


def test_the_old_and_the_new_set_both_sign_a_rotation(world: World) -> None:
    who = world.organization("maker", "AU", signers=signers("Ed25519", "ML-DSA-65"))
    old, new = list(who.issuer.signers), signers("ES256", "ML-DSA-87")
    said = {"op": "rotate", "keys": [signer.key.jwk for signer in new]}
    for some in ([*old], [*new], [old[0], *new], [*old, new[1]]):
        who.issuer.signers = some
        assert wrong(who, "key", **said) == {"unknown-key"}
    who.issuer.signers = [*old, *new]
    assert wrong(who, "key", **said) == set()
    who.issuer.signers = new
    assert wrong(who) == set()


def test_a_key_of_both_sets_signs_a_rotation_once(world: World) -> None:
    kept, _ = old = signers("Ed25519", "ML-DSA-65")
    who = world.organization("maker", "AU", signers=old)
    new = [kept, *signers("ML-DSA-87")]
    said = {"op": "rotate", "keys": [signer.key.jwk for signer in new]}
    assert who.submit("key", said, also=[new[1]]).accepted
    who.issuer.signers = new
    assert wrong(who) == set()
    dropping = {"op": "rotate", "keys": [kept.key.jwk]}
    assert wrong(who, "key", **dropping) == set()
    who.issuer.signers = [kept]
    assert wrong(who) == set()


def test_a_replaced_key_is_revoked_and_never_comes_back(world: World) -> None:
    who = world.organization("maker", "AU")
    old = list(who.issuer.signers)
    who.rotate()
    new = list(who.issuer.signers)
    who.issuer.signers = old
    assert wrong(who) == {"key-revoked", "unknown-key"}
    who.issuer.signers = [*old, *new]
    assert wrong(who) == {"key-revoked"}
    said = {"op": "rotate", "keys": [signer.key.jwk for signer in old]}
    assert wrong(who, "key", **said) == {"key-revoked"}
    who.issuer.signers = new
    assert wrong(who) == set()


def test_what_a_key_signed_before_it_was_replaced_still_counts(world: World) -> None:
    who = world.organization("maker", "AU")
    ore = who.mines("concentrate", 10, {"Nd": 62_000})
    who.rotate()
    who.process(["leach"], {ore: 5}, [Lot("solution", 5)])
    replays(world)


def test_a_half_of_a_hybrid_is_not_enough_for_any_record(world: World) -> None:
    who = world.organization("maker", "AU", signers=signers("Ed25519", "ML-DSA-65"))
    both = list(who.issuer.signers)
    for half in both:
        who.issuer.signers = [half]
        assert wrong(who) == {"unknown-key"}
    who.issuer.signers = [*both, both[1]]
    assert wrong(who) == {"signature-invalid"}
    who.issuer.signers = list(reversed(both))
    assert wrong(who) == set()  # the order of signatures is nobody's business


def test_a_weak_key_is_refused_at_rotation_too(world: World) -> None:
    who = world.organization("maker", "AU")
    weak = {"crv": "Ed25519", "kty": "OKP", "x": b64u(b"\x01" + bytes(31))}
    assert "weak-key" in wrong(who, "key", op="rotate", keys=[weak])
    assert wrong(who) == set()


def test_a_retired_chain_has_ended_even_for_its_own_key(world: World) -> None:
    who = world.organization("maker", "AU")
    assert wrong(who, "key", op="retire", reason="closed") == set()
    assert wrong(who) == {"key-revoked"}
    said = {"op": "admit", "record": who.id, "organization": who.id}
    world.operate("admission", said)
    assert wrong(who) == {"key-revoked"}
    replays(world)


@pytest.mark.parametrize("op", ["suspend", "end"])
def test_a_stopped_chain_is_silent_and_only_a_suspended_one_speaks_again(world: World, op: str) -> None:
    who = world.organization("maker", "AU")
    world.operate("admission", {"op": op, "record": who.id})
    assert wrong(who) == {"not-admitted"}
    assert wrong(who, "key", op="retire") == {"not-admitted"}
    entry = world.operator.submission(
        "admission", world.tick(), {"op": "admit", "record": who.id, "organization": who.id}
    )
    again = commit([entry], world.ledger, at_door=False)[0]
    assert again.accepted is (op == "suspend")
    if again.accepted:
        world.operator.advance(entry.id)
    assert wrong(who) == (set() if op == "suspend" else {"not-admitted"})
    replays(world)


def test_a_lost_chain_is_succeeded_and_custody_goes_on(world: World) -> None:
    who = world.organization("maker", "AU")
    ore = who.mines("concentrate", 10, {"Nd": 62_000})
    world.operate("admission", {"op": "end", "record": who.id})
    new = world.organization("heir", "AU")  # another organization, which holds nothing
    assert wrong(new, "adjust", batch=ore, mass_mg=1, reason="spill") == {"unknown-batch"}
    heir = _second_chain(world, who, succeeds=True)
    assert heir.process(["leach"], {ore: 5}, [Lot("solution", 5)])
    replays(world)


def _second_chain(world: World, of: Organization, *, succeeds: bool = False) -> Organization:
    issuer = Issuer(world.config.ledger, signers("ES256"), new_chain_id())
    said = {"keys": [signer.key.jwk for signer in issuer.signers], "use": "records", "name": "X", "country": "AU"}
    first = issuer.submission("organization", world.tick(), said)
    admission = {"op": "admit", "record": first.id, "organization": of.id}
    world.operate("admission", admission | ({"succeeds": of.id} if succeeds else {}))
    assert commit([first], world.ledger, at_door=False)[0].accepted
    issuer.advance(first.id)
    made = Organization(world, "second", "AU", of.id, issuer)
    made.at, made.place = of.at, of.place
    return made


def test_two_chains_of_one_organization_share_custody_and_not_their_keys(world: World) -> None:
    one = world.organization("maker", "AU")
    two = _second_chain(world, one)
    ore = one.mines("concentrate", 10, {"Nd": 62_000})
    assert wrong(two, "adjust", batch=ore, mass_mg=1, reason="sample") == set()
    two.issuer.signers = one.issuer.signers
    assert wrong(two) == {"unknown-key"}


def test_only_the_operator_admits_and_sets_rules_and_reports(world: World) -> None:
    who = world.organization("maker", "AU")
    assert wrong(who, "admission", op="admit", record=who.at, organization=who.at) == {"not-issuer"}
    assert wrong(who, "rules", rules=current_rule_set().digest) == {"not-issuer"}
    world.operate("rules", {"rules": current_rule_set().digest, "reason": "the same again"})
    replays(world)


def test_a_record_of_another_ledger_is_told_so(world: World) -> None:
    who = world.organization("maker", "AU")
    entry = who.sign("facility", {**FACILITY, "operator": who.id})
    with pytest.raises(Refused) as refused:
        read_submission(entry.envelope.data, "another.example")
    assert [violation.code for violation in refused.value.violations] == ["wrong-log"]


@pytest.mark.parametrize("algorithm", ["ES256", "ML-DSA-65"])
def test_the_same_payload_with_another_valid_signature_is_the_record_that_is_there(
    world: World, algorithm: str
) -> None:
    """ML-DSA signs at random, and an ECDSA signature has a twin; the record is known by its payload alone."""
    who = world.organization("maker", "AU", signers=signers(algorithm))
    entry = who.sign("facility", {**FACILITY, "operator": who.id})
    first = commit([entry], world.ledger, at_door=False)[0]
    outer = orjson.loads(entry.envelope.data)
    old = unb64u(outer["signatures"][0]["signature"])
    if algorithm == "ES256":
        order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
        new = old[:32] + (order - int.from_bytes(old[32:], "big")).to_bytes(32, "big")
    else:
        new = who.issuer.signers[0].sign(entry.envelope.signing_input(0))
    assert new != old
    outer["signatures"][0]["signature"] = b64u(new)
    twin = read_submission(orjson.dumps(outer, option=orjson.OPT_SORT_KEYS), world.config.ledger)
    before = world.ledger.checkpoint
    again = commit([twin], world.ledger, at_door=False)[0]
    assert (again.id, again.index, again.new) == (first.id, first.index, False)
    assert first.new
    assert world.ledger.checkpoint == before
    assert entry.envelope.data in _stored(world, first.index or 0)


def _stored(world: World, index: int) -> bytes:
    with world.ledger.database.reading() as connection:
        stored = record_at(connection, index)
    assert stored is not None
    return stored.envelope
