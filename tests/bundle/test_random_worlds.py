"""Random worlds: no honest bundle ever fails, whatever its audience, and every log replays.

`LODESTONE_ORACLE_EXAMPLES` scales the number of worlds as in the comparison with the oracle.
"""

import os
from io import BytesIO
from pathlib import Path

import orjson
import pytest

from ledger.bundle.audit import audit
from ledger.bundle.verify import verify
from ledger.workflows.config import read_config
from ledger.workflows.export import write_log_export
from ledger.workflows.open import open_ledger
from ledger.workflows.play import play
from ledger.workflows.report import ReportRequest, make_report, write_bundle
from tests.oracle.generate import generate

WORLDS = max(1, int(os.environ.get("LODESTONE_ORACLE_EXAMPLES", "24")) // 4)


@pytest.mark.parametrize("seed", [*range(1_000, 1_000 + WORLDS), 49, 54])
def test_every_bundle_of_a_random_world_verifies(seed: int, tmp_path: Path) -> None:
    played = tmp_path / "played"
    play(generate(seed, (20, 40, 60)[seed % 3] if seed >= 1_000 else 140), played)
    policy = (played / "policy.txt").read_bytes()
    for report in sorted((played / "reports").glob("*.jwt")):
        answer = verify(report.read_bytes(), report.with_suffix(".bundle.json").read_bytes(), policy)
        assert answer.passed, (report.name, answer.sentence)
    ledger = open_ledger(read_config({}, home=played / "ledger"), found=False)
    out = BytesIO()
    write_log_export(ledger, out)
    assert audit(out.getvalue(), policy).passed
    for credential in sorted((played / "reports").glob("q[0-3].json")):
        said = orjson.loads(credential.read_bytes())["credentialSubject"]
        made = make_report(ledger, ReportRequest(said["batch"], "auditor", None, said.get("assumed", {})))
        out = BytesIO()
        write_bundle(ledger, made.id, out)
        answer = verify(None, out.getvalue(), policy)
        assert answer.passed, (credential.name, answer.sentence)
    ledger.close()
