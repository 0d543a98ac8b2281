"""The parts of which the verifier in JavaScript is made, held against those in Python."""

import json
import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.errors import LodestoneError, Refused
from ledger.log.note import decode_base64
from ledger.signing.keys import ALGORITHMS, PublicKey, check_strength, public_key
from ledger.signing.signer import LocalSigner
from ledger.values.canonical import NotCanonical, NotJson, TooDeep, canonical, parse_canonical
from ledger.values.encoding import b64u, digest, unb64u
from tests.unit.log.public_vectors import public_vectors
from tests.unit.signing.curve import mixed_order_encodings, small_order_encodings
from tests.verifier.node import ask, text_of

GOOD = [b'{"":1}', b"[]", b"{}", b"0", b"-1", b'"a"', b"true", b"false", b"[1,[2,{}]]", b"9007199254740991"]
ODD = [
    b"", b" ", b"[]\n", b"\xef\xbb\xbf1", b"\x00", b"\xff", b'"\xed\xa0\x80"', b'"\\ud800"',
    b'"\\ud83d\\ude00"', b'"\xf0\x9f\x98\x80"', b"-0", b"-0.0", b"1.0", b"1e2", b"1E400", b"01", b"-", b"+1",
    b".5", b"9007199254740992", b"-9007199254740992", b"9" * 30, b"9" * 400, b"18446744073709551616", b"null",
    b"nul", b"NaN", b"Infinity", b"[1,]", b"[,1]", b'{"a":1,}', b'{"a"}', b"{1:2}", b'{"b":1,"a":2}',
    b'{"a":1,"a":2}', b'{"a":1,"a":1}', b'{"1":1,"10":2,"9":3}', b'{"10":1,"9":2}', b'{"__proto__":1}',
    b'{"__proto__":{"a":1}}', b'{"constructor":true}', '{"é":1}'.encode(), b'{"a b":1}',
    b'{"' + b"k" * 64 + b'":1}', b'{"' + b"k" * 65 + b'":1}', b'{"k\\n":1}',
    b'"\\u0000\\b\\t\\n\\u000b\\f\\r\\"\\\\\\u001f\x7f"', b'"\\u001F"', b'"\\/"', b'"/"', b'"\\u0041"',
    b'"\\u000a"', b'"\x01"', b'"a\nb"', '"\u2028\ufeff"'.encode(), b"[" * 16 + b"]" * 16,
    b"[" * 17 + b"]" * 17, b"[" * 1024 + b"]" * 1024, b"[" * 1025 + b"]" * 1025, b"[" * 200_000,
    b'{"a":' * 17 + b"1" + b"}" * 17, b"[true ]", b"truer", b"[null,9007199254740992]",
    b'[9007199254740992,{"a b":1}]', b"[[[[[[[[[[[[[[[[[null]]]]]]]]]]]]]]]]]",
    b'{"a":null,"b":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}',
]  # fmt: skip


def _python(data: bytes) -> dict[str, Any]:
    try:
        return {"value": canonical(parse_canonical(data)).decode()}
    except (TooDeep, NotCanonical, NotJson) as error:
        return {"refused": str(error), "kind": type(error).__name__}


def test_signed_json_is_read_and_refused_alike() -> None:
    chance = random.Random(857)
    whole = canonical({"a": [1, {"b": "x\u00e9\n", "c": False}], "d": {"e": -5, "f": {}}})
    mutants = []
    for _ in range(600):
        changed = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.choice(b'{}[]":,\\0123aeE.- \xc3\x00u')
        mutants.append(bytes(changed))
    cases = [*GOOD, *ODD, whole, *mutants]
    answers = ask([{"ask": "parse", "data": text_of(data)} for data in cases])
    for data, answer in zip(cases, answers, strict=True):
        expected = _python(data)
        assert {name: answer[name] for name in expected} == expected, data[:100]
    assert sum("value" in answer for answer in answers) > 30
    assert {answer.get("kind") for answer in answers} == {None, "NotJson", "NotCanonical", "TooDeep"}


def test_texts_of_bytes_have_one_form_alike() -> None:
    texts = [
        "",
        "A",
        "AA",
        "AB",
        "AAA",
        "AAB",
        "AAAA",
        "-_-_",
        "+/+/",
        "AA=",
        "AA==",
        "AAA=",
        "A A=",
        "é",
        "AAAA=",
        "====",
        "QUI=",
        "QUJ=",
    ]
    texts += [b64u(os.urandom(size)) for size in range(40)]
    assert _answers(ask([{"ask": "unb64u", "text": text} for text in texts])) == [
        _given(unb64u, text) for text in texts
    ]
    standard = ask([{"ask": "unbase64", "text": text} for text in texts])
    assert [answer["value"] for answer in standard] == [
        text_of(b"none") if (given := _given(decode_base64, text)) is None else given for text in texts
    ]


def _given(decode: Callable[[str], bytes], text: str) -> str | None:
    try:
        return text_of(decode(text))
    except ValueError:
        return None


def _answers(answers: list[dict[str, Any]]) -> list[Any]:
    return [answer.get("value") for answer in answers]


def test_digests_and_the_order_of_texts_agree() -> None:
    parts = [os.urandom(size) for size in (*range(130), 1_000, 65_536)]
    assert _answers(ask([{"ask": "digest", "data": text_of(part)} for part in parts])) == [
        digest(part) for part in parts
    ]
    texts = ["", "a", "aa", "B", "é", "\uffff", "\ufb00", "\U0001f600", "\U00010000", "中", "a\U0001f600", "a\uffff"]
    assert ask([{"ask": "order", "texts": texts}])[0]["value"] == sorted(texts)


def _judged(jwk: object, message: bytes, signature: bytes) -> bool:
    try:
        key = public_key(jwk)
        check_strength(key)
        key.verify(message, signature)
    except LodestoneError:
        return False
    return True


def _asked(jwk: object, message: bytes, signature: bytes) -> dict[str, object]:
    given = {"jwk": text_of(canonical(jwk)), "message": text_of(message), "signature": text_of(signature)}
    return {"ask": "signature", **given}


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_signatures_of_every_algorithm_are_judged_alike(alg: str) -> None:
    chance = random.Random(alg)
    cases = []
    for _ in range(12):
        signer = LocalSigner.generate(alg)
        message = os.urandom(chance.randrange(300))
        signature = signer.sign(message)
        cases.append((signer.key.jwk, message, signature))
        for place in (*(chance.randrange(len(signature)) for _ in range(4)), len(signature) - 1):
            changed = bytearray(signature)
            changed[place] ^= 1 << chance.randrange(8)
            cases.append((signer.key.jwk, message, bytes(changed)))
        cases += [(signer.key.jwk, message + b"x", signature), (signer.key.jwk, message, signature[:-1])]
    answers = ask(_asked(*case) for case in cases)
    expected = [_judged(*case) for case in cases]
    assert ["value" in answer for answer in answers] == expected
    assert sum(expected) >= 12


def _ed25519(raw: bytes) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": b64u(raw)}


def _openssl(raw: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_the_odd_keys_and_signatures_of_the_public_vectors_are_judged_alike() -> None:
    """Keys of records by one criterion (decision 21), keys of notes as OpenSSL judges; with WebCrypto and without."""
    read = json.loads((public_vectors("cctv-ed25519") / "ed25519" / "ed25519vectors.json").read_text())
    vectors = [(bytes.fromhex(v["key"]), bytes.fromhex(v["sig"]), v["msg"].encode()) for v in read]
    answers = ask(_asked(_ed25519(raw), message, signature) for raw, signature, message in vectors)
    expected = [_judged(_ed25519(raw), message, signature) for raw, signature, message in vectors]
    assert ["value" in answer for answer in answers] == expected
    assert len(expected) > 500
    assert any(expected)
    for question, every in (("fits", 1), ("alone", 7)):
        some = vectors[::every]
        asked = [
            {"ask": question, "alg": "Ed25519", "raw": text_of(raw), "message": text_of(m), "signature": text_of(s)}
            for raw, s, m in some
        ]
        assert _answers(ask(asked)) == [_openssl(raw, s, m) for raw, s, m in some]


def _registered(jwk: object) -> tuple[str, str]:
    try:
        key = public_key(jwk, "keys[0]")
        check_strength(key)
    except Refused as refused:
        return refused.violations[0].code, refused.violations[0].sentence
    return "", key.kid


def test_keys_are_read_and_refused_alike() -> None:
    signers = [LocalSigner.generate(alg) for alg in ALGORITHMS]
    jwks: list[dict[str, Any]] = [signer.key.jwk for signer in signers]
    ec = dict(jwks[1])
    jwks += [{**jwk, name: value} for jwk in jwks[:4] for name in jwk for value in ("", "A", "AAAA", 5, "Ed448", True)]
    jwks += [{**jwk, "kid": "x"} for jwk in jwks[:4]] + [{}, {"kty": "OKP"}, {"constructor": "x"}, {"__proto__": "x"}]
    jwks += [{**ec, "x": ec["y"], "y": ec["x"]}, {**ec, "x": b64u(b"\xff" * 32)}, {**ec, "y": b64u(bytes(31))}]
    weak = [
        *small_order_encodings(),
        *mixed_order_encodings(signers[0].key.raw),
        b"\xff" * 32,
        bytes(31),
        b"\x02" + bytes(31),
    ]
    jwks += [_ed25519(raw) for raw in weak]
    answers = ask({"ask": "key", "jwk": text_of(canonical(jwk))} for jwk in jwks)
    told = [("", a["value"]) if "value" in a else (a["code"], a["refused"]) for a in answers]
    assert told == [_registered(jwk) for jwk in jwks]
    assert {code for code, _ in told} == {"", "malformed", "weak-key"}


def test_without_webcrypto_es256_is_judged_alike() -> None:
    signer = LocalSigner.generate("ES256")
    signature = signer.sign(b"message")
    key: PublicKey = signer.key
    odd = [
        signature,
        bytes(64),
        signature[:32] + bytes(32),
        bytes(32) + signature[32:],
        b"\xff" * 64,
        signature[32:] + signature[:32],
    ]
    asked = [
        {
            "ask": "alone",
            "alg": "ES256",
            "raw": text_of(key.raw),
            "message": text_of(b"message"),
            "signature": text_of(each),
        }
        for each in odd
    ]
    assert _answers(ask(asked)) == [_judged(key.jwk, b"message", each) for each in odd] == [True] + [False] * 5
