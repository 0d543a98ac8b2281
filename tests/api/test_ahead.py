"""Reading ahead in a process of its own: the same answers, whatever becomes of that process."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from ledger.errors import LedgerUnsafe, Refused
from ledger.signing.signer import LocalSigner
from ledger.workflows.bulk import submit_lines
from ledger.workflows.committer import Committer
from ledger.workflows.ledger import Ledger
from ledger.workflows.readers import Reader
from tests.api.people import Producer, admit, open_test_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_test_ledger(tmp_path / "ledger")
    yield opened
    opened.close()


@pytest.fixture
def mine(ledger: Ledger) -> Producer:
    return admit(ledger, "Mine")


@pytest.fixture
def committer(ledger: Ledger) -> Iterator[Committer]:
    made = Committer(ledger, ahead=True)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[Reader]:
    """Every reader process that is started from here on."""
    started: list[Reader] = []
    real = Reader.__init__

    def seen(self: Reader, ledger: str) -> None:
        real(self, ledger)
        started.append(self)

    monkeypatch.setattr(Reader, "__init__", seen)
    return started


def forged(data: bytes) -> bytes:
    place = data.index(b'"signature":"') + 20
    return data[:place] + (b"A" if data[place : place + 1] != b"A" else b"B") + data[place + 1 :]


def codes(committer: Committer, data: bytes) -> list[str]:
    with pytest.raises(Refused) as refusal:
        committer.submit(data).result(10)
    return [violation.code for violation in refusal.value.violations]


def test_records_are_taken_and_refused_as_without_it(ledger: Ledger, mine: Producer, committer: Committer) -> None:
    answers = [committer.submit(mine.chained("source", mine.source(f"L{n}"))[0]) for n in range(20)]
    assert all(answer.result(10).outcome.accepted for answer in answers)
    assert codes(committer, b"{}") == ["malformed"]
    assert codes(committer, forged(mine.sign("source", mine.source("forged"))[0])) == ["signature-invalid"]
    plain = Committer(ledger)
    plain.start()
    stale = mine.sign("adjust", {"batch": f"{mine.id}#0", "mass_mg": 1, "reason": "sample"})[0]
    both = [one.submit(stale).result(10).outcome.violations for one in (committer, plain)]
    assert both[0] == both[1] != ()
    plain.stop()


def test_a_record_that_names_keys_is_read_by_the_service_itself(mine: Producer, committer: Committer) -> None:
    old, new = mine.issuer.signers, (LocalSigner.generate("Ed25519"),)
    mine.issuer.signers = (*old, *new)  # both sets sign the change
    rotation = mine.chained("key", {"op": "rotate", "keys": [signer.key.jwk for signer in new]})[0]
    assert committer.submit(rotation).result(10).outcome.violations == ()
    mine.issuer.signers = new
    assert committer.submit(mine.chained("source", mine.source())[0]).result(10).outcome.accepted
    assert codes(committer, forged(mine.sign("source", mine.source("forged"))[0])) == ["signature-invalid"]


def test_when_the_process_dies_nothing_is_lost(readers: list[Reader], mine: Producer, committer: Committer) -> None:
    assert committer.submit(mine.chained("source", mine.source("before"))[0]).result(10).outcome.accepted
    (reader,) = readers
    os.kill(reader._process.pid, signal.SIGKILL)
    answers = [committer.submit(mine.chained("source", mine.source(f"L{n}"))[0]) for n in range(5)]
    assert all(answer.result(10).outcome.accepted for answer in answers)


def test_stopping_reads_and_commits_what_waits(ledger: Ledger, mine: Producer) -> None:
    committer = Committer(ledger, ahead=True)
    committer.start()
    answers = [committer.submit(mine.chained("source", mine.source(f"L{n}"))[0]) for n in range(30)]
    committer.stop()
    assert all(answer.done() and answer.result().outcome.accepted for answer in answers)
    with pytest.raises(LedgerUnsafe):
        committer.submit(mine.sign("source", mine.source())[0])
    assert committer.waiting == 0


def test_lines_of_an_upload_are_answered_in_their_order(ledger: Ledger, mine: Producer, committer: Committer) -> None:
    good = [mine.chained("source", mine.source(f"L{n}"))[0] for n in range(1_200)]
    lines = [*good[:700], b"no json", b"", *good[700:]]
    answers = [answer for block in submit_lines(lines, ledger, committer) for answer in block]
    assert [answer.line for answer in answers] == [*range(1, 702), *range(703, 1_203)]
    assert [answer.line for answer in answers if answer.index is None] == [701]
    indexes = [answer.index for answer in answers if answer.index is not None]
    assert indexes == list(range(indexes[0], indexes[0] + 1_200))
    assert all(orjson.dumps(answer.receipt).count(b'"proof"') == 1 for answer in answers if answer.index is not None)
