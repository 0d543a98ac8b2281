"""Building: one way of cutting a record, fresh salts, and nothing that signed JSON does not allow."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.signing.build import build_payload, fresh_salt, sign_envelope, sign_record
from ledger.signing.disclosure import WITHHELD, disclosure_digest, read_record
from ledger.signing.envelope import parse_envelope
from ledger.signing.keys import KeySet
from ledger.signing.verify import verify_signatures
from ledger.values.canonical import parse_canonical
from ledger.values.encoding import b64u
from tests.unit.signing.samples import (
    CORRECTION,
    PROCESS,
    SHORT,
    content,
    counted_salts,
    disclosed,
    fixed_signer,
    organization,
    signed,
)


def names_and_values(record: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """What the disclosures of a record say, without salts: members by name, elements in a list."""
    items = disclosed(signed(record))
    return {item[1]: item[2] for item in items if len(item) == 3}, [item[1] for item in items if len(item) == 2]


def test_only_the_frame_of_a_record_is_in_the_clear() -> None:
    payload, _ = build_payload(PROCESS)
    claims = parse_canonical(payload)
    assert isinstance(claims, dict)
    assert set(claims) == {"v", "log", "type", "_sd", "_sd_alg"}
    record = organization([fixed_signer()])
    payload, disclosures = build_payload(record)
    claims = parse_canonical(payload)
    assert isinstance(claims, dict)
    assert set(claims) == {"v", "log", "type", "_sd", "_sd_alg", "keys", "use"}
    assert claims["keys"] == record["keys"]
    assert len(disclosures) == len(record) - 5


def test_elements_origins_and_bodies_consist_of_digests() -> None:
    members, elements = names_and_values(PROCESS)
    for name in ("inputs", "outputs", "additions", "evidence", "contents"):
        assert all(set(each) == {"..."} for each in members[name])
    assert set(members["origin"]) == {"_sd"}
    assert all(set(each) == {"_sd"} for each in elements)
    assert len(elements) == 2 + 2 + 1 + 1 + 1
    members, elements = names_and_values(CORRECTION)
    assert set(members["body"]) == set(members["origin"]) == {"_sd"}
    assert len(elements) == 1


def test_what_lies_deeper_opens_whole() -> None:
    members, _ = names_and_values(PROCESS)
    assert members["chain"] == PROCESS["chain"]
    assert members["steps"] == PROCESS["steps"]
    assert members["stages"] == PROCESS["additions"][0]["origin"]["stages"]
    assert members["attributes"] == PROCESS["attributes"]
    plain, _ = names_and_values(SHORT | {"attributes": {"inputs": [{"a": 1}], "origin": {"kind": "x"}}})
    assert plain["attributes"] == {"inputs": [{"a": 1}], "origin": {"kind": "x"}}


def test_every_disclosure_has_its_own_fresh_salt() -> None:
    first, second = (disclosed(sign_record(PROCESS, [fixed_signer()])) for _ in range(2))
    salts = [item[0] for item in first + second]
    assert len(set(salts)) == len(salts)
    assert len(fresh_salt()) == 16
    with pytest.raises(ValueError, match="16 bytes"):
        build_payload(SHORT, lambda: bytes(15))


def test_the_same_salts_give_the_same_bytes() -> None:
    assert signed(PROCESS) == signed(PROCESS)
    shuffled = dict(reversed(PROCESS.items()))
    assert parse_envelope(signed(shuffled)).record_id != parse_envelope(signed(PROCESS)).record_id  # other salts
    assert read_record(signed(shuffled))[1] == PROCESS


def test_digests_are_sorted_and_disclosures_ascend() -> None:
    payload, disclosures = build_payload(SHORT)
    claims = parse_canonical(payload)
    assert isinstance(claims, dict)
    assert claims["_sd"] == sorted(disclosure_digest(each) for each in disclosures)
    carried = content(sign_envelope(payload, disclosures, [fixed_signer()]))["signatures"][0]["header"]["disclosures"]
    assert carried == sorted(disclosures)


def test_a_record_of_the_frame_alone_has_no_header() -> None:
    frame = {name: SHORT[name] for name in ("v", "log", "type")}
    assert set(content(signed(frame))["signatures"][0]) == {"protected", "signature"}
    assert read_record(signed(frame))[1] == frame


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"mass_mg": 1.5}, "mass_mg"),
        ({"mass_mg": None}, "mass_mg"),
        ({"mass_mg": 2**53}, "mass_mg"),
        ({"note": {"a b": 1}}, "note"),
        ({"note": {"_sd": []}}, "note"),
        ({"note": [{"...": "x"}]}, "note"),
        ({"note": WITHHELD}, "note"),
        ({"note": b"bytes"}, "note"),
        ({"_sd": []}, "_sd"),
        ({"_sd_alg": "sha-256"}, "_sd_alg"),
        ({"...": "x"}, "..."),
        ({"a.b": 1}, "a.b"),
        ({"ä": 1}, "ä"),
        ({5: 1}, "5"),
        ({"inputs": "x"}, "inputs"),
        ({"inputs": {"batch": "x"}}, "inputs"),
        ({"inputs": ["x"]}, "inputs[0]"),
        ({"inputs": [{"batch": 1.5}]}, "inputs[0].batch"),
        ({"inputs": [WITHHELD]}, "inputs[0]"),
        ({"outputs": [{"contents": ["x"]}]}, "outputs[0].contents[0]"),
        ({"origin": "mined"}, "origin"),
        ({"origin": {"kind": None}}, "origin.kind"),
        ({"log": 1.5}, "log"),
        ({"v": {"_sd": []}}, "v"),
    ],
)
def test_what_signed_json_does_not_allow_is_refused_by_its_place(members: dict[Any, Any], where: str) -> None:
    with pytest.raises(Refused) as refused:
        build_payload(SHORT | members)
    assert [(v.code, v.member) for v in refused.value.violations] == [("malformed", where)]


def test_everything_wrong_with_a_record_is_said_at_once() -> None:
    with pytest.raises(Refused) as refused:
        build_payload(SHORT | {"a": 1.5, "inputs": [{"b": None}], "origin": []})
    assert {v.member for v in refused.value.violations} == {"a", "inputs[0].b", "origin"}


names = st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True).filter(lambda name: name not in ("v", "log", "type", "body"))
leaves = st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8"))
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)
elements = st.lists(
    st.dictionaries(names.filter(lambda n: n not in ("contents", "origin")), values, max_size=3), max_size=3
)
LISTS = ("inputs", "outputs", "batches", "accepted", "additions", "evidence")
records = st.builds(
    lambda plain, lists, origin: {
        **{name: value for name, value in plain.items() if name not in (*LISTS, "origin")},
        **lists,
        **origin,
        "v": "lodestone-record/1",
        "log": "ledger.example",
        "type": "process",
    },
    st.dictionaries(names, values, max_size=5),
    st.dictionaries(st.sampled_from(LISTS), elements, max_size=3),
    st.dictionaries(st.just("origin"), st.dictionaries(names.filter(lambda n: n != "origin"), values, max_size=3)),
)


@given(records)
def test_any_record_comes_back_as_it_was(record: dict[str, Any]) -> None:
    signer = fixed_signer()
    envelope, tree = read_record(sign_record(record, [signer]), submission=False)
    assert tree == record
    verify_signatures(envelope, KeySet((signer.key,)))


def test_a_signer_is_whatever_has_a_key_and_signs() -> None:
    class Module:
        """A stand-in for a hardware module."""

        key = fixed_signer().key

        def sign(self, message: bytes) -> bytes:
            return fixed_signer().sign(message)

    data = sign_record(SHORT, [Module()], counted_salts())
    assert data == signed(SHORT)
    assert b64u(parse_envelope(data).payload) in data.decode()
