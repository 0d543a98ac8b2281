"""Every single byte of a small report and of its bundle, changed: verification fails, says where, and never raises.

Two replacements for each byte. The bytes of the report inside the bundle are those of the report file, so of those only
every seventh is tried again; LODESTONE_EXHAUSTIVE=1 tries them all, and eight replacements for each.
"""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.bundle.audit import audit
from ledger.bundle.result import Verification
from ledger.bundle.verify import verify
from tests.bundle.files import Files, files_of, log_export
from tests.world import World

EXHAUSTIVE = os.environ.get("LODESTONE_EXHAUSTIVE") == "1"


@pytest.fixture(scope="module")
def least(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    """The smallest bundle that there is: one source."""
    world = World(tmp_path_factory.mktemp("least") / "ledger")
    batch = world.organization("mine", "AU").mines("concentrate", 1_000, {"Nd": 62_000})
    yield files_of(world, world.report(batch, delivered="2027-02-01"))
    world.close()


def test_every_byte_of_a_report_counts(least: Files) -> None:
    assert verify(least.report, None, least.policy).passed
    _try_all(least.report, least.policy, range(len(least.report)), "verify")


def test_every_byte_of_a_bundle_counts(least: Files) -> None:
    assert verify(None, least.bundle, least.policy).passed
    start = least.bundle.index(least.report)
    inside = range(start, start + len(least.report))
    places = [at for at in range(len(least.bundle)) if EXHAUSTIVE or at not in inside or at % 7 == 0]
    _try_all(least.bundle, least.policy, places, "verify")


def test_every_byte_of_a_log_export_counts(least: Files) -> None:
    export = log_export(least.world)
    assert audit(export, least.policy).passed
    _try_all(export, least.policy, range(0, len(export), 1 if EXHAUSTIVE else 25), "audit")


@pytest.mark.parametrize("cut", [1, 2, 100, 5_000])
def test_a_file_that_was_cut_or_made_longer_is_refused(least: Files, cut: int) -> None:
    for data in (least.report, least.bundle):
        for changed in (data[:-cut], data[cut:], data + b"\n" * cut, b" " * cut + data, data + data[:cut]):
            _must_fail(_check(changed, least.policy, "verify"), changed)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300) | st.text(max_size=300).map(str.encode) | st.just(b'{"evidence":{},"report":"","v":"x"}')
)
def test_no_bytes_raise(data: bytes) -> None:
    for found in (verify(data, None, data), verify(None, data, b"quorum none\n"), audit(data, b"quorum none\n")):
        _must_fail(found, data)


def _replacements(byte: int) -> list[int]:
    """Another byte that differs by one bit, and one that often fits the alphabet; eight in an exhaustive run."""
    fitting = next(other for other in b"AB1" if other not in (byte, byte ^ 1))
    more = [byte ^ (1 << bit) for bit in range(1, 7)] if EXHAUSTIVE else []
    return [byte ^ 1, fitting, *more]


def _check(data: bytes, policy: str, how: str) -> Verification:
    return verify(None, data, policy) if how == "verify" else audit(data, policy)


def _must_fail(answer: Verification, data: bytes) -> None:
    assert answer.result == "failed", data[:200]
    assert answer.credential is None
    assert all(check.detail for check in answer.checks)


def _try_places(places: list[int], *, data: bytes, policy: str, how: str) -> list[tuple[int, int]]:
    """The changes that were not found out."""
    missed = []
    for place in places:
        for replacement in _replacements(data[place]):
            changed = bytearray(data)
            changed[place] = replacement
            answer = _check(bytes(changed), policy, how)
            if answer.result != "failed" or answer.credential is not None or not answer.checks[-1].detail:
                missed.append((place, replacement))
    return missed


def _try_all(data: bytes, policy: str, places: range | list[int], how: str) -> None:
    workers = min(os.cpu_count() or 1, 4)
    parts = [list(places[start : start + 200]) for start in range(0, len(places), 200)]
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
        missed = [m for part in pool.map(partial(_try_places, data=data, policy=policy, how=how), parts) for m in part]
    assert not missed, [(place, bytes([new]), data[max(0, place - 40) : place + 40]) for place, new in missed[:3]]
