"""What veraPDF, the validator of the PDF Association, says of our PDFs: PDF/A-3a and PDF/UA-1, each of them.

With LODESTONE_REQUIRE_VERAPDF=1, which `.ci/run` sets where Java and Maven are installed, a judge who cannot be had
fails the test: one who did not come is not one who agreed.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ledger.documents.pdf import render_pdf
from tests.documents.conftest import Forge, Printed

JUDGE = Path(__file__).parent / "verapdf"
_REQUIRED = "LODESTONE_REQUIRE_VERAPDF"


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The words that start veraPDF."""
    java, maven = shutil.which("java"), shutil.which("mvn")
    if java is None or maven is None:
        _missing("Java and Maven are not installed")
    jars = tmp_path_factory.mktemp("verapdf")
    words = [
        maven or "",
        "-q",
        "-B",
        "-f",
        str(JUDGE / "pom.xml"),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={jars}",
    ]
    fetched = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    if fetched.returncode != 0:
        _missing(f"veraPDF cannot be fetched: {fetched.stdout.strip()[:200]}")
    return [java or "", "-cp", f"{jars}/*", str(JUDGE / "Validate.java")]


def _missing(why: str) -> None:
    if os.environ.get(_REQUIRED) == "1":
        pytest.fail(f"{_REQUIRED}=1, but {why}")
    pytest.skip(f"{why}: no outside judge was asked")


def test_a_pdf_is_archival_and_accessible_and_one_that_is_not_is_found(
    judge: list[str], made: Printed, forge: Forge, tmp_path: Path
) -> None:
    hostile = forge(made.assembly, material="\U0001f9f2\u202e #panic() <script> 信越", magnets=[])
    files = {
        "evidence": render_pdf(made.auditor, "both", made.bundle),
        "hostile": render_pdf(hostile, "zh"),
        "wrong": render_pdf(made.public).replace(b"<pdfuaid:part>1<", b"<pdfuaid:part>9<"),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    words = [*judge, *files]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    said = [line.partition(",")[0] for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert said == [
        "evidence: 3a conforms",
        "evidence: ua1 conforms",
        "hostile: 3a conforms",
        "hostile: ua1 conforms",
        "wrong: 3a conforms",
        "wrong: ua1 does not conform",
    ], done.stdout + done.stderr[-2000:]
    assert done.returncode == 1
