"""The status list: bits, their coding, and the credential that carries them."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import VerificationError
from ledger.report.status import (
    BITS,
    decode_bits,
    encode_bits,
    is_set,
    status_credential,
    status_entry,
    status_list_bits,
)
from ledger.values.encoding import b64u, unb64u

URL = "https://ledger.example"


@given(st.sets(st.integers(0, BITS - 1), max_size=20), st.integers(0, BITS - 1))
def test_exactly_the_numbers_that_were_set_are_set(numbers: set[int], other: int) -> None:
    bits = decode_bits(encode_bits(numbers))
    assert all(is_set(bits, number) for number in numbers)
    assert is_set(bits, other) == (other in numbers)
    assert int.from_bytes(bits, "big").bit_count() == len(numbers)


def test_bit_0_is_the_first_of_the_first_byte() -> None:
    raw = gzip.decompress(unb64u(encode_bits([0, 9])[1:]))
    assert raw[:2] == bytes([0b1000_0000, 0b0100_0000])
    assert len(raw) == BITS // 8


def test_the_same_bits_give_the_same_text() -> None:
    assert encode_bits([3, 1]) == encode_bits([1, 3])
    assert encode_bits([]) != encode_bits([1])


def test_a_list_may_be_larger_but_not_smaller() -> None:
    assert is_set(decode_bits(encode_bits([BITS], 2 * BITS)), BITS)
    for size in (BITS - 8, BITS + 1, 0):
        with pytest.raises(ValueError):
            encode_bits([], size)
    for number in (-1, BITS):
        with pytest.raises(ValueError):
            encode_bits([number])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "u",
        encode_bits([])[1:],
        "z" + encode_bits([])[1:],
        encode_bits([]) + "=",
        "u" + b64u(b"no gzip"),
        "u" + b64u(gzip.compress(bytes(10))),
        "u" + b64u(gzip.compress(bytes(BITS // 8))[:-4]),
        "u" + b64u(gzip.compress(bytes(BITS // 8)) + b"more"),
        "u" + b64u(gzip.compress(bytes(BITS // 8)) * 2),
    ],
)
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        decode_bits(text)


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(VerificationError):
        decode_bits("u" + b64u(gzip.compress(bytes((1 << 27) + 1), 9)))


def test_a_number_outside_of_a_list_is_no_answer() -> None:
    bits = decode_bits(encode_bits([]))
    for number in (-1, BITS):
        with pytest.raises(VerificationError):
            is_set(bits, number)


def test_the_entry_of_a_report_names_the_list_and_its_bit() -> None:
    assert status_entry(URL, 7) == {
        "id": "https://ledger.example/v1/status/1#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://ledger.example/v1/status/1",
    }


def test_the_credential_of_a_list_gives_its_bits_and_nothing_else_does() -> None:
    made = status_credential(URL, "did:web:x", "2026-01-01T00:00:00Z", encode_bits([7]))
    assert made["id"] == status_entry(URL, 7)["statusListCredential"]
    assert is_set(status_list_bits(made), 7)
    subject = made["credentialSubject"]
    assert isinstance(subject, dict)
    for changes in ({"type": "Other"}, {"statusPurpose": "suspension"}, {"encodedList": 7}):
        with pytest.raises(VerificationError):
            status_list_bits({**made, "credentialSubject": {**subject, **changes}})
    with pytest.raises(VerificationError):
        status_list_bits({})
