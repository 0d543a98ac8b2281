"""Signed JSON: one form, the form of RFC 8785, and a profile narrow enough that every reader agrees."""

import contextlib
import json
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.values.canonical import (
    MAX_DEPTH,
    MAX_INTEGER,
    NotCanonical,
    NotJson,
    TooDeep,
    canonical,
    check_profile,
    check_text,
    is_key,
    object_of,
    parse_canonical,
)
from tests.unit.log.public_vectors import public_vectors

keys = st.from_regex(r"[A-Za-z0-9_@.:/*-]{1,64}", fullmatch=True)
inside = st.recursive(
    st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(inside)
def test_our_bytes_are_those_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(inside)
def test_canonical_bytes_give_their_value_back(value: Any) -> None:
    assert parse_canonical(canonical(value)) == value
    check_profile(value)


@given(inside, st.sampled_from([" ", "\n", "\t"]))
def test_other_spellings_of_a_value_are_refused(value: Any, space: str) -> None:
    text = canonical(value).decode()
    for other in (text + space, space + text, json.dumps(value, indent=1), json.dumps(value, ensure_ascii=True)):
        if other != text:
            with pytest.raises(NotCanonical):
                parse_canonical(other.encode())


@given(st.binary(max_size=40))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    try:
        value = parse_canonical(data)
    except (NotJson, NotCanonical):
        return
    assert canonical(value) == data == rfc8785.dumps(value)


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_no_text_breaks_the_parser(text: str) -> None:
    test = text.encode()
    with contextlib.suppress(NotJson, NotCanonical):
        assert canonical(parse_canonical(test)) == test


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"a":2,"a":1}',
        b'{"b":1,"a":1}',
        b'{"\\u0061":1}',
        b'"\\/"',
        b'"\\u00e9"',
        b'"\\u0041"',
        b"-0",
        b"1.0",
        b"1e2",
        b"0.5",
        b"9007199254740992",
        b"-9007199254740992",
        b"9223372036854775808",
        b"18446744073709551616",
        b"99999999999999999999999999",
        b"null",
        b"[null]",
        b'{"a":null}',
        b'{"":1}',
        b'{"a b":1}',
        b'{"\xc3\xa9":1}',
        b'{"' + b"a" * 65 + b'":1}',
        b"[1, 2]",
    ],
)
def test_what_readers_could_read_differently_is_not_canonical(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        parse_canonical(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"nan",
        b"NaN",
        b"1E400",
        b"Infinity",
        b"'a'",
        b"\xff",
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b"[1]]",
        b"01",
        b"+1",
        b"\xef\xbb\xbf1",
        b"[" * 2000,
        b'"\x01"',
    ],
)
def test_what_is_no_json_says_so(data: bytes) -> None:
    with pytest.raises(NotJson):
        parse_canonical(data)


@pytest.mark.parametrize(
    "data",
    [
        b"9007199254740991",
        b"-9007199254740991",
        b"0",
        b"true",
        b"false",
        b'""',
        b"{}",
        b"[]",
        b'"\x7f"',
        b'"\\u0001"',
        '"\u2028"'.encode(),
        '{"a@b.c:/*-_":"é"}'.encode(),
    ],
)
def test_what_is_in_the_profile_is_read(data: bytes) -> None:
    assert canonical(parse_canonical(data)) == data


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def test_depth_has_a_limit_that_can_be_lifted() -> None:
    assert parse_canonical(nested(MAX_DEPTH))
    with pytest.raises(TooDeep):
        parse_canonical(nested(MAX_DEPTH + 1))
    with pytest.raises(TooDeep):
        parse_canonical(b'{"a":' * 17 + b"1" + b"}" * 17)
    assert parse_canonical(nested(150), max_depth=10_000)
    for levels in (201, 255, 1000):
        with pytest.raises(TooDeep):
            parse_canonical(nested(levels), max_depth=10_000)


def test_an_object_is_asked_for_by_name() -> None:
    assert object_of({"a": 1}) == {"a": 1}
    others: list[Any] = [[], "x", 1, True]
    for other in others:
        with pytest.raises(NotCanonical):
            object_of(other)


def test_keys_are_of_a_small_set() -> None:
    assert is_key("a") and is_key("_sd") and is_key("@context") and is_key("*") and is_key("a" * 64)  # noqa: PT018
    for other in ("", "a" * 65, "a b", "é", "a\n", 5, None, ["a"]):
        assert not is_key(other)


@pytest.mark.parametrize("text", ["", "plain", "Å", "分析", "עברית", "a\u00a0b", "😀", "naïve café"])
def test_text_for_people_is_fine(text: str) -> None:
    assert check_text(text) is None


@pytest.mark.parametrize(
    "text", ["A\u030a", "a\nb", "\0", "\x1f", "\x7f", "\x85", "\u2028", "\u2029", "é\n", "\ud800é"]
)
def test_text_that_machines_confuse_has_a_fault(text: str) -> None:
    assert check_text(text)


@pytest.mark.parametrize(
    "text", [chr(c) for c in (0x061C, *range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
)
def test_text_that_turns_the_direction_of_writing_has_a_fault(text: str) -> None:
    assert check_text(f"abc{text}def")


def _in_profile(value: object) -> bool:
    if isinstance(value, dict):
        return all(is_key(name) and _in_profile(member) for name, member in value.items())
    if isinstance(value, list):
        return all(_in_profile(member) for member in value)
    return isinstance(value, str) or (isinstance(value, int) and abs(value) <= MAX_INTEGER)


def test_the_public_vectors_inside_the_profile_agree_and_those_outside_are_refused() -> None:
    folder: Path = public_vectors("jcs-rfc8785") / "testdata"
    judged = {True: 0, False: 0}
    for path in sorted((folder / "output").glob("*.json")):
        expected = path.read_bytes()
        assert expected.hex() == "".join((folder / "outhex" / f"{path.stem}.txt").read_text().split())
        value = orjson.loads((folder / "input" / path.name).read_bytes())
        inside_profile = _in_profile(value)
        judged[inside_profile] += 1
        if inside_profile:
            assert canonical(value) == expected
            assert parse_canonical(expected) == value
        else:
            with pytest.raises(NotCanonical):
                parse_canonical(expected)
    assert sum(judged.values()) == 6


def test_members_of_the_public_vectors_that_are_inside_the_profile_agree() -> None:
    """The documents all have a key, null or fraction that we refuse; what else is in them is read as it stands."""
    folder: Path = public_vectors("jcs-rfc8785") / "testdata"
    agreed = 0
    for path in sorted((folder / "output").glob("*.json")):
        value = orjson.loads(path.read_bytes())
        for member in value.values() if isinstance(value, dict) else value:
            if _in_profile(member):
                assert canonical(member) == rfc8785.dumps(member)
                assert canonical(member) in path.read_bytes()
                assert parse_canonical(canonical(member)) == member
                agreed += 1
    assert agreed >= 15
