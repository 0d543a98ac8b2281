"""The figures of this version: what a report, a bundle, a buyer's check and an audit cost, each beside its limit.

The denominator of every rate is `cryptography`'s Ed25519 verification on one core, measured in the same run.
"""

import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.bench.lab import Lab
from ledger.bench.measure import Figure, rate, seconds
from ledger.bundle.audit import audit
from ledger.bundle.verify import verify
from ledger.material.routes import BODY
from ledger.workflows.export import write_log_export
from ledger.workflows.open import policy_of
from ledger.workflows.report import ReportRequest, make_report, write_bundle

__all__ = ["run"]

Say = Callable[[str], None]
_ROUNDS = 5
_USUAL = 1_000
_DEEP = 10_000
"""The deepest chain whose bundle is kept in memory and verified here."""


def run(say: Say, *, ancestors: tuple[int, ...] = (10, 1_000, 100_000), records: int = 10_000) -> Iterator[Figure]:
    """Measure everything, one figure after the other; `say` is told what is being done."""
    bare = _bare()
    yield Figure("verify.bare", bare, "verifications/s", bare, 1, _ROUNDS)
    with tempfile.TemporaryDirectory(prefix="lodestone-bench-") as folder:
        first: dict[str, float] = {}
        for depth in ancestors:
            say(f"A batch with {depth:,} ancestors")
            for figure in _report(Path(folder) / str(depth), depth, bare):
                base = first.setdefault(figure.name.rsplit("_", 1)[0], figure.value)
                yield figure if figure.limit else _beside(figure, base)
        say(f"An audit of {records:,} records")
        yield _audit(Path(folder) / "audit", records, bare)


def _beside(figure: Figure, base: float) -> Figure:
    """A figure whose limit is the same thing at the smallest depth."""
    return Figure(figure.name, figure.value, figure.unit, base, figure.value / base if base else 0, figure.rounds)


def _bare() -> float:
    """`cryptography`'s Ed25519 verification, whatever library the product verifies with."""
    private = Ed25519PrivateKey.generate()
    key, message = private.public_key(), os.urandom(1_500)
    signature = private.sign(message)
    return rate(lambda: [key.verify(signature, message) for _ in range(2_000)], 2_000, _ROUNDS)


def _report(home: Path, depth: int, bare: float) -> Iterator[Figure]:
    lab = Lab(home)
    holder, batch = lab.well_mixed(depth)
    request = ReportRequest(batch=batch, caller=holder.organization, context={"delivered": "2027-01-01"})
    made = make_report(lab.ledger, request)
    policy = policy_of(lab.ledger).encode()
    taken = seconds(lambda: make_report(lab.ledger, request), _ROUNDS)
    yield Figure(f"report.ancestors_{depth}", taken * 1_000, "ms", 0, 0, _ROUNDS)
    taken = seconds(lambda: _must_pass(made.jwt.encode(), None, policy), _ROUNDS)
    yield Figure(f"report.verify.ancestors_{depth}", taken * 1_000, "ms", 0, 0, _ROUNDS)
    rounds = _ROUNDS if depth <= _DEEP else 1
    sink = _Sink()
    taken = seconds(lambda: write_bundle(lab.ledger, made.id, sink), rounds)
    yield Figure(f"bundle.stream.ancestors_{depth}", taken * 1e6 / depth, "us/ancestor", 0, 0, rounds)
    yield Figure(f"bundle.bytes.ancestors_{depth}", sink.size / rounds / depth, "bytes/ancestor", 0, 0, 1)
    if depth <= _DEEP:
        yield _bundle_verified(lab, made.id, policy, depth, bare)
    known = lab.mix.state.batches[batch]
    for element, masses in known.made.items():
        name = "body" if element == BODY else element
        yield Figure(f"routes.{name}.ancestors_{depth}", float(len(masses)), "routes", 0, 0, 1)
    with lab.ledger.database.reading() as connection:
        size = connection.exec_driver_sql("SELECT avg(length(routes)) FROM batch").scalar_one()
    yield Figure(f"routes.bytes.ancestors_{depth}", float(size), "bytes/batch", 0, 0, 1)
    lab.ledger.close()


def _bundle_verified(lab: Lab, report: str, policy: bytes, depth: int, bare: float) -> Figure:
    """A buyer's check of a bundle, beside the bare verification of as many signatures as are in it."""
    bundle = _bundle(lab, report)
    signatures = sum(len(entry["envelope"]["signatures"]) for entry in orjson.loads(bundle)["evidence"]["records"])
    taken = seconds(lambda: _must_pass(None, bundle, policy), _ROUNDS)
    name = "bundle.verify" if depth == _USUAL else f"bundle.verify.ancestors_{depth}"
    return Figure(name, taken * 1_000, "ms", signatures / bare * 1_000, taken * bare / signatures, _ROUNDS)


class _Sink(io.BytesIO):
    """A file that only counts, so that what is measured is the writing and not the keeping."""

    size = 0

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)


def _audit(home: Path, records: int, bare: float) -> Figure:
    lab = Lab(home)
    lab.fill(lab.mix.records(records))
    out = io.BytesIO()
    write_log_export(lab.ledger, out)
    data, policy = out.getvalue(), policy_of(lab.ledger).encode()
    rounds = 3
    speed = rate(lambda: _must_audit(data, policy), records, rounds)
    lab.ledger.close()
    return Figure("audit.one_core", speed, "records/s", bare, speed / bare, rounds)


def _bundle(lab: Lab, report: str) -> bytes:
    out = io.BytesIO()
    write_bundle(lab.ledger, report, out)
    return out.getvalue()


def _must_pass(report: bytes | None, bundle: bytes | None, policy: bytes) -> None:
    answer = verify(report, bundle, policy)
    if not answer.passed:
        raise RuntimeError(answer.sentence)


def _must_audit(data: bytes, policy: bytes) -> None:
    answer = audit(data, policy)
    if not answer.passed:
        raise RuntimeError(answer.sentence)
