"""Bundles that are limited by depth: whatever is left out, none that is honest fails, and what hangs on it is open."""

from io import BytesIO
from pathlib import Path

import orjson
import pytest

from ledger.workflows.config import read_config
from ledger.workflows.open import open_ledger
from ledger.workflows.play import play
from ledger.workflows.report import ReportRequest, make_report, write_bundle
from tests.bundle.both import verify
from tests.bundle.files import Files, failure, results

SCENARIOS = Path(__file__).parents[1] / "scenarios"


@pytest.mark.parametrize("name", ["assembly", "short-loop"])
def test_honest_bundles_of_every_depth_pass(name: str, tmp_path: Path) -> None:
    play(orjson.loads((SCENARIOS / f"{name}.json").read_bytes()), tmp_path / "played")
    policy = (tmp_path / "played" / "policy.txt").read_bytes()
    ledger = open_ledger(read_config({}, home=tmp_path / "played" / "ledger"), found=False)
    open_parts = set()
    for path in sorted((tmp_path / "played" / "reports").glob("*.bundle.json")):
        said = orjson.loads(path.with_suffix("").with_suffix(".json").read_bytes())["credentialSubject"]
        made = make_report(ledger, ReportRequest(said["batch"], "buyer", None, said.get("assumed", {})))
        for depth in range(1, 5):
            out = BytesIO()
            write_bundle(ledger, made.id, out, depth)
            answer = verify(None, out.getvalue(), policy)
            assert answer.passed, (path.name, depth, answer.sentence)
            open_parts |= {check.detail for check in answer.checks if check.result == "not checked"}
    ledger.close()
    told = (
        "the evidence withholds what it was made of" if name == "assembly" else "hangs on what the evidence withholds"
    )
    assert any(told in detail for detail in open_parts)


def test_a_batch_that_is_no_assembly_has_no_empty_list_of_magnets(oxide: Files) -> None:
    lied = oxide.resealed(lambda subject: subject.update(magnets=[]))
    assert "magnets" in failure(lied.verified())
    assert results(oxide.verified())["statement"] == "passed"
