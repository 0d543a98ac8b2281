"""Keys, suspensions and compromise as a reader meets them: told by the evidence alone, without the id of a chain."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from ledger.bundle.audit import audit
from ledger.bundle.chains import check_strong
from ledger.errors import Refused
from ledger.signing.keys import KeySet, public_key
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import b64u
from tests.bundle.both import verify
from tests.bundle.files import Files, failure, files_of, log_export, payload, record_of, results
from tests.world import Lot, Organization, World

HYBRID = ("Ed25519", "ML-DSA-65")


def _signers(algorithms: Sequence[str]) -> list[LocalSigner]:
    return [LocalSigner.generate(alg) for alg in algorithms]


def _ore(organization: Organization) -> str:
    return organization.mines("concentrate", 10_000, {"Nd": 60_000})


def _refined(organization: Organization, ore: str) -> str:
    return organization.process(["leach", "separate"], {ore: 9_000}, [Lot("oxide", 800, {"Nd": 500_000})])[0]


@pytest.mark.parametrize("algorithms", [("ES256",), ("ML-DSA-65",), ("ML-DSA-87",), HYBRID, ("ES256", "ML-DSA-87")])
def test_records_of_every_kind_of_key_set_verify(world: World, algorithms: Sequence[str]) -> None:
    mine = world.organization("mine", "AU", signers=_signers(algorithms))
    made = files_of(world, mine.report(_refined(mine, _ore(mine))))
    assert made.verified().passed
    assert audit(log_export(world), world.policy).passed


def test_a_hybrid_cannot_be_stripped_of_one_half(world: World) -> None:
    mine = world.organization("mine", "AU", signers=_signers(HYBRID))
    made = files_of(world, mine.report(_ore(mine)))
    for half in (0, 1):

        def strip(evidence: dict[str, Any], half: int = half) -> None:
            signatures = record_of(evidence, "source")["envelope"]["signatures"]
            header = signatures[0].pop("header")
            del signatures[half]
            signatures[0]["header"] = header

        assert "other signatures than the envelope" in failure(verify(None, made.with_evidence(strip), made.policy))


def test_keys_follow_each_other_by_rotation(world: World) -> None:
    mine = world.organization("mine", "AU")
    ore = _ore(mine)
    mine.rotate()
    mine.rotate()
    oxide = _refined(mine, ore)
    mine.rotate(_signers(HYBRID))
    metal = mine.process(["reduce"], {oxide: 700}, [Lot("metal", 300, {"Nd": 990_000})])[0]
    made = files_of(world, mine.report(metal))
    assert made.verified().passed
    assert audit(log_export(world), world.policy).passed

    def drop(evidence: dict[str, Any]) -> None:
        evidence["records"].remove(record_of(evidence, "key"))

    assert "comes to this change of its standing next" in failure(verify(None, made.with_evidence(drop), made.policy))

    def drop_last(evidence: dict[str, Any]) -> None:
        evidence["records"].remove(record_of(evidence, "key", 2))

    assert "in force at its index" in failure(verify(None, made.with_evidence(drop_last), made.policy))


def test_two_chains_that_share_a_key_are_followed_apart(world: World) -> None:
    """By the tags in the leaves: the key alone does not say whose rotation it was."""
    shared = _signers(["Ed25519"])
    one, other = (world.organization(name, "AU", signers=shared) for name in ("one", "other"))
    ore = _ore(one)
    world.hand_over(ore, one, other)
    other.rotate()
    oxide = _refined(other, ore)
    later = _ore(one)
    assert files_of(world, other.report(oxide)).verified().passed
    assert files_of(world, one.report(later)).verified().passed


def test_a_suspended_chain_speaks_again_once_it_is_admitted_again(world: World) -> None:
    mine = world.organization("mine", "AU")
    ore = _ore(mine)
    suspended = world.operate("admission", {"op": "suspend", "record": mine.id})
    with pytest.raises(Refused):
        _refined(mine, ore)
    world.operate("admission", {"op": "admit", "record": mine.id, "organization": mine.id})
    made = files_of(world, mine.report(_refined(mine, ore)))
    assert made.verified().passed
    assert audit(log_export(world), world.policy).passed

    def drop_readmission(evidence: dict[str, Any]) -> None:
        admissions = [entry for entry in evidence["records"] if payload(entry)["type"] == "admission"]
        evidence["records"].remove(admissions[-1])

    assert suspended
    assert "suspended" in failure(verify(None, made.with_evidence(drop_readmission), made.policy))


def test_a_suspended_chain_that_says_its_keys_were_compromised_is_followed(world: World) -> None:
    mine = world.organization("mine", "AU")
    good, bad = _ore(mine), _ore(mine)
    world.operate("admission", {"op": "suspend", "record": mine.id})
    new = [LocalSigner.generate("Ed25519")]
    said = {"op": "compromised", "since": good.partition("#")[0], "keys": [signer.key.jwk for signer in new]}
    mine.record("key", said, also=new)
    mine.issuer.signers = list(new)
    for batch in (good, bad):
        assert files_of(world, world.report(batch)).verified().passed
    assert audit(log_export(world), world.policy).passed
    with pytest.raises(Refused):
        _ore(mine)


def test_what_a_chain_said_before_it_ended_stays_good(world: World) -> None:
    mine = world.organization("mine", "AU")
    ore = _ore(mine)
    world.operate("admission", {"op": "end", "record": mine.id})
    assert files_of(world, world.report(ore)).verified().passed
    assert audit(log_export(world), world.policy).passed


def test_what_a_compromised_key_said_counts_as_unknown(world: World) -> None:
    mine = world.organization("mine", "AU")
    before = _ore(mine)
    last = mine.issuer.head
    after = _ore(mine)
    both = mine.process(["blend"], {before: 5_000, after: 5_000}, [Lot("concentrate", 10_000, {"Nd": 60_000})])[0]
    new = _signers(["Ed25519"])
    mine.record("key", {"op": "compromised", "keys": [new[0].key.jwk], "since": last}, also=new)
    mine.issuer.signers = new
    works = world.organization("works", "MY")
    world.hand_over(before, mine, works)
    for batch in (before, after, both):
        for audience in ("buyer", "auditor"):
            answer = files_of(world, world.report(batch, audience)).verified()
            assert answer.passed, answer.sentence
    assert audit(log_export(world), world.policy).passed


def test_an_own_export_after_a_compromise_follows_the_new_keys(world: World) -> None:
    mine = world.organization("mine", "AU")
    last = mine.issuer.head
    _ore(mine)
    new = _signers(["Ed25519"])
    mine.record("key", {"op": "compromised", "keys": [new[0].key.jwk], "since": last}, also=new)
    mine.issuer.signers = new
    _ore(mine)
    answer = audit(log_export(world, mine.id), world.policy)
    assert answer.passed
    assert results(answer)["rules"] == "not checked"


def test_keys_of_small_order_are_refused_wherever_they_appear() -> None:
    identity = {"crv": "Ed25519", "kty": "OKP", "x": b64u((1).to_bytes(32, "little"))}
    for _ in range(2):  # the second time out of memory
        with pytest.raises(Refused, match="prime order"):
            check_strong(KeySet((public_key(identity),)))


def test_a_record_of_another_ledger_is_refused(magnets: Files, tmp_path: Any) -> None:
    """Its own log proves it, but not this one: nothing is replayed into another ledger."""
    foreign = World(tmp_path / "foreign")
    batch = _ore(foreign.organization("mine", "AU"))
    entry = record_of(orjson.loads(files_of(foreign, foreign.report(batch)).bundle)["evidence"], "source")
    foreign.close()

    def slip_in(evidence: dict[str, Any]) -> None:
        entry["index"] = evidence["records"][-1]["index"] + 1
        evidence["records"].append(entry)

    assert failure(verify(None, magnets.with_evidence(slip_in), magnets.policy))
