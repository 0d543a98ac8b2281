"""What a report, a picture, a bundle, a buyer's check and an audit cost."""

import contextlib
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from ledger.bench.apart import seconds_apart
from ledger.bench.lab import Lab
from ledger.bench.measure import Figure, seconds
from ledger.bench.setting import Bench
from ledger.bundle.verify import verify
from ledger.material.routes import BODY
from ledger.store.queries import Viewer
from ledger.store.tokens import organization_number
from ledger.values.encoding import split_batch_id
from ledger.workflows.export import write_log_export
from ledger.workflows.near import MOST_DEPTH
from ledger.workflows.open import policy_of
from ledger.workflows.pictures import KINDS, PictureRequest, read_picture
from ledger.workflows.report import ReportRequest, make_report, write_bundle

__all__ = ["audits", "reports"]

_USUAL = 1_000
_DEEP = 10_000
"""The deepest chain whose bundle is kept in memory and verified here."""


def reports(bench: Bench) -> Iterator[Figure]:
    """A report of a batch with so many ancestors, its verification and its bundle."""
    first: dict[str, float] = {}
    for depth in bench.size.ancestors:
        bench.say(f"A batch with {depth:,} ancestors")
        with bench.scratch(f"ancestors-{depth}") as home:
            for figure in _report(home, depth, bench):
                base = first.setdefault(figure.name.rsplit("_", 1)[0], figure.value)
                yield figure if figure.limit else _beside(figure, base)


def audits(bench: Bench) -> Iterator[Figure]:
    """The replay of a whole log, on one core and as the product does it by itself."""
    for records in bench.size.audits:
        bench.say(f"An audit of {records:,} records")
        with bench.scratch(f"audit-{records}") as home:
            yield from _audits(home, records, bench)


def _beside(figure: Figure, base: float) -> Figure:
    """A figure whose limit is the same thing at the smallest depth."""
    return Figure(figure.name, figure.value, figure.unit, base, figure.value / base if base else 0, figure.rounds)


def _report(home: Path, depth: int, bench: Bench) -> Iterator[Figure]:
    lab, most = Lab(home), bench.size.rounds
    holder, batch = lab.well_mixed(depth)
    request = ReportRequest(batch=batch, caller=holder.organization, context={"delivered": "2027-01-01"})
    made = make_report(lab.ledger, request)
    policy = policy_of(lab.ledger).encode()
    taken = seconds(lambda: make_report(lab.ledger, request), most)
    yield Figure(f"report.ancestors_{depth}", taken * 1_000, "ms", 0, 0, most)
    taken = seconds(lambda: _must_pass(made.jwt.encode(), None, policy), most)
    yield Figure(f"report.verify.ancestors_{depth}", taken * 1_000, "ms", 0, 0, most)
    yield from _pictures(lab, holder.organization, split_batch_id(batch), depth, most)
    rounds = most if depth <= _DEEP else 1
    sink = _Sink()
    taken = seconds(lambda: write_bundle(lab.ledger, made.id, sink), rounds)
    yield Figure(f"bundle.stream.ancestors_{depth}", taken * 1e6 / depth, "us/ancestor", 0, 0, rounds)
    yield Figure(f"bundle.bytes.ancestors_{depth}", sink.size / rounds / depth, "bytes/ancestor", 0, 0, 1)
    if depth <= _DEEP:
        yield _bundle_verified(lab, made.id, policy, depth, bench)
    known = lab.mix.state.batches[batch]
    for element, masses in known.made.items():
        name = "body" if element == BODY else element
        yield Figure(f"routes.{name}.ancestors_{depth}", float(len(masses)), "routes", 0, 0, 1)
    with lab.ledger.database.reading() as connection:
        size = connection.exec_driver_sql("SELECT avg(length(routes)) FROM batch").scalar_one()
    yield Figure(f"routes.bytes.ancestors_{depth}", float(size), "bytes/batch", 0, 0, 1)
    lab.ledger.close()


def _pictures(lab: Lab, holder: str, batch: tuple[str, int], depth: int, rounds: int) -> Iterator[Figure]:
    """Each picture of a batch, as its holder sees it."""
    with lab.ledger.database.reading() as connection:
        viewer = Viewer(organization_number(connection, holder))
    for kind in KINDS:
        asked = PictureRequest(kind, batch, depth=MOST_DEPTH)
        taken = seconds(lambda asked=asked: read_picture(lab.ledger, viewer, asked), rounds)  # type: ignore[misc]
        yield Figure(f"picture.{kind}.ancestors_{depth}", taken * 1_000, "ms", 0, 0, rounds)


def _bundle_verified(lab: Lab, report: str, policy: bytes, depth: int, bench: Bench) -> Figure:
    """A buyer's check of a bundle, beside the bare verification of as many signatures as are in it."""
    bundle = _bundle(lab, report)
    signatures = sum(len(entry["envelope"]["signatures"]) for entry in orjson.loads(bundle)["evidence"]["records"])
    with bench.scratch(f"buyer-{depth}") as folder:
        taken = seconds_apart("verify", bundle, policy, folder, bench.size.rounds)
    usual = _USUAL if _USUAL in bench.size.ancestors else max(bench.size.ancestors)
    name = "bundle.verify" if depth == usual else f"bundle.verify.ancestors_{depth}"
    limit = signatures / bench.bare * 1_000
    return Figure(name, taken * 1_000, "ms", limit, taken * 1_000 / limit, bench.size.rounds)


class _Sink(io.BytesIO):
    """A file that only counts, so that what is measured is the writing and not the keeping."""

    size = 0

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)


def _audits(home: Path, records: int, bench: Bench) -> Iterator[Figure]:
    lab = Lab(home)
    lab.fill(lab.mix.records(records))
    out = io.BytesIO()
    write_log_export(lab.ledger, out)
    data, policy = out.getvalue(), policy_of(lab.ledger).encode()
    lab.ledger.close()
    rounds = min(3, bench.size.rounds) if records <= _DEEP else 1
    part = "" if records == min(bench.size.audits) else f".records_{records}"
    folder = home / "auditor"
    folder.mkdir()
    with _one_core():
        speed = records / seconds_apart("audit", data, policy, folder, rounds)
    yield Figure(f"audit.one_core{part}", speed, "records/s", bench.bare, speed / bench.bare, rounds)
    speed = records / seconds_apart("audit", data, policy, folder, rounds)
    limit = bench.bare * (os.cpu_count() or 1)
    yield Figure(f"audit.all_cores{part}", speed, "records/s", limit, speed / limit, rounds)


@contextlib.contextmanager
def _one_core() -> Iterator[None]:
    """Keep this process, and those that it starts, to one core where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _bundle(lab: Lab, report: str) -> bytes:
    out = io.BytesIO()
    write_bundle(lab.ledger, report, out)
    return out.getvalue()


def _must_pass(report: bytes | None, bundle: bytes | None, policy: bytes) -> None:
    answer = verify(report, bundle, policy)
    if not answer.passed:
        raise RuntimeError(answer.sentence)
