"""Private keys: in memory, as JWKs, in files. A secret never shows."""

import os
import pickle
from pathlib import Path

import orjson
import pytest

from ledger.errors import ConfigError, UsageError
from ledger.signing.keyfile import read_keys, write_keys
from ledger.signing.keys import ALGORITHMS
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import b64u
from tests.unit.signing.samples import fixed_signer


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_private_jwk_is_the_same_key_again(alg: str) -> None:
    signer = LocalSigner.generate(alg)
    again = LocalSigner.from_jwk(signer.private_jwk())
    assert again.key == signer.key
    assert again.private_jwk() == signer.private_jwk()
    signer.key.verify(b"message", again.sign(b"message"))


def test_the_private_jwk_of_rfc_8037_appendix_a_signs_as_it_says() -> None:
    jwk = {
        "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "kty": "OKP",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }
    signer = LocalSigner.from_jwk(jwk)
    message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    assert b64u(signer.sign(message)) == expected


@pytest.mark.parametrize("alg", ["Ed25519", "ES256"])
def test_classical_signatures_are_the_same_each_time(alg: str) -> None:
    assert fixed_signer(alg).sign(b"message") == fixed_signer(alg).sign(b"message")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_secret_shows_in_no_text_and_is_not_copied(alg: str) -> None:
    signer = fixed_signer(alg)
    secret = signer.private_jwk()["priv" if alg.startswith("ML") else "d"]
    for text in (repr(signer), str(signer), f"{signer}", repr(signer.key)):
        assert secret not in text
        assert b"\1".hex() * 8 not in text
    assert signer.key.kid in repr(signer)
    with pytest.raises(TypeError):
        pickle.dumps(signer)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_private_jwk_with_anything_wrong_is_refused_without_showing_it(alg: str) -> None:
    jwk = fixed_signer(alg).private_jwk()
    secret = "priv" if alg.startswith("ML") else "d"
    other = fixed_signer(alg, 2).private_jwk()
    wrongs: list[object] = [
        None,
        [],
        {},
        fixed_signer(alg).key.jwk,
        {**jwk, secret: other[secret]},
        {**jwk, secret: b64u(bytes(31))},
        {**jwk, secret: jwk[secret] + "="},
        {**jwk, secret: 7},
        {**jwk, "d": jwk[secret], "priv": jwk[secret]},
        {**jwk, "kid": "me"},
    ]
    for wrong in wrongs:
        with pytest.raises(ConfigError) as refused:
            LocalSigner.from_jwk(wrong)
        assert jwk[secret] not in str(refused.value)
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_the_number_zero_is_no_key_of_p_256() -> None:
    with pytest.raises(ValueError, match="private_value"):
        LocalSigner.from_secret("ES256", bytes(32))


@pytest.mark.parametrize("alg", ["ML-DSA-44", "EdDSA", "RS256", "none", ""])
def test_other_algorithms_make_no_key(alg: str) -> None:
    with pytest.raises(ValueError, match="not an algorithm"):
        LocalSigner.generate(alg)
    with pytest.raises(ValueError, match="not an algorithm"):
        LocalSigner.from_secret(alg, bytes(32))


def test_a_secret_of_another_length_makes_no_key() -> None:
    with pytest.raises(ValueError, match="32 secret bytes"):
        LocalSigner.from_secret("Ed25519", bytes(31))


def test_a_key_file_keeps_a_hybrid_set_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    signers = [fixed_signer("Ed25519"), fixed_signer("ML-DSA-65")]
    write_keys(path, signers)
    assert path.stat().st_mode & 0o777 == 0o600
    kept = [signer.private_jwk() for signer in read_keys(path) if isinstance(signer, LocalSigner)]
    assert kept == [signer.private_jwk() for signer in signers]
    assert set(orjson.loads(path.read_bytes())) == {"keys"}


def test_a_key_file_is_made_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_keys(tmp_path / "keys.json", [fixed_signer()])
    finally:
        os.umask(before)
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_key_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write_keys(path, [fixed_signer(seed=1)])
    with pytest.raises(UsageError, match="already"):
        write_keys(path, [fixed_signer(seed=2)])
    assert read_keys(path)[0].key == fixed_signer(seed=1).key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620])
def test_a_key_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    write_keys(path, [fixed_signer()])
    path.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_keys(path)


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b'{"keys":[]}', b'{"keys":[{}]}', b'{"keys":{}}', b"\xff", b"[" * 5000]
)
def test_a_file_that_is_no_key_file_is_refused_plainly(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="is not a key file"):
        read_keys(path)


def test_a_key_file_that_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_keys(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot be written"):
        write_keys(tmp_path / "no" / "folder.json", [fixed_signer()])
