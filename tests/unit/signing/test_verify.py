"""Exactly the keys of the set in force sign a record: none stripped, none added, none twice."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.errors import Refused
from ledger.signing.envelope import parse_envelope
from ledger.signing.keys import ALGORITHMS, KeySet
from ledger.signing.signer import LocalSigner
from ledger.signing.verify import verify_signatures
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u
from tests.unit.signing.samples import SHORT, content, fixed_signer, signed

CLASSICAL = fixed_signer("Ed25519", 1)
QUANTUM = fixed_signer("ML-DSA-65", 1)
OTHER = fixed_signer("Ed25519", 2)
HYBRID = KeySet((CLASSICAL.key, QUANTUM.key))


def one(*signers: LocalSigner) -> KeySet:
    return KeySet(tuple(signer.key for signer in signers))


def verdict(data: bytes, *sets: KeySet) -> list[tuple[str, str]]:
    try:
        verify_signatures(parse_envelope(data, submission=False), *sets)
    except Refused as refused:
        return [(violation.code, violation.member) for violation in refused.violations]
    return []


def changed(data: bytes, change: Callable[[list[dict[str, Any]]], object]) -> bytes:
    value = content(data)
    header = value["signatures"][0].pop("header")
    change(value["signatures"])
    value["signatures"][0]["header"] = header
    return canonical(value)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_record_signed_by_its_key_is_good(alg: str) -> None:
    signer = fixed_signer(alg)
    assert verdict(signed(SHORT, signer), one(signer)) == []


def test_a_hybrid_record_needs_both_signatures_in_any_order() -> None:
    data = signed(SHORT, CLASSICAL, QUANTUM)
    assert verdict(data, HYBRID) == []
    assert verdict(signed(SHORT, QUANTUM, CLASSICAL), HYBRID) == []
    assert verdict(changed(data, lambda s: s.pop(0)), HYBRID) == [("signature-invalid", "signatures")]
    assert verdict(changed(data, lambda s: s.pop(1)), HYBRID) == [("signature-invalid", "signatures")]


def test_a_signature_added_to_a_record_is_refused() -> None:
    assert verdict(signed(SHORT, CLASSICAL, QUANTUM, OTHER), HYBRID) == [("unknown-key", "signatures[2]")]
    assert verdict(signed(SHORT, CLASSICAL, QUANTUM), one(CLASSICAL)) == [("unknown-key", "signatures[1]")]


def test_a_signature_that_is_there_twice_is_refused() -> None:
    data = signed(SHORT, CLASSICAL, QUANTUM)
    assert verdict(changed(data, lambda s: s.append(dict(s[0]))), HYBRID) == [("signature-invalid", "signatures[2]")]
    twice = signed(SHORT, CLASSICAL, CLASSICAL)
    assert verdict(twice, HYBRID) == [("signature-invalid", "signatures[1]"), ("signature-invalid", "signatures")]


def test_a_stranger_is_an_unknown_key_and_the_issuers_signature_is_missing() -> None:
    assert verdict(signed(SHORT, OTHER), one(CLASSICAL)) == [
        ("unknown-key", "signatures[0]"),
        ("signature-invalid", "signatures"),
    ]


def test_a_stranger_under_the_name_of_the_key_is_refused() -> None:
    protected = content(signed(SHORT, CLASSICAL))["signatures"][0]["protected"]
    payload = content(signed(SHORT, CLASSICAL))["payload"]
    forged = b64u(OTHER.sign(f"{protected}.{payload}".encode()))
    data = changed(signed(SHORT, CLASSICAL), lambda s: s[0].update(signature=forged))
    assert verdict(data, one(CLASSICAL)) == [("signature-invalid", "signatures[0]")]


@pytest.mark.parametrize("alg", ALGORITHMS[1:])
def test_the_algorithm_is_the_keys_and_not_the_headers(alg: str) -> None:
    protected = b64u(canonical({"alg": alg, "kid": CLASSICAL.key.kid, "typ": "lodestone-record+sd-jwt"}))
    payload = content(signed(SHORT))["payload"]
    signature = b64u(CLASSICAL.sign(f"{protected}.{payload}".encode()))
    data = changed(signed(SHORT), lambda s: s[0].update(protected=protected, signature=signature))
    assert verdict(data, one(CLASSICAL)) == [("signature-invalid", "signatures[0]")]


def test_a_signature_over_another_payload_is_refused() -> None:
    value = content(signed(SHORT))
    value["payload"] = content(signed(SHORT | {"reason": "safety"}))["payload"]
    assert verdict(canonical(value), one(CLASSICAL)) == [("signature-invalid", "signatures[0]")]


def test_a_signature_of_another_length_is_refused() -> None:
    for text in ("AA", b64u(bytes(63)), b64u(bytes(65))):
        data = changed(signed(SHORT), lambda s, text=text: s[0].update(signature=text))  # type: ignore[misc]
        assert verdict(data, one(CLASSICAL)) == [("signature-invalid", "signatures[0]")]


def test_a_rotation_is_signed_by_the_old_and_the_new_set() -> None:
    new = fixed_signer("ML-DSA-87", 3)
    assert verdict(signed(SHORT, CLASSICAL, QUANTUM, OTHER, new), HYBRID, one(OTHER, new)) == []
    assert (
        verdict(signed(SHORT, CLASSICAL, QUANTUM), HYBRID, one(OTHER, new)) == [("signature-invalid", "signatures")] * 2
    )
    assert verdict(signed(SHORT, OTHER, new), HYBRID, one(OTHER, new)) == [("signature-invalid", "signatures")] * 2


def test_a_key_of_both_sets_signs_once() -> None:
    new = fixed_signer("ML-DSA-87", 3)
    assert verdict(signed(SHORT, CLASSICAL, QUANTUM, new), HYBRID, one(CLASSICAL, new)) == []


def test_without_a_set_nothing_is_good() -> None:
    assert verdict(signed(SHORT)) == [("unknown-key", "signatures[0]")]
