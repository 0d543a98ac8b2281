"""Base64url has one text for each value; digests and batch names are strict."""

import base64
import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.values.encoding import (
    b64u,
    b64u_digests,
    digest,
    digest_bytes,
    is_batch_id,
    is_digest,
    split_batch_id,
    unb64u,
    unb64u_all,
)

DIGEST = digest(b"")


@given(st.binary(max_size=200))
def test_bytes_come_back(data: bytes) -> None:
    assert unb64u(b64u(data)) == data
    assert b64u(data) == base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_many_texts_are_decoded_as_each(parts: list[bytes]) -> None:
    assert unb64u_all([b64u(part) for part in parts]) == parts


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=10))
def test_many_digests_are_encoded_as_each(parts: list[bytes]) -> None:
    assert b64u_digests(parts) == [b64u(part) for part in parts]


near = st.text(st.sampled_from("ABCQgwxyz0189-_") | st.sampled_from("+/= \né"), max_size=9)


def _decoded(text: str) -> bytes | None:
    """The bytes, by an independent reading of the rule: the alphabet, and the same text when encoded again."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text else None


@given(near)
def test_a_text_is_read_only_if_it_is_the_one_text_of_its_bytes(text: str) -> None:
    expected = _decoded(text)
    if expected is None:
        with pytest.raises(ValueError, match="base64url"):
            unb64u(text)
    else:
        assert unb64u(text) == expected


@given(st.lists(near, max_size=5))
def test_many_texts_are_refused_if_one_of_them_would_be(texts: list[str]) -> None:
    expected = [_decoded(text) for text in texts]
    if None in expected:
        with pytest.raises(ValueError, match="base64url"):
            unb64u_all(texts)
    else:
        assert unb64u_all(texts) == expected


@pytest.mark.parametrize(
    "text", ["QUI=", "QUJ", "A", "AAAAA", "QU I", "QUI\n", "QU+_", "QU/_", "é", "\ud800", "====", "Q===", "QU==QU"]
)
def test_texts_that_lenient_decoders_take_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        unb64u(text)
    for texts in ([text], ["QUI", text], [text, "QUI"]):
        with pytest.raises(ValueError, match="base64url"):
            unb64u_all(texts)


def test_a_digest_names_its_algorithm() -> None:
    assert DIGEST == "sha-256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    assert digest_bytes(DIGEST) == hashlib.sha256().digest()
    assert is_digest(DIGEST)


@pytest.mark.parametrize(
    "other",
    [
        "",
        DIGEST[:-1],
        DIGEST + "A",
        DIGEST + "\n",
        DIGEST[:-1] + "V",
        DIGEST.upper(),
        DIGEST[8:],
        "sha-512" + DIGEST[7:],
        DIGEST[:-1] + "+",
        None,
        5,
        DIGEST.encode(),
    ],
)
def test_anything_else_is_no_digest(other: object) -> None:
    assert not is_digest(other)
    if isinstance(other, str):
        with pytest.raises(ValueError, match="base64url"):
            digest_bytes(other)
    assert not is_batch_id(f"{other}#0")


@pytest.mark.parametrize("number", [0, 1, 9, 10, 499, 9999])
def test_a_batch_is_a_record_and_a_number(number: int) -> None:
    assert split_batch_id(f"{DIGEST}#{number}") == (DIGEST, number)
    assert is_batch_id(f"{DIGEST}#{number}")


@pytest.mark.parametrize(
    "end", ["", "#", "#-1", "#01", "#00", "#1 ", "#1\n", "#+1", "#1.0", "#10000", "##1", "/1", "#١"]
)
def test_a_batch_number_has_one_form(end: str) -> None:
    assert not is_batch_id(DIGEST + end)
    with pytest.raises(ValueError, match="number of the output"):
        split_batch_id(DIGEST + end)


def test_a_batch_name_is_a_text() -> None:
    assert not is_batch_id(None)
    assert not is_batch_id(5)
    assert not is_batch_id(DIGEST[:-1] + "V#0")
