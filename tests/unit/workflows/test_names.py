"""The names of reports and grants can be typed after a command as they are."""

import os
from collections.abc import Iterator

import pytest

from ledger.values.encoding import b64u
from ledger.workflows.names import new_id


def test_a_name_never_looks_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: Iterator[bytes] = iter([b"\xf8" + bytes(15), b"\xfb" + bytes(15), b"\x04" + bytes(15)])
    monkeypatch.setattr(os, "urandom", lambda _: next(drawn))
    assert b64u(b"\xf8" + bytes(15)).startswith("-")
    assert new_id() == b64u(b"\x04" + bytes(15))


def test_names_are_128_bits_and_no_two_are_alike() -> None:
    names = {new_id() for _ in range(1_000)}
    assert len(names) == 1_000
    assert {len(name) for name in names} == {22}
