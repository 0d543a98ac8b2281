"""Verifying and auditing as a buyer or an auditor does it: in a process of their own, which holds nothing else.

`python -m ledger.bench.apart verify|audit FILE POLICY ROUNDS` prints the seconds that a round takes, the median.
"""

import subprocess
import sys
from pathlib import Path

from ledger.bench.measure import seconds
from ledger.bundle.audit import audit
from ledger.bundle.verify import verify

__all__ = ["main", "seconds_apart"]


def seconds_apart(what: str, data: bytes, policy: bytes, folder: Path, rounds: int) -> float:
    """The seconds that it takes to `verify` a report or bundle, or to `audit` an export, by the median of rounds.

    Raises:
        RuntimeError: it does not pass.
    """
    file, pinned = folder / f"{what}.file", folder / "policy.txt"
    file.write_bytes(data)
    pinned.write_bytes(policy)
    command = [sys.executable, "-m", "ledger.bench.apart", what, str(file), str(pinned), str(rounds)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rpartition("\n")[2])
    return float(done.stdout)


def main() -> None:
    """Measure, and print the seconds."""
    what, file, pinned, rounds = sys.argv[1:]
    data, policy = Path(file).read_bytes(), Path(pinned).read_bytes()

    def once() -> None:
        answer = audit(data, policy) if what == "audit" else verify(None, data, policy)
        if not answer.passed:
            raise RuntimeError(answer.sentence)

    sys.stdout.write(f"{seconds(once, int(rounds))}\n")


if __name__ == "__main__":
    main()
