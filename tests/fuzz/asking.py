"""A running service with something of everything in it, and schemathesis asking it all that its document allows.

Schemathesis runs as a program of its own: what it keeps in memory stays there. The token that it has is a
producer's, for everything but what is the operator's; the ledger is made for the run and thrown away.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.workflows.report import ReportRequest, make_report
from tests.api.conftest import Service, serving
from tests.api.people import KG, admit, open_test_ledger

__all__ = ["ask", "examples", "peopled"]

HERE = Path(__file__).parent
_SCOPES = ("read", "report", "grant")


@contextmanager
def peopled(folder: Path) -> Iterator[Service]:
    """A service on a new ledger, as the tests of the API have it."""
    ledger = open_test_ledger(folder / "ledger")
    try:
        people = (admit(ledger, "Mine"), admit(ledger, "Works", "EE"), admit(ledger, "Stranger", "US"))
        with serving(ledger) as client:
            yield Service(ledger, client, *people)
    finally:
        ledger.close()


def examples(service: Service) -> dict[str, Any]:
    """Values with which each call gets beyond its first look: ids of what is there, and signed records."""
    mine, works, stranger = service.mine, service.works, service.stranger
    made = service.accepted(mine, "source", mine.source())
    sold = service.hand_over(f"{made}#0", KG)
    report = make_report(service.ledger, ReportRequest(f"{made}#0", "buyer", mine.id))
    bundle = service.http.get(f"/v1/reports/{report.id}/bundle", params={"link": report.link})
    grant = service.http.post(
        "/v1/grants", headers=service.token(mine, "read", "grant"), json={"to": works.id, "records": [made]}
    )
    good = [
        mine.sign("source", mine.source("C-2"))[0],
        works.sign("process", works.reduce(sold, KG))[0],
        stranger.sign("source", stranger.source("C-3"))[0],
    ]
    bad = [
        mine.sign("process", mine.reduce(f"{made}#0", 99 * KG))[0],
        stranger.sign("adjust", {"batch": f"{made}#0", "mass_mg": 1, "reason": "spill"})[0],
    ]
    envelopes = [json.loads(data) for data in good + bad]
    record, _, place = sold.partition("#")
    return {
        "parameters": {
            "record": [made, record],
            "place": [int(place)],
            "chain": [mine.issuer.chain],
            "report": [report.id],
            "link": [report.link],
            "grant": [grant.json()["id"]],
            "digest": [made],
            "holder": [mine.id],
            "lot": ["C-1"],
            "path": ["entries/000.p/2", "0/000.p/2", "0/000"],
            "size": [1],
            "code": ["not-found"],
        },
        "bodies": {
            "submitRecords": {
                "application/json": envelopes,
                "application/x-ndjson": ["\n".join(data.decode() for data in bad), "{}\n\n[]"],
            },
            "checkRecords": {"application/json": [{"records": envelopes[:2]}, {"records": envelopes}]},
            "makeReport": {"application/json": [{"batch": f"{made}#0", "context": {"delivered": "2027-02-01"}}]},
            "giveGrant": {"application/json": [{"to": works.id, "records": [made]}]},
            "verifyUpload": {"application/json": [bundle.json()], "application/vc+jwt": [report.jwt]},
        },
    }


def ask(service: Service, folder: Path, options: Sequence[str]) -> tuple[int, str]:
    """Let schemathesis ask, with these options of `schemathesis run`; its exit code, and what it printed."""
    given = folder / "examples.json"
    given.write_text(json.dumps(examples(service)))
    token = service.token(service.mine, *_SCOPES)["authorization"]
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={HERE / 'schemathesis.toml'}",
        "run",
        f"{service.http.base_url}/openapi.json".replace("//openapi", "/openapi"),
        f"--header=Authorization:{token}",
        "--no-color",
        "--warnings=off",
        "--request-timeout=60",
        *options,
    ]
    environment = {
        **os.environ,
        "LODESTONE_FUZZ_EXAMPLES": str(given),
        "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
        "PYTHONPATH": str(HERE.parents[1]),
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
