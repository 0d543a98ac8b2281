"""What a submission over HTTP costs: durable, fully checked, receipted; beside a no-op and the naive service."""

import statistics
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import orjson

from ledger.bench.lanes import Lane, make_lanes, open_lanes, write_lanes
from ledger.bench.measure import Figure
from ledger.bench.serving import Load, Server, load, running
from ledger.bench.setting import Bench
from ledger.bundle.receipt import verify_receipts
from ledger.workflows.config import Config
from ledger.workflows.open import open_ledger, policy_of

__all__ = ["Place", "bulk", "connections", "limits", "rate_of", "submitted"]


class Place:
    """A founded ledger with lanes admitted, closed again, for a service to open; and the files of its load."""

    def __init__(self, home: Path, lanes: int, records: int, *, database: str = "", seed: int = 1) -> None:
        self.home, self.files = home / "ledger", home
        self._config = Config(home=self.files / "ledger", database_url=database)
        ledger = open_ledger(self._config)
        self.policy = policy_of(ledger)
        self.lanes: list[Lane] = open_lanes(ledger, make_lanes(ledger, lanes, records, seed=seed))
        ledger.close()
        self._given = 0

    @property
    def environment(self) -> dict[str, str]:
        """What a service needs to find it."""
        said = {"LODESTONE_HOME": str(self.home), "LODESTONE_LIMIT_SUBMISSIONS": "0"}  # one machine sends all
        return {**said, "LODESTONE_DATABASE_URL": self._config.database_url} if self._config.database_url else said

    def opening(self) -> list[Sequence[bytes]]:
        """Everything that comes before the records to measure with, lane by lane."""
        return [[*lane.organizations, *lane.facilities] for lane in self.lanes]

    def next_lanes(self, each: int) -> Path:
        """A file with the next so many records of each lane."""
        path = self.files / f"load-{self._given}.ndjson"
        write_lanes(path, [list(islice(lane.records, self._given, self._given + each)) for lane in self.lanes])
        self._given += each
        return path


def limits(bench: Bench) -> Iterator[Figure]:
    """The no-op and the naive service, with the bodies and at the number of connections of the real one."""
    each, rounds = max(1, bench.size.requests // 64), bench.size.rounds
    with bench.scratch("limits") as home:
        bench.say("An HTTP no-op and the naive service")
        place = Place(home, 64, each * (rounds + 1))
        with running(["ledger.bench.baselines", "noop"], {}, home / "log") as server:
            seen = submitted(place, [server], each, rounds, must="proof")
            yield rate_of("http.noop", seen, bench.bare, rounds)
    with bench.scratch("naive") as home:
        place = Place(home, 64, each * (rounds + 1))
        environment = {"BENCH_FILE": str(home / "naive.db")}
        with running(["ledger.bench.baselines", "naive"], environment, home / "log") as server:
            opening = place.files / "opening.ndjson"
            write_lanes(opening, place.opening())
            load([server], opening, len(place.lanes), must="index")
            seen = submitted(place, [server], max(1, each // 4), rounds, must="index")
            yield rate_of("naive.c64", seen, bench.bare, rounds)


def connections(bench: Bench, many: int) -> Iterator[Figure]:
    """Submissions over so many connections, on a ledger of their own."""
    bench.say(f"Submissions over {many} connection{'s' if many > 1 else ''}")
    with bench.scratch(f"c{many}") as home:
        yield from _connections(home, many, bench)


def _connections(home: Path, many: int, bench: Bench) -> Iterator[Figure]:
    rounds = bench.size.rounds
    each = max(4, bench.size.requests // (many if many > 1 else 10))
    place = Place(home, many, each * (rounds + 1))
    before = _on_disk(place.home)
    with running(["api"], place.environment, home / "log") as server:
        seen = submitted(place, [server], each, rounds)
    yield rate_of(f"submit.c{many}", seen, bench.bare, rounds)
    if many == 1:
        p50 = statistics.median(one.p50_ms for one in seen)
        yield Figure("submit.c1.p50", p50, "ms", 1, p50, rounds)
    if many == 64:
        received = sum(len(body) for lane in place.lanes for body in lane.records)
        grown = _on_disk(place.home) - before
        yield Figure("disk.per_byte", grown / received, "bytes/byte", 1, grown / received, 1)
        records = sum(len(lane.records) for lane in place.lanes)
        yield Figure("disk.per_record", grown / records, "bytes", received / records, grown / received, 1)


def bulk(bench: Bench) -> Iterator[Figure]:
    """One upload of many lines, in the order in which the mix made them."""
    rounds, lines = bench.size.rounds, bench.size.bulk
    bench.say("A bulk upload")
    with bench.scratch("bulk") as home:
        place = Place(home, 1, lines * (rounds + 1))
        with running(["api"], place.environment, home / "log") as server:
            seen = submitted(place, [server], lines, rounds, kind="bulk")
        yield rate_of("submit.bulk", seen, bench.bare, rounds)


def submitted(
    place: Place, servers: Sequence[Server], each: int, rounds: int, *, kind: str = "one", must: str = '"proof":'
) -> list[Load]:
    """Rounds of load with so many records of each lane, after one that does not count."""
    seen = []
    for number in range(rounds + 1):
        done = load(servers, place.next_lanes(each), each * len(place.lanes), kind=kind, must=must)
        if number:
            seen.append(done)
        if must == '"proof":':
            _verify_sample(done.sample, kind, place.policy)
    return seen


def rate_of(name: str, seen: Sequence[Load], limit: float, rounds: int) -> Figure:
    """A figure of records a second with its latencies, and the CPU that both sides used for a record."""
    value = statistics.median(one.rate for one in seen)
    more = {
        part: statistics.median(getattr(one, part) for one in seen)
        for part in ("p50_ms", "p99_ms", "server_cpu_us", "client_cpu_us")
    }
    return Figure(name, value, "records/s", limit, value / limit, rounds, more)


def _verify_sample(sample: Sequence[bytes], kind: str, policy: str) -> None:
    """Some of the receipts are verified as whoever gets one would: offline, under the policy."""
    given = sample
    if kind == "bulk":
        given = [orjson.dumps(orjson.loads(line)["receipt"]) for line in sample[0].splitlines()[:20]]
    answer = verify_receipts(b"\n".join(given), policy)
    if not answer.passed:
        raise RuntimeError(answer.sentence)


def _on_disk(home: Path) -> int:
    """What a folder takes on the disk, in whole blocks."""
    return sum(path.lstat().st_blocks * 512 for path in home.rglob("*"))
