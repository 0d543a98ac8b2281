"""Printing a report: only what verifies, with itself inside, in a language that is asked for."""

import shutil
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.cli.commands import lodestone

GIVEN = Path(__file__).resolve().parents[1] / "vectors" / "docs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("magnet.jwt", "magnet.bundle.json", "policy.txt"):
        shutil.copy(GIVEN / name, tmp_path / name)
    return tmp_path


def test_a_report_that_verifies_is_printed_with_itself_inside(folder: Path) -> None:
    done = lodestone("report", "print", "magnet.jwt", "-o", "m.pdf", "--policy", "policy.txt", folder=folder)
    assert done.code == 0, done
    assert "m.pdf" in done.err
    pdf = PdfReader(BytesIO((folder / "m.pdf").read_bytes()))
    assert pdf.attachments == {"report.jwt": [(folder / "magnet.jwt").read_bytes()]}
    words = ("report", "print", "magnet.jwt", "magnet.bundle.json", "--lang", "both", "--policy", "policy.txt", "-o")
    assert lodestone(*words, "b.pdf", folder=folder).code == 0
    pdf = PdfReader(BytesIO((folder / "b.pdf").read_bytes()))
    assert pdf.attachments["bundle.json"] == [(folder / "magnet.bundle.json").read_bytes()]
    assert lodestone(*words, "b.html", folder=folder).code == 0
    assert "磁体透明度报告" in (folder / "b.html").read_text()


def test_what_does_not_verify_is_not_printed(folder: Path) -> None:
    data = bytearray((folder / "magnet.jwt").read_bytes())
    data[-9] ^= 1
    (folder / "bad.jwt").write_bytes(data)
    done = lodestone("report", "print", "bad.jwt", "-o", "m.pdf", "--policy", "policy.txt", folder=folder)
    assert done.code == 1
    assert "cannot be trusted" in done.out
    assert "was not written" in done.err
    assert not (folder / "m.pdf").exists()
    none = lodestone("report", "print", "magnet.jwt", "-o", "m.pdf", folder=folder, LODESTONE_USER_HOME=str(folder))
    assert none.code == 0  # policy.txt lies in that folder
    (folder / "policy.txt").unlink()
    none = lodestone("report", "print", "magnet.jwt", "-o", "n.pdf", folder=folder, LODESTONE_USER_HOME=str(folder))
    assert none.code == 1
    assert "I cannot say who signed this" in none.err
    assert not (folder / "n.pdf").exists()


@pytest.mark.parametrize("words", [("-o", "m.docx"), ("-o", "m.pdf", "--lang", "de")])
def test_another_kind_of_file_or_language_is_wrong_usage(folder: Path, words: tuple[str, ...]) -> None:
    done = lodestone("report", "print", "magnet.jwt", "--policy", "policy.txt", *words, folder=folder)
    assert done.code == 2
    assert "expected" in done.err
