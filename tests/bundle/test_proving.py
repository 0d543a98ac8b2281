"""A second process that verifies a bundle's signatures ahead changes nothing of the answer."""

import os
import signal
from dataclasses import replace
from typing import Any

import orjson
import pytest

from ledger.bundle import proving
from ledger.bundle.chains import follow
from ledger.bundle.format import Bundle, read_file
from ledger.errors import VerificationError
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.note import parse_note
from tests.bundle.both import verify
from tests.bundle.files import Files, failure

# Other tests' servers may still have threads in this process; what is forked here never needs them.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many signatures the second process vouched for, each time it was asked."""
    monkeypatch.setattr(proving, "_WORTH_A_FORK", 1)
    monkeypatch.setattr(proving, "processors", lambda: 2)
    monkeypatch.setattr(proving, "can_fork", lambda: True)
    counts: list[int] = []
    received = proving._received

    def counting(pipe: Any) -> Any:
        found = received(pipe)
        if not isinstance(found, bool):
            counts.append(sum(found) if isinstance(found, list) else 0)
        return found

    monkeypatch.setattr(proving, "_received", counting)
    return counts


def test_the_answer_is_that_of_one_process_alone(magnets: Files, asked: list[int]) -> None:
    two = verify(None, magnets.bundle, magnets.policy)
    assert asked[-1] == len(orjson.loads(magnets.bundle)["evidence"]["records"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proving, "_WORTH_A_FORK", 10**9)
        assert two == verify(None, magnets.bundle, magnets.policy)
    assert two.passed


@pytest.mark.parametrize("number", [0, 7, -1])
def test_a_false_signature_is_named_as_ever(magnets: Files, asked: list[int], number: int) -> None:
    found = read_file(magnets.bundle)
    assert isinstance(found, Bundle)
    entries = list(found.evidence.entries)
    signature = replace(entries[number].envelope.signatures[0], raw=bytes(64))
    entries[number] = replace(
        entries[number],
        envelope=replace(entries[number].envelope, signatures=(signature, *entries[number].envelope.signatures[1:])),
    )
    evidence = replace(found.evidence, entries=tuple(entries))
    checkpoint = parse_checkpoint(parse_note(evidence.checkpoint.encode()).text)
    with (
        pytest.raises(VerificationError, match="does not fit the key") as two,
        proving.proving(evidence, checkpoint) as ahead,
    ):
        follow(evidence, ahead.proven)
    assert asked == [len(entries) - 1]
    with pytest.raises(VerificationError) as one:
        follow(evidence)
    assert str(one.value) == str(two.value)
    assert str(entries[number]) in str(two.value)


def test_every_kind_of_damage_gets_the_same_sentence(magnets: Files, asked: list[int]) -> None:
    for place in range(0, len(magnets.bundle), 997):
        bad = magnets.bundle[:place] + bytes([magnets.bundle[place] ^ 1]) + magnets.bundle[place + 1 :]
        two = failure(verify(None, bad, magnets.policy))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(proving, "_WORTH_A_FORK", 10**9)
            assert two == failure(verify(None, bad, magnets.policy))
    assert asked


def test_a_second_process_that_dies_costs_time_and_nothing_else(
    magnets: Files, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "_prove", lambda _entries: os.kill(os.getpid(), signal.SIGKILL))
    assert verify(None, magnets.bundle, magnets.policy).passed
    assert set(asked) == {0}
