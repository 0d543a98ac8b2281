"""Public keys: strict reading, names, strength, signatures; sets of keys."""

import hashlib
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused, SignatureInvalid
from ledger.signing import edwards
from ledger.signing.keys import ALGORITHMS, SIGNATURE_BYTES, KeySet, PublicKey, check_strength, key_set, public_key
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import b64u, unb64u
from tests.unit.log.public_vectors import public_vectors
from tests.unit.signing.curve import mixed_order_encodings, small_order_encodings, torsion
from tests.unit.signing.samples import fixed_signer

CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def refusal(jwk: object) -> tuple[str, str]:
    """The code and member with which a key is refused when it is registered."""
    with pytest.raises(Refused) as refused:
        check_strength(public_key(jwk, "keys[0]"), "keys[0]")
    (violation,) = refused.value.violations
    return violation.code, violation.member


def ed25519(raw: bytes) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": b64u(raw)}


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_verifies_what_it_signed_and_nothing_else(alg: str) -> None:
    signer = LocalSigner.generate(alg)
    signature = signer.sign(b"message")
    assert len(signature) == SIGNATURE_BYTES[alg]
    key = public_key(signer.key.jwk)
    assert key == signer.key
    assert key.alg == alg
    key.verify(b"message", signature)
    for message, forged in (
        (b"massage", signature),
        (b"message", signature[:-1] + bytes([signature[-1] ^ 1])),
        (b"message", signature[:-1]),
        (b"message", signature + b"\0"),
        (b"message", b""),
        (b"message", bytes(len(signature))),
        (b"message", LocalSigner.generate(alg).sign(b"message")),
    ):
        with pytest.raises(SignatureInvalid):
            key.verify(message, forged)


def test_an_ecdsa_signature_is_malleable_and_therefore_names_nothing() -> None:
    signer = fixed_signer("ES256")
    signature = signer.sign(b"message")
    s = int.from_bytes(signature[32:], "big")
    twin = signature[:32] + (CURVE_ORDER - s).to_bytes(32, "big")
    signer.key.verify(b"message", twin)
    for number in (0, CURVE_ORDER, s + CURVE_ORDER):
        if number < 2**256:
            with pytest.raises(SignatureInvalid):
                signer.key.verify(b"message", signature[:32] + number.to_bytes(32, "big"))


def test_an_ed25519_signature_has_one_s() -> None:
    signer = fixed_signer()
    signature = signer.sign(b"message")
    s = int.from_bytes(signature[32:], "little") + edwards.L
    with pytest.raises(SignatureInvalid):
        signer.key.verify(b"message", signature[:32] + s.to_bytes(32, "little"))


def test_the_thumbprint_of_rfc_8037_appendix_a3() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert public_key(jwk).kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def changes(jwk: dict[str, str]) -> list[Any]:
    """Other spellings and neighbours of a JWK, none of which is a key."""
    (name,) = {"x", "pub"} & jwk.keys()
    raw = unb64u(jwk[name])
    last = jwk[name][-1]
    return [
        {},
        [],
        None,
        "key",
        {k: v for k, v in jwk.items() if k != name},
        {k: v for k, v in jwk.items() if k != "kty"},
        {**jwk, "kid": "me"},
        {**jwk, "d": b64u(bytes(32))},
        {**jwk, "use": "sig"},
        {**jwk, name: b64u(raw) + "="},
        {**jwk, name: b64u(raw[:-1])},
        {**jwk, name: b64u(raw + b"\0")},
        {**jwk, name: ""},
        {**jwk, name: 5},
        {**jwk, name: None},
        {**jwk, name: 1.5},
        {**jwk, name: [jwk[name]]},
        {**jwk, name: jwk[name][:-1] + chr(ord(last) + 1)} if len(raw) % 3 else {},
        {**jwk, name: "\ud800"},
        {**jwk, name: "A" * 100_000},
        {**jwk, 5: "x"},
        {**jwk, "kty": "RSA"},
        {**jwk, "kty": "oct"},
        {**jwk, "crv": "Ed448"},
        {**jwk, "crv": "P-384"},
        {**jwk, "alg": "ML-DSA-44"},
        {**jwk, "alg": "none"},
        {**jwk, "alg": "ML-DSA-65" if jwk.get("alg") == "ML-DSA-87" else "ML-DSA-87"},
    ]


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_jwk_with_anything_else_in_it_is_refused(alg: str) -> None:
    for jwk in changes(fixed_signer(alg).key.jwk):
        assert refusal(jwk) == ("malformed", "keys[0]"), jwk


def test_a_point_off_the_curve_is_refused() -> None:
    jwk = fixed_signer("ES256").key.jwk
    assert refusal({**jwk, "y": b64u(bytes(31) + b"\1")})[0] == "malformed"
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    numbers = ec.derive_private_key(5, ec.SECP256R1()).public_key().public_numbers()
    assert numbers.x < prime
    assert refusal({**jwk, "x": b64u(b"\xff" * 32), "y": b64u(b"\xff" * 32)})[0] == "malformed"
    off = next(y for y in range(2, 50) if not _decodes(y.to_bytes(32, "little")))
    assert refusal(ed25519(off.to_bytes(32, "little")))[0] == "malformed"


def _decodes(raw: bytes) -> bool:
    try:
        edwards.decompress(raw)
    except edwards.NotAPoint:
        return False
    return True


def test_there_are_fourteen_encodings_of_small_order_and_all_are_weak() -> None:
    encodings = small_order_encodings()
    assert len(encodings) == 14
    for raw in encodings:
        assert refusal(ed25519(raw)) == ("weak-key", "keys[0]"), raw.hex()


def test_the_identity_as_key_would_verify_every_message() -> None:
    """Why weak keys are refused: one constant signature fits all messages, for OpenSSL at least."""
    identity = (1).to_bytes(32, "little")
    for message in (b"one", b"other"):
        Ed25519PublicKey.from_public_bytes(identity).verify(identity + bytes(32), message)
    key = public_key(ed25519(identity))
    with pytest.raises(Refused):
        check_strength(key)
    with pytest.raises(SignatureInvalid):
        key.verify(b"one", identity + bytes(32))


def test_a_commitment_that_is_the_identity_is_refused_even_of_a_strong_key() -> None:
    """OpenSSL takes it, libsodium does not: one criterion for everybody who verifies is what counts."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    raw = private.public_key().public_bytes_raw()
    key, identity, message = public_key(ed25519(raw)), (1).to_bytes(32, "little"), b"signed by its owner, on purpose"
    half = bytearray(hashlib.sha512(bytes(range(32))).digest()[:32])
    half[0], half[31] = half[0] & 248, half[31] & 63 | 64
    challenge = int.from_bytes(hashlib.sha512(identity + raw + message).digest(), "little")
    signature = identity + (challenge * int.from_bytes(half, "little") % edwards.L).to_bytes(32, "little")
    private.public_key().verify(signature, message)
    with pytest.raises(SignatureInvalid):
        key.verify(message, signature)


def test_libsodium_and_openssl_agree_on_every_public_vector_of_a_strong_key() -> None:
    folder = public_vectors("cctv-ed25519")
    judged = 0
    for vector in json.loads((folder / "ed25519" / "ed25519vectors.json").read_text()):
        raw, signature, message = bytes.fromhex(vector["key"]), bytes.fromhex(vector["sig"]), vector["msg"].encode()
        try:
            key = public_key(ed25519(raw))
            check_strength(key)
        except Refused:
            continue
        judged += 1
        openssl = _verifies(partial(Ed25519PublicKey.from_public_bytes(raw).verify, signature, message))
        ours = _verifies(partial(key.verify, message, signature))
        assert ours == (openssl and signature[:32] != (1).to_bytes(32, "little"))
    assert judged > 20


def _verifies(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except (SignatureInvalid, InvalidSignature):
        return False
    return True


@pytest.mark.parametrize("seed", range(3))
def test_keys_of_mixed_order_are_weak(seed: int) -> None:
    good = fixed_signer(seed=seed).key
    check_strength(good)
    for raw in mixed_order_encodings(good.raw):
        assert refusal(ed25519(raw)) == ("weak-key", "keys[0]")


@pytest.mark.parametrize("y", range(19))
def test_a_y_that_is_not_reduced_is_weak(y: int) -> None:
    for sign in (0, 1):
        assert refusal(ed25519((y + edwards.P | sign << 255).to_bytes(32, "little")))[0] == "weak-key"


def test_all_weak_keys_of_the_public_vectors_are_refused_and_the_good_ones_are_not() -> None:
    folder = public_vectors("cctv-ed25519")
    vectors = json.loads((folder / "ed25519" / "ed25519vectors.json").read_text())
    flags: dict[str, set[str]] = {}
    for vector in vectors:
        flags.setdefault(vector["key"], set()).update(f for f in vector["flags"] or () if f.endswith("_A"))
    assert len(flags) > 20
    for key, found in flags.items():
        if found:
            assert refusal(ed25519(bytes.fromhex(key)))[0] == "weak-key", (key, found)
        else:
            check_strength(public_key(ed25519(bytes.fromhex(key))))


def test_signatures_of_the_public_vectors_are_judged_without_the_cofactor() -> None:
    """Whatever has a residue, an R that is not canonical, or the identity as R, does not verify."""
    folder = public_vectors("cctv-ed25519")
    judged = 0
    for vector in json.loads((folder / "ed25519" / "ed25519vectors.json").read_text()):
        flags = set(vector["flags"] or ())
        if any(flag.endswith("_A") for flag in flags):
            continue
        key = public_key(ed25519(bytes.fromhex(vector["key"])))
        judged += 1
        identity = bytes.fromhex(vector["sig"])[:32] == (1).to_bytes(32, "little")
        if identity or flags & {"low_order_residue", "non_canonical_R"}:
            with pytest.raises(SignatureInvalid):
                key.verify(vector["msg"].encode(), bytes.fromhex(vector["sig"]))
        else:
            key.verify(vector["msg"].encode(), bytes.fromhex(vector["sig"]))
    assert judged > 20


@given(st.integers(min_value=0, max_value=8 * edwards.L))
def test_our_arithmetic_is_that_of_a_group(number: int) -> None:
    base = edwards.decompress(bytes([0x58]) + bytes([0x66]) * 31)
    point = edwards.multiply(number, base)
    assert edwards.compress(point) == edwards.compress(edwards.multiply(number % edwards.L, base))
    assert edwards.compress(edwards.decompress(edwards.compress(point))) == edwards.compress(point)
    assert edwards.is_prime_order(point) == (number % edwards.L != 0)


def test_torsion_points_vanish_when_multiplied_by_eight() -> None:
    for point in torsion():
        assert edwards.compress(edwards.multiply(8, point)) == (1).to_bytes(32, "little")
        assert not edwards.is_prime_order(point)


def alg_keys(*algs: str) -> list[PublicKey]:
    return [fixed_signer(alg, seed).key for seed, alg in enumerate(algs, 1)]


@pytest.mark.parametrize("algs", [[alg] for alg in ALGORITHMS] + [["Ed25519", "ML-DSA-65"], ["ES256", "ML-DSA-87"]])
def test_one_key_or_a_hybrid_is_a_set(algs: list[str]) -> None:
    keys = alg_keys(*algs)
    found = key_set([key.jwk for key in keys])
    assert found.keys == tuple(keys)
    assert found.jwks == [key.jwk for key in keys]
    assert found.kids == {key.kid for key in keys}
    assert key_set([key.jwk for key in reversed(keys)]) == found
    check_strength(found)


@pytest.mark.parametrize(
    "algs",
    [
        [],
        ["Ed25519", "Ed25519"],
        ["Ed25519", "ES256"],
        ["ML-DSA-65", "ML-DSA-87"],
        ["Ed25519", "ML-DSA-65", "ML-DSA-87"],
    ],
)
def test_any_other_combination_is_no_set(algs: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        key_set([key.jwk for key in alg_keys(*algs)])
    assert [(v.code, v.member) for v in refused.value.violations] == [("malformed", "keys")]
    with pytest.raises(Refused):
        KeySet(tuple(alg_keys(*algs)))


def test_the_same_key_twice_is_no_set() -> None:
    jwk = fixed_signer().key.jwk
    with pytest.raises(Refused):
        key_set([jwk, jwk])


def test_everything_wrong_with_a_set_is_said_at_once() -> None:
    with pytest.raises(Refused) as refused:
        key_set([{"kty": "RSA"}, ed25519((edwards.P).to_bytes(32, "little"))])
    assert [(v.code, v.member) for v in refused.value.violations] == [
        ("malformed", "keys[0]"),
        ("weak-key", "keys[1]"),
    ]
    others: list[object] = [None, {}, "keys", [None], 5]
    for nonsense in others:
        with pytest.raises(Refused):
            key_set(nonsense)


def test_strength_names_the_weak_key_of_a_set() -> None:
    weak = public_key(ed25519((1).to_bytes(32, "little")))
    with pytest.raises(Refused, match="prime order"):
        check_strength(KeySet((weak, fixed_signer("ML-DSA-65").key)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "alg", "pub", "d"]), json_values) | json_values)
def test_no_json_value_breaks_the_reader_of_keys(jwk: object) -> None:
    with pytest.raises(Refused):
        public_key(jwk)
