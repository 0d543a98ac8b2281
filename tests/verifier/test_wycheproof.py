"""Signatures that were made to mislead (C2SP Wycheproof): both verifiers judge them as Wycheproof does."""

import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from ledger.errors import LodestoneError
from ledger.signing.keys import check_strength, public_key
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u
from tests.unit.log.public_vectors import public_vectors
from tests.verifier.node import ask, text_of


def _groups(name: str) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = json.loads(
        (public_vectors("wycheproof") / "testvectors_v1" / f"{name}_test.json").read_text()
    )["testGroups"]
    return groups


def _jwk(name: str, group: dict[str, Any]) -> dict[str, str]:
    key = group["publicKey"]
    if name == "ed25519":
        return {"crv": "Ed25519", "kty": "OKP", "x": b64u(bytes.fromhex(key["pk"]))}
    if name.startswith("ecdsa"):
        point = bytes.fromhex(key["uncompressed"])
        return {"crv": "P-256", "kty": "EC", "x": b64u(point[1:33]), "y": b64u(point[33:])}
    return {"alg": f"ML-DSA-{name[6:8]}", "kty": "AKP", "pub": b64u(bytes.fromhex(key))}


def _judged(jwk: dict[str, str], message: bytes, signature: bytes) -> bool:
    try:
        key = public_key(jwk)
        check_strength(key)
        key.verify(message, signature)
    except LodestoneError:
        return False
    return True


@pytest.mark.parametrize("name", ["ed25519", "ecdsa_secp256r1_sha256_p1363", "mldsa_65_verify", "mldsa_87_verify"])
def test_signatures_by_keys_of_records(name: str) -> None:
    tests = [(_jwk(name, g), t) for g in _groups(name) for t in g["tests"] if not t.get("ctx")]
    cases = [(jwk, bytes.fromhex(t["msg"]), bytes.fromhex(t["sig"])) for jwk, t in tests]
    questions = [
        {"ask": "signature", "jwk": text_of(canonical(jwk)), "message": text_of(m), "signature": text_of(s)}
        for jwk, m, s in cases
    ]
    right = [t["result"] == "valid" for _, t in tests]
    assert [_judged(*case) for case in cases] == right
    assert ["value" in answer for answer in ask(questions)] == right
    assert len(right) > 100
    assert any(right)


def test_signatures_by_keys_of_logs() -> None:
    tests = [
        (bytes.fromhex(g["publicKey"]), bytes.fromhex(t["msg"]), bytes.fromhex(t["sig"]), t["result"] == "valid")
        for g in _groups("mldsa_44_verify")
        for t in g["tests"]
        if not t.get("ctx") and len(t["sig"]) == 2 * 2420 and len(g["publicKey"]) == 2 * 1312
    ]
    questions = [
        {"ask": "fits", "alg": "ML-DSA-44", "raw": text_of(raw), "message": text_of(m), "signature": text_of(s)}
        for raw, m, s, _ in tests
    ]
    right = [valid for *_, valid in tests]
    assert [_openssl(raw, m, s) for raw, m, s, _ in tests] == right
    assert [answer["value"] for answer in ask(questions)] == right
    assert any(right)


def _openssl(raw: bytes, message: bytes, signature: bytes) -> bool:
    try:
        MLDSA44PublicKey.from_public_bytes(raw).verify(signature, message)
    except InvalidSignature:
        return False
    return True
