"""Envelopes: one spelling, exact members, limits at the door only."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.errors import Refused
from ledger.signing.disclosure import read_record
from ledger.signing.envelope import Envelope, parse_envelope, parse_evidence
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u, digest, unb64u
from tests.unit.signing.samples import PROCESS, SHORT, content, fixed_signer, signed

GOOD = signed(SHORT)
KID = fixed_signer().key.kid


def codes(data: bytes, *, submission: bool = True) -> list[tuple[str, str]]:
    """Code and member of everything that reading says is wrong."""
    try:
        read_record(data, submission=submission)
    except Refused as refused:
        return [(violation.code, violation.member) for violation in refused.violations]
    return []


def changed(change: Callable[[dict[str, Any]], object], data: bytes = GOOD) -> bytes:
    value = content(data)
    change(value)
    return canonical(value)


def with_header(**members: object) -> bytes:
    protected = b64u(canonical({"alg": "Ed25519", "kid": KID, "typ": "lodestone-record+sd-jwt"} | members))
    return changed(lambda v: v["signatures"][0].update(protected=protected))


def with_payload(payload: bytes) -> bytes:
    return changed(lambda v: v.update(payload=b64u(payload)))


def test_an_envelope_says_what_was_signed() -> None:
    envelope = parse_envelope(GOOD)
    carried = content(GOOD)
    (signature,) = envelope.signatures
    assert envelope.data == GOOD
    assert envelope.payload == unb64u(carried["payload"])
    assert envelope.record_id == digest(envelope.payload)
    assert {name for name in envelope.claims if not name.startswith("_")} == {"v", "log", "type"}
    assert (signature.alg, signature.kid) == ("Ed25519", KID)
    assert b64u(signature.raw) == signature.signature == carried["signatures"][0]["signature"]
    assert envelope.signing_input(0) == f"{signature.protected}.{carried['payload']}".encode()
    assert envelope.signatures_digest() == digest(canonical([[signature.protected, signature.signature]]))
    assert list(envelope.disclosures) == carried["signatures"][0]["header"]["disclosures"]
    assert codes(GOOD) == codes(GOOD, submission=False) == []


def test_the_digest_of_signatures_knows_their_order_and_nothing_of_disclosures() -> None:
    both = signed(SHORT, fixed_signer(seed=1), fixed_signer("ES256", 2))
    envelope = parse_envelope(both)
    bare = parse_envelope(changed(lambda v: v["signatures"][0].pop("header"), both), submission=False)
    assert bare.signatures_digest() == envelope.signatures_digest()

    def swap(value: dict[str, Any]) -> None:
        one, other = value["signatures"]
        value["signatures"] = [{**other, "header": one.pop("header")}, one]

    swapped = parse_envelope(changed(swap, both))
    assert swapped.record_id == envelope.record_id
    assert swapped.signatures_digest() != envelope.signatures_digest()


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff", b"nul", b'{"a":1}{}', b'"\\ud800"', b"[" * 100_000, b"NaN", b"\xef\xbb\xbf{}"]
)
def test_what_is_not_json_says_so(data: bytes) -> None:
    for submission in (True, False):
        with pytest.raises(Refused) as refused:
            parse_envelope(data, submission=submission)
        (violation,) = refused.value.violations
        assert (violation.code, violation.member) == ("malformed", "")
        assert violation.sentence.startswith("not JSON")


@pytest.mark.parametrize(
    "data", [b"{}", b"[]", b"null", b"1", b'"x"', b'{"payload":"e30"}', b'{"payload":"e30","signatures":[],"x":1}']
)
def test_json_that_is_no_envelope_is_malformed(data: bytes) -> None:
    assert codes(data) == codes(data, submission=False) == [("malformed", "")]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda v: v.update(signatures=[]), "signatures"),
        (lambda v: v.update(signatures={}), "signatures"),
        (lambda v: v.update(signatures=v["signatures"] * 5), "signatures"),
        (lambda v: v.update(signatures=[1]), "signatures[0]"),
        (lambda v: v["signatures"].append({**v["signatures"][0]}), "signatures[1]"),
        (lambda v: v["signatures"][0].update(kid="x"), "signatures[0]"),
        (lambda v: v["signatures"][0].pop("signature"), "signatures[0]"),
        (lambda v: v["signatures"][0].pop("protected"), "signatures[0]"),
        (lambda v: v["signatures"][0].update(signature=""), "signatures[0].signature"),
        (lambda v: v["signatures"][0].update(signature=5), "signatures[0].signature"),
        (lambda v: v["signatures"][0].update(signature="A"), "signatures[0].signature"),
        (lambda v: v["signatures"][0].update(signature="AB=="), "signatures[0].signature"),
        (lambda v: v["signatures"][0].update(protected=5), "signatures[0].protected"),
        (lambda v: v["signatures"][0].update(protected=""), "signatures[0].protected"),
        (lambda v: v["signatures"][0].update(protected="A" * 400), "signatures[0].protected"),
        (lambda v: v["signatures"][0].update(header=[]), "signatures[0].header"),
        (lambda v: v["signatures"][0].update(header={}), "signatures[0].header"),
        (lambda v: v["signatures"][0]["header"].update(kid="x"), "signatures[0].header"),
        (lambda v: v["signatures"][0]["header"].update(disclosures={}), "signatures[0].header"),
        (lambda v: v["signatures"][0]["header"]["disclosures"].append(1), "signatures[0].header.disclosures"),
        (lambda v: v.update(payload=5), "payload"),
        (lambda v: v.update(payload=""), "payload"),
        (lambda v: v.update(payload="A"), "payload"),
        (lambda v: v.update(payload=v["payload"] + "="), "payload"),
        (lambda v: v.update(payload=b64u(b"[]")), "payload"),
        (lambda v: v.update(payload=b64u(b"{")), "payload"),
        (lambda v: v.update(payload=b64u(b"\xff")), "payload"),
    ],
)
def test_every_member_of_an_envelope_is_exact(change: Callable[[dict[str, Any]], object], where: str) -> None:
    data = changed(change)
    for submission in (True, False):
        assert ("malformed", where) in codes(data, submission=submission)


@pytest.mark.parametrize(
    "members",
    [
        {"alg": "none"},
        {"alg": "EdDSA"},
        {"alg": "ML-DSA-44"},
        {"alg": "HS256"},
        {"alg": ["Ed25519"]},
        {"typ": "vc+jwt"},
        {"typ": "JWT"},
        {"kid": "me"},
        {"kid": KID[:-1]},
        {"kid": KID + "A"},
        {"kid": 5},
        {"crit": ["b64"]},
        {"jwk": {}},
        {"jku": "x"},
        {"b64": False},
        {"x5u": "x"},
    ],
)
def test_a_protected_header_says_alg_kid_and_typ_and_nothing_else(members: dict[str, object]) -> None:
    assert codes(with_header(**members)) == [("malformed", "signatures[0].protected")]
    assert codes(with_header(**members), submission=False) == [("malformed", "signatures[0].protected")]


def test_a_header_in_a_later_signature_is_refused() -> None:
    both = signed(SHORT, fixed_signer(seed=1), fixed_signer(seed=2))
    moved = changed(lambda v: v["signatures"][1].update(header=v["signatures"][0].pop("header")), both)
    assert ("malformed", "signatures[1]") in codes(moved)


@pytest.mark.parametrize(
    "spell",
    [
        lambda data: b" " + data,
        lambda data: data + b"\n",
        lambda data: data.replace(b'":', b'": ', 1),
        lambda data: data.replace(b"payload", b"p\\u0061yload"),
        lambda data: b'{"signatures":' + data[data.index(b"[{") : -1] + b',"payload":"' + data.split(b'"')[3] + b'"}',
        lambda data: data.replace(b'{"payload"', b'{"payload":"e30","payload"'),
    ],
)
def test_an_envelope_in_another_spelling_is_refused(spell: Callable[[bytes], bytes]) -> None:
    assert spell(GOOD) != GOOD
    assert codes(spell(GOOD)) == codes(spell(GOOD), submission=False) == [("not-canonical", "")]


def test_a_payload_in_another_spelling_is_refused() -> None:
    payload = unb64u(content(GOOD)["payload"])
    for other in (b" " + payload, payload.replace(b":", b": ", 1), payload.replace(b'"v"', b'"v":1,"v"')):
        assert codes(with_payload(other)) == [("not-canonical", "payload")]
        assert codes(with_payload(other), submission=False) == [("not-canonical", "payload")]


@pytest.mark.parametrize("value", [b"1.5", b"1.0", b"null", b"9007199254740992", b"18446744073709551616", b"1e3"])
def test_numbers_that_not_every_reader_reads_alike_are_refused(value: bytes) -> None:
    payload = unb64u(content(GOOD)["payload"])
    assert codes(with_payload(payload[:-1] + b',"w":' + value + b"}")) == [("not-canonical", "payload")]


def test_a_protected_header_in_another_spelling_is_refused() -> None:
    text = b'{"alg": "Ed25519","kid":"' + KID.encode() + b'","typ":"lodestone-record+sd-jwt"}'
    data = changed(lambda v: v["signatures"][0].update(protected=b64u(text)))
    assert codes(data) == [("not-canonical", "signatures[0].protected")]


def test_everything_wrong_is_said_at_once() -> None:
    def spoil(value: dict[str, Any]) -> None:
        value["signatures"][0]["protected"] = b64u(b"{}")
        value["signatures"][0]["header"]["disclosures"].pop()

    assert set(codes(changed(spoil) + b" ")) == {
        ("malformed", "signatures[0].protected"),
        ("not-canonical", ""),
        ("undisclosed", "_sd"),
    }


def test_limits_are_the_doors_and_not_those_of_a_replay() -> None:
    long = SHORT | {"reason": "x" * 60_000}
    many = SHORT | {"steps": ["x"] * 501}
    deep: Any = "x"
    for _ in range(16):
        deep = [deep]
    parts = SHORT | {"evidence": [{"digest": "x"}] * 501}
    crowd = SHORT | {"evidence": [{f"n{i}": 1 for i in range(101)}] * 50}
    large = SHORT | {f"n{i}": "x" * 50_000 for i in range(16)}
    cases: list[tuple[dict[str, Any], str]] = [
        (many, "steps"),
        (parts, "evidence"),
        (crowd, "disclosures"),
        (large, ""),
    ]
    for record, where in cases:
        assert ("too-large", where) in codes(signed(record)), where
        assert codes(signed(record), submission=False) == []
    assert [code for code, _ in codes(signed(long))] == ["too-large"]
    assert codes(signed(long), submission=False) == []
    fits = SHORT | {"steps": ["x"] * 500, "reason": "x" * 50_000}
    assert codes(signed(fits)) == []


def test_depth_is_limited_at_the_door() -> None:
    def nested(levels: int) -> dict[str, Any]:
        value: Any = {}
        for _ in range(levels - 1):
            value = {"in": value}
        return SHORT | {"attributes": value}

    assert codes(signed(nested(15))) == []
    assert _spliced(nested(15), 16) == [("too-large", "attributes")]
    assert _spliced(nested(15), 16, submission=False) == []
    assert _spliced(nested(15), 250, submission=False) == [("too-large", "attributes")]


def test_a_payload_has_limits_too() -> None:
    frame = {"_sd": [], "_sd_alg": "sha-256", "log": "x", "type": "key", "v": "lodestone-record/1"}
    deep: Any = "x"
    for _ in range(17):
        deep = [deep]
    for claims in (
        {"log": "x" * 60_000},
        {"keys": ["x" * 3] * 501},
        {"keys": [{"a": ["x" * 3] * 501}]},
        {"keys": deep},
    ):
        data = with_payload(canonical(frame | claims))
        assert ("too-large", "payload") in codes(data)
        assert "too-large" not in {code for code, _ in codes(data, submission=False)}
    assert ("too-large", "payload") in codes(with_payload(b"[" * 300 + b"]" * 300), submission=False)


def test_an_envelope_nested_too_deeply_to_be_written_again_is_refused() -> None:
    deep = b"[" * 300 + b"]" * 300
    found = codes(GOOD.replace(b'"signatures":[', b'"signatures":[' + deep + b","), submission=False)
    assert ("malformed", "") in found
    assert ("malformed", "signatures[0]") in found


def _spliced(record: dict[str, Any], levels: int, *, submission: bool = True) -> list[tuple[str, str]]:
    """What reading says of a record whose `attributes` are nested by so many levels, past what `build` would make."""
    value: Any = {}
    for _ in range(levels - 1):
        value = {"in": value}
    disclosure = b64u(canonical([b64u(bytes(16)), "attributes", value]))
    return codes(forged([disclosure]), submission=submission)


def forged(disclosures: list[str], **claims: Any) -> bytes:
    """An unsigned envelope over given disclosures, all of them members of the record."""
    digests = sorted(unb64u_digest(each) for each in disclosures)
    payload = {"_sd": digests, "_sd_alg": "sha-256", "log": "x", "type": "hold", "v": "lodestone-record/1"} | claims
    value = content(GOOD)
    value["payload"] = b64u(canonical(payload))
    value["signatures"][0]["header"] = {"disclosures": disclosures}
    return canonical(value)


def unb64u_digest(disclosure: str) -> str:
    return digest(disclosure.encode()).removeprefix("sha-256:")


@pytest.mark.parametrize(
    "text", ["A\u030a", "\u202eevil", "line\nfeed", "\x7f", "\u2028", "tab\t", "\x85", "\u200e", "\u2066x"]
)
def test_text_that_people_cannot_trust_is_refused_at_the_door_only(text: str) -> None:
    for record, where in (
        (SHORT | {"reason": text}, "reason"),
        (SHORT | {"log": text}, "log"),
        (SHORT | {"evidence": [{"name": text}]}, "evidence[0].name"),
        (SHORT | {"attributes": {"a": [text]}}, "attributes.a[0]"),
    ):
        assert codes(signed(record)) == [("malformed", where)]
        assert codes(signed(record), submission=False) == []


@pytest.mark.parametrize("text", ["Ångström", "分析書", 'say "hi"', "back\\slash", "😀", "العربية", "עברית"])
def test_text_in_any_script_is_fine(text: str) -> None:
    assert codes(signed(SHORT | {"reason": text, "log": text})) == []


def evidence(data: bytes) -> Envelope:
    return parse_evidence(content(data))


def test_evidence_carries_its_disclosures_in_one_order() -> None:
    data = signed(PROCESS)
    assert evidence(data).data == b""
    assert evidence(data).disclosures == parse_envelope(data).disclosures

    def reverse(value: dict[str, Any]) -> None:
        value["signatures"][0]["header"]["disclosures"].reverse()

    def twice(value: dict[str, Any]) -> None:
        value["signatures"][0]["header"]["disclosures"].insert(0, value["signatures"][0]["header"]["disclosures"][0])

    def none(value: dict[str, Any]) -> None:
        value["signatures"][0]["header"]["disclosures"].clear()

    for spoil in (reverse, twice, none):
        with pytest.raises(Refused) as refused:
            evidence(changed(spoil, data))
        assert [violation.code for violation in refused.value.violations] == ["not-canonical"]
    assert codes(changed(reverse, data)) == []
    assert evidence(changed(lambda v: v["signatures"][0].pop("header"), data)).disclosures == ()


def test_evidence_is_parsed_as_strictly_as_bytes() -> None:
    wrongs: list[object] = [
        None,
        [],
        "x",
        {},
        {"payload": "e30", "signatures": []},
        {1: 2},
        {"payload": "\ud800"},
        {"x": {1}},
    ]
    for wrong in wrongs:
        with pytest.raises(Refused):
            parse_evidence(wrong)
