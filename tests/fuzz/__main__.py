"""Fuzz for longer: `python -m tests.fuzz [--seconds 60] [--target NAME] [--plain]`; `make fuzz`
does it for each reader.

With atheris (libFuzzer, guided by what code is reached) where it is installed, else by chance. What breaks a reader is
kept in tests/fuzz/corpus/<target>/<digest>, where the tests find it from then on.
"""

import argparse
import sys
import time
from contextlib import redirect_stderr
from hashlib import sha256
from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.fuzz.asking import ask, peopled
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS, Target, attempt

CORPUS = Path(__file__).with_name("corpus")
SERVICE = "service"


def by_chance(target: Target, seconds: float, seed: int) -> int:
    """Change good inputs until the time is over; how many were tried. The first defect is kept, and raised."""
    seeds, tried, end = list(target.seeds()), 0, time.monotonic() + seconds
    random = Random(seed)
    while time.monotonic() < end:
        _tried(target, mutated(random.choice(seeds), seeds, random))
        tried += 1
    return tried


def guided(target: Target, seconds: float, seed: int) -> None:
    """The same with atheris, in this process, which it ends."""
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]  # there or not

    seeds = list(target.seeds())
    folder = CORPUS.parents[2] / "build" / "fuzz" / target.name
    folder.mkdir(parents=True, exist_ok=True)
    for data in seeds:
        (folder / sha256(data).hexdigest()[:16]).write_bytes(data)

    def change(data: bytes, most: int, number: int) -> bytes:
        if number % 2:
            return bytes(atheris.Mutate(data, most))
        return mutated(data, seeds, Random(number))[:most]

    options = [sys.argv[0], str(folder), f"-max_total_time={int(seconds)}", f"-seed={seed}", "-rss_limit_mb=2048"]
    atheris.instrument_all()
    atheris.Setup(
        [*options, "-timeout=20", "-max_len=200000"], lambda data: _tried(target, data), custom_mutator=change
    )
    atheris.Fuzz()


def running(seconds: float, seed: int) -> int:
    """Let schemathesis ask a running service until the time is over; its exit code, 0 where it found nothing."""
    with TemporaryDirectory() as folder, peopled(Path(folder)) as service, redirect_stderr(StringIO()):
        options = [f"--max-time={max(1, int(seconds))}", f"--seed={seed}", "--continue-on-failure"]
        code, found = ask(service, Path(folder), options)
    print(found)
    return code


def _tried(target: Target, data: bytes) -> None:
    try:
        attempt(target, data)
    except Exception:
        kept = CORPUS / target.name / sha256(data).hexdigest()[:16]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data)
        print(f"{target.name}: broken by {kept}", file=sys.stderr)
        raise


def main() -> None:
    """Fuzz one reader, or all of them after each other."""
    asked = argparse.ArgumentParser(prog="tests.fuzz", description="Fuzz the readers of foreign bytes.")
    asked.add_argument("--seconds", type=float, default=20, help="for each reader")
    asked.add_argument(
        "--target",
        choices=[*sorted(TARGETS), SERVICE],
        help="only this one, guided by atheris where it is there; the running service, by schemathesis",
    )
    asked.add_argument("--plain", action="store_true", help="without atheris")
    asked.add_argument("--seed", type=int, default=int(time.time()) % 2**31)
    asked.add_argument("--list", action="store_true", help="name the readers")
    said = asked.parse_args()
    if said.list:
        print(*TARGETS, SERVICE)
        return
    print(f"seed {said.seed}", flush=True)
    if said.target == SERVICE:
        sys.exit(running(said.seconds, said.seed))
    if said.target and not said.plain and _has_atheris():
        guided(TARGETS[said.target], said.seconds, said.seed)
        return
    for name in [said.target] if said.target else TARGETS:
        print(f"{name}: {by_chance(TARGETS[name], said.seconds, said.seed):,} tried", flush=True)


def _has_atheris() -> bool:
    try:
        import atheris  # noqa: F401 - whether it is there
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    main()
