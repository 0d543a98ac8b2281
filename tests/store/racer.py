"""A process of its own that submits one record when it is told to: `python racer.py HOME DATABASE_URL LEDGER`.

It says `ready` on its standard output, waits for a line, then commits the envelope that the line names.
"""

import sys
from pathlib import Path

from ledger.rules.submission import read_submission
from ledger.workflows.commit import commit
from ledger.workflows.config import Config
from ledger.workflows.open import open_ledger


def main(home: str, database_url: str, name: str) -> None:
    ledger = open_ledger(Config(Path(home), ledger=name, database_url=database_url), found=False)
    print("ready", flush=True)
    for line in sys.stdin:
        entry = read_submission(Path(line.strip()).read_bytes(), name)
        (outcome,) = commit([entry], ledger, at_door=False)
        codes = ",".join(violation.code for violation in outcome.violations)
        print(f"accepted {outcome.index}" if outcome.accepted else f"refused {codes}", flush=True)
    ledger.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
