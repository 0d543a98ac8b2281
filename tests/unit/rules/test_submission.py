"""The first tiers on real envelopes: bytes, then signatures, each told completely before the next is looked at."""

from typing import Any

import orjson
import pytest

from ledger.errors import Refused
from ledger.rules import State
from ledger.rules.judge import judge
from ledger.rules.ruleset import current_rule_set
from ledger.rules.state import Admission
from ledger.rules.submission import Submission, read_submission
from ledger.signing.build import sign_record
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import b64u
from ledger.workflows.issue import Issuer, new_chain_id

LEDGER, AT = "ledger.example", "2026-03-01T00:00:00Z"
LOW_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


def issuer(*algorithms: str) -> Issuer:
    signers = [LocalSigner.generate(alg) for alg in algorithms or ("Ed25519",)]
    return Issuer(LEDGER, signers, new_chain_id())


def opening(who: Issuer, **more: Any) -> dict[str, Any]:
    keys = [signer.key.jwk for signer in who.signers]
    return {"keys": keys, "use": "records", "name": "Somebody", "country": "AU", **more}


def codes(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        read_submission(data, LEDGER)
    return [(violation.code, violation.member) for violation in refused.value.violations]


def judged(entry: Submission, state: State) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        judge(entry, state)
    return [(violation.code, violation.member) for violation in refused.value.violations]


@pytest.fixture
def state() -> State:
    return State(LEDGER, "", current_rule_set(), size=1)


def test_another_ledgers_record_is_refused_with_all_else_that_is_wrong_with_it() -> None:
    who = issuer()
    members = opening(who)
    del members["name"]
    stranger = Issuer("elsewhere.example", who.signers, who.chain)
    data = stranger.sign("organization", AT, {**members, "country": "XX", "size": 5})
    assert set(codes(data)) == {
        ("wrong-log", "log"),
        ("malformed", "name"),
        ("malformed", "country"),
        ("malformed", "size"),
    }


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("correction", {"corrects": "sha-256:" + "A" * 43, "op": "void"}),
        ("hold", {"batch": "sha-256:" + "A" * 43 + "#0", "reason": "safety"}),
        ("release", {"batch": "sha-256:" + "A" * 43 + "#0", "reason": "safety"}),
    ],
)
def test_what_is_still_to_be_built_is_refused_by_its_name(kind: str, members: dict[str, Any]) -> None:
    assert codes(issuer().sign(kind, AT, members)) == [("unsupported-type", "type")]
    bad = {name: value for name, value in members.items() if name not in {"batch", "corrects"}}
    assert [code for code, _ in codes(issuer().sign(kind, AT, bad))] == ["malformed"]


def test_a_type_that_there_is_not_is_refused() -> None:
    assert codes(issuer().sign("gift", AT, {})) == [("unsupported-type", "type")]


def test_bytes_that_are_no_envelope_are_refused() -> None:
    for data in (b"", b"{", b"null", b"[]", b"\xff", b"{}", b'{"payload":1,"signatures":[]}', b"1" * 2_000_000):
        assert {code for code, _ in codes(data)} <= {"malformed", "not-canonical", "too-large"}


def adjustment(mass: Any) -> bytes:
    who = issuer()
    record = {"v": "lodestone-record/1", "log": LEDGER, "type": "adjust", "at": AT, "mass_mg": mass, "reason": "spill"}
    record |= {
        "batch": "sha-256:" + "A" * 43 + "#0",
        "chain": {"id": who.chain, "seq": 1, "prev": "sha-256:" + "A" * 43},
    }
    return sign_record(record, who.signers)


@pytest.mark.parametrize("mass", [0, -1, 10**15 + 1, "5", True])
def test_a_mass_is_a_whole_number_of_milligrams_within_bounds(mass: Any) -> None:
    assert codes(adjustment(mass)) == [("malformed", "mass_mg")]


def test_a_mass_with_a_fraction_cannot_even_be_signed() -> None:
    with pytest.raises(Refused, match="with a fraction"):
        adjustment(1.5)
    assert read_submission(adjustment(1), LEDGER).record.type == "adjust"
    assert read_submission(adjustment(10**15), LEDGER).record.type == "adjust"


def test_a_valid_record_of_a_stranger_is_not_admitted_and_of_an_admitted_one_is_in_order(state: State) -> None:
    who = issuer()
    entry = who.submission("organization", AT, opening(who))
    assert judged(entry, state) == [("not-admitted", "")]
    state.admissions[entry.id] = Admission(entry.id, entry.id)
    facts = judge(entry, state)
    assert facts.organization == entry.id
    assert entry.kids == {who.signers[0].key.kid}


def test_a_forged_signature_is_told_before_any_fact(state: State) -> None:
    who = issuer()
    outer = orjson.loads(who.sign("organization", AT, opening(who)))
    outer["signatures"][0]["signature"] = b64u(b"\x01" * 64)
    entry = read_submission(orjson.dumps(outer, option=orjson.OPT_SORT_KEYS), LEDGER)
    assert judged(entry, state) == [("signature-invalid", "signatures[0]")]


def test_the_signature_of_another_record_does_not_fit(state: State) -> None:
    who = issuer()
    one = orjson.loads(who.sign("organization", AT, opening(who)))
    other = orjson.loads(who.sign("organization", AT, opening(who, name="Somebody else")))
    other["signatures"][0]["signature"] = one["signatures"][0]["signature"]
    entry = read_submission(orjson.dumps(other, option=orjson.OPT_SORT_KEYS), LEDGER)
    assert judged(entry, state) == [("signature-invalid", "signatures[0]")]


def test_a_key_that_signs_twice_is_refused_though_both_signatures_hold(state: State) -> None:
    who = issuer("ML-DSA-65")
    entry = who.submission("organization", AT, opening(who), also=[who.signers[0]])
    state.admissions[entry.id] = Admission(entry.id, entry.id)
    assert judged(entry, state) == [("signature-invalid", "signatures")]


@pytest.mark.parametrize("hybrid", [("Ed25519", "ML-DSA-65"), ("ES256", "ML-DSA-87")])
@pytest.mark.parametrize("stripped", [0, 1])
def test_a_hybrid_cannot_be_stripped_of_one_half(state: State, hybrid: tuple[str, str], stripped: int) -> None:
    who = issuer(*hybrid)
    members = opening(who)
    half = Issuer(LEDGER, [who.signers[1 - stripped]], who.chain)
    entry = half.submission("organization", AT, members)
    state.admissions[entry.id] = Admission(entry.id, entry.id)
    assert judged(entry, state) == [("unknown-key", "signatures")]
    whole = who.submission("organization", AT, members)
    state.admissions[whole.id] = Admission(whole.id, whole.id)
    assert judge(whole, state).kids == {signer.key.kid for signer in who.signers}


def test_nobody_signs_along_uninvited(state: State) -> None:
    who, stranger = issuer(), LocalSigner.generate("ES256")
    entry = who.submission("organization", AT, opening(who), also=[stranger])
    state.admissions[entry.id] = Admission(entry.id, entry.id)
    assert judged(entry, state) == [("unknown-key", "signatures")]


@pytest.mark.parametrize("point", LOW_ORDER)
def test_keys_of_low_order_are_refused_when_they_are_registered(state: State, point: str) -> None:
    who = issuer()
    weak = {"crv": "Ed25519", "kty": "OKP", "x": b64u(bytes.fromhex(point))}
    entry = who.submission("organization", AT, opening(who, keys=[weak]))
    state.admissions[entry.id] = Admission(entry.id, entry.id)
    assert [code for code, _ in judged(entry, state)] == ["weak-key"]


@pytest.mark.parametrize("pair", [("Ed25519", "ES256"), ("ML-DSA-65", "ML-DSA-87")])
def test_a_pair_of_keys_is_a_classical_and_a_post_quantum_one(state: State, pair: tuple[str, str]) -> None:
    who = issuer(*pair)
    entry = who.submission("organization", AT, opening(who))
    assert judged(entry, state) == [("malformed", "keys")]
