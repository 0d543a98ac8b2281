"""The service's own keys: one for each purpose, for nobody else's eyes, never replaced."""

import stat
from pathlib import Path

import pytest

from ledger.errors import ConfigError
from ledger.workflows.keys import make_service_keys, read_service_keys

NAMES = {"log-ed25519.seed", "log-mldsa44.seed", "operator.jwk.json", "report.jwk.json"}
ORIGIN = "log.example/2026"


def test_four_keys_are_made_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    make_service_keys(folder)
    assert {path.name for path in folder.iterdir()} == NAMES
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0


def test_keys_that_exist_are_never_replaced_and_a_missing_one_is_made(tmp_path: Path) -> None:
    make_service_keys(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "report.jwk.json").unlink()
    make_service_keys(tmp_path)
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert after.keys() == NAMES
    assert {name for name in NAMES if after[name] != before[name]} == {"report.jwk.json"}


def test_each_purpose_has_its_own_key(tmp_path: Path) -> None:
    make_service_keys(tmp_path)
    keys = read_service_keys(tmp_path, ORIGIN)
    assert keys.operator[0].key.kid != keys.reporter[0].key.kid
    assert len(set(keys.log.vkeys())) == 2
    again = read_service_keys(tmp_path, ORIGIN)
    assert again.log.vkeys() == keys.log.vkeys()
    assert [signer.key for signer in again.operator] == [signer.key for signer in keys.operator]


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize("content", [None, "", "zz", "00" * 31, "[]", "{}", "[{}]"])
def test_a_missing_or_damaged_key_is_a_setting_to_mend_and_no_traceback(
    tmp_path: Path, name: str, content: str | None
) -> None:
    make_service_keys(tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o600)
    with pytest.raises(ConfigError) as error:
        read_service_keys(tmp_path, ORIGIN)
    assert str(error.value)
