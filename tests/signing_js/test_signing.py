"""What the browser signs is what `lodestone sign` signs, byte for byte, and the ledger takes it."""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Refused
from ledger.records import Adjust, Facility, Source
from ledger.rules.submission import read_submission
from ledger.signing.build import build_payload, sign_envelope
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import b64u
from tests.verifier.node import ask, text_of

DRIVER = str(Path(__file__).parent / "driver.mjs")

AT = "2026-02-01T00:00:00Z"
CHAIN = b64u(bytes(32))
HOSTILE = ["<script>", "=1+1", "@0", "@0#1", "稀土 \U0001f9f2 é", '\\"\u007f\u0000\n', "__proto__", "toString"]


class Salts:
    def __init__(self) -> None:
        self.used: list[bytes] = []

    def __call__(self) -> bytes:
        self.used.append(hashlib.sha256(str(len(self.used)).encode()).digest()[:16])
        return self.used[-1]

    @property
    def text(self) -> list[str]:
        return [base64.b64encode(salt).decode() for salt in self.used]


def records() -> list[dict[str, Any]]:
    """One of each shape: in the clear, opened apart, lists of parts, parts of parts, nested plain values."""
    head = {"v": "lodestone-record/1", "log": "trial", "chain": {"id": CHAIN, "seq": 0}, "at": AT}
    output = {"lot": HOSTILE[0], "material": "magnet", "mass_mg": 2**53 - 1, "composition": {"Nd": 290_000, "B": 0},
              "serials": [{"from": "A1", "to": "A9"}, "B1"], "contents": [{"batch": "x#0", "mass_mg": 1}]}  # fmt: skip
    return [
        {**head, "type": "organization", "keys": [LocalSigner.generate().key.jwk], "use": "records", "name": "Wattle"},
        {**head, "type": "key", "op": "retire", "reason": "end"},
        {**head, "type": "source", "outputs": [output], "origin": {"kind": "x", "stages": {"*": {"mine": ["AU"]}}}},
        {**head, "type": "process", "inputs": [{"batch": "a#0", "mass_mg": 5, "shares": {"Nd": 1_000_000, "*": 1}}],
         "additions": [], "outputs": [output, output], "attributes": {"process": "x", "electroplated": True, "n": -7},
         "evidence": [{"digest": "d", "kind": "k"}]},
        {**head, "type": "correction", "body": {"outputs": [output], "origin": {"kind": "mined"}}, "op": "replace"},
        *({**head, "type": "facility", "name": name, "region": name * 3} for name in HOSTILE),
    ]  # fmt: skip


def keyfile(signer: LocalSigner) -> str:
    return json.dumps({"keys": [signer.private_jwk()]})


def built(record: Mapping[str, Any]) -> tuple[bytes, list[str], Salts]:
    salts = Salts()
    payload, disclosures = build_payload(record, salts)
    return payload, disclosures, salts


def test_the_same_record_with_the_same_salts_gives_the_same_bytes() -> None:
    said = records()
    made = [built(record) for record in said]
    questions = [{"ask": "build", "record": r, "salts": m[2].text} for r, m in zip(said, made, strict=True)]
    for (payload, disclosures, _salts), answer in zip(made, ask(questions, DRIVER), strict=True):
        value = answer["value"]
        assert base64.b64decode(value["payload"]) == payload
        assert value["disclosures"] == disclosures
        assert value["left"] == 0
        assert value["id"] == "sha-256:" + b64u(hashlib.sha256(payload).digest())


def test_an_envelope_by_an_ed25519_key_is_the_same_to_the_last_byte() -> None:
    signer = LocalSigner.generate()
    payload, disclosures, _salts = built(records()[3])
    question = {"ask": "envelope", "payload": text_of(payload), "disclosures": disclosures, "keyfile": keyfile(signer)}
    [answer] = ask([question], DRIVER)
    assert answer["value"].encode() == sign_envelope(payload, disclosures, [signer])


@pytest.mark.parametrize(
    ("record", "member"),
    [
        ({"type": "facility", "mass": 1.5}, "mass"),
        ({"type": "facility", "mass": 2**53}, "mass"),
        ({"type": "facility", "name": None}, "name"),
        ({"type": "facility", "_sd": "x"}, "_sd"),
        ({"type": "facility", "a.b": "x"}, "a.b"),
        ({"type": "facility", "name": {"...": "x"}}, "name"),
        ({"type": "source", "outputs": {}}, "outputs"),
        ({"type": "source", "outputs": ["x"]}, "outputs[0]"),
        ({"type": "source", "origin": []}, "origin"),
        ({"type": "source", "outputs": [{"é": 1}]}, "outputs[0].é"),
    ],
)
def test_what_python_does_not_sign_the_browser_does_not_sign_either(record: dict[str, Any], member: str) -> None:
    with pytest.raises(Refused) as refused:
        build_payload(record)
    [answer] = ask([{"ask": "build", "record": record, "salts": [text_of(bytes(16))] * 20}], DRIVER)
    assert answer["members"] == [violation.member for violation in refused.value.violations] == [member]


@pytest.mark.parametrize("alg", ["Ed25519", "ES256", ""])
def test_a_chain_that_the_browser_signs_is_read_and_names_what_it_made(alg: str) -> None:
    plain = [
        {"type": "facility", "at": AT, "name": "@0", "operator": "sha-256:" + "A" * 43, "country": "AU"},
        {"type": "source", "at": AT, "facility": "@0", "country": "AU", "operated": "self",
         "origin": {"kind": "mined"}, "outputs": [{"lot": "@0", "material": "ore", "mass_mg": 1}]},
        {"type": "adjust", "at": AT, "batch": "@1#0", "mass_mg": 1, "reason": "@1"},
    ]  # fmt: skip
    chain = {"id": CHAIN, "seq": 4, "head": "sha-256:" + "A" * 43}
    key = keyfile(LocalSigner.generate(alg)) if alg else ""
    question = {"ask": "chain", "prepared": {"ledger": "trial", "chain": chain, "records": plain}, "keyfile": key}
    [answer] = ask([question], DRIVER)
    read = [read_submission(envelope.encode(), "trial") for envelope in answer["value"]["envelopes"]]
    assert [each.id for each in read] == answer["value"]["ids"]
    assert [each.record.chain.seq for each in read] == [5, 6, 7]
    assert [each.record.chain.prev for each in read] == [chain["head"], read[0].id, read[1].id]
    facility, source, adjust = (each.record for each in read)
    assert isinstance(facility, Facility)
    assert isinstance(source, Source)
    assert isinstance(adjust, Adjust)
    assert (source.facility, adjust.batch) == (read[0].id, f"{read[1].id}#0")
    assert (facility.name, source.outputs[0].lot, adjust.reason) == ("@0", "@0", "@1")


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("age-encryption.org/v1\n", "locked"),
        ("no key file", "unreadable"),
        ('{"keys": []}', "unreadable"),
        ('{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}]}', "unreadable"),
        (keyfile(LocalSigner.generate("ML-DSA-65")), "hybrid"),
    ],
)
def test_a_key_that_a_browser_cannot_use_is_told_from_one_that_it_can(file: str, reason: str) -> None:
    [answer] = ask([{"ask": "envelope", "payload": "", "disclosures": [], "keyfile": file}], DRIVER)
    assert answer["refused"] == reason
