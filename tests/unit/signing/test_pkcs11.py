"""A key in a hardware module signs like any ES256 key, and never comes out. The module is SoftHSM."""

from pathlib import Path

import orjson
import pytest

from ledger.errors import ConfigError, SignatureInvalid, UsageError
from ledger.signing.keyfile import read_keys, write_keys
from ledger.signing.pkcs11 import HardwareSigner, KeyUri, hardware_key, open_hardware_key, parse_key_uri
from tests.softhsm import PIN, SoftHsm


def pin() -> str:
    return PIN


def test_a_key_is_made_once_signs_and_is_found_again(softhsm: SoftHsm) -> None:
    uri = parse_key_uri(softhsm.uri("made once"))
    signer = hardware_key(uri, pin)
    assert (signer.key.alg, len(signer.sign(b"a record"))) == ("ES256", 64)
    signer.key.verify(b"a record", signer.sign(b"a record"))
    with pytest.raises(SignatureInvalid):
        signer.key.verify(b"another", signer.sign(b"a record"))
    again = open_hardware_key(uri, pin)
    assert again.key == signer.key == hardware_key(uri, pin).key
    again.key.verify(b"x", again.sign(b"x"))


def test_the_private_key_can_be_neither_read_nor_copied(softhsm: SoftHsm) -> None:
    import pkcs11

    hardware_key(parse_key_uri(softhsm.uri("sealed")), pin)
    session = pkcs11.lib(str(softhsm.module)).get_token(token_label=softhsm.token).open()
    (private,) = session.get_objects(
        {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.Attribute.LABEL: "sealed"}
    )
    assert private[pkcs11.Attribute.EXTRACTABLE] is False
    assert private[pkcs11.Attribute.SENSITIVE] is True
    with pytest.raises(pkcs11.AttributeSensitive):
        private[pkcs11.Attribute.VALUE]


def test_a_key_file_refers_to_it_and_holds_no_secret(softhsm: SoftHsm, tmp_path: Path) -> None:
    signer = hardware_key(parse_key_uri(softhsm.uri("from a file")), pin)
    path = tmp_path / "keys.jwk.json"
    write_keys(path, [signer])
    (entry,) = orjson.loads(path.read_bytes())["keys"]
    assert set(entry) == {"crv", "kty", "x", "y", "pkcs11"}
    (read,) = read_keys(path, lambda _: PIN)
    assert isinstance(read, HardwareSigner)
    read.key.verify(b"x", read.sign(b"x"))
    with pytest.raises(ConfigError, match="no PIN was given"):
        read_keys(path)


def test_another_key_under_the_name_is_not_taken_for_it(softhsm: SoftHsm, tmp_path: Path) -> None:
    one, other = (hardware_key(parse_key_uri(softhsm.uri(name)), pin) for name in ("one", "other"))
    path = tmp_path / "keys.jwk.json"
    path.write_bytes(orjson.dumps({"keys": [one.key.jwk | {"pkcs11": str(other.uri)}]}))
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="another key under that name"):
        read_keys(path, lambda _: PIN)


def test_what_is_missing_is_named(softhsm: SoftHsm) -> None:
    module = str(softhsm.module)
    for uri, told in (
        (KeyUri(softhsm.token, "absent", module), "holds no key pair absent"),
        (KeyUri("absent", "x", module), "has no token absent"),
        (KeyUri(softhsm.token, "x", "/none/at/all.so"), "cannot be used"),
    ):
        with pytest.raises(ConfigError, match=told):
            open_hardware_key(uri, pin)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pkcs11:",
        "pkcs11:token=a;object=b",
        "pkcs11:token=a;object=b?module-path=",
        "pkcs11:token=a;token=a;object=b?module-path=/m.so",
        "pkcs11:token=a;object=b?module-path=/m.so&pin-value=1234",
        "file:token=a;object=b?module-path=/m.so",
    ],
)
def test_only_a_uri_with_exactly_these_parts_is_taken(text: str) -> None:
    with pytest.raises(UsageError):
        parse_key_uri(text)


def test_a_uri_has_one_text() -> None:
    uri = KeyUri("my token", "ÄB;c", "/usr/lib/m.so")
    assert parse_key_uri(str(uri)) == uri
    assert str(uri) == "pkcs11:token=my%20token;object=%C3%84B%3Bc?module-path=/usr/lib/m.so"
