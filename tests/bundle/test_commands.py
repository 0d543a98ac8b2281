"""`lodestone verify` and `lodestone audit`: files in, one sentence and the checks out, and an exit code."""

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from ledger.cli.verify import register
from ledger.errors import ConfigError, LodestoneError, UsageError
from tests.bundle.files import Files, log_export

APP = typer.Typer()
register(APP)


@pytest.fixture
def folder(magnets: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LODESTONE_POLICY", raising=False)
    monkeypatch.setenv("LODESTONE_USER_HOME", str(tmp_path / "user"))
    Path("r.jwt").write_bytes(magnets.report)
    Path("r.bundle.json").write_bytes(magnets.bundle)
    Path("policy.txt").write_text(magnets.policy)
    Path("log.json").write_bytes(log_export(magnets.world))
    Path("bad.jwt").write_bytes(magnets.report[:-4] + b"AAAA")
    return tmp_path


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(APP, arguments)


def test_a_good_report_is_told_in_one_sentence_and_a_list(folder: Path) -> None:
    for files in (["r.jwt"], ["r.bundle.json"], ["r.jwt", "r.bundle.json"], ["r.bundle.json", "r.jwt"]):
        found = _run("verify", *files, "--policy", "policy.txt")
        assert found.exit_code == 0, found.output
        assert found.stdout.startswith("This report was signed by did:web:")
        assert "This does not show:" in found.stdout


def test_programs_get_json(folder: Path) -> None:
    found = _run("verify", "r.bundle.json", "--policy", "policy.txt", "--json")
    answer = orjson.loads(found.stdout)
    assert found.exit_code == 0
    assert answer["result"] == "passed"
    assert answer["credential"]["credentialSubject"]["audience"] == "buyer"
    bad = _run("verify", "bad.jwt", "--policy", "policy.txt", "--json")
    assert bad.exit_code == 1
    assert "credential" not in orjson.loads(bad.stdout)


def test_whatever_is_not_a_good_file_exits_1(folder: Path) -> None:
    Path("noise").write_bytes(bytes(range(256)))
    for name in ("bad.jwt", "noise", "policy.txt", "log.json"):
        found = _run("verify", name, "--policy", "policy.txt")
        assert found.exit_code == 1, name
        assert found.stdout.startswith("This report cannot be trusted")
    missing = _run("verify", "nothing", "--policy", "policy.txt")
    assert isinstance(missing.exception, LodestoneError)


def test_without_a_policy_nobody_can_say_who_signed(folder: Path) -> None:
    found = _run("verify", "r.jwt")
    assert isinstance(found.exception, ConfigError)
    assert "I cannot say who signed this" in str(found.exception)
    found = _run("verify", "r.jwt", "--json")
    assert found.exit_code == 1
    assert "I cannot say who signed this" in orjson.loads(found.stdout)["sentence"]


def test_the_policy_comes_from_the_option_the_environment_or_the_users_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = folder / "user"
    user.mkdir()
    (user / "policy.txt").write_bytes(Path("policy.txt").read_bytes())
    assert _run("verify", "r.jwt").exit_code == 0
    monkeypatch.setenv("LODESTONE_POLICY", "bad.jwt")
    assert _run("verify", "r.jwt").exit_code == 1
    assert _run("verify", "r.jwt", "--policy", "policy.txt").exit_code == 0


def test_wrong_usage_is_told_apart(folder: Path) -> None:
    assert _run("verify").exit_code == 2
    found = _run("verify", "r.jwt", "r.jwt", "r.jwt", "--policy", "policy.txt")
    assert isinstance(found.exception, UsageError)


def test_an_expected_issuer_decides(folder: Path, magnets: Files) -> None:
    expected = magnets.world.config.did
    assert _run("verify", "r.jwt", "--policy", "policy.txt", "--issuer", expected).exit_code == 0
    assert _run("verify", "r.jwt", "--policy", "policy.txt", "--issuer", "did:web:else").exit_code == 1


def test_a_log_and_a_bundle_can_be_audited(folder: Path) -> None:
    for name in ("log.json", "r.bundle.json"):
        assert _run("audit", name, "--policy", "policy.txt").exit_code == 0
    assert _run("audit", "r.jwt", "--policy", "policy.txt").exit_code == 1
    answer = orjson.loads(_run("audit", "log.json", "--policy", "policy.txt", "--json").stdout)
    assert answer["sentence"].startswith("All ")
