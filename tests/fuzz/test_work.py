"""What a reader takes: no memory that stays, no time that grows faster than the input, nothing that blows up.

Time is the processor's for this thread alone, the best of three, at a size and at four times the size: eight times as
much is allowed, where something quadratic takes sixteen.
"""

import gc
import gzip
import time
import tracemalloc
from collections.abc import Callable
from random import Random

import httpx
import orjson
import pytest

from ledger.bundle.verify import verify
from ledger.values.encoding import b64u
from tests.api.conftest import NDJSON, Service
from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import envelopes, file, log_keys
from tests.fuzz.targets import TARGETS, attempt

_ALLOWED = 8
_SMALLEST = 0.004


@pytest.mark.parametrize("name", TARGETS)
def test_memory_does_not_grow(name: str) -> None:
    target, seeds = TARGETS[name], list(TARGETS[name].seeds())
    inputs = [mutated(seed, seeds, Random(number)) for number in range(6) for seed in seeds[:2]]

    def run() -> None:
        for data in inputs:
            attempt(target, data)

    run()  # caches are filled
    tracemalloc.start()
    try:
        run()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(3):
            run()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


def seconds(work: Callable[[], object]) -> float:
    best = 10.0
    for _ in range(3):
        begun = time.thread_time()
        work()
        best = min(best, time.thread_time() - begun)
    return best


def record_with(disclosures: int) -> bytes:
    """An envelope with so many disclosures, each of them well formed and named in `_sd`."""
    said = [b64u(orjson.dumps([b64u(number.to_bytes(16, "big")), f"m{number}", 1])) for number in range(disclosures)]
    outer = orjson.loads(envelopes()[0])
    outer["signatures"][0]["header"] = {"disclosures": said}
    return orjson.dumps(outer, option=orjson.OPT_SORT_KEYS)


def bundle_with(records: int) -> bytes:
    """A bundle that holds its records over and over."""
    bundle = orjson.loads(file("vectors/docs/magnet.bundle.json"))
    inside = bundle["evidence"]["records"]
    bundle["evidence"]["records"] = [inside[number % len(inside)] for number in range(records)]
    return orjson.dumps(bundle, option=orjson.OPT_SORT_KEYS)


def policy_of(lines: int) -> bytes:
    log = next(key for name, key in log_keys().items() if name == "log_ed25519")
    return f"log {log}\n".encode() + b"# words\n" * lines + b"group g any a b\n" * lines + b"quorum none\n"


def scenario_of(records: int) -> bytes:
    return b'{"organizations":{"a":{}},"records":[' + b'{"by":"a","type":"x","at":"y"},' * records + b"{}]}"


GROWING: dict[str, tuple[str, Callable[[int], bytes], int]] = {
    "numbers": ("canonical", lambda n: b"[" + b"1," * n + b"1]", 40_000),
    "keys": ("canonical", lambda n: orjson.dumps({f"k{i}": i for i in range(n)}, option=orjson.OPT_SORT_KEYS), 10_000),
    "a string": ("canonical", lambda n: b'"' + b"\\n" * n + b'"', 300_000),
    "brackets": ("canonical", lambda n: b"[" * n, 300_000),
    "digits": ("mass", lambda n: b"9" * n + b" kg", 300_000),
    "nines": ("share", lambda n: b"0." + b"9" * n + b" %", 300_000),
    "base64url": ("base64url", lambda n: b"QUJD" * n, 300_000),
    "disclosures": ("record-replayed", record_with, 2_000),
    "disclosures at the door": ("record", record_with, 1_000),
    "policy lines": ("policy", policy_of, 20_000),
    "note lines": ("note", lambda n: b"x\n" * n + b"\n\xe2\x80\x94 a AAAAAAAA\n", 100_000),
    "signature lines": ("signature-lines", lambda n: "— a AAAAAAAA\n".encode() * n, 40_000),
    "proof lines": ("proof", lambda n: b"c2sp.org/tlog-proof@v1\nindex 1\n" + b"AAAA\n" * n, 40_000),
    "add-checkpoint lines": ("add-checkpoint", lambda n: b"old 1\n" + b"AAAA\n" * n + b"\nx\n", 40_000),
    "entries of a tile": ("tile", lambda n: b"\0\0" * n, 300_000),
    "records of a bundle": ("bundle", bundle_with, 60),
    "records of a file": ("file", bundle_with, 200),
    "receipts": (
        "receipt",
        lambda n: b"{" * n,
        200_000,
    ),
    "parts of a report": ("sealed", lambda n: b"A." * n, 200_000),
    "tile path": ("tile-path", lambda n: b"tile/0/" + b"x001/" * n + b"067", 100_000),
    "key uri": ("key-uri", lambda n: b"pkcs11:" + b"a=b;" * n, 100_000),
    "scenario records": (
        "scenario",
        scenario_of,
        20_000,
    ),
}


@pytest.mark.parametrize("name", GROWING)
def test_time_grows_no_faster_than_the_input(name: str) -> None:
    target, make, size = GROWING[name]
    small, large = make(size), make(4 * size)
    few = seconds(lambda: attempt(TARGETS[target], small))
    many = seconds(lambda: attempt(TARGETS[target], large))
    assert many < _ALLOWED * max(few, _SMALLEST), f"{few:.4f} s, then {many:.4f} s of four times as much"


def test_a_status_list_that_blows_up_is_refused_before_it_does() -> None:
    bomb = b"u" + b64u(gzip.compress(bytes(300_000_000), 9)).encode()
    assert len(bomb) < 500_000
    tracemalloc.start()
    try:
        assert attempt(TARGETS["status-list"], bomb) == "refused"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 80_000_000


def test_bodies_are_not_unpacked(quick: Service) -> None:
    """A compressed body is what it is, bytes that are no record: nothing here unpacks one."""
    bomb = gzip.compress(bytes(50_000_000), 9)
    answer = quick.http.post(
        "/v1/records", content=bomb, headers={"content-type": "application/json", "content-encoding": "gzip"}
    )
    assert answer.status_code == 400


def test_an_upload_of_line_ends_is_refused(quick: Service) -> None:
    for body in (b"\n" * 200_000, b"{\n" * 200_000):
        answer = quick.http.post("/v1/records", content=body, headers=NDJSON)
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    answer = quick.http.post("/v1/records", content=b"\n" * 99_000 + b"{}", headers=NDJSON)
    assert lines_of(answer) == 1


def lines_of(answer: httpx.Response) -> int:
    assert answer.status_code == 200
    return len(answer.content.splitlines())


def test_a_report_inside_itself_is_refused() -> None:
    report = file("vectors/docs/magnet.jwt")
    for data in (report * 50, b"." * 100_000, report.replace(b".", b".." * 1_000), b"{" + report):
        assert verify(data, None, file("vectors/docs/policy.txt")).as_json()["result"] == "failed"
