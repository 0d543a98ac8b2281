"""The group committer: what waits becomes one group, stopping drains, and what we cannot handle fails alone."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerUnsafe, Refused
from ledger.rules.submission import Submission
from ledger.workflows.commit import Outcome, commit
from ledger.workflows.committer import Committer
from ledger.workflows.ledger import Ledger
from tests.api.people import Producer, admit, open_test_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_test_ledger(tmp_path / "ledger")
    yield opened
    opened.close()


@pytest.fixture
def mine(ledger: Ledger) -> Producer:
    return admit(ledger, "Mine")


def test_what_arrived_while_a_group_was_committed_is_the_next_group(
    ledger: Ledger, mine: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, begun, may_go, groups = commit, threading.Event(), threading.Event(), []

    def held(group: Sequence[Submission], of: Ledger) -> list[Outcome]:
        groups.append(len(group))
        begun.set()
        assert may_go.wait(10)
        return real(group, of)

    monkeypatch.setattr("ledger.workflows.committer.commit", held)
    committer = Committer(ledger)
    committer.start()
    first = committer.submit(mine.chained("source", mine.source("L0"))[0])
    assert begun.wait(10)
    others = [committer.submit(mine.chained("source", mine.source(f"L{n}"))[0]) for n in range(1, 6)]
    assert committer.waiting == 5
    may_go.set()
    answers = [future.result(10) for future in (first, *others)]
    committer.stop()
    assert groups == [1, 5]
    assert [answer.outcome.accepted for answer in answers] == [True] * 6
    proofs = {str(answer.receipt["proof"]).split("\n\n", 1)[1] for answer in answers[1:] if answer.receipt}
    assert len(proofs) == 1  # one checkpoint for the whole group


def test_stopping_finishes_what_waits_and_takes_nothing_more(ledger: Ledger, mine: Producer) -> None:
    committer = Committer(ledger)
    committer.start()
    futures = [committer.submit(mine.chained("source", mine.source(f"L{n}"))[0]) for n in range(20)]
    committer.stop()
    assert all(future.done() and future.result().outcome.accepted for future in futures)
    assert not committer.alive
    with pytest.raises(LedgerUnsafe):
        committer.submit(mine.sign("source", mine.source())[0])
    committer.stop()  # a second time does nothing


def test_a_record_that_we_cannot_handle_does_not_fail_the_others(
    ledger: Ledger, mine: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = admit(ledger, "Works", "EE")
    real, may_go = commit, threading.Event()

    def stumbles(group: Sequence[Submission], of: Ledger) -> list[Outcome]:
        assert may_go.wait(10)
        if any(getattr(entry.record, "reason", "") == "trips" for entry in group):
            raise ZeroDivisionError
        return real(group, of)

    monkeypatch.setattr("ledger.workflows.committer.commit", stumbles)
    committer = Committer(ledger)
    committer.start()
    good = committer.submit(works.chained("source", works.source())[0])
    bad = committer.submit(mine.sign("adjust", {"batch": f"{mine.id}#0", "mass_mg": 1, "reason": "trips"})[0])
    fine = committer.submit(works.chained("source", works.source("other"))[0])
    may_go.set()
    assert good.result(10).outcome.accepted
    assert fine.result(10).outcome.accepted
    with pytest.raises(LedgerUnsafe):
        bad.result(10)
    assert committer.alive
    committer.stop()


def test_bytes_that_are_no_record_are_refused_before_they_wait(ledger: Ledger, mine: Producer) -> None:
    committer = Committer(ledger)
    committer.start()
    with pytest.raises(Refused):
        committer.submit(b"{}")
    accepted = committer.submit(mine.chained("source", mine.source())[0]).result(10)
    assert accepted.outcome.accepted
    data: Any = bytearray(mine.sign("source", mine.source("next"))[0])
    place = data.index(b'"signature":"') + 20
    data[place] = ord("A") if data[place] != ord("A") else ord("B")
    with pytest.raises(Refused) as refusal:  # the chain's keys are known by now
        committer.submit(bytes(data))
    assert [violation.code for violation in refusal.value.violations] == ["signature-invalid"]
    committer.stop()
