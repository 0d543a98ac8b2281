"""No byte of an envelope can change, and no bytes whatever break the reader."""

import contextlib
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.signing.disclosure import Opened, open_record, read_record
from ledger.signing.envelope import Envelope, parse_envelope, parse_evidence
from ledger.signing.keys import KeySet
from ledger.signing.verify import verify_signatures
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u, unb64u
from tests.unit.signing.samples import PROCESS, SHORT, content, fixed_signer, signed

SIGNERS = fixed_signer("Ed25519"), fixed_signer("ES256")
SMALL = signed(SHORT)
LARGE = signed(PROCESS)


def accepted(data: bytes, keys: KeySet, *, submission: bool) -> tuple[Envelope, Opened] | None:
    """The road of a submission or replay up to the signatures; anything but a refusal is an error of the test."""
    try:
        envelope, tree = read_record(data, submission=submission)
        verify_signatures(envelope, keys)
    except Refused:
        return None
    return envelope, tree


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.key.alg)
def test_no_bit_of_an_envelope_can_flip(signer: Any) -> None:
    data = signed(SHORT, signer)
    keys = KeySet((signer.key,))
    assert accepted(data, keys, submission=True) is not None
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            for submission in (True, False):
                assert accepted(bytes(flipped), keys, submission=submission) is None, (place, bit)


def test_no_byte_can_be_dropped_or_doubled() -> None:
    keys = KeySet((fixed_signer().key,))
    for place in range(len(SMALL)):
        for other in (SMALL[:place] + SMALL[place + 1 :], SMALL[:place] + SMALL[place : place + 1] + SMALL[place:]):
            assert accepted(other, keys, submission=False) is None
        assert accepted(SMALL[:place], keys, submission=False) is None


def read_all_ways(data: bytes) -> None:
    """Whatever the bytes are: an envelope, or `Refused` with violations."""
    for submission in (True, False):
        try:
            joint: object = read_record(data, submission=submission)[1]
        except Refused as refused:
            joint = {(v.code, v.member) for v in refused.violations}
        try:
            split: object = open_record(parse_envelope(data, submission=submission), submission=submission)
        except Refused as refused:
            split = {(v.code, v.member) for v in refused.violations}
        if isinstance(joint, set):
            assert isinstance(split, set)
            assert split <= joint
        else:
            assert split == joint


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    read_all_ways(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(json_values)
@example({"payload": "e30", "signatures": [{}]})
def test_no_json_breaks_the_reader(value: object) -> None:
    read_all_ways(_dumps(value))


@given(
    st.sampled_from([SMALL, LARGE]),
    st.lists(st.tuples(st.integers(0, 6000), st.binary(max_size=6), st.integers(0, 6)), max_size=3),
)
def test_no_splice_breaks_the_reader(data: bytes, splices: list[tuple[int, bytes, int]]) -> None:
    for place, inserted, dropped in splices:
        at = place % len(data)
        data = data[:at] + inserted + data[at + dropped :]
    read_all_ways(data)


def _dumps(value: object) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return b"0"


def _places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        found += [place for name, member in value.items() for place in _places(member, (*path, name))]
    elif isinstance(value, list):
        found += [place for number, member in enumerate(value) for place in _places(member, (*path, number))]
    return found


def _replaced(value: Any, path: tuple[Any, ...], new: object) -> Any:
    if not path:
        return new
    if isinstance(value, dict):
        return {**value, path[0]: _replaced(value[path[0]], path[1:], new)}
    return [*value[: path[0]], _replaced(value[path[0]], path[1:], new), *value[path[0] + 1 :]]


@settings(max_examples=300)
@given(st.data(), st.sampled_from(["envelope", "payload", "disclosure", "protected"]))
def test_no_member_replaced_by_any_value_breaks_the_reader(data: st.DataObject, where: str) -> None:
    value = content(LARGE)
    first = value["signatures"][0]
    disclosures = first["header"]["disclosures"]
    number = data.draw(st.integers(0, len(disclosures) - 1))
    texts = {"payload": value["payload"], "disclosure": disclosures[number], "protected": first["protected"]}
    source = value if where == "envelope" else orjson.loads(unb64u(texts[where]))
    changed = _replaced(source, data.draw(st.sampled_from(_places(source))), data.draw(json_values))
    if where == "envelope":
        read_all_ways(_dumps(changed))
        with contextlib.suppress(Refused):
            parse_evidence(changed)
        return
    text = b64u(_dumps(changed))
    if where == "payload":
        value["payload"] = text
    elif where == "protected":
        first["protected"] = text
    else:
        disclosures[number] = text
    read_all_ways(canonical(value))


PIECES = st.lists(
    st.sampled_from(["[", "]", ",", '"a"', f'["{b64u(bytes(16))}"', f'["{b64u(bytes(16))}","a",1]', "1", '"', " "]),
    max_size=6,
)


@given(st.lists(PIECES.map("".join), min_size=1, max_size=4))
def test_looking_at_all_disclosures_at_once_accepts_only_what_each_alone_would_pass(pieces: list[str]) -> None:
    value = content(SMALL)
    value["signatures"][0]["header"]["disclosures"] = [b64u(piece.encode()) for piece in pieces]
    try:
        read_record(canonical(value), submission=False)
    except Refused as refused:
        said = {violation.member for violation in refused.violations if "digest" not in violation.sentence}
    for number, piece in enumerate(pieces):
        assert (f"disclosures[{number}]" in said) != _is_alone_fine(piece), piece


def _is_alone_fine(piece: str) -> bool:
    try:
        item = orjson.loads(piece)
    except orjson.JSONDecodeError:
        return False
    return (
        canonical(item) == piece.encode()
        and isinstance(item, list)
        and bool(item)
        and item[0] == b64u(bytes(16))
        and len(item) > 1
    )
