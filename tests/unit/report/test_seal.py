"""Sealing: one form of a sealed credential, and the key decides the algorithm."""

from collections.abc import Callable
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from ledger.errors import SignatureInvalid, VerificationError
from ledger.report.seal import open_sealed, seal, verify_sealed
from ledger.signing.keys import ALGORITHMS
from ledger.signing.signer import LocalSigner
from ledger.values.canonical import NotCanonical, canonical
from ledger.values.encoding import b64u, unb64u

DID = "did:web:ledger.example"
PAYLOAD: dict[str, Any] = {
    "@context": ["a"],
    "credentialSubject": {"share_ppm": 1, "texts": ["赣江", "x"]},
    "issuer": DID,
}


@pytest.fixture(scope="module")
def signer() -> LocalSigner:
    return LocalSigner.generate("Ed25519")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_sealed_credential_opens_and_verifies_under_its_key(alg: str) -> None:
    signer = LocalSigner.generate(alg)
    sealed = open_sealed(seal(PAYLOAD, signer, DID))
    assert (sealed.alg, sealed.did, sealed.thumbprint) == (alg, DID, signer.key.kid)
    assert sealed.kid == f"{DID}#{signer.key.kid}"
    assert sealed.payload == PAYLOAD
    verify_sealed(sealed, signer.key)


def test_the_header_is_exactly_alg_kid_and_typ(signer: LocalSigner) -> None:
    header = seal(PAYLOAD, signer, DID).split(".")[0]
    assert unb64u(header) == canonical({"alg": "Ed25519", "kid": f"{DID}#{signer.key.kid}", "typ": "vc+jwt"})


def test_another_implementation_verifies_it() -> None:
    signer = LocalSigner.generate("ES256")
    jws = JWS()
    jws.deserialize(seal(PAYLOAD, signer, DID))
    jws.verify(JWK(**signer.key.jwk))
    assert jws.payload == canonical(PAYLOAD)


def test_another_key_does_not_verify_it(signer: LocalSigner) -> None:
    sealed = open_sealed(seal(PAYLOAD, signer, DID))
    with pytest.raises(SignatureInvalid):
        verify_sealed(sealed, LocalSigner.generate("Ed25519").key)


def test_every_changed_character_is_noticed(signer: LocalSigner) -> None:
    text = seal({"a": 1}, signer, DID)
    for place in range(len(text)):
        for other in ("A", "B", "."):
            changed = text[:place] + other + text[place + 1 :]
            if changed == text:
                continue
            with pytest.raises(VerificationError):
                verify_sealed(open_sealed(changed), signer.key)


def _header(text: str, **changes: object) -> str:
    parts = text.split(".")
    header = {"alg": "Ed25519", "kid": f"{DID}#{'A' * 43}", "typ": "vc+jwt", **changes}
    return ".".join([b64u(canonical({k: v for k, v in header.items() if v != ""})), *parts[1:]])


def _payload(text: str, payload: bytes) -> str:
    header, _, signature = text.split(".")
    return f"{header}.{b64u(payload)}.{signature}"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text + ".",
        lambda text: text + "=",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.rpartition(".")[0],
        lambda text: _header(text, alg="none"),
        lambda text: _header(text, alg="EdDSA"),
        lambda text: _header(text, typ="JWT"),
        lambda text: _header(text, kid="A" * 43),
        lambda text: _header(text, kid=f"{DID}#short"),
        lambda text: _header(text, kid=f"https://x#{'A' * 43}"),
        lambda text: _header(text, jwk="x"),
        lambda text: _header(text, typ=""),
        lambda text: _payload(text, b"[]"),
        lambda text: _payload(text, b"{ }"),
        lambda text: _payload(text, b'{"a":1.5}'),
        lambda text: _payload(text, b'{"a":1,"a":1}'),
    ],
)
def test_any_other_form_is_refused(signer: LocalSigner, damage: Callable[[str], str]) -> None:
    with pytest.raises(VerificationError, match="malformed report"):
        open_sealed(damage(seal(PAYLOAD, signer, DID)))


def test_the_algorithm_of_the_header_must_be_that_of_the_key(signer: LocalSigner) -> None:
    text = _header(seal(PAYLOAD, signer, DID), alg="ES256", kid=f"{DID}#{signer.key.kid}")
    with pytest.raises(SignatureInvalid, match="signs with Ed25519"):
        verify_sealed(open_sealed(text), signer.key)


@pytest.mark.parametrize("value", [1.5, None, {"ä": 1}, 2**60])
def test_what_is_not_signed_json_is_not_sealed(signer: LocalSigner, value: object) -> None:
    with pytest.raises(NotCanonical):
        seal({"a": value}, signer, DID)
