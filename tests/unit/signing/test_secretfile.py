"""Secret files: for their owner alone, locked with a passphrase if he wants, and replaced whole or not at all."""

from pathlib import Path

import pytest

from ledger.errors import ConfigError, UsageError
from ledger.signing.keyfile import read_keys, write_keys
from ledger.signing.secretfile import is_locked, read_secret, replace_secret, write_secret
from ledger.signing.seedfile import make_seed, read_seed
from ledger.signing.signer import LocalSigner

PHRASE = "correct horse battery staple"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A locked key file: locking and unlocking take a second on purpose, so all tests share it."""
    path = tmp_path_factory.mktemp("locked") / "keys.json"
    write_keys(path, [LocalSigner.from_secret("Ed25519", bytes(range(32)))], PHRASE)
    return path


def test_a_locked_file_opens_with_its_passphrase_and_shows_nothing_without(locked: Path) -> None:
    assert is_locked(locked)
    assert locked.stat().st_mode & 0o777 == 0o600
    assert b'"d"' not in locked.read_bytes()
    asked: list[Path] = []

    def unlock(path: Path) -> str:
        asked.append(path)
        return PHRASE

    assert read_keys(locked, unlock)[0].key == LocalSigner.from_secret("Ed25519", bytes(range(32))).key
    assert asked == [locked]
    with pytest.raises(ConfigError, match="locked with a passphrase, and none was given"):
        read_keys(locked)


def test_another_passphrase_and_a_damaged_file_are_told_and_neither_is_shown(locked: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not the passphrase") as wrong:
        read_secret(locked, lambda _: "something else entirely")
    assert "something else" not in str(wrong.value)
    cut = tmp_path / "cut.json"
    cut.write_bytes(locked.read_bytes()[:60])
    cut.chmod(0o600)
    with pytest.raises(ConfigError, match="not the passphrase"):
        read_secret(cut, lambda _: PHRASE)


def test_a_locked_file_is_one_of_a_public_format(locked: Path) -> None:
    lines = locked.read_bytes().split(b"\n")
    assert lines[0] == b"age-encryption.org/v1"
    assert lines[1].startswith(b"-> scrypt ")


def test_a_secret_is_replaced_whole_and_stays_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_secret(path, b"one")
    replace_secret(path, b"two")
    assert (read_secret(path), path.stat().st_mode & 0o777) == (b"two", 0o600)
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]
    with pytest.raises(UsageError, match="already"):
        write_secret(path, b"three")


def test_a_replacement_that_was_interrupted_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_secret(path, b"one")
    (tmp_path / ".secret.new").write_bytes(b"half of")
    replace_secret(path, b"two")
    assert read_secret(path) == b"two"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_what_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    write_secret(path, b"one")
    path.chmod(mode)
    for ask in (read_secret, is_locked):
        with pytest.raises(ConfigError, match="chmod 600"):
            ask(path)


def test_a_seed_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "log.seed"
    assert make_seed(path)
    seed = read_seed(path)
    assert not make_seed(path)
    assert (len(seed), read_seed(path)) == (32, seed)
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", [b"", b"zz", b"00" * 31, b"\xff" * 64])
def test_a_damaged_seed_is_told(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "log.seed"
    write_secret(path, text)
    with pytest.raises(ConfigError, match="is damaged"):
        read_seed(path)
